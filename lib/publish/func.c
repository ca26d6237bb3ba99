/* SPDX-License-Identifier: MIT */
/*
 * func.c - run Funcs, and keep their results
 *
 * One Func runs at a time, under a mutex of its own that only Funcs are run
 * under; the structural lock is not held then. Whether a Func is running, and
 * whether it may be started, is decided under the structural lock, so that
 * after expvar_unpublish() it is settled.
 */
#include "func.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "futex.h"
#include "process.h"
#include "rotor.h"
#include "scratch.h"

#define FUNC_FIRST 232u

struct func {
	struct rotor rotor;
	expvar_func_fn *fn;
	void *userdata;
	uint32_t next; /* list of variables */
	uint32_t previous;
	uint32_t pass; /* the refresh it was last run in */
	bool listed;
	struct expvar_word32 retired; /* 1 once it shall not run any more */
	struct expvar_word32 running; /* futex of expvar_func_retire() */
};

struct definition {
	expvar_func_fn *fn;
	void *userdata;
};

static struct {
	uint32_t first; /* list of variables; those run last are at the end */
	uint32_t last;
	uint32_t pass;
	/* pthread_t of who runs a Func at present, 0 = nobody */
	struct expvar_word64 runner;
	struct func *running; /* between start() and stop() */
	struct expvar_json json; /* its text is kept from run to run */
} funcs;

static pthread_mutex_t run_mutex = PTHREAD_MUTEX_INITIALIZER;

static struct func *func_of(const struct variable *variable)
{
	return expvar_handle_extra(&variable->handle);
}

static bool is_inside(void)
{
	/* relaxed: only our own number can be equal, and we stored it */
	return expvar_word64_load_relaxed(&funcs.runner) ==
	       (uint64_t)pthread_self();
}

void expvar_func_wait(void)
{
	if (is_inside())
		return;
	pthread_mutex_lock(&run_mutex);
	pthread_mutex_unlock(&run_mutex);
}

bool expvar_func_any(void)
{
	return funcs.first != 0;
}

void expvar_func_reset(void)
{
	funcs.first = funcs.last = 0;
}

void expvar_func_after_fork(void)
{
	run_mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	if (is_inside())
		return;
	expvar_word64_store_relaxed(&funcs.runner, 0);
	/*
	 * the thread that ran it is the parent's: it would be waited for in
	 * vain
	 */
	if (funcs.running)
		expvar_word32_store_relaxed(&funcs.running->running, 0);
}

/* ---- the variable ---- */

static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	const struct definition *definition = argument;
	bool is_private = variable->own.flags & VARIABLE_PRIVATE;
	struct arena *arena = &expvar_process()->arena;
	uint32_t number = expvar_arena_alloc(arena, sizeof(struct func), 128);
	struct func *func;
	int error;

	(void)ret_schema_line;
	if (!number)
		return -ENOMEM;
	func = expvar_arena_pointer(arena, number);
	expvar_handle_set_extra(&variable->handle, func);
	func->fn = definition ? definition->fn : NULL;
	func->userdata = definition ? definition->userdata : NULL;
	error = expvar_rotor_init(&func->rotor, FUNC_FIRST, is_private, 0,
				  LAYOUT_VERSION_FAILED, ret_value);
	if (error) {
		expvar_arena_free(arena, number, sizeof(*func), 128);
		expvar_handle_set_extra(&variable->handle, NULL);
		return is_private ? error : EXPVAR_E_FULL;
	}
	return 0;
}

/* Number 0 stands for the end of the list on either side. */
static uint32_t *next_of(uint32_t number)
{
	return number ? &func_of(expvar_variable_pointer(number))->next :
			&funcs.first;
}

static uint32_t *previous_of(uint32_t number)
{
	return number ? &func_of(expvar_variable_pointer(number))->previous :
			&funcs.last;
}

static void enlist(struct variable *variable)
{
	struct func *func = func_of(variable);
	uint32_t number = expvar_variable_number(variable);

	func->listed = true;
	func->previous = 0;
	func->next = funcs.first;
	*previous_of(func->next) = number;
	funcs.first = number;
}

static void delist(struct func *func)
{
	if (!func->listed)
		return;
	func->listed = false;
	*next_of(func->previous) = func->next;
	*previous_of(func->next) = func->previous;
}

static void settle(struct variable *variable)
{
	enlist(variable);
	(void)expvar_bell_start(); /* without a listener it prints null */
}

static void detach(struct variable *variable)
{
	struct arena *arena = &expvar_process()->arena;
	struct func *func = func_of(variable);

	delist(func);
	expvar_rotor_fini(&func->rotor);
	expvar_arena_free(arena, expvar_arena_number(arena, func), sizeof(*func),
			  128);
}

