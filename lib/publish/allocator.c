/* SPDX-License-Identifier: MIT */
/*
 * allocator.c - what the program's allocator says of itself
 *
 * The library is linked with none. Their functions are weak symbols: there if
 * the program, or what it is linked with, brings them.
 */
#include "allocator.h"

#include <malloc.h>
#include <stddef.h>
#include <string.h>

#define WEAK __attribute__((weak))

/* jemalloc 5 */
int mallctl(const char *name, void *old, size_t *old_len, void *new,
	    size_t new_len) WEAK;
/* gperftools 2 */
int MallocExtension_GetNumericProperty(const char *property,
				       size_t *value) WEAK;
/* mimalloc 2 */
void mi_process_info(size_t *elapsed_ms, size_t *user_ms, size_t *system_ms,
		     size_t *resident, size_t *peak_resident, size_t *commit,
		     size_t *peak_commit, size_t *faults) WEAK;

static uint64_t less(uint64_t from, uint64_t what)
{
	return from > what ? from - what : 0;
}

/* ---- jemalloc ---- */

static uint64_t of_jemalloc(const char *name)
{
	size_t value = 0, len = sizeof(value);

	return mallctl(name, &value, &len, NULL, 0) ? 0 : value;
}

static void ask_jemalloc(struct allocator_figures *figures)
{
	uint64_t epoch = 1, active;
	size_t len = sizeof(epoch);

	/* Figures are those of the last time that this was called. */
	(void)mallctl("epoch", &epoch, &len, &epoch, len);
	active = of_jemalloc("stats.active");
	figures->name = "jemalloc";
	figures->live = of_jemalloc("stats.allocated");
	figures->released = of_jemalloc("stats.retained");
	figures->heap = of_jemalloc("stats.mapped") + figures->released;
	figures->idle = less(figures->heap, active);
	figures->metadata = of_jemalloc("stats.metadata");
}

/* ---- tcmalloc ---- */

static uint64_t of_tcmalloc(const char *name)
{
	size_t value = 0;

	return MallocExtension_GetNumericProperty(name, &value) ? value : 0;
}

static void ask_tcmalloc(struct allocator_figures *figures)
{
	figures->name = "tcmalloc";
	figures->live = of_tcmalloc("generic.current_allocated_bytes");
	figures->heap = of_tcmalloc("generic.heap_size");
	figures->released = of_tcmalloc("tcmalloc.pageheap_unmapped_bytes");
	figures->idle = of_tcmalloc("tcmalloc.pageheap_free_bytes") +
			figures->released;
	figures->caches = of_tcmalloc("tcmalloc.current_total_thread_cache_bytes");
}

/* ---- mimalloc ---- */

/* It says what is in use as a whole, not how much of that is in blocks. */
static void ask_mimalloc(struct allocator_figures *figures)
{
	size_t commit = 0;

	mi_process_info(NULL, NULL, NULL, NULL, NULL, &commit, NULL, NULL);
	figures->name = "mimalloc";
	figures->heap = commit;
}

/* ---- glibc ---- */

/* uordblks is without blocks that have a mapping of their own. */
static void ask_glibc(struct allocator_figures *figures)
{
#ifdef HAVE_MALLINFO2
	struct mallinfo2 info = mallinfo2();

	figures->name = "glibc";
	figures->live = info.uordblks + info.hblkhd;
	figures->heap = info.arena + info.hblkhd;
	figures->idle = info.fordblks;
#else
	(void)figures;
#endif
}

void expvar_allocator_ask(struct allocator_figures *figures)
{
	memset(figures, 0, sizeof(*figures));
	figures->name = "";
	if (mallctl)
		ask_jemalloc(figures);
	else if (MallocExtension_GetNumericProperty)
		ask_tcmalloc(figures);
	else if (mi_process_info)
		ask_mimalloc(figures);
	else
		ask_glibc(figures);
}
