/* SPDX-License-Identifier: MIT */
/*
 * memstats.c - Go's memory statistics of a process, as far as C has them
 *
 * What can be told from outside, out of /proc/PID/status. The kernel knows
 * pages, not objects, so it stays with these, chosen so that Go's identities
 * hold (HeapSys = HeapInuse + HeapIdle; Sys = the sum of all ...Sys):
 *
 *	Sys		VmSize	address space
 *	HeapSys		VmData	private writable memory without the stack
 *	HeapInuse	RssAnon + VmSwap: what of it was written to and is kept,
 *			at most HeapSys
 *	HeapIdle	the rest of HeapSys
 *	HeapReleased	the same: it takes no memory
 *	StackInuse	VmStk, as StackSys: the first thread's stack; those of
 *			others are in VmData
 *	OtherSys	the rest of Sys: code, libraries, files
 *
 * Sizes of objects, numbers of calls and everything about garbage collection
 * is 0. NEEDSWORK: Alloc, HeapAlloc, TotalAlloc, Mallocs, Frees, HeapObjects
 * and BySize have to come from within the process.
 */
#include "memstats.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <expvar/reader.h>

#include "buffer.h"
#include "procfs.h"
#include "select.h"

#define PAUSES 256

/* The sizes of Go's small objects, in runtime.MemStats.BySize. */
static const uint16_t size_classes[] = {
	0,    8,    16,	  24,	32,   48,   64,	   80,	  96,	 112,	128,
	144,  160,  176,  192,	208,  224,  240,   256,	  288,	 320,	352,
	384,  416,  448,  480,	512,  576,  640,   704,	  768,	 896,	1024,
	1152, 1280, 1408, 1536, 1792, 2048, 2304,  2688,  3072,	 3200,	3456,
	4096, 4864, 5376, 6144, 6528, 6784, 6912,  8192,  9472,	 9728,	10240,
	10880, 12288, 13568, 14336, 16384, 18432,
};
_Static_assert(sizeof(size_classes) == 61 * sizeof(size_classes[0]),
	       "as many as Go has");

struct figures {
	uint64_t size, data, stack, anon, swap; /* bytes */
};

enum kind {
	KIND_ZERO,
	KIND_FALSE,
	KIND_SYS,
	KIND_HEAP,
	KIND_HEAP_IDLE,
	KIND_HEAP_INUSE,
	KIND_STACK,
	KIND_OTHER,
	KIND_PAUSES,
	KIND_SIZES,
};

static const struct {
	const char *name;
	enum kind kind;
} fields[] = {
	{ "Alloc", KIND_ZERO },
	{ "TotalAlloc", KIND_ZERO },
	{ "Sys", KIND_SYS },
	{ "Lookups", KIND_ZERO },
	{ "Mallocs", KIND_ZERO },
	{ "Frees", KIND_ZERO },
	{ "HeapAlloc", KIND_ZERO },
	{ "HeapSys", KIND_HEAP },
	{ "HeapIdle", KIND_HEAP_IDLE },
	{ "HeapInuse", KIND_HEAP_INUSE },
	{ "HeapReleased", KIND_HEAP_IDLE },
	{ "HeapObjects", KIND_ZERO },
	{ "StackInuse", KIND_STACK },
	{ "StackSys", KIND_STACK },
	{ "MSpanInuse", KIND_ZERO },
	{ "MSpanSys", KIND_ZERO },
	{ "MCacheInuse", KIND_ZERO },
	{ "MCacheSys", KIND_ZERO },
	{ "BuckHashSys", KIND_ZERO },
	{ "GCSys", KIND_ZERO },
	{ "OtherSys", KIND_OTHER },
	{ "NextGC", KIND_ZERO },
	{ "LastGC", KIND_ZERO },
	{ "PauseTotalNs", KIND_ZERO },
	{ "PauseNs", KIND_PAUSES },
	{ "PauseEnd", KIND_PAUSES },
	{ "NumGC", KIND_ZERO },
	{ "NumForcedGC", KIND_ZERO },
	{ "GCCPUFraction", KIND_ZERO },
	{ "EnableGC", KIND_FALSE },
	{ "DebugGC", KIND_FALSE },
	{ "BySize", KIND_SIZES },
};
_Static_assert(sizeof(fields) / sizeof(fields[0]) == 32, "as many as Go has");

/* ---- /proc ---- */

static void read_figures(const struct expvar_segment_info *info,
			 struct figures *figures)
{
	char status[PROCFS_TEXT];

	if (!procfs_read(info, "status", status))
		return;
	figures->size = procfs_bytes(status, "\nVmSize:");
	figures->data = procfs_bytes(status, "\nVmData:");
	figures->stack = procfs_bytes(status, "\nVmStk:");
	figures->anon = procfs_bytes(status, "\nRssAnon:");
	figures->swap = procfs_bytes(status, "\nVmSwap:");
}

/* ---- the object ---- */

static uint64_t number(const struct figures *f, enum kind kind)
{
	uint64_t inuse = f->anon + f->swap;

	if (inuse > f->data)
		inuse = f->data;
	switch (kind) {
	case KIND_SYS:
		return f->size;
	case KIND_HEAP:
		return f->data;
	case KIND_HEAP_IDLE:
		return f->data - inuse;
	case KIND_HEAP_INUSE:
		return inuse;
	case KIND_STACK:
		return f->stack;
	case KIND_OTHER:
		return f->size > f->data + f->stack ?
			       f->size - f->data - f->stack :
			       0;
	default:
		return 0;
	}
}

static void put_sizes(struct dump_buffer *to)
{
	size_t i;

	for (i = 0; i < sizeof(size_classes) / sizeof(size_classes[0]); i++) {
		dump_puts(to, i ? ",{\"Size\":" : "[{\"Size\":");
		dump_put_uint(to, size_classes[i]);
		dump_puts(to, ",\"Mallocs\":0,\"Frees\":0}");
	}
	dump_putc(to, ']');
}

static void put_pauses(struct dump_buffer *to)
{
	int i;

	for (i = 0; i < PAUSES; i++)
		dump_puts(to, i ? ",0" : "[0");
	dump_putc(to, ']');
}

static void put_value(const struct figures *figures, enum kind kind,
		      struct dump_buffer *to)
{
	if (kind == KIND_FALSE)
		dump_puts(to, "false");
	else if (kind == KIND_PAUSES)
		put_pauses(to);
	else if (kind == KIND_SIZES)
		put_sizes(to);
	else
		dump_put_uint(to, number(figures, kind));
}

void dump_memstats(const struct expvar_segment_info *info,
		   struct dump_select *select, struct dump_buffer *to)
{
	struct figures figures = { 0 };
	bool first = true;
	size_t i;

	read_figures(info, &figures);
	dump_putc(to, '{');
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (select &&
		    dump_select_entry(select, fields[i].name,
				      strlen(fields[i].name), 1,
				      0) != EXPVAR_JSON_KEEP)
			continue;
		dump_putf(to, "%s\"%s\":", first ? "" : ",", fields[i].name);
		put_value(&figures, fields[i].kind, to);
		first = false;
	}
	dump_putc(to, '}');
}
