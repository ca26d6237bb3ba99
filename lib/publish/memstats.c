/* SPDX-License-Identifier: MIT */
/*
 * memstats.c - Go's memory statistics, from inside
 *
 * A Func like any other, and two variables about it in the library's own Map.
 * docs/memstats.md says field by field what is in it.
 *
 * To ask the allocator may take milliseconds, in which it keeps others waiting.
 * So it is asked by the helper thread alone, where there is one, and so seldom
 * that it takes a hundredth of the time at most; in between the last answer
 * stands.
 */
#include <string.h>
#include <time.h>

#include "allocator.h"
#include "func.h"
#include "identity.h"
#include "process.h"
#include "size-classes.h"

#define INTERVAL_LEAST_NS UINT64_C(100000000)
#define SHARE 100u /* of the time, at most one of so many parts */

struct figures {
	struct allocator_figures allocator;
	uint64_t size, stack; /* bytes, as the kernel has them */
};

/* Written by the Func, of which one runs at a time. */
static struct {
	struct figures figures;
	uint64_t asked_ns; /* when; 0: never */
	uint64_t cost_ns;
	struct expvar_int *cost;
	struct expvar_string *allocator;
} last;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- the figures ---- */

/* `\nVmSize:\t    1234 kB`, in bytes. */
static uint64_t line_of(const char *status, const char *name)
{
	const char *at = strstr(status, name);
	uint64_t value = 0;

	if (!at)
		return 0;
	at += strlen(name);
	at += strspn(at, " \t");
	for (; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint64_t)(*at - '0');
	return value * 1024;
}

static void ask_kernel(struct figures *figures)
{
	char status[4096];
	size_t len = expvar_identity_read_file("/proc/self/status", status,
					       sizeof(status) - 1);

	status[len] = '\0';
	figures->size = line_of(status, "\nVmSize:");
	figures->stack = line_of(status, "\nVmStk:");
}

static bool may_ask(void)
{
	uint64_t pause = last.cost_ns * SHARE;

	if (!expvar_bell_is_listener() &&
	    !(expvar_process()->settings.flags & EXPVAR_NO_THREAD))
		return false;
	if (pause < INTERVAL_LEAST_NS)
		pause = INTERVAL_LEAST_NS;
	return !last.asked_ns || now_ns() - last.asked_ns >= pause;
}

static void ask(void)
{
	uint64_t begin = now_ns();

	expvar_allocator_ask(&last.figures.allocator);
	ask_kernel(&last.figures);
	last.asked_ns = now_ns();
	last.cost_ns = last.asked_ns - begin;
	expvar_int_set(last.cost, (int64_t)last.cost_ns);
	expvar_string_set(last.allocator, last.figures.allocator.name);
}

/* ---- the object ---- */

static void put(struct expvar_json *out, const char *name, uint64_t value)
{
	expvar_json_key(out, name);
	expvar_json_uint(out, value <= INT64_MAX ? value : INT64_MAX);
}

static void put_zeros(struct expvar_json *out, const char *const *names)
{
	for (; *names; names++)
		put(out, *names, 0);
}

static void put_pauses(struct expvar_json *out, const char *name)
{
	unsigned int i;

	expvar_json_key(out, name);
	expvar_json_array_begin(out);
	for (i = 0; i < 256; i++)
		expvar_json_uint(out, 0);
	expvar_json_array_end(out);
}

static void put_sizes(struct expvar_json *out)
{
	size_t i;

	expvar_json_key(out, "BySize");
	expvar_json_array_begin(out);
	for (i = 0; i < SIZE_CLASSES; i++) {
		expvar_json_object_begin(out);
		put(out, "Size", size_classes[i]);
		put(out, "Mallocs", 0);
		put(out, "Frees", 0);
		expvar_json_object_end(out);
	}
	expvar_json_array_end(out);
}

static void put_heap(struct expvar_json *out, const struct figures *figures)
{
	const struct allocator_figures *a = &figures->allocator;
	uint64_t idle = a->idle < a->heap ? a->idle : a->heap;

	put(out, "HeapAlloc", a->live);
	put(out, "HeapSys", a->heap);
	put(out, "HeapIdle", idle);
	put(out, "HeapInuse", a->heap - idle);
	put(out, "HeapReleased", a->released < idle ? a->released : idle);
	put(out, "HeapObjects", 0);
	put(out, "StackInuse", figures->stack);
	put(out, "StackSys", figures->stack);
	put(out, "MSpanInuse", a->metadata);
	put(out, "MSpanSys", a->metadata);
	put(out, "MCacheInuse", a->caches);
	put(out, "MCacheSys", a->caches);
}

static uint64_t other(const struct figures *figures)
{
	const struct allocator_figures *a = &figures->allocator;
	uint64_t known = a->heap + figures->stack + a->metadata + a->caches;

	return figures->size > known ? figures->size - known : 0;
}

static void put_collector(struct expvar_json *out)
{
	static const char *const before[] = { "NextGC", "LastGC",
					      "PauseTotalNs", NULL };
	static const char *const behind[] = { "NumGC", "NumForcedGC",
					      "GCCPUFraction", NULL };

	put_zeros(out, before);
	put_pauses(out, "PauseNs");
	put_pauses(out, "PauseEnd");
	put_zeros(out, behind);
	expvar_json_key(out, "EnableGC");
	expvar_json_bool(out, 0);
	expvar_json_key(out, "DebugGC");
	expvar_json_bool(out, 0);
}

static void print(struct expvar_json *out, void *userdata)
{
	static const char *const calls[] = { "Lookups", "Mallocs", "Frees",
					     NULL };
	static const char *const others[] = { "BuckHashSys", "GCSys", NULL };
	const struct figures *figures = &last.figures;

	(void)userdata;
	if (may_ask())
		ask();
	expvar_json_object_begin(out);
	put(out, "Alloc", figures->allocator.live);
	put(out, "TotalAlloc", 0);
	put(out, "Sys", figures->size);
	put_zeros(out, calls);
	put_heap(out, figures);
	put_zeros(out, others);
	put(out, "OtherSys", other(figures));
	put_collector(out);
	put_sizes(out);
	expvar_json_object_end(out);
}

/* ---- the variables ---- */

static void add_own_variables(void)
{
	struct expvar_map *map = expvar_map_new("libexpvar");
	struct expvar_meta meta = {
		.struct_size = sizeof(meta),
		.kind = EXPVAR_KIND_GAUGE,
		.unit = "ns",
		.help = "What it took to ask the allocator, the last time.",
	};

	last.cost = expvar_map_int(map, "memstats_ns");
	(void)expvar_describe(&last.cost->var, &meta);
	last.allocator = expvar_map_string(map, "allocator");
	expvar_release(&map->var);
}

/* What is counted exactly is better; readers make memstats of that. */
static bool is_counted(void)
{
	struct expvar_var *counts = expvar_get("libexpvar-malloc");

	expvar_release(counts);
	return counts != NULL;
}

EXPVAR_API int expvar_memstats_publish(void)
{
	struct expvar_func *func;
	int error;

	if (is_counted())
		return 0;
	func = expvar_func_new("memstats", print, NULL);
	error = expvar_var_error(&func->var);
	if (error) {
		expvar_release(&func->var);
		return error;
	}
	add_own_variables();
	return 0;
}
