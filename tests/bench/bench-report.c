/* SPDX-License-Identifier: MIT */
/*
 * bench-report.c - a table for people on standard output, JSON in a file
 */
#include "bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static struct {
	FILE *json;
	bool in_section;
	bool has_rows;
	bool has_members;
	unsigned int misses;
} report;

/* Model and family only: nothing that names a machine. */
static void processor(char *text, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256], *value;
	char model[128] = "unknown", family[32] = "?";

	while (file && fgets(line, sizeof(line), file) && *line != '\n') {
		value = strchr(line, ':');
		if (!value)
			continue;
		value += value[1] == ' ' ? 2 : 1;
		value[strcspn(value, "\n")] = 0;
		if (!strncmp(line, "model name", 10))
			snprintf(model, sizeof(model), "%s", value);
		else if (!strncmp(line, "cpu family", 10))
			snprintf(family, sizeof(family), "%s", value);
	}
	if (file)
		fclose(file);
	snprintf(text, size, "%s, family %s", model, family);
}

void bench_report_begin(const char *program, const char *json_path)
{
	struct utsname system;
	char text[192];

	processor(text, sizeof(text));
	uname(&system);
	printf("%s: %u processors (%s), Linux %.*s\n", program,
	       bench_processors(), text, (int)strcspn(system.release, "-"),
	       system.release);
	if (!json_path)
		return;
	report.json = fopen(json_path, "w");
	if (!report.json)
		bench_fail(json_path, "cannot be written");
	fprintf(report.json,
		"{\"program\": \"%s\", \"processors\": %u, \"processor\": \"%s\"",
		program, bench_processors(), text);
}

static void end_section(void)
{
	if (report.json && report.in_section)
		fprintf(report.json, "\n]");
	report.in_section = false;
}

void bench_report_end(void)
{
	end_section();
	if (report.json) {
		fprintf(report.json, ",\n\"misses\": %u}\n", report.misses);
		if (fclose(report.json))
			bench_fail("json", "cannot be written");
	}
	report.json = NULL;
}

void bench_section(const char *key, const char *format, ...)
{
	va_list arguments;

	end_section();
	putchar('\n');
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	if (report.json)
		fprintf(report.json, ",\n\"%s\": [", key);
	report.in_section = true;
	report.has_rows = false;
}

void bench_row_begin(void)
{
	if (report.json)
		fprintf(report.json, "%s\n {", report.has_rows ? "," : "");
	report.has_rows = true;
	report.has_members = false;
}

static void member(const char *key)
{
	fprintf(report.json, "%s\"%s\": ", report.has_members ? ", " : "", key);
	report.has_members = true;
}

void bench_row_text(const char *key, const char *text)
{
	if (!report.json)
		return;
	member(key);
	fprintf(report.json, "\"%s\"", text);
}

void bench_row_number(const char *key, double value)
{
	if (!report.json)
		return;
	member(key);
	if (isfinite(value))
		fprintf(report.json, "%.10g", value);
	else
		fprintf(report.json, "null");
}

void bench_row_end(void)
{
	if (report.json)
		fprintf(report.json, "}");
	fflush(stdout);
}

const char *bench_verdict(bool good)
{
	report.misses += !good;
	return good ? "ok" : "MISS";
}

unsigned int bench_misses(void)
{
	return report.misses;
}
