/* SPDX-License-Identifier: MIT */
/*
 * sample.c - a small segment that has one of everything
 */
#include "support/sample.h"

#include <string.h>

static const struct mkseg_field fields[] = {
	{ "count", 0, 8, LAYOUT_FIELD_INT },
	{ "path", 8, 24, LAYOUT_FIELD_CHARS },
};

struct mkseg *sample_new(void)
{
	struct mkseg *m = mkseg_new(1 << 18);
	uint32_t group = mkseg_group(m), buckets = mkseg_group(m);
	char name[200], record[32] = "12345678/usr/share";
	uint64_t map, x;

	memset(name, 'l', sizeof(name));
	mkseg_identify(m, "sample");
	x = mkseg_add(m, LAYOUT_INT, LAYOUT_UNIT_ROOT, "int", 1);
	mkseg_set_meta(m, x, 1, "bytes", "", "Some help.");
	mkseg_add(m, LAYOUT_FLOAT, LAYOUT_UNIT_ROOT, "float", mkseg_float(0.1));
	mkseg_add(m, LAYOUT_STRING, LAYOUT_UNIT_ROOT, "string",
		  mkseg_version(m, "a string", 8, 0));
	mkseg_add(m, LAYOUT_FUNC, LAYOUT_UNIT_ROOT, "func",
		  mkseg_version(m, "[1,2,{\"a\":null}]", 16, 0));
	map = mkseg_add(m, LAYOUT_MAP, LAYOUT_UNIT_ROOT, "map", 0);
	mkseg_add(m, LAYOUT_INT, map, "a", 1);
	mkseg_add(m, LAYOUT_LINK, map, "b", x);
	mkseg_add(m, LAYOUT_LINK, LAYOUT_UNIT_ROOT, "map again", map);
	mkseg_add(m, LAYOUT_COUNTER, LAYOUT_UNIT_ROOT, "counter", layout_ref(group, 5));
	mkseg_add(m, LAYOUT_HISTOGRAM, LAYOUT_UNIT_ROOT, "histogram", buckets);
	mkseg_record(m, LAYOUT_UNIT_ROOT, "record", fields, 2, record, sizeof(record));
	mkseg_unit(m, LAYOUT_INT, LAYOUT_UNIT_ROOT, name, sizeof(name), 3);
	mkseg_chunk(m, group)->cell[5].word_ = 5;
	mkseg_chunk(m, group)->cell[5].word_ = 6;
	mkseg_histogram_record(mkseg_histogram(m, buckets), 1000);
	mkseg_histogram_record(mkseg_histogram(m, buckets), 50);
	expvar_word64_store_relaxed(&m->header->cmdline,
				    mkseg_version(m, "a\0b", 4, 0));
	return m;
}
