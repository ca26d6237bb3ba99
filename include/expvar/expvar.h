/* SPDX-License-Identifier: MIT */
/*
 * expvar.h - publish variables of a C program into shared memory
 *
 * A program makes variables and updates them; `expvar-dump` and other readers
 * on the same host look at them. Nothing here opens a socket, and an update
 * costs about as much as touching one cache line.
 *
 *	#include <expvar/expvar.h>
 *
 *	struct expvar_counter *requests = expvar_counter_new("requests");
 *	expvar_counter_inc(requests);
 *
 * Promises, for every function below unless it says otherwise:
 *
 *  - It never crashes, prints, aborts or exits. Constructors never return
 *    NULL: a variable that cannot be published counts in private memory, and
 *    expvar_var_error() says why. A NULL handle is a no-op for updates, and
 *    reads as zero, "" or -EINVAL.
 *  - UPDATES (marked "Hot path") preserve errno, take no lock, make no system
 *    call, allocate nothing, read no clock, enter no RCU read section, and may
 *    be used in signal handlers.
 *  - LOOK-UPS by name or key enter a read section of liburcu; a thread's first
 *    one registers the thread with it. Not for signal handlers: a thread that
 *    is just ending may be inside liburcu's own lock.
 *  - STRUCTURAL calls create and remove. They take a lock, may commit memory
 *    (mmap, madvise) and, when variables were removed before, may wait for a
 *    grace period: 1-5 us as a rule, tens of milliseconds while another thread
 *    sits in a read section. Use them at start-up and where that does not
 *    hurt. They are not for signal handlers: in one that interrupted a
 *    structural call of its own thread they are refused (-EDEADLK), and
 *    harmless.
 *  - The functions that have none of these marks only look at something: they
 *    take no lock, and may be called anywhere.
 *  - Any thread may call anything at any time.
 *
 * Functions that return int return 0, or a negative error: -errno of the
 * system, or EXPVAR_E_*. Names and keys are NUL-terminated bytes, normally
 * UTF-8, at most EXPVAR_NAME_MAX long; the empty name is a name. Constructors
 * also set errno when they could not publish, and leave it alone otherwise.
 *
 * Everything here is there since version 0.1.
 */
#ifndef EXPVAR_EXPVAR_H
#define EXPVAR_EXPVAR_H

#include "expvar/word.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXPVAR_VERSION_MAJOR 0
#define EXPVAR_VERSION_MINOR 1
#define EXPVAR_VERSION_PATCH 0

#define EXPVAR_API __attribute__((visibility("default")))

/* The library defines this empty in one file, to export what is inline. */
#ifndef EXPVAR_INLINE
#define EXPVAR_INLINE static inline
#endif

/** Longest name or key, in bytes without the terminator. */
#define EXPVAR_NAME_MAX 4095
/** Longest string or record, in bytes; longer strings are cut. */
#define EXPVAR_VALUE_MAX 65536
/** Maps inside maps, at most. */
#define EXPVAR_DEPTH_MAX 64

/* Own error codes, below every errno. */
#define EXPVAR_E_NOT_STARTED (-5001) /* no variable and no expvar_init() yet */
#define EXPVAR_E_DISABLED (-5002) /* EXPVAR_DISABLE is set */
#define EXPVAR_E_FILESYSTEM (-5003) /* no candidate directory is on a tmpfs */
#define EXPVAR_E_FORKED (-5004) /* a forked child, not republished */
#define EXPVAR_E_STOPPED (-5005) /* the handle is from before expvar_fini() */
#define EXPVAR_E_FULL (-5006) /* max_bytes is used up */
#define EXPVAR_E_RESERVED (-5007) /* the name `expvar` is the tools' own */
#define EXPVAR_E_LOST (-5008) /* file truncated: expvar_handle_sigbus() */

/* ------------------------------------------------------------------ *
 * ABI of the inline code: frozen. It knows these leading words of a
 * handle, the head of a thread's table, the TLS symbol, and where a chunk
 * of a histogram has its sum and its cells - no more.
 * ------------------------------------------------------------------ */

