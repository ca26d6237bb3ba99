/* SPDX-License-Identifier: MIT */
/*
 * test-dump-metrics.c - names for Prometheus, and that series never clash
 */
#include "../../tools/common/metrics.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/common/buffer.h"
#include "../../tools/common/metric-name.h"
#include "../../tools/common/names.h"
#include "support/capture.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- names ---- */

static const struct {
	const char *name, *unit;
	bool is_counter;
	const char *text;
} names[] = {
	{ "requests", "", true, "requests" },
	{ "requests_total", "", true, "requests" },
	{ "requests_total", "", false, "requests_total" },
	{ "total", "", true, "total" },
	{ "latency", "ns", false, "latency_seconds" },
	{ "latency_ns", "ns", false, "latency_seconds" },
	{ "latency_seconds", "ns", false, "latency_seconds" },
	{ "latency_ms", "us", false, "latency_ms_seconds" },
	{ "wait_ms_total", "ms", true, "wait_seconds" },
	{ "wait", "\xc2\xb5s", false, "wait_seconds" },
	{ "sent", "KiB", true, "sent_bytes" },
	{ "sent", "B", false, "sent_bytes" },
	{ "bytes", "bytes", false, "bytes" },
	{ "queue", "items", false, "queue_items" },
	{ "queue", "req/s", false, "queue" },
	{ "queue", "1", false, "queue" },
	{ "queue", "%", false, "queue" },
	{ "http.status-code", "", false, "http_status_code" },
	{ "gr\xc3\xb6\xc3\x9f"
	  "e",
	  "", false, "gr__e" },
};

START_TEST(name_becomes_a_metric)
{
	const char *unit = names[_i].unit;
	struct dump_unit base = dump_unit_of(unit, strlen(unit));
	struct dump_buffer text = { 0 };

	dump_puts(&text, "x{"); /* what stands before it is left alone */
	dump_put_metric_name(&text, names[_i].name, strlen(names[_i].name));
	dump_end_metric_name(&text, 2, &base, unit, strlen(unit),
			     names[_i].is_counter);
	dump_putc(&text, '\0');
	ck_assert_str_eq(text.bytes + 2, names[_i].text);
	dump_buffer_free(&text);
}
END_TEST

static void expect_label(const char *bytes, size_t len, const char *name,
			 const char *value)
{
	struct dump_buffer text = { 0 };

	dump_put_label_name(&text, bytes, len);
	dump_putc(&text, '\0');
	ck_assert_str_eq(text.bytes, name);
	dump_buffer_clear(&text);
	dump_put_label_value(&text, bytes, len);
	dump_putc(&text, '\0');
	ck_assert_str_eq(text.bytes, value);
	dump_buffer_free(&text);
}

START_TEST(labels_are_valid_and_not_ours)
{
	expect_label("code", 4, "code", "\"code\"");
	expect_label("", 0, "_", "\"\"");
	expect_label("1st", 3, "_1st", "\"1st\"");
	expect_label("a b-c", 5, "a_b_c", "\"a b-c\"");
	expect_label("__name__", 8, "x_name__", "\"__name__\"");
	expect_label("le", 2, "le_", "\"le\"");
	expect_label("pid", 3, "pid_", "\"pid\"");
	expect_label("a\"\\\n\x1b\xff", 6, "a_____",
		     "\"a\\\"\\\\\\n\\\\x1b\\\\xff\"");
	expect_label("\xc3\xa9", 2, "_", "\"\xc3\xa9\"");
}
END_TEST

START_TEST(values_are_in_base_units)
{
	static const struct {
		const char *unit;
		double value, converted;
	} all[] = {
		{ "ns", 1, 1e-9 },	{ "us", 1500, 0.0015 },
		{ "ms", 7, 0.007 },	{ "min", 2, 120 },
		{ "KiB", 3, 3072 },	{ "GiB", 1, 1073741824 },
		{ "bytes", 5, 5 },	{ "items", 5, 5 },
		{ "ns", 3e15, 3000000 },
	};
	size_t i;

	for (i = 0; i < COUNT(all); i++) {
		struct dump_unit unit =
			dump_unit_of(all[i].unit, strlen(all[i].unit));

		ck_assert(dump_scale_convert(unit.scale, all[i].value) ==
			  all[i].converted);
	}
}
END_TEST

/* ---- whatever programs publish ---- */

static void add_histogram(struct mkseg *m, uint64_t parent, const char *name)
{
	uint32_t group = mkseg_group(m);

	mkseg_histogram_record(mkseg_histogram(m, group), 7);
	mkseg_add(m, LAYOUT_HISTOGRAM, parent, name, group);
}

/* A name of few letters, so that many clash. */
static const char *random_name(uint64_t *seed)
{
	static const char *const parts[] = {
		"a",	  "a",	     "a",      ".",	 "_",	  "-",
		"_count", "_sum",    "_total", "_value", "\xff",  "ns",
		"_ns",	  "_seconds", "_created", "1",	  "expvar_process",
		"_info",
	};
	static char name[64];
	size_t i, count = 1 + runner_random(seed) % 3;

	name[0] = '\0';
	for (i = 0; i < count; i++)
		strcat(name, parts[runner_random(seed) % COUNT(parts)]);
	return name;
}

