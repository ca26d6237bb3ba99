/* SPDX-License-Identifier: MIT */
/*
 * rate.c - how much numbers grew a second between two snapshots
 */
#include "rate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "combine.h"
#include "flatten.h"
#include "histogram.h"
#include "json.h"

enum {
	NOW,
	BEFORE,
	SNAPSHOTS,
};

struct rate {
	double seconds; /* between the two; 0: there is only one */
};

static void put_change(const struct rate *rate, struct dump_buffer *to,
		       double change)
{
	if (rate->seconds > 0)
		dump_put_float(to, change / rate->seconds);
	else
		dump_puts(to, "null");
}

/* False: it was not there, or was something else. */
static bool item_before(const struct dump_leaf *leaf, uint32_t type,
			struct expvar_item *item)
{
	item->struct_size = sizeof(*item);
	return leaf->count > BEFORE &&
	       leaf->nodes[BEFORE] != EXPVAR_NODE_NONE &&
	       !expvar_snapshot_item(leaf->snapshots[BEFORE],
				     leaf->nodes[BEFORE], item) &&
	       item->type == type && !(item->flags & EXPVAR_ITEM_MISSING);
}

/* ---- what numbers there are ---- */

/* Both wrap as they do in the program, so the difference is right. */
static double int_change(const struct expvar_item *now,
			 const struct expvar_item *before)
{
	return (double)(int64_t)((uint64_t)now->value.i -
				 (uint64_t)before->value.i);
}

static bool func_number(const struct expvar_item *item, double *ret_number)
{
	struct dump_json text = { item->text, item->text_len };

	return text.len && (*text.text == '-' ||
			    (*text.text >= '0' && *text.text <= '9')) &&
	       dump_json_number(text, ret_number);
}

/* False: there is no difference of two such values. */
static bool change_of(const struct expvar_item *now,
		      const struct expvar_item *before, double *ret_change)
{
	double a, b;

	switch (now->type) {
	case EXPVAR_ITEM_INT:
		*ret_change = int_change(now, before);
		return true;
	case EXPVAR_ITEM_COUNTER:
		/* Less than before: it was removed and made anew. */
		*ret_change = (double)(now->value.u -
				       (now->value.u < before->value.u ?
						0 :
						before->value.u));
		return true;
	case EXPVAR_ITEM_FLOAT:
		*ret_change = now->value.f - before->value.f;
		return true;
	case EXPVAR_ITEM_FUNC:
		if (!func_number(now, &a) || !func_number(before, &b))
			return false;
		*ret_change = a - b;
		return true;
	default:
		return false;
	}
}

static bool field_change(const struct expvar_field_value *now,
			 const struct expvar_field_value *before,
			 double *ret_change)
{
	switch (now->type) {
	case EXPVAR_FIELD_VALUE_INT:
		*ret_change = (double)(int64_t)((uint64_t)now->value.i -
						(uint64_t)before->value.i);
		return true;
	case EXPVAR_FIELD_VALUE_UINT:
		/* Of whatever width: as signed it is right either way. */
		*ret_change =
			(double)(int64_t)(now->value.u - before->value.u);
		return true;
	case EXPVAR_FIELD_VALUE_FLOAT:
		*ret_change = now->value.f - before->value.f;
		return true;
	default:
		return false;
	}
}

/* ---- values ---- */

static int put_number(const struct rate *rate, const struct dump_leaf *leaf,
		      const struct expvar_item *now, struct dump_buffer *to)
{
	struct expvar_item before;
	double change = 0;

	/* Whether it is a number at all does not depend on what was before. */
	if (!change_of(now, now, &change))
		return DUMP_LEAF_NONE;
	if (item_before(leaf, now->type, &before) &&
	    change_of(now, &before, &change))
		put_change(rate, to, change);
	else
		dump_puts(to, "null");
	return 0;
}

