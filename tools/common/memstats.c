/* SPDX-License-Identifier: MIT */
/*
 * memstats.c - Go's memory statistics of a process, as far as C has them
 *
 * What the kernel knows, out of /proc/PID/status, are pages. So it is chosen
 * that Go's identities hold (HeapSys = HeapInuse + HeapIdle; Sys = the sum of
 * all ...Sys):
 *
 *	Sys		VmSize	address space
 *	HeapSys		VmData	private writable memory without the stack
 *	HeapInuse	RssAnon + VmSwap: what of it was written to and is kept;
 *			at least HeapAlloc, at most HeapSys
 *	HeapIdle	the rest of HeapSys
 *	HeapReleased	the same: it takes no memory
 *	StackInuse	VmStk, as StackSys: the first thread's stack; those of
 *			others are in VmData
 *	OtherSys	the rest of Sys: code, libraries, files
 *
 * Blocks only the process itself knows. Under libexpvar-malloc.so they are
 * counted:
 *
 *	Mallocs, Frees, BySize		exactly
 *	HeapObjects			Mallocs - Frees
 *	TotalAlloc			bytes, as they were asked for
 *	Alloc, HeapAlloc		bytes that live blocks take
 *
 * Everything else, and these in other programs, is 0. docs/memstats.md has it
 * field by field.
 */
#include "memstats.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <expvar/reader.h>

#include "buffer.h"
#include "mallocs.h"
#include "procfs.h"
#include "select.h"

#define PAUSES 256

struct figures {
	uint64_t size, data, stack, anon, swap; /* bytes */
	struct dump_mallocs mallocs;
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
	KIND_MALLOCS,
	KIND_FREES,
	KIND_OBJECTS,
	KIND_LIVE,
	KIND_REQUESTED,
	KIND_PAUSES,
	KIND_SIZES,
};

static const struct {
	const char *name;
	enum kind kind;
} fields[] = {
	{ "Alloc", KIND_LIVE },
	{ "TotalAlloc", KIND_REQUESTED },
	{ "Sys", KIND_SYS },
	{ "Lookups", KIND_ZERO },
	{ "Mallocs", KIND_MALLOCS },
	{ "Frees", KIND_FREES },
	{ "HeapAlloc", KIND_LIVE },
	{ "HeapSys", KIND_HEAP },
	{ "HeapIdle", KIND_HEAP_IDLE },
	{ "HeapInuse", KIND_HEAP_INUSE },
	{ "HeapReleased", KIND_HEAP_IDLE },
	{ "HeapObjects", KIND_OBJECTS },
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

	if (inuse < f->mallocs.live_bytes)
		inuse = f->mallocs.live_bytes;
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
	case KIND_MALLOCS:
		return f->mallocs.mallocs;
	case KIND_FREES:
		return f->mallocs.frees;
	case KIND_OBJECTS:
		return f->mallocs.live_objects;
	case KIND_LIVE:
		return f->mallocs.live_bytes;
	case KIND_REQUESTED:
		return f->mallocs.requested;
	default:
		return 0;
	}
}

static void put_sizes(const struct dump_mallocs *mallocs,
		      struct dump_buffer *to)
{
	uint32_t i;

	for (i = 0; i < EXPVAR_SIZE_CLASSES; i++) {
		dump_puts(to, i ? ",{\"Size\":" : "[{\"Size\":");
		dump_put_uint(to, expvar_size_class(i));
		dump_puts(to, ",\"Mallocs\":");
		dump_put_uint(to, mallocs->class_mallocs[i]);
		dump_puts(to, ",\"Frees\":");
		dump_put_uint(to, mallocs->class_frees[i]);
		dump_putc(to, '}');
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
		put_sizes(&figures->mallocs, to);
	else
		dump_put_uint(to, number(figures, kind));
}

void dump_memstats(const struct expvar_segment_info *info,
		   const struct expvar_snapshot *snapshot,
		   struct dump_select *select, struct dump_buffer *to)
{
	struct figures figures = { 0 };
	bool first = true;
	size_t i;

	read_figures(info, &figures);
	(void)dump_mallocs_read(snapshot, &figures.mallocs);
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