static uint64_t add_random(struct mkseg *m, uint64_t parent, uint64_t *seed,
			   unsigned int depth)
{
	static const char *const units[] = { "", "", "ns", "bytes", "total" };
	const char *name = random_name(seed);
	uint64_t unit = 0;

	switch (runner_random(seed) % 6) {
	case 0:
		unit = mkseg_add(m, LAYOUT_FLOAT, parent, name,
				 mkseg_float(-1.5));
		break;
	case 1:
		add_histogram(m, parent, name);
		return 0;
	case 2:
		if (depth < 3) {
			size_t i, count = runner_random(seed) % 6;

			unit = mkseg_add(m, LAYOUT_MAP, parent, name, 0);
			for (i = 0; i < count; i++)
				add_random(m, unit, seed, depth + 1);
			break;
		}
		/* fallthrough */
	default:
		unit = mkseg_add(m, LAYOUT_INT, parent, name,
				 runner_random(seed) % 2 ? 5 : UINT64_MAX);
	}
	if (runner_random(seed) % 2)
		mkseg_set_meta(m, unit, (uint8_t)(runner_random(seed) % 3),
			       units[runner_random(seed) % COUNT(units)],
			       runner_random(seed) % 2 ? "le,a" : "", "");
	return unit;
}

static void add_process(struct dump_metrics *metrics, uint64_t *seed,
			const char *instance)
{
	struct mkseg *m = mkseg_new(4 << 20);
	struct expvar_segment_info info = {
		.struct_size = sizeof(info),
		.app = "fuzz",
		.instance = instance,
		.pid = 1 + runner_random(seed) % 2,
		.pid_is_ours = (int)(runner_random(seed) % 2),
		.pid_namespace = 4026531836,
		.incarnation = runner_random(seed),
	};
	size_t i;

	mkseg_identify(m, "fuzz");
	for (i = 0; i < 25; i++)
		add_random(m, LAYOUT_UNIT_ROOT, seed, 0);
	ck_assert_int_ge(
		dump_metrics_add(metrics, &info,
				 capture_snapshot(m, EXPVAR_SNAPSHOT_META),
				 NULL, NULL, 0),
		0);
	mkseg_free(m);
}

static bool is_metric_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return len && !isdigit((unsigned char)name[0]);
}

struct reading {
	struct dump_names series;
	struct dump_names names; /* that families have, or might */
	char family[256]; /* of the last TYPE */
	bool is_open;
};

/* The names that a type takes, as strict readers of OpenMetrics have it. */
static void take_names(struct reading *reading, const char *name,
		       const char *type)
{
	static const struct {
		const char *type;
		const char *suffixes[5];
	} types[] = {
		{ "counter", { "", "_total", "_created" } },
		{ "histogram",
		  { "", "_bucket", "_count", "_sum", "_created" } },
		{ "info", { "", "_info" } },
		{ "gauge", { "" } },
		{ "unknown", { "" } },
		{ "untyped", { "" } },
	};
	char text[300];
	bool is_new;
	size_t i, k;

	for (i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i].type, type))
			continue;
		for (k = 0; k < 5 && types[i].suffixes[k]; k++) {
			snprintf(text, sizeof(text), "%s%s", name,
				 types[i].suffixes[k]);
			dump_names_add(&reading->names, text, strlen(text),
				       &is_new);
			ck_assert_msg(is_new, "twice: %s of %s, a %s", text,
				      name, type);
		}
		return;
	}
	ck_abort_msg("no such type: %s", type);
}

/* # HELP name text, # TYPE name type */
static void read_comment(struct reading *reading, const char *line)
{
	char name[256], type[32];

	if (sscanf(line, "# TYPE %255s %31s", name, type) != 2)
		return;
	ck_assert_msg(is_metric_name(name, strlen(name)), "%s", line);
	/* Prometheus' own format has the suffix here, too. */
	if (!reading->is_open && !strcmp(type, "counter")) {
		ck_assert_uint_gt(strlen(name), 6);
		name[strlen(name) - 6] = '\0';
	}
	take_names(reading, name, type);
	strcpy(reading->family, name);
}

static void read_sample(struct reading *reading, const char *line)
{
	const char *brace = strchr(line, '{'), *end = strrchr(line, '}');
	size_t len = strlen(reading->family);
	bool is_new;

	ck_assert_msg(brace && end && end[1] == ' ', "%s", line);
	ck_assert_msg(is_metric_name(line, (size_t)(brace - line)), "%s", line);
	/* Under its family, with one of the suffixes there are. */
	ck_assert_msg(!strncmp(line, reading->family, len), "%s under %s", line,
		      reading->family);
	dump_names_add(&reading->series, line, (size_t)(end - line), &is_new);
	ck_assert_msg(is_new, "twice: %s", line);
}

static void read_all(char *text, bool is_open)
{
	struct reading reading = { .is_open = is_open };
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) && *line) {
		if (*line == '#')
			read_comment(&reading, line);
		else
			read_sample(&reading, line);
	}
	ck_assert(line && !rest); /* a newline behind the last one */
	dump_names_free(&reading.series);
	dump_names_free(&reading.names);
}

START_TEST(series_are_unique_whatever_the_names)
{
	struct dump_metrics *metrics = dump_metrics_new();
	struct capture text = { 0 };
	uint64_t seed = (uint64_t)_i;
	int i;

	ck_assert_ptr_nonnull(metrics);
	for (i = 0; i < 6; i++)
		add_process(metrics, &seed, i % 3 ? "" : "same");
	ck_assert_int_eq(
		dump_metrics_print(metrics, _i % 2, capture_write, &text), 0);
	ck_assert_uint_gt(text.len, 1000);
	read_all(text.text, _i % 2);
	free(text.text);
	dump_metrics_free(metrics);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dump-metrics");
	TCase *texts = tcase_create("texts");
	TCase *series = tcase_create("series");

	tcase_add_loop_test(texts, name_becomes_a_metric, 0, (int)COUNT(names));
	tcase_add_test(texts, labels_are_valid_and_not_ours);
	tcase_add_test(texts, values_are_in_base_units);
	suite_add_tcase(s, texts);
	tcase_add_loop_test(series, series_are_unique_whatever_the_names, 0,
			    60);
	suite_add_tcase(s, series);
	return s;
}