/** Any variable. The members belong to the library. */
struct expvar_var {
	struct expvar_word64 *value; /* the value, or shared cell; never NULL */
	/*
	 * Of a counter or histogram: bits 0-31 where in a thread's table the
	 * chunk is (bytes; 0 = nowhere, ask the library), bits 52-63 where in
	 * the chunk the cell is (bytes). The rest is the library's.
	 */
	uint64_t where;
};

#define EXPVAR_THREAD_CHUNKS_ 128u

/** Head of a thread's table of chunks, private to the thread. */
struct expvar_thread {
	/* NULL: none yet, or none at all, as always the first one */
	struct expvar_word64 *chunk[EXPVAR_THREAD_CHUNKS_];
};

/* Never NULL: threads start with an empty table. */
extern EXPVAR_API __thread struct expvar_thread *expvar_thread_1
	__attribute__((tls_model("initial-exec")));

/* Bytes from a histogram's chunk to its sum (low word) and its cells. */
#define EXPVAR_HISTOGRAM_SUM_ 16u
#define EXPVAR_HISTOGRAM_CELLS_ 64u

struct expvar_int {
	struct expvar_var var;
};
struct expvar_float {
	struct expvar_var var;
};
struct expvar_string {
	struct expvar_var var;
};
struct expvar_map {
	struct expvar_var var;
};
struct expvar_func {
	struct expvar_var var;
};
struct expvar_counter {
	struct expvar_var var;
};
struct expvar_histogram {
	struct expvar_var var;
};
struct expvar_record {
	struct expvar_var var;
};

/**
 * expvar_var_of() - any handle as a variable; NULL stays NULL.
 *
 * A macro, so that the compiler refuses what is no handle: the branch that is
 * never taken is only there for its type. Other languages call the function.
 */
EXPVAR_API struct expvar_var *expvar_var_of(void *handle);
#define expvar_var_of(handle) \
	(1 ? (struct expvar_var *)(void *)(handle) : &(handle)->var)

enum expvar_type {
	EXPVAR_TYPE_NONE = 0,
	EXPVAR_TYPE_INT = 1,
	EXPVAR_TYPE_FLOAT = 2,
	EXPVAR_TYPE_STRING = 3,
	EXPVAR_TYPE_MAP = 4,
	EXPVAR_TYPE_FUNC = 5,
	EXPVAR_TYPE_COUNTER = 6,
	EXPVAR_TYPE_HISTOGRAM = 7,
	EXPVAR_TYPE_RECORD = 8,
	EXPVAR_TYPE_NULL = 9
};

/* ------------------------------------------------------------------ *
 * Set-up
 * ------------------------------------------------------------------ */

/* expvar_options.flags */
#define EXPVAR_NO_THREAD 0x01u /* no helper thread: expvar_poll() runs Funcs */
#define EXPVAR_KEEP_FILE 0x02u /* a normal exit leaves the segment */
#define EXPVAR_NO_CMDLINE 0x04u /* do not publish the arguments */
#define EXPVAR_CMDLINE_NAME 0x08u /* publish argv[0] only */
#define EXPVAR_LOCK_MEMORY 0x10u /* mlock what is used; failure is ignored */
#define EXPVAR_HUGE_PAGES 0x20u /* ask for huge pages; a hint */
#define EXPVAR_ANY_FILESYSTEM 0x40u /* accept a disk: updates may then stall */
#define EXPVAR_NO_ENVIRONMENT 0x80u /* ignore the EXPVAR_* variables */
#define EXPVAR_CATCH_SIGBUS 0x100u /* a SIGBUS handler, if there is none */
#define EXPVAR_SEALED 0x200u /* no file: memory that nobody can truncate */
#define EXPVAR_MEMSTATS 0x400u /* as expvar_memstats_publish() */

