/* SPDX-License-Identifier: MIT */
/*
 * process.h - what there is once in a process: segment, memory, index, settings
 */
#ifndef EXPVAR_PROCESS_H
#define EXPVAR_PROCESS_H

#include "directory.h"
#include "expvar/expvar.h"
#include "file.h"
#include "index.h"
#include "lock.h"
#include "stack.h"
#include "variable.h"

/* Settings in force: expvar_init() over the environment over the defaults. */
struct settings {
	/* first: pages of them that nothing is written to take no memory */
	char directory[3072]; /* of expvar_init(), or empty */
	char environment_directory[3072]; /* EXPVAR_DIR, or empty */
	char app[LAYOUT_APP_SIZE];
	char instance[64];
	size_t max_bytes;
	struct file_request request;
	unsigned int flags;
	bool disabled;
	unsigned int keep; /* segments of dead processes */
	int fork_mode; /* -1 off, else flags of expvar_republish() */
};

struct process {
	struct settings settings; /* long paths are first and last */
	struct process *before; /* the life before this one */
	bool used; /* this life was begun */
	struct expvar_word32 started; /* 1 when all below is usable; [P1] */
	int status; /* 0 published, else why not */
	/*
	 * sigbus.c: address from which on private memory is in its place, or 0
	 */
	struct expvar_word64 lost_from;
	bool forked; /* a child that has not republished */
	bool locks_memory; /* the host does, or asked us to */
	struct segment segment;
	struct arena arena;
	struct heap heap;
	struct directory directory;
	struct index index;
	/* Reserves of the update path (cells.c, thread.c). */
	struct stack fresh[2]; /* chunks never assigned: counters', histograms' */
	struct expvar_word32 fresh_count[2];
	struct stack tables; /* of threads to come */
	struct expvar_word32 table_count;
	uint32_t table_capacity; /* of those */
	struct variable *root;
	const char *path; /* as given out; its memory is never reused */
	uint32_t bell_turn; /* of its helper thread (bell.c) */
	uint32_t cmdline_line; /* heap object, or the header's; 0 = none */
	uint32_t cmdline_len;
	struct file file;
};

/*
 * One for each life of the library, from a first constructor to expvar_fini().
 * None is ever freed or made into another: a thread that is still busy with
 * handles of an earlier life finds all of it in place.
 */
extern struct expvar_wordptr expvar_process_now;

static inline struct process *expvar_process(void)
{
	/* [P2] acquire, pairs with the start of the next life. */
	return expvar_wordptr_load_acquire(&expvar_process_now);
}

/**
 * expvar_process_start() - make everything on the first call; takes the lock
 * Never fails as far as the caller is concerned: without a segment everything
 * is private, without any memory expvar_process()->root stays NULL.
 */
void expvar_process_start(void);

/** Whether a life has begun and not ended: before the first look at its rest. */
static inline bool expvar_process_is_going_on(const struct process *p)
{
	/* [P1] acquire, pairs with start_with(). */
	return expvar_word32_load_acquire(&p->started) != 0;
}

/** The same of the present one, which may be another by the next look. */
static inline bool expvar_process_is_started(void)
{
	return expvar_process_is_going_on(expvar_process());
}

/**
 * A structural call: starts, locks; leave with expvar_structure_leave(). False
 * inside a structural call of this very thread (a handler): do nothing.
 */
bool expvar_structure_enter(struct lock_guard *guard);
/** Unlocks, then collects what limbo has. */
void expvar_structure_leave(const struct lock_guard *guard);

/** The top level of the present life, or NULL. */
static inline struct variable *expvar_process_root(void)
{
	/* once: the next life may begin between two looks */
	struct process *p = expvar_process();

	return expvar_process_is_going_on(p) ? p->root : NULL;
}

/** The present life if it is going on and the handle belongs to it, or NULL. */
struct process *expvar_process_of(const struct variable *variable);

static inline bool expvar_process_owns(const struct variable *variable)
{
	return expvar_process_of(variable) != NULL;
}

/**
 * The same as expvar_structure_enter() for a call on an existing variable:
 * false if it is of an earlier life. Starts nothing.
 */
bool expvar_structure_enter_for(struct lock_guard *guard,
				const struct variable *variable);

/** Why readers see nothing, or not all; 0 if they do. */
static inline int expvar_process_status(const struct process *p)
{
	/* relaxed: a fault in another thread may just be happening */
	if (!p->status && expvar_word64_load_relaxed(&p->lost_from))
		return EXPVAR_E_LOST;
	return p->status;
}

/* ---- settings.c ---- */
void expvar_settings_default(struct settings *settings);
void expvar_settings_environment(struct settings *settings);
/** Applies what the caller gave. Returns 0, or -EINVAL for a bad struct. */
int expvar_settings_options(struct settings *settings,
			    const struct expvar_options *options);

/* ---- fork.c ---- */
/**
 * Registers the handlers, once; notes the process. Under the lock. An error:
 * children would count in their parent's file, so there must be none.
 */
int expvar_fork_start(void);
/** Under the lock: finds out whether this is a child no handler ran in. */
void expvar_fork_check(void);
/** Without the lock: whether expvar_fork_check() will find that out. */
bool expvar_fork_is_unnoticed(void);

/* ---- sigbus.c ---- */
/** A handler, if the host has none. Returns 0, -EBUSY, or another error. */
int expvar_sigbus_catch(void);

/* ---- publish.c: the segment's file and header ---- */
/** Makes a segment, of a file or private; sets status. 0, or why no memory. */
int expvar_publish_make(struct process *process);
/** Once the memory is managed: writes cmdline, gives the file its name. */
void expvar_publish_name(struct process *process);
/** Of a forked child: the private copy becomes a file of its own. */
int expvar_publish_again(struct process *process);
/** Applies changed settings to header and file. */
void expvar_publish_settings(struct process *process);

#endif