static int put_record(const struct rate *rate, const struct dump_leaf *leaf,
		      const struct expvar_item *now, struct dump_buffer *to)
{
	struct expvar_field_value field = { .struct_size = sizeof(field) };
	struct expvar_field_value old = { .struct_size = sizeof(old) };
	struct expvar_item before;
	bool has_before = item_before(leaf, now->type, &before), any = false;
	double change;
	uint32_t i;

	for (i = 0; i < now->fields; i++) {
		if (expvar_snapshot_field(leaf->snapshots[NOW], now->node, i,
					  &field) ||
		    !field_change(&field, &field, &change))
			continue;
		dump_putc(to, any ? ',' : '{');
		any = true;
		dump_put_quoted(to, field.name, field.name_len);
		dump_putc(to, ':');
		if (has_before && i < before.fields &&
		    !expvar_snapshot_field(leaf->snapshots[BEFORE], before.node,
					   i, &old) &&
		    old.type == field.type &&
		    field_change(&field, &old, &change))
			put_change(rate, to, change);
		else
			dump_puts(to, "null");
	}
	if (!any)
		return DUMP_LEAF_NONE;
	dump_putc(to, '}');
	return 0;
}

static bool was_made_anew(const struct dump_leaf *leaf,
			  const struct dump_histogram *now, uint32_t before)
{
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };

	return expvar_snapshot_histogram(leaf->snapshots[BEFORE], before,
					 &totals) ||
	       totals.count > now->count;
}

static int put_histogram(const struct rate *rate, const struct dump_leaf *leaf,
			 const struct expvar_item *now, struct dump_buffer *to)
{
	struct dump_histogram *histogram;
	struct expvar_item before;
	double sum;

	if (!item_before(leaf, now->type, &before)) {
		dump_puts(to, "null");
		return 0;
	}
	histogram = calloc(1, sizeof(*histogram));
	if (!histogram)
		return -ENOMEM;
	dump_histogram_add(histogram, leaf->snapshots[NOW], now->node);
	if (!was_made_anew(leaf, histogram, before.node))
		dump_histogram_subtract(histogram, leaf->snapshots[BEFORE],
					before.node);
	sum = (double)histogram->sum_high * 18446744073709551616.0 +
	      (double)histogram->sum_low;
	dump_puts(to, "{\"count\":");
	put_change(rate, to, (double)histogram->count);
	dump_puts(to, ",\"sum\":");
	put_change(rate, to, sum);
	dump_put_quantiles(to, histogram);
	*leaf->work += dump_histogram_work(histogram);
	dump_putc(to, '}');
	free(histogram);
	return 0;
}

static int put_leaf(const struct dump_leaf *leaf, struct dump_buffer *to,
		    void *userdata)
{
	struct expvar_item now = { .struct_size = sizeof(now) };
	const struct rate *rate = userdata;

	if (expvar_snapshot_item(leaf->snapshots[NOW], leaf->nodes[NOW], &now))
		return DUMP_LEAF_NONE;
	if (now.flags & EXPVAR_ITEM_INCOMPLETE) {
		dump_puts(to, "null");
		return 1;
	}
	if (now.flags & EXPVAR_ITEM_MISSING ||
	    leaf->kind == EXPVAR_META_KIND_GAUGE)
		return DUMP_LEAF_NONE;
	switch (now.type) {
	case EXPVAR_ITEM_RECORD:
		return put_record(rate, leaf, &now, to);
	case EXPVAR_ITEM_HISTOGRAM:
		return put_histogram(rate, leaf, &now, to);
	default:
		return put_number(rate, leaf, &now, to);
	}
}

static uint64_t taken_ns(const struct expvar_snapshot *snapshot)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };

	expvar_snapshot_stats(snapshot, &totals);
	return totals.taken_boottime_ns;
}

int dump_rate(const struct dump_rate *what, struct dump_buffer *to)
{
	const struct expvar_snapshot *snapshots[SNAPSHOTS] = {
		[NOW] = what->now,
		[BEFORE] = what->before,
	};
	struct rate rate = { 0 };
	struct dump_combination combination = {
		.snapshots = snapshots,
		.count = what->before ? SNAPSHOTS : 1,
		.is_first_only = true,
		.is_line = what->is_line,
		.select = what->select,
		.fn = put_leaf,
		.userdata = &rate,
	};

	if (what->before)
		rate.seconds =
			(double)(taken_ns(what->now) - taken_ns(what->before)) /
			1e9;
	return dump_combine(&combination, to);
}