/** Settings for expvar_init(); zero means the default for every member. */
struct expvar_options {
	size_t struct_size; /* sizeof(struct expvar_options), or 0 for 0.1's */
	const char *app; /* application name; default: the program's name */
	/* on a tmpfs; default: EXPVAR_DIR, /run/expvar or /dev/shm */
	const char *directory;
	mode_t mode; /* further read bits for the file; write bits are ignored */
	gid_t group; /* of the file, which it may read; 0 = as the directory says */
	size_t max_bytes; /* size of the segment; default 64 MiB, at least 256 KiB */
	unsigned int flags; /* EXPVAR_NO_THREAD ... */
	/*
	 * How many segments of dead processes, of the same application and
	 * user, a start leaves for a post-mortem; 0 = 3, -1 = none, over 60 =
	 * all.
	 */
	int keep;
};

/**
 * expvar_init() - choose settings and publish the segment. Structural.
 * @options: settings, or NULL for the defaults and the environment
 *
 * Optional: the first constructor does it with the defaults. A library never
 * calls it. Called after the first variable it still applies app, mode, group
 * and flags, but for EXPVAR_LOCK_MEMORY, _HUGE_PAGES, _ANY_FILESYSTEM, _SEALED
 * and _NO_ENVIRONMENT, which only have a meaning before. The environment fills
 * in what @options leaves at zero.
 *
 * Returns: 0, or the negative reason why nothing is published; the program
 *          runs on, and its variables count privately.
 *          -EALREADY  directory or max_bytes came too late; the rest applied
 *          -EBUSY     EXPVAR_CATCH_SIGBUS: the program has a handler; the rest
 *                     applied, and everything is published
 */
EXPVAR_API int expvar_init(const struct expvar_options *options);

/**
 * expvar_fini() - end publishing: remove the file, stop the helper thread.
 *
 * Waits for a Func that is running, except inside a Func.
 * Not needed at exit. Handles stay harmless for ever, their memory is never
 * unmapped; the next constructor starts afresh. Structural. A forked child
 * never removes its parent's file.
 */
EXPVAR_API void expvar_fini(void);

/** expvar_status() - 0 if published, else the negative reason why not. */
EXPVAR_API int expvar_status(void);

/**
 * expvar_path() - path of the segment, or NULL if not published.
 * Memory: valid until the program ends, even if the name changes.
 */
EXPVAR_API const char *expvar_path(void);

/**
 * expvar_handle_sigbus() - for a SIGBUS handler: was it the segment?
 * @address: siginfo's si_addr, of a signal with the code BUS_ADRERR
 *
 * Whoever may write to the segment's file, and that is root and its owner after
 * a chmod, can truncate it; the next update then raises SIGBUS. If the address
 * is the segment's, private memory takes the place of what is gone: the handler
 * returns, and the update is done again. Values there begin at zero, and
 * expvar_status() is EXPVAR_E_LOST. Async-signal-safe, takes no lock.
 *
 * Programs without a handler ask for one by EXPVAR_CATCH_SIGBUS; with
 * EXPVAR_SEALED the fault cannot happen.
 *
 * Returns: 1 if the handler may return, 0 if the signal is none of ours.
 */
EXPVAR_API int expvar_handle_sigbus(const void *address);

/** expvar_strerror() - text of an error; static, never NULL. */
EXPVAR_API const char *expvar_strerror(int error);

/**
 * expvar_thread_ready() - register this thread and claim its cells now.
 *
 * Structural. A thread's first update of a counter or histogram does the same
 * without a system call as long as the library's reserve lasts; this call
 * tops the reserve up, for hosts with many threads or strict sandboxes.
 *
 * Returns: 0, or a negative error: this thread then updates shared cells.
 */
EXPVAR_API int expvar_thread_ready(void);

#define EXPVAR_KEEP_VALUES 0x1u

/**
 * expvar_republish() - in a forked child: a segment of its own.
 * @flags: EXPVAR_KEEP_VALUES to go on from the parent's values (a daemon),
 *         0 to begin counters and histograms at zero (prefork workers)
 *
 * All handles stay valid and keep their addresses. EXPVAR_FORK=zero|keep in
 * the environment does this after every fork(). Structural.
 *
 * Returns: 0; -EALREADY in a process that is no forked child; or the negative
 *          reason why nothing is published.
 */
