/* SPDX-License-Identifier: MIT */
/*
 * scale.c - in what a chart counts
 */
#include "scale.h"

#include <math.h>
#include <string.h>

#include "common/buffer.h"
#include "common/message.h"

struct step {
	double from;
	const char *text;
	const char *word; /* of plain numbers */
	double divisor; /* likewise */
};

/* Units that people write for the same. */
struct family {
	const char *names[6];
	double factor; /* to the unit of the steps */
	const struct step *steps;
	double smallest; /* the last of them */
};

static const struct step byte_steps[] = {
	{ .from = 1024.0 * 1024 * 1024 * 1024, .text = "TiB" },
	{ .from = 1024.0 * 1024 * 1024, .text = "GiB" },
	{ .from = 1024.0 * 1024, .text = "MiB" },
	{ .from = 1024.0, .text = "KiB" },
	{ .from = 0, .text = "bytes" },
};
static const struct step second_steps[] = {
	{ .from = 86400, .text = "days" },
	{ .from = 1, .text = "s" },
	{ .from = 1e-3, .text = "ms" },
	{ .from = 1e-6, .text = "\xc2\xb5s" },
	{ .from = 0, .text = "ns" },
};

static const struct family families[] = {
	{ { "bytes", "byte", "By", "B" }, 1, byte_steps, 1 },
	{ { "KiB", "kib" }, 1024, byte_steps, 1 },
	{ { "ns", "nanoseconds" }, 1e-9, second_steps, 1e-9 },
	{ { "us", "microseconds" }, 1e-6, second_steps, 1e-9 },
	{ { "ms", "milliseconds" }, 1e-3, second_steps, 1e-9 },
	{ { "s", "seconds", "second" }, 1, second_steps, 1e-9 },
};

/* Beyond all prefixes numbers are written with exponents. */
static const struct step thousands[] = {
	{ 1e15, "", "", 1 },	     { 1e12, "T", "trillions", 1e12 },
	{ 1e9, "G", "billions", 1e9 }, { 1e6, "M", "millions", 1e6 },
	{ 1e4, "k", "thousands", 1e3 }, { 0, "", "", 1 },
};

static const struct family *find_family(const char *unit, size_t len)
{
	const size_t count = sizeof(families) / sizeof(families[0]);
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < 6 && families[i].names[j]; j++)
			if (strlen(families[i].names[j]) == len &&
			    !memcmp(families[i].names[j], unit, len))
				return &families[i];
	return NULL;
}

struct plot_scale plot_scale_of(const char *unit, size_t unit_len, double max)
{
	const struct family *family = find_family(unit, unit_len);
	const struct step *step = family ? family->steps : thousands;
	double factor = family ? family->factor : 1;

	max = fabs(max) * factor;
	while (step->from > 0 && max < step->from)
		step++;
	if (!family)
		return (struct plot_scale){ step->divisor, step->text,
					    step->word, NULL };
	factor = (step->from > 0 ? step->from : family->smallest) / factor;
	return (struct plot_scale){ factor, "", "", step->text };
}

static bool has_unit(const char *unit, size_t len)
{
	return len && (len > 1 || unit[0] != '1');
}

void plot_put_unit(struct dump_buffer *to, const struct plot_scale *scale,
		   const char *unit, size_t unit_len, bool is_rate)
{
	if (scale->unit) {
		dump_puts(to, scale->unit);
	} else if (has_unit(unit, unit_len)) {
		dump_puts(to, scale->prefix);
		if (*scale->prefix)
			dump_putc(to, ' ');
		dump_put_escaped(to, unit, unit_len, DUMP_ESCAPE_LINE);
	} else {
		dump_puts(to, scale->word);
	}
	if (is_rate)
		dump_puts(to, to->len ? " per second" : "per second");
}
