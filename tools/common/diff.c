/* SPDX-License-Identifier: MIT */
/*
 * diff.c - what changed between two snapshots that were saved
 */
#include "diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "flatten.h"
#include "names.h"

__extension__ typedef __int128 int128;

/* Digits of which the difference of two fits into 128 bits. */
#define DIGITS_MAX 37

struct diff {
	struct dump_names paths; /* of the earlier one */
	struct dump_json *values; /* its values, by the path's number */
	uint32_t size; /* room for values */
	bool *seen; /* the later one has it, too */
	bool restarted;
	double seconds; /* to divide by; 0: do not */
	bool any;
	struct dump_buffer *out;
};

bool dump_diff_is_restarted(const struct dump_saved *from,
			    const struct dump_saved *to)
{
	return from->incarnation.len && to->incarnation.len &&
	       !dump_saved_same(from->incarnation, to->incarnation);
}

/* ---- numbers ---- */

static bool is_number(struct dump_json value)
{
	return value.len &&
	       (value.text[0] == '-' ||
		(value.text[0] >= '0' && value.text[0] <= '9'));
}

static bool read_int(struct dump_json value, int128 *ret)
{
	bool is_negative = value.len && value.text[0] == '-';
	int128 number = 0;
	size_t i;

	if (value.len > DIGITS_MAX)
		return false;
	for (i = is_negative; i < value.len; i++) {
		if (value.text[i] < '0' || value.text[i] > '9')
			return false;
		number = number * 10 + (value.text[i] - '0');
	}
	*ret = is_negative ? -number : number;
	return i > is_negative;
}

static void put_int(struct dump_buffer *out, int128 value)
{
	if (value < 0) {
		dump_putc(out, '-');
		value = -value;
	}
	dump_put_uint128(out, (uint64_t)value, (uint64_t)(value >> 64));
}

static void put_change(struct diff *diff, struct dump_json old,
		       struct dump_json new)
{
	int128 a, b;
	double x = 0, y = 0;
	bool exact = read_int(old, &a) && read_int(new, &b);

	if (exact && diff->seconds == 0) {
		put_int(diff->out, b - a);
		return;
	}
	dump_json_number(old, &x);
	dump_json_number(new, &y);
	y = exact ? (double)(b - a) : y - x;
	dump_put_float(diff->out,
		       diff->seconds == 0 ? y : y / diff->seconds);
}

/* ---- changes ---- */

static void put_path(struct diff *diff, const char *path, size_t len)
{
	dump_puts(diff->out, diff->any ? ", " : "");
	diff->any = true;
	dump_put_quoted(diff->out, path, len);
	dump_puts(diff->out, ": ");
}

static void put_values(struct diff *diff, const struct dump_json *old,
		       const struct dump_json *new)
{
	dump_putc(diff->out, '{');
	if (old) {
		dump_puts(diff->out, "\"old\":");
		dump_json_compact(*old, diff->out);
	}
	if (new) {
		dump_puts(diff->out, old ? ",\"new\":" : "\"new\":");
		dump_json_compact(*new, diff->out);
	}
	dump_putc(diff->out, '}');
}

/* What --meta says of the process changes all the time. */
static bool is_about(const struct dump_cell *cell)
{
	return cell->path_len >= 7 && !memcmp(cell->path, "expvar.", 7);
}

static int keep_old(const struct dump_cell *cell, void *userdata)
{
	struct diff *diff = userdata;
	uint32_t number, size = diff->size ? diff->size * 2 : 256;
	struct dump_json *values;

	if (is_about(cell))
		return 0;
	number = dump_names_add(&diff->paths, cell->path, cell->path_len, NULL);
	if (number == DUMP_NAME_NONE)
		return -ENOMEM;
	if (number >= diff->size) {
		values = reallocarray(diff->values, size, sizeof(*values));
		if (!values)
			return -ENOMEM;
		diff->values = values;
		diff->size = size;
	}
	diff->values[number] = cell->value;
	return 0;
}

/* However the two files are laid out. */
static bool is_same(struct dump_json a, struct dump_json b)
{
	struct dump_buffer one = { 0 }, two = { 0 };
	bool same;

	if (dump_saved_same(a, b))
		return true;
	if (!a.len || a.text[0] != '[' || !b.len || b.text[0] != '[')
		return false;
	dump_json_compact(a, &one);
	dump_json_compact(b, &two);
	same = !one.failed && one.len == two.len &&
	       !memcmp(one.bytes, two.bytes, one.len);
	dump_buffer_free(&one);
	dump_buffer_free(&two);
	return same;
}

static int compare_new(const struct dump_cell *cell, void *userdata)
{
	struct diff *diff = userdata;
	uint32_t number;
	struct dump_json old;

	if (is_about(cell))
		return 0;
	number = dump_names_find(&diff->paths, cell->path, cell->path_len);
	if (number == DUMP_NAME_NONE) {
		put_path(diff, cell->path, cell->path_len);
		put_values(diff, NULL, &cell->value);
		return 0;
	}
	diff->seen[number] = true;
	old = diff->values[number];
	if (is_same(old, cell->value))
		return 0;
	put_path(diff, cell->path, cell->path_len);
	if (!diff->restarted && is_number(old) && is_number(cell->value))
		put_change(diff, old, cell->value);
	else
		put_values(diff, &old, &cell->value);
	return 0;
}

static void put_gone(struct diff *diff)
{
	const char *path;
	uint32_t i;
	size_t len;

	for (i = 0; i < diff->paths.count; i++) {
		if (diff->seen[i])
			continue;
		path = dump_names_text(&diff->paths, i, &len);
		put_path(diff, path, len);
		put_values(diff, &diff->values[i], NULL);
	}
}

static int put_changes(struct diff *diff, const struct dump_saved *from,
		       const struct dump_saved *to)
{
	int cut = dump_flatten(from->values, "", keep_old, diff), error;

	if (cut < 0)
		return cut;
	diff->seen = calloc((size_t)diff->paths.count + 1, sizeof(bool));
	if (!diff->seen)
		return -ENOMEM;
	error = dump_flatten(to->values, "", compare_new, diff);
	if (!error && !cut)
		put_gone(diff);
	return error ? error : cut;
}

/* ---- all of it ---- */

static void put_known(struct dump_buffer *out, const char *name,
		      struct dump_json value)
{
	dump_putf(out, "\"%s\":", name);
	if (value.len)
		dump_put(out, value.text, value.len);
	else
		dump_puts(out, "null");
	dump_putc(out, ',');
}

int dump_diff(const struct dump_saved *from, const struct dump_saved *to,
	      bool rate, struct dump_buffer *out)
{
	double seconds = dump_saved_seconds(from, to);
	struct diff diff = {
		.restarted = dump_diff_is_restarted(from, to),
		.seconds = rate && seconds > 0 ? seconds : 0,
		.out = out,
	};
	int error;

	dump_putc(out, '{');
	put_known(out, "app", to->app);
	put_known(out, "pid", to->pid);
	put_known(out, "from", from->time);
	put_known(out, "to", to->time);
	dump_puts(out, "\"seconds\":");
	dump_put_float(out, seconds);
	dump_putf(out, ",\"restarted\":%s,\"changes\":{",
		  diff.restarted	   ? "true" :
		  from->incarnation.len &&
				  to->incarnation.len ?
					     "false" :
					     "null");
	error = put_changes(&diff, from, to);
	dump_puts(out, "}}\n");
	dump_names_free(&diff.paths);
	free(diff.values);
	free(diff.seen);
	return out->failed ? -ENOMEM : error;
}
