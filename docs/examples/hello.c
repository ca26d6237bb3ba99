/* SPDX-License-Identifier: MIT */
/* hello.c - the example of README.md: counts the lines it reads */
#include <expvar/expvar.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct expvar_counter *lines = expvar_counter_new("lines");
	struct expvar_histogram *lengths = expvar_histogram_new("lengths");
	struct expvar_string *last = expvar_string_new("last");
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		expvar_counter_inc(lines);
		expvar_histogram_record(lengths, strlen(line));
		expvar_string_set(last, line);
	}
	return 0;
}
