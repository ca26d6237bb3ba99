/* SPDX-License-Identifier: MIT */
/*
 * process.c - what there is once in a process: beginning and end
 */
#include "process.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "anchor.h"
#include "cells.h"
#include "func.h"
#include "thread.h"
#include "util.h"

static struct process first_life;
struct expvar_wordptr expvar_process_now = { &first_life };

/* Private memory is bounded too: handles, names and tables of max_bytes. */
#define PRIVATE_FACTOR 2u

static int make_root(struct process *p)
{
	uint32_t number = expvar_arena_alloc(&p->arena, sizeof(*p->root), 8);
	uint32_t map = expvar_arena_alloc(&p->arena, sizeof(struct map), 8);

	if (!number || !map)
		return -ENOMEM;
	p->root = expvar_variable_pointer(number);
	p->root->own.type = LAYOUT_MAP;
	p->root->own.flags = VARIABLE_STATIC;
	expvar_handle_set_extra(&p->root->handle,
				expvar_arena_pointer(&p->arena, map));
	expvar_map_begin(p->root);
	expvar_word32_store_relaxed(&p->root->references, UINT32_MAX);
	return 0;
}

static int start(struct process *p)
{
	int error;

	p->locks_memory = p->settings.flags & EXPVAR_LOCK_MEMORY ||
			  expvar_region_host_locks();
	error = expvar_arena_init(&p->arena,
				  PRIVATE_FACTOR * p->settings.max_bytes,
				  p->locks_memory);
	if (!error)
		error = expvar_publish_make(p);
	if (error)
		return error;
	expvar_heap_init(&p->heap, &p->segment, &p->arena);
	expvar_directory_init(&p->directory, &p->segment, &p->heap);
	expvar_limbo_reset();
	expvar_func_reset();
	expvar_cells_start();
	error = expvar_index_init(&p->index, &p->arena);
	if (!error)
		error = make_root(p);
	if (error)
		return error;
	expvar_publish_name(p);
	return 0;
}

/* A life that was not begun yet; the last one again if memory is short. */
static struct process *new_life(void)
{
	struct process *p = expvar_process();

	if (!p->used)
		return p;
	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	p->before = expvar_process();
	/* [P2] release, pairs with expvar_process(): it is all zero. */
	expvar_wordptr_store_release(&expvar_process_now, p);
	return p;
}

/* Under the lock. */
static void start_with(const struct expvar_options *options)
{
	struct process *p = new_life();
	int error, bad, unguarded;

	if (!p)
		return; /* still not started: everything goes to sinks */
	p->used = true;
	expvar_settings_default(&p->settings);
	if (!options || !(options->flags & EXPVAR_NO_ENVIRONMENT))
		expvar_settings_environment(&p->settings);
	bad = options ? expvar_settings_options(&p->settings, options) : 0;
	unguarded = expvar_fork_start();
	if (!bad)
		bad = unguarded;
	if (bad) /* not published, but counted all the same */
		p->settings.disabled = true;
	error = start(p);
	if (bad)
		p->status = bad;
	if (error) {
		p->status = error;
		p->root = NULL;
	}
	/*
	 * [P1] release, pairs with expvar_process_is_going_on(): whoever sees
	 * it started finds everything made.
	 */
	expvar_word32_store_release(&p->started, 1);
}

/* Without the lock: it is a variable like those of the program. */
static void publish_memstats(void)
{
	if (expvar_process()->settings.flags & EXPVAR_MEMSTATS)
		(void)expvar_memstats_publish();
}

void expvar_process_start(void)
{
	struct lock_guard guard;
	bool is_first = false;

	if (expvar_process_is_started())
		return;
	if (!expvar_lock_enter(&guard))
		return;
	if (!expvar_process_is_started()) {
		start_with(NULL);
		is_first = true;
	}
	expvar_lock_leave(&guard);
	if (is_first)
		publish_memstats();
}

bool expvar_structure_enter(struct lock_guard *guard)
{
	expvar_process_start();
	if (!expvar_lock_enter(guard))
		return false;
	expvar_fork_check();
	if (expvar_process()->root && expvar_cells_are_low())
		expvar_cells_top_up();
	return true;
}

void expvar_structure_leave(const struct lock_guard *guard)
{
	expvar_lock_leave(guard);
	expvar_limbo_collect(false);
}

struct process *expvar_process_of(const struct variable *variable)
{
	/* once: the next life may begin between two looks */
	struct process *p = expvar_process();

	return expvar_process_is_going_on(p) &&
			       expvar_arena_owns(&p->arena, variable) ?
		       p :
		       NULL;
}

bool expvar_structure_enter_for(struct lock_guard *guard,
				const struct variable *variable)
{
	if (!expvar_lock_enter(guard))
		return false;
	if (!expvar_process_owns(variable) || !expvar_process()->root) {
		expvar_lock_leave(guard);
		return false;
	}
	expvar_fork_check();
	if (expvar_cells_are_low())
		expvar_cells_top_up();
	return true;
}