static bool matches(const struct variable *variable, const void *argument)
{
	const struct definition *definition = argument;
	const struct func *func = func_of(variable);

	return func->fn == definition->fn &&
	       func->userdata == definition->userdata;
}

const struct variable_type expvar_type_func = {
	.type = LAYOUT_FUNC,
	.attach = attach,
	.settle = settle,
	.detach = detach,
	.matches = matches,
};

EXPVAR_API struct expvar_func *expvar_func_new(const char *name,
					       expvar_func_fn *fn,
					       void *userdata)
{
	struct definition definition = { fn, userdata };

	return (struct expvar_func *)expvar_variable_new(
		NULL, name, &expvar_type_func, &definition);
}

/* ---- running ---- */

static bool start(struct func *func)
{
	struct lock_guard guard;
	bool may;

	if (!expvar_lock_enter(&guard))
		return false;
	may = !expvar_word32_load_relaxed(&func->retired) && func->fn;
	expvar_word32_store_relaxed(&func->running, may);
	if (may)
		funcs.running = func;
	expvar_lock_leave(&guard);
	return may;
}

static void stop(struct func *func)
{
	/*
	 * [F2] release, pairs with expvar_func_retire(): what the Func did is
	 * done before its module is unloaded.
	 */
	expvar_word32_store_release(&func->running, 0);
	expvar_futex_wake_all(&func->running, true);
}

/*
 * The Func has ended its thread by pthread_exit(). Nobody shall wait for it:
 * readers of this refresh have no answer, those of the next one will. What is
 * lost is the reference to the variable by which it was run.
 */
static void end_early(void *userdata)
{
	expvar_word64_store_relaxed(&funcs.runner, 0);
	stop(userdata);
	pthread_mutex_unlock(&run_mutex);
}