EXPVAR_API int expvar_republish(unsigned int flags);

/* ------------------------------------------------------------------ *
 * Int, Float: one word each
 * ------------------------------------------------------------------ */

/**
 * expvar_int_new() - get or create a variable. Structural.
 * @name: its name; NULL makes a variable without one (see expvar_publish())
 *
 * All _new functions work alike: the same name and type give the same
 * variable, with one more reference. Another type leaves the first in place
 * and returns a private variable whose expvar_var_error() is -EEXIST.
 *
 * Returns: a handle, never NULL. Errors (by expvar_var_error() and errno):
 *          -EEXIST, -ENAMETOOLONG, EXPVAR_E_FULL, EXPVAR_E_RESERVED, and
 *          whatever keeps the whole segment unpublished.
 */
EXPVAR_API struct expvar_int *expvar_int_new(const char *name);
/** Likewise a Float. Structural. */
EXPVAR_API struct expvar_float *expvar_float_new(const char *name);

/**
 * expvar_int_add() - add, wrapping as two's complement
 * Hot path; exact in signal handlers, too.
 */
EXPVAR_INLINE void expvar_int_add(struct expvar_int *v, int64_t delta)
{
	if (v)
		expvar_word64_fetch_add_relaxed(v->var.value, (uint64_t)delta);
}

/** expvar_int_set() - replace the value. Hot path. */
EXPVAR_INLINE void expvar_int_set(struct expvar_int *v, int64_t value)
{
	if (v)
		expvar_word64_store_relaxed(v->var.value, (uint64_t)value);
}

/** expvar_int_get() - the present value; 0 for NULL. Cheap as an update. */
EXPVAR_INLINE int64_t expvar_int_get(const struct expvar_int *v)
{
	return v ? (int64_t)expvar_word64_load_relaxed(v->var.value) : 0;
}

/**
 * expvar_float_add() - add, by compare and swap; lock-free
 * Once the value is a NaN it stays one, until it is set. Hot path.
 */
EXPVAR_INLINE void expvar_float_add(struct expvar_float *v, double delta)
{
	uint64_t seen, next;
	double value;

	if (!v)
		return;
	seen = expvar_word64_load_relaxed(v->var.value);
	do {
		memcpy(&value, &seen, sizeof(value));
		value += delta;
		memcpy(&next, &value, sizeof(next));
	} while (!expvar_word64_cas_relaxed(v->var.value, &seen, next));
}

/** expvar_float_set() - replace the value. Hot path. */
EXPVAR_INLINE void expvar_float_set(struct expvar_float *v, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	if (v)
		expvar_word64_store_relaxed(v->var.value, bits);
}