/* ---- public ---- */

static int apply_late(const struct expvar_options *options)
{
	struct process *p = expvar_process();
	struct settings before = p->settings;
	int error = expvar_settings_options(&p->settings, options);

	if (error) {
		p->settings = before;
		return error;
	}
	if ((options->directory &&
	     strcmp(p->settings.directory, before.directory) != 0) ||
	    (options->max_bytes &&
	     p->settings.max_bytes != before.max_bytes))
		error = -EALREADY;
	memcpy(p->settings.directory, before.directory,
	       sizeof(before.directory));
	p->settings.max_bytes = before.max_bytes;
	if (!(before.flags & EXPVAR_SEALED))
		p->settings.flags &= ~EXPVAR_SEALED;
	expvar_publish_settings(p);
	if (p->settings.flags & EXPVAR_NO_THREAD &&
	    !(before.flags & EXPVAR_NO_THREAD))
		expvar_bell_stop();
	return error ? error : expvar_process_status(p);
}

EXPVAR_API int expvar_init(const struct expvar_options *options)
{
	struct lock_guard guard;
	struct process *p;
	int result;

	if (!expvar_lock_enter(&guard))
		return -EDEADLK;
	p = expvar_process();
	if (!expvar_process_is_going_on(p)) {
		start_with(options);
		result = expvar_process()->status; /* of the life begun now */
	} else if (!p->root || !options) {
		result = expvar_process_status(p);
	} else {
		expvar_fork_check();
		result = apply_late(options);
	}
	if (options && options->flags & EXPVAR_CATCH_SIGBUS && !result)
		result = expvar_sigbus_catch();
	expvar_lock_leave(&guard);
	publish_memstats();
	return result;
}

EXPVAR_API void expvar_fini(void)
{
	struct lock_guard guard;
	struct process *p;

	if (!expvar_process_is_started() || !expvar_lock_enter(&guard))
		return;
	/*
	 * under the lock: another thread may have ended it, and begun the next
	 */
	p = expvar_process();
	expvar_fork_check();
	if (p->root) {
		expvar_bell_stop();
		expvar_word64_store_relaxed(&p->segment.header->state,
					    LAYOUT_STATE_CLOSED);
		if (!p->forked && !p->status)
			expvar_file_remove(&p->file);
	}
	/*
	 * root and all else stay: somebody may be in the middle of them.
	 * relaxed: nothing is concluded from its end but that
	 */
	expvar_word32_store_relaxed(&p->started, 0);
	expvar_lock_leave(&guard);
	expvar_func_wait();
}

/* A normal exit; runs after the program's own handlers. */
static void __attribute__((destructor)) at_exit(void)
{
	struct process *p = expvar_process();
	struct lock_guard guard;

	if (!expvar_process_is_started() || !p->root ||
	    !expvar_lock_enter(&guard))
		return;
	expvar_fork_check();
	if (!p->forked && !p->status) {
		expvar_word64_store_relaxed(&p->segment.header->state,
					    LAYOUT_STATE_CLOSED);
		if (!(p->settings.flags & EXPVAR_KEEP_FILE))
			expvar_file_remove(&p->file);
	}
	expvar_lock_leave(&guard);
}

EXPVAR_API int expvar_status(void)
{
	/* once: the next life may begin between two looks */
	const struct process *p = expvar_process();

	return expvar_process_is_going_on(p) ? expvar_process_status(p) :
					       EXPVAR_E_NOT_STARTED;
}

EXPVAR_API const char *expvar_path(void)
{
	const struct process *p = expvar_process();

	return expvar_process_is_going_on(p) && !p->status ? p->path : NULL;
}

EXPVAR_API int expvar_thread_ready(void)
{
	struct lock_guard guard;
	int error;

	expvar_process_start();
	if (!expvar_process()->root)
		return expvar_process()->status;
	if (!expvar_structure_enter(&guard))
		return -EDEADLK;
	expvar_cells_top_up();
	/* and a table, if nothing has cells so far */
	expvar_thread_top_up(0);
	error = expvar_thread_register();
	if (!error)
		error = expvar_cells_claim_all();
	expvar_structure_leave(&guard);
	return error;
}

/* For expvar_reader_why(); nothing here refers to it. */
static const struct anchor anchor __attribute__((used)) = {
	.magic = ANCHOR_MAGIC,
	.self = &anchor,
	.size = sizeof(struct anchor),
	.version = ANCHOR_VERSION,
	.now = &expvar_process_now,
	.used = offsetof(struct process, used),
	.started = offsetof(struct process, started),
	.status = offsetof(struct process, status),
	.lost_from = offsetof(struct process, lost_from),
	.path = offsetof(struct process, file) + offsetof(struct file, path),
	.path_size = sizeof(((struct file *)NULL)->path),
	.directory = offsetof(struct process, settings.directory),
	.environment_directory =
		offsetof(struct process, settings.environment_directory),
	.directory_size = sizeof(((struct settings *)NULL)->directory),
};