/* Runs it into funcs.json; true if that holds one JSON value. */
static bool run(struct func *func)
{
	struct expvar_json *json = &funcs.json;
	char *text = json->text;
	size_t size = json->size;
	int cancel_state;

	if (!start(func))
		return false;
	expvar_json_to_memory(json);
	json->text = text;
	json->size = size;
	/* A cancelled thread would leave run_mutex behind. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	expvar_word64_store_relaxed(&funcs.runner, (uint64_t)pthread_self());
	pthread_cleanup_push(end_early, func);
	func->fn(json, func->userdata);
	pthread_cleanup_pop(0);
	expvar_word64_store_relaxed(&funcs.runner, 0);
	pthread_setcancelstate(cancel_state, NULL);
	stop(func);
	return expvar_json_is_whole(json);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* With run_mutex held; true if funcs.json holds the new result. */
static bool run_and_keep(struct variable *variable)
{
	struct func *func = func_of(variable);
	struct rotor_part part = { 0, 0 };
	const char *text = "";
	bool whole = run(func);

	/* relaxed: a result more or less of what is gone does not matter */
	if (expvar_word32_load_relaxed(&func->retired))
		return whole;
	if (whole) {
		text = funcs.json.text;
		part.len = (uint32_t)funcs.json.len;
	}
	if (expvar_rotor_set(&func->rotor, variable->handle.value, text, &part,
			     1, whole ? 0 : LAYOUT_VERSION_FAILED,
			     now_ns(CLOCK_REALTIME)) ||
	    !whole)
		expvar_account_add(
			&expvar_process()->segment.header->accounts.lost_results,
			1);
	return whole;
}

/* The next Func that this pass has not run, with a reference; goes last. */
static struct variable *next_func(uint32_t pass)
{
	struct variable *found = NULL;
	struct lock_guard guard;
	struct func *func;

	if (!expvar_lock_enter(&guard))
		return NULL;
	/*
	 * removed without expvar_unpublish(): on their way out, not to be held
	 */
	while (funcs.first &&
	       expvar_variable_pointer(funcs.first)->own.flags & VARIABLE_DEAD)
		delist(func_of(expvar_variable_pointer(funcs.first)));
	if (funcs.first) {
		found = expvar_variable_pointer(funcs.first);
		func = func_of(found);
		if (func->pass == pass) {
			found = NULL; /* all have had their turn */
		} else {
			func->pass = pass;
			expvar_variable_hold(found);
			delist(func);
			func->listed = true;
			func->next = 0;
			func->previous = funcs.last;
			*next_of(func->previous) = expvar_variable_number(found);
			funcs.last = expvar_variable_number(found);
		}
	}
	expvar_lock_leave(&guard);
	return found;
}

/* With run_mutex held. Returns: the refresh's number. */
static uint32_t begin_refresh(struct layout_header *header)
{
	uint32_t number =
		expvar_word32_load_relaxed(&header->refresh_started) + 1;

	/*
	 * relaxed: a reader that asks in the moment before it sees this may
	 * take the refresh for one that began after it asked
	 */
	expvar_word32_store_relaxed(&header->refresh_started, number);
	return number;
}

/* Gives up run_mutex. */
static void end_refresh(struct layout_header *header, uint32_t number)
{
	/*
	 * [F1] release, pairs with the reader's load of refresh_done: the
	 * results of this refresh are there.
	 */
	expvar_word32_store_release(&header->refresh_done, number);
	pthread_mutex_unlock(&run_mutex);
	expvar_futex_wake_all(&header->refresh_done, false);
}

/*
 * Whether a Func was added that never ran. New ones are put at the front of the
 * list, so the first one tells.
 */
static bool any_is_new(void)
{
	struct lock_guard guard;
	bool is_new;

	if (!expvar_lock_enter(&guard))
		return false;
	is_new = funcs.first &&
		 func_of(expvar_variable_pointer(funcs.first))->pass !=
			 funcs.pass;
	expvar_lock_leave(&guard);
	return is_new;
}

bool expvar_func_answer(void)
{
	struct process *p = expvar_process();
	struct layout_header *header = p->segment.header;

	if (is_inside() || !expvar_process_is_going_on(p))
		return true;
	pthread_mutex_lock(&run_mutex);
	if (any_is_new()) {
		pthread_mutex_unlock(&run_mutex);
		return false;
	}
	end_refresh(header, begin_refresh(header));
	return true;
}

int expvar_func_refresh(void)
{
	struct process *p = expvar_process();
	struct layout_header *header;
	struct variable *variable;
	uint32_t number, pass;
	uint64_t began;
	int count = 0;

	/* One life from here on, whatever expvar_fini() does meanwhile. */
	if (is_inside() || !expvar_process_is_going_on(p))
		return 0;
	pthread_mutex_lock(&run_mutex);
	header = p->segment.header;
	pass = ++funcs.pass;
	number = begin_refresh(header);
	began = now_ns(CLOCK_MONOTONIC);
	while ((variable = next_func(pass))) {
		(void)run_and_keep(variable);
		expvar_release(&variable->handle);
		count++;
	}
	expvar_word64_store_relaxed(&header->refresh_duration_ns,
				    now_ns(CLOCK_MONOTONIC) - began);
	expvar_word64_store_relaxed(&header->refresh_realtime_ns,
				    now_ns(CLOCK_REALTIME));
	expvar_word64_store_relaxed(&header->refresh_boottime_ns,
				    now_ns(CLOCK_BOOTTIME));
	expvar_segment_note_activity(&p->segment);
	end_refresh(header, number);
	return count;
}

/* Inside a Func the others' last results must do, and its own. */
static void print_last(struct variable *variable, struct expvar_json *out)
{
	struct scratch scratch;

	expvar_scratch_copy(&scratch, &func_of(variable)->rotor,
			    variable->handle.value, LAYOUT_FUNC_MAX);
	if (scratch.len && !(scratch.flags & LAYOUT_VERSION_FAILED))
		expvar_json_raw(out, scratch.text, scratch.len);
	else
		expvar_json_raw(out, "null", 4);
	expvar_scratch_free(&scratch);
}

void expvar_func_print(struct variable *variable, struct expvar_json *out)
{
	bool whole;

	if (!func_of(variable)) { /* a sink */
		expvar_json_raw(out, "null", 4);
		return;
	}
	if (is_inside()) {
		print_last(variable, out);
		return;
	}
	pthread_mutex_lock(&run_mutex);
	whole = run_and_keep(variable);
	if (whole)
		expvar_json_raw(out, funcs.json.text, funcs.json.len);
	pthread_mutex_unlock(&run_mutex);
	if (!whole)
		expvar_json_raw(out, "null", 4);
}

void expvar_func_retire(struct variable *variable)
{
	struct func *func = func_of(variable);
	struct lock_guard guard;
	bool wait;

	if (!expvar_lock_enter(&guard))
		return;
	expvar_word32_store_relaxed(&func->retired, 1);
	delist(func);
	/*
	 * [F2] acquire, pairs with stop(), here and below: what the Func did
	 * is done. It ends without the lock, so the lock does not order it.
	 */
	wait = expvar_word32_load_acquire(&func->running) && !is_inside();
	expvar_lock_leave(&guard);
	while (wait && expvar_word32_load_acquire(&func->running))
		expvar_futex_wait(&func->running, 1, true, 1000);
}