/** expvar_float_get() - the present value; 0 for NULL. Cheap as an update. */
EXPVAR_INLINE double expvar_float_get(const struct expvar_float *v)
{
	uint64_t bits = v ? expvar_word64_load_relaxed(v->var.value) : 0;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* ------------------------------------------------------------------ *
 * String
 * ------------------------------------------------------------------ */

/** Get or create; as expvar_int_new(). A new String is empty. Structural. */
EXPVAR_API struct expvar_string *expvar_string_new(const char *name);

/**
 * expvar_string_set() - replace the value as a whole.
 * @utf8: the new value; NULL is the empty string
 *
 * Hot path up to 128 bytes or the longest length this string has had;
 * beyond that it allocates once, as a structural call does. Over
 * EXPVAR_VALUE_MAX it is cut at a character boundary, flagged and counted. If
 * four threads are in the middle of setting the same string the fifth set is
 * dropped and counted. Wait-free otherwise; readers always see a whole value.
 */
EXPVAR_API void expvar_string_set(struct expvar_string *v, const char *utf8);
/** The same with a length in bytes, which may include NULs. */
EXPVAR_API void expvar_string_setn(struct expvar_string *v, const char *bytes,
				   size_t len);
/**
 * expvar_string_get() - copy the value.
 * @buf:  receives at most @size - 1 bytes of it, and a NUL
 * @size: room in @buf; 0 only asks for the length
 *
 * Returns: the length of the whole value in bytes, as snprintf(): if it is
 *          @size or more, the copy is cut.
 */
EXPVAR_API size_t expvar_string_get(const struct expvar_string *v, char *buf,
				    size_t size);

/* ------------------------------------------------------------------ *
 * Map
 * ------------------------------------------------------------------ */

/**
 * Called for each entry, in byte-wise order of the keys. No lock is held: it
 * may create, remove, and visit. @var is NULL for an entry set to NULL.
 */
typedef void expvar_visit_fn(const char *key, struct expvar_var *var,
			     void *userdata);

/** Get or create; as expvar_int_new(). A new Map is empty. Structural. */
EXPVAR_API struct expvar_map *expvar_map_new(const char *name);

/**
 * expvar_map_add() - add to the Int under a key, creating it at 0.
 *
 * A known key: look-up, no lock, no allocation. A new one: structural. A key
 * that holds another type than Int (Counter counts too) is left alone, as in
 * Go. Handles of children (expvar_map_int()) are the faster way.
 */
EXPVAR_API void expvar_map_add(struct expvar_map *map, const char *key,
			       int64_t delta);
/** Likewise to the Float under a key. */
EXPVAR_API void expvar_map_add_float(struct expvar_map *map, const char *key,
				     double delta);

/**
 * expvar_map_int() and the others - get or create the child under a key
 *
 * As the _new functions do with a name, except that a NULL key is -EINVAL.
 * Structural. An update through the handle is on the hot path.
 */
EXPVAR_API struct expvar_int *expvar_map_int(struct expvar_map *map,
					     const char *key);
EXPVAR_API struct expvar_float *expvar_map_float(struct expvar_map *map,
						 const char *key);
EXPVAR_API struct expvar_string *expvar_map_string(struct expvar_map *map,
						   const char *key);
EXPVAR_API struct expvar_map *expvar_map_map(struct expvar_map *map,
					     const char *key);
EXPVAR_API struct expvar_counter *expvar_map_counter(struct expvar_map *map,
						     const char *key);
EXPVAR_API struct expvar_histogram *
expvar_map_histogram(struct expvar_map *map, const char *key);

/**
 * expvar_map_set() - let a key name a variable. Structural.
 * @var: any variable, also one with other names; NULL prints as null
 *
 * Whatever the key named before loses that name.
 *
 * Returns: 0; -ELOOP if the map would contain itself or be nested deeper than
 *          EXPVAR_DEPTH_MAX; -EINVAL, -ENAMETOOLONG, EXPVAR_E_FULL; @var's own
 *          error if it is not published.
 */
EXPVAR_API int expvar_map_set(struct expvar_map *map, const char *key,
			      struct expvar_var *var);

/**
 * expvar_map_get() - what a key names. Look-up.
 * Returns: a new reference, for expvar_release(); NULL if there is no such key.
 */
EXPVAR_API struct expvar_var *expvar_map_get(struct expvar_map *map,
					     const char *key);

/** expvar_map_delete() - remove one name; handles stay harmless. Structural. */
EXPVAR_API void expvar_map_delete(struct expvar_map *map, const char *key);

/** expvar_map_clear() - remove all keys (Go's Init). Structural. */
EXPVAR_API void expvar_map_clear(struct expvar_map *map);

/**
 * expvar_map_do() - visit the entries there were at one moment. Structural.
 * @visit:    called for each, in order of the keys
 * @userdata: handed to @visit
 */
EXPVAR_API void expvar_map_do(struct expvar_map *map, expvar_visit_fn *visit,
			      void *userdata);

/**
 * expvar_map_limit() - bound the keys that updates by key create. Structural.
 * @keys:      at most so many keys (other_key included); 0 = no bound
 * @other_key: updates of further keys go to this one; created when needed
 *
 * Returns: 0, -EINVAL, -ENAMETOOLONG or -ENOMEM.
 */
EXPVAR_API int expvar_map_limit(struct expvar_map *map, size_t keys,
				const char *other_key);

/* ------------------------------------------------------------------ *
 * Record: fields that change together
 * ------------------------------------------------------------------ */

enum expvar_field_type {
	EXPVAR_FIELD_INT = 1, /* signed, 1, 2, 4 or 8 bytes */
	EXPVAR_FIELD_UINT = 2, /* unsigned, 1, 2, 4 or 8 bytes */
	EXPVAR_FIELD_FLOAT = 3, /* 4 or 8 bytes */
	EXPVAR_FIELD_BOOL = 4, /* 1 byte */
	EXPVAR_FIELD_CHARS = 5 /* char array; text up to the first NUL */
};

struct expvar_field {
	const char *name;
	enum expvar_field_type type;
	size_t offset; /* in the program's structure */
	size_t size;
};

/** EXPVAR_FIELD(struct job, bytes, EXPVAR_FIELD_UINT) describes one member. */
#define EXPVAR_FIELD(structure, member, field_type)                     \
	{                                                               \
		#member, field_type, offsetof(structure, member),       \
			sizeof(((structure *)0)->member)                \
	}

/**
 * expvar_record_new() - publish a structure. Structural.
 * @fields: what it consists of; copied. Bytes outside them (padding) are never
 *          published. At most 1,024 fields and EXPVAR_VALUE_MAX bytes.
 *
 * The same name with other fields is -EEXIST; a bad field, or two of one name,
 * is -EINVAL.
 */
EXPVAR_API struct expvar_record *expvar_record_new(
	const char *name, const struct expvar_field *fields, size_t count);

/**
 * expvar_record_set() - replace all fields at once, for every reader
 * @structure: the program's structure, which the fields' offsets lead into
 *
 * Wait-free. If four threads are in the middle of setting the same Record the
 * fifth set is dropped and counted. Hot path.
 */
EXPVAR_API void expvar_record_set(struct expvar_record *v,
				  const void *structure);

/* ------------------------------------------------------------------ *
 * Any variable
 * ------------------------------------------------------------------ */

/**
 * expvar_get() - the variable of a top-level name. Look-up.
 * Returns: a new reference, for expvar_release(); NULL if there is none.
 */
EXPVAR_API struct expvar_var *expvar_get(const char *name);

/** expvar_var_type() - what it was made as; EXPVAR_TYPE_NONE for NULL. */
EXPVAR_API enum expvar_type expvar_var_type(const struct expvar_var *var);

/**
 * expvar_publish() - give a variable a top-level name. Structural.
 * @var: any variable; NULL prints as null
 * Returns: 0; -EEXIST if the name is taken: the first stays; as
 *          expvar_map_set() otherwise.
 */
EXPVAR_API int expvar_publish(const char *name, struct expvar_var *var);

/**
 * expvar_do() - visit all top-level variables there were at one moment
 * As expvar_map_do(). Structural.
 */
EXPVAR_API void expvar_do(expvar_visit_fn *visit, void *userdata);

/**
 * expvar_json() - the JSON text of a variable (Go's String()), or with NULL of
 * the whole document without the tools' additions. Runs Funcs, except inside a
 * Func, where their last result stands. Structural.
 * Returns: the full length; as snprintf().
 */
#ifdef __cplusplus /* g++: a function and a struct of one name */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
EXPVAR_API size_t expvar_json(const struct expvar_var *var, char *buf,
			      size_t size);
#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

enum expvar_kind {
	EXPVAR_KIND_NONE = 0, /* counters and histograms speak for themselves */
	EXPVAR_KIND_GAUGE = 1, /* goes up and down */
	EXPVAR_KIND_COUNTER = 2 /* only grows, until the process ends */
};

/** What readers are told beside the value; strings are copied. */
struct expvar_meta {
	size_t struct_size; /* sizeof(struct expvar_meta), or 0 for 0.1's */
	enum expvar_kind kind;
	const char *unit; /* "ns", "bytes", ... ; at most 255 bytes */
	const char *help; /* one sentence; at most 4,095 bytes */
	const char *label; /* of a map: what its keys are; at most 255 bytes */
};

/**
 * expvar_describe() - replace the metadata of a variable. Structural.
 * @meta: copied; NULL removes what there was
 *
 * Returns: 0; -EINVAL if @var is NULL, the kind is none of those, or
 *          struct_size is of no version; -ENAMETOOLONG for a text that is too
 *          long; EXPVAR_E_FULL; the variable's own error if it is not
 *          published.
 */
EXPVAR_API int expvar_describe(struct expvar_var *var,
			       const struct expvar_meta *meta);

/**
 * expvar_var_error() - why readers do not see a variable
 *
 * Returns: 0 if it is published, and also if it lacks nothing but a name, its
 *          own or that of a map around it; -EINVAL for NULL; else the reason.
 */
EXPVAR_API int expvar_var_error(const struct expvar_var *var);

/**
 * expvar_unpublish() - remove every name of a variable. Structural.
 *
 * The handle stays harmless; releasing it is another matter. Waits for the
 * running call of a Func, except inside a Func.
 */
EXPVAR_API void expvar_unpublish(struct expvar_var *var);

/**
 * expvar_release() - give one reference back; the handle is not used again.
 *
 * A variable without names and references is reused, after a grace period.
 * Programs that never remove variables need not release anything. Structural.
 */
EXPVAR_API void expvar_release(struct expvar_var *var);

/* ------------------------------------------------------------------ *
 * One line at file scope: defines, names and describes a variable that exists
 * before main() runs (so the segment does too). The handle is static.
 *
 *	EXPVAR_DEFINE_COUNTER(requests, "requests", "", "Requests served.");
 * ------------------------------------------------------------------ */

#define EXPVAR_DEFINE_(type, handle, name, meta_kind, unit_, help_)        \
	static struct expvar_##type *handle;                               \
	__attribute__((constructor)) static void expvar_define_##handle##_( \
		void)                                                      \
	{                                                                  \
		struct expvar_meta meta;                                   \
		memset(&meta, 0, sizeof(meta));                            \
		meta.struct_size = sizeof(meta);                           \
		meta.kind = meta_kind;                                     \
		meta.unit = unit_;                                         \
		meta.help = help_;                                         \
		handle = expvar_##type##_new(name);                        \
		(void)expvar_describe(&handle->var, &meta);                \
	}                                                                  \
	struct expvar_define_##handle##_semicolon_

#define EXPVAR_DEFINE_INT(handle, name, unit, help) \
	EXPVAR_DEFINE_(int, handle, name, EXPVAR_KIND_GAUGE, unit, help)
#define EXPVAR_DEFINE_FLOAT(handle, name, unit, help) \
	EXPVAR_DEFINE_(float, handle, name, EXPVAR_KIND_GAUGE, unit, help)
#define EXPVAR_DEFINE_STRING(handle, name, help) \
	EXPVAR_DEFINE_(string, handle, name, EXPVAR_KIND_NONE, "", help)
#define EXPVAR_DEFINE_MAP(handle, name, unit, help) \
	EXPVAR_DEFINE_(map, handle, name, EXPVAR_KIND_NONE, unit, help)
#define EXPVAR_DEFINE_COUNTER(handle, name, unit, help) \
	EXPVAR_DEFINE_(counter, handle, name, EXPVAR_KIND_COUNTER, unit, help)
#define EXPVAR_DEFINE_HISTOGRAM(handle, name, unit, help) \
	EXPVAR_DEFINE_(histogram, handle, name, EXPVAR_KIND_NONE, unit, help)

#ifdef __cplusplus
}
#endif

#include "expvar/cells.h"
#include "expvar/func.h"

#endif
