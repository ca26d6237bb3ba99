/* SPDX-License-Identifier: MIT */
/*
 * expvar/func.h - Funcs: values that are computed when somebody asks
 *
 * A part of expvar/expvar.h, which includes it: include that. The rules at the
 * head of expvar.h hold.
 */
#ifndef EXPVAR_EXPVAR_FUNC_H
#define EXPVAR_EXPVAR_FUNC_H

#include "expvar/expvar.h"

#ifdef __cplusplus
extern "C" {
#endif

struct expvar_json;

/**
 * A Func writes exactly one JSON value into @out. It runs on the library's
 * helper thread (or in expvar_poll(), or expvar_json()), one Func at a time,
 * with none of the library's structural locks held: it may create and remove
 * variables, but should be quick, since other Funcs wait for it. It is not left
 * by longjmp() or an exception; pthread_exit() costs its result only.
 */
typedef void expvar_func_fn(struct expvar_json *out, void *userdata);

/**
 * expvar_func_new() - publish a function. Structural.
 * @name:     as for expvar_int_new()
 * @fn:       writes the value
 * @userdata: handed to @fn; must live as long as it may run
 *
 * Starts the helper thread (named `expvar`, all signals blocked) unless
 * EXPVAR_NO_THREAD. After expvar_unpublish() of the Func returned, it does not
 * run any more, except when that call came from inside a Func.
 */
EXPVAR_API struct expvar_func *expvar_func_new(const char *name,
					       expvar_func_fn *fn,
					       void *userdata);

/*
 * Builders, for use inside a Func, on the thread that it runs on. Each writes
 * one value, or a part of one: between _object_begin() and _object_end() every
 * value follows a _key(), between _array_begin() and _array_end() values follow
 * each other. Keys print in the order given; NaN, the infinities and a NULL
 * string print null. @value of _bool: 0 is false, anything else true; @len:
 * bytes.
 *
 * A misuse (a second value, a key outside an object, an unclosed array) makes
 * the whole result null, and so does one of more than 1 MiB or 64 levels.
 */
EXPVAR_API void expvar_json_null(struct expvar_json *out);
EXPVAR_API void expvar_json_bool(struct expvar_json *out, int value);
EXPVAR_API void expvar_json_int(struct expvar_json *out, int64_t value);
EXPVAR_API void expvar_json_uint(struct expvar_json *out, uint64_t value);
EXPVAR_API void expvar_json_float(struct expvar_json *out, double value);
EXPVAR_API void expvar_json_string(struct expvar_json *out, const char *utf8);
EXPVAR_API void expvar_json_stringn(struct expvar_json *out, const char *bytes,
				    size_t len);
EXPVAR_API void expvar_json_object_begin(struct expvar_json *out);
EXPVAR_API void expvar_json_key(struct expvar_json *out, const char *key);
EXPVAR_API void expvar_json_object_end(struct expvar_json *out);
EXPVAR_API void expvar_json_array_begin(struct expvar_json *out);
EXPVAR_API void expvar_json_array_end(struct expvar_json *out);

/**
 * expvar_poll_fd() - for EXPVAR_NO_THREAD: a descriptor that becomes readable
 * when a reader asks for fresh Funcs. Structural; one inotify instance.
 * Returns: a descriptor that stays the library's, or a negative error.
 */
EXPVAR_API int expvar_poll_fd(void);

/**
 * expvar_poll() - run the Funcs now, if anybody asked. Structural. Runs them on
 * the calling thread. Who asks within 50 ms of the last run is given its
 * results again, so that readers cannot make a loop run Funcs more than 20
 * times a second.
 * Returns: the number of Funcs run, or a negative error.
 */
EXPVAR_API int expvar_poll(void);

/**
 * expvar_memstats_publish() - publish `memstats`, as every Go program does.
 *
 * A Func with Go's 32 fields, of what the allocator says of itself: glibc,
 * jemalloc, tcmalloc or mimalloc, whichever the program has. docs/memstats.md
 * says what each field means. EXPVAR_MEMSTATS does the same, and so does
 * EXPVAR_MEMSTATS=1 in the environment. Structural.
 *
 * The allocator is asked by the helper thread (with EXPVAR_NO_THREAD by whoever
 * calls expvar_poll()), and keeps other threads waiting meanwhile, with glibc
 * and many free blocks for milliseconds: at most a hundredth of the time, and
 * ten times a second. What it took is published as `libexpvar.memstats_ns`.
 * Under expvar-run nothing is done: what is counted there is exact.
 *
 * Returns: 0, also when it was published before; -EEXIST if the program has a
 *          variable of that name; or why nothing can be published.
 */
EXPVAR_API int expvar_memstats_publish(void);

#ifdef __cplusplus
}
#endif

#endif
