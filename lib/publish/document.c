/* SPDX-License-Identifier: MIT */
/*
 * document.c - the JSON text of variables, as Go prints it
 *
 * From private structures and the values themselves, not through the segment:
 * private variables print too, and so does what no reader may see yet.
 */
#include <stdio.h>
#include <string.h>

#include "func.h"
#include "json.h"
#include "process.h"
#include "scratch.h"
#include "sorted.h"

static void print(struct variable *variable, struct expvar_json *out,
		  unsigned int depth);

static void print_string(const struct variable *variable,
			 struct expvar_json *out)
{
	const struct rotor *rotor = expvar_handle_extra(&variable->handle);
	struct scratch scratch;

	if (!rotor) { /* a sink */
		expvar_json_raw(out, "\"\"", 2);
		return;
	}
	expvar_scratch_copy(&scratch, rotor, variable->handle.value,
			    EXPVAR_VALUE_MAX);
	expvar_json_raw_quoted(out, scratch.text, scratch.len);
	expvar_scratch_free(&scratch);
}

static void print_histogram(struct variable *variable, struct expvar_json *out)
{
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	const char *names[] = { "min", "max", "mean", "p50",
				"p90", "p99", "p999", "p9999" };
	uint64_t values[8];
	size_t i;

	expvar_histogram_get((struct expvar_histogram *)variable, &s);
	memcpy(values, (uint64_t[]){ s.min, s.max, 0, s.p50, s.p90, s.p99,
				     s.p999, s.p9999 },
	       sizeof(values));
	expvar_json_raw(out, "{\"count\":", 9);
	expvar_json_raw_uint(out, s.count);
	expvar_json_raw(out, ",\"sum\":", 7);
	expvar_json_raw_u128(out, s.sum_high, s.sum_low);
	for (i = 0; i < 8; i++) {
		expvar_json_raw(out, ",\"", 2);
		expvar_json_raw(out, names[i], strlen(names[i]));
		expvar_json_raw(out, "\":", 2);
		if (i == 2)
			expvar_json_raw_float(out, s.count ? ((double)s.sum_high *
							    0x1p64 +
						    (double)s.sum_low) /
							   (double)s.count :
						   0);
		else
			expvar_json_raw_uint(out, values[i]);
	}
	expvar_json_raw(out, "}", 1);
}

static void print_map(struct variable *variable, struct expvar_json *out,
		      unsigned int depth)
{
	struct sorted *sorted = expvar_variable_map(variable) ?
					expvar_sorted_take(variable) :
					NULL; /* a sink */
	size_t i;

	expvar_json_raw(out, "{", 1);
	for (i = 0; sorted && i < sorted->count; i++) {
		if (i)
			expvar_json_raw(out, ", ", 2);
		expvar_json_raw_quoted(out, sorted->entry[i].key,
				       sorted->entry[i].len);
		expvar_json_raw(out, ": ", 2);
		print(sorted->entry[i].variable, out, depth + 1);
	}
	expvar_json_raw(out, "}", 1);
	expvar_sorted_free(sorted);
}

/* Recursion is as deep as maps are, which is bounded (nesting.c). */
static void print(struct variable *variable, struct expvar_json *out,
		  unsigned int depth)
{
	const struct expvar_var *handle = &variable->handle;

	switch (depth > EXPVAR_DEPTH_MAX + 1 ? LAYOUT_NULL :
					       variable->own.type) {
	case LAYOUT_INT:
		expvar_json_raw_int(out,
			  (int64_t)expvar_word64_load_relaxed(handle->value));
		break;
	case LAYOUT_FLOAT:
		expvar_json_raw_float(out,
			    expvar_float_get((struct expvar_float *)variable));
		break;
	case LAYOUT_COUNTER:
		expvar_json_raw_uint(out, expvar_counter_get(
					(struct expvar_counter *)variable));
		break;
	case LAYOUT_STRING:
		print_string(variable, out);
		break;
	case LAYOUT_MAP:
		print_map(variable, out, depth);
		break;
	case LAYOUT_FUNC:
		expvar_func_print(variable, out);
		break;
	case LAYOUT_HISTOGRAM:
		print_histogram(variable, out);
		break;
	case LAYOUT_RECORD:
		expvar_record_print(variable, out);
		break;
	default:
		expvar_json_raw(out, "null", 4);
	}
}

static void print_document(struct expvar_json *out)
{
	struct variable *root = expvar_process_root();
	struct sorted *sorted = NULL;
	size_t i;

	if (root)
		sorted = expvar_sorted_take(root);
	expvar_json_raw(out, "{\n", 2);
	for (i = 0; sorted && i < sorted->count; i++) {
		if (i)
			expvar_json_raw(out, ",\n", 2);
		expvar_json_raw_quoted(out, sorted->entry[i].key,
				       sorted->entry[i].len);
		expvar_json_raw(out, ": ", 2);
		print(sorted->entry[i].variable, out, 1);
	}
	expvar_json_raw(out, "\n}\n", 3);
	expvar_sorted_free(sorted);
}

EXPVAR_API size_t expvar_json(const struct expvar_var *var, char *buf,
			      size_t size)
{
	struct variable *variable = expvar_variable_of(var);
	struct expvar_json out;

	expvar_json_to_buffer(&out, buf, size ? size - 1 : 0);
	if (!var)
		print_document(&out);
	else if (expvar_process_owns(variable) ||
		 variable->own.flags & VARIABLE_STATIC)
		print(variable, &out, 1);
	else
		expvar_json_raw(&out, "null", 4);
	if (size)
		buf[out.len < size ? out.len : size - 1] = 0;
	return out.len;
}
