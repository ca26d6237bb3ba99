/* SPDX-License-Identifier: MIT */
/*
 * reader.h - read the variables that other processes publish
 *
 * A program that uses the publishing library keeps its variables in a segment:
 * a file on a tmpfs, which this library maps read-only. The writer is neither
 * stopped, nor woken, nor trusted: whatever the file holds, the calls below
 * return a value or an error, in bounded time and memory. The one thing that
 * reaches the writer is a refresh request (expvar_reader_refresh_begin()), and
 * a writer may ignore it.
 *
 * The short form of a tool:
 *
 *	struct expvar_reader *reader;
 *	struct expvar_snapshot *snapshot;
 *
 *	if (expvar_reader_open_app("treewalk", 0, &reader) < 0) ...
 *	expvar_reader_refresh(reader, 100000000);
 *	if (expvar_reader_snapshot(reader, 0, &snapshot) < 0) ...
 *	expvar_snapshot_json(snapshot, NULL, write_callback, NULL);
 *	expvar_snapshot_free(snapshot);
 *	expvar_reader_close(reader);
 *
 * Rules that hold for every function unless it says otherwise:
 * - Errors are returned, never printed, and errno has no meaning afterwards:
 *   0 or a count is success, -4095..-1 is -errno, below is EXPVAR_E_...;
 *   expvar_reader_strerror() has a text for each.
 * - Results come last, start with `ret_`, and are untouched on failure.
 * - A struct that is filled has `size_t struct_size` first; the caller sets it
 *   to the sizeof() it was compiled with. Later versions add fields at the
 *   end and fill no more than that. A size smaller than that of version 0.1
 *   is -EINVAL.
 * - Texts have a length and may contain any byte, NUL and terminal escapes
 *   included, unless they are called NUL-terminated: quote them before they
 *   reach a terminal (expvar_reader_quote()).
 * - Threads: a reader, a snapshot's free function and a walk serve one thread
 *   at a time. Different readers are independent. A snapshot is constant: any
 *   number of threads may look into it at once.
 * - Signals: nothing here is async-signal-safe. While a segment is being
 *   copied the process has a SIGBUS handler of this library's, because the
 *   file's owner may truncate it; faults elsewhere are passed on to the
 *   handler that was there before, which is put back afterwards.
 * - Fork: a child may go on using, and should close, what it inherited.
 */
#ifndef EXPVAR_READER_H
#define EXPVAR_READER_H

#if __SIZEOF_POINTER__ != 8
#error "expvar is for 64-bit targets only: words are read and written in one piece"
#endif

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define EXPVAR_READER_API __attribute__((visibility("default")))
#else
#define EXPVAR_READER_API
#endif

struct expvar_reader; /* an open segment */
struct expvar_snapshot; /* a private, constant copy of all its variables */
struct expvar_walk; /* a position in a snapshot */

/* ---- errors ---- */

/*
 * Staged results: "not yet", "no longer", "not for this version" and "not at
 * all" call for different reactions. Lack of permission is -EACCES, a path
 * that does not exist -ENOENT, out of memory -ENOMEM.
 */
enum expvar_reader_error {
	/*
	 * The process runs and publishes nothing, or its file is still empty.
	 */
	EXPVAR_E_NOT_READY = -4201,
	/* No such process or application publishes (any more). */
	EXPVAR_E_GONE = -4202,
	/* A segment, but of another major version or with unknown features. */
	EXPVAR_E_VERSION = -4203,
	/* Not a segment, or one whose header contradicts itself. */
	EXPVAR_E_FORMAT = -4204,
	/* Of a machine with the other byte order or of a 32-bit program. */
	EXPVAR_E_FOREIGN = -4205,
	/* Several live segments match. */
	EXPVAR_E_AMBIGUOUS = -4206,
	/* The file became shorter than it says, now or while it was copied. */
	EXPVAR_E_TRUNCATED = -4207,
	/* Not a regular file: a symbolic link, FIFO, device, directory ... */
	EXPVAR_E_FILE_TYPE = -4208,
	/* Has several hard links, or holes where there must be none. */
	EXPVAR_E_SUSPECT = -4209,
	/* The owner holds a lease on the file, so opening it would block. */
	EXPVAR_E_LEASED = -4210,
	/* The file is not on a tmpfs and that was asked for. */
	EXPVAR_E_NOT_TMPFS = -4211,
	/* More than the limit: segments of one user, time, or memory. */
	EXPVAR_E_LIMIT = -4212,
	/* The writer did not answer in time; what was there before is. */
	EXPVAR_E_TIMEOUT = -4213,
};

/**
 * expvar_reader_strerror() - text of a result
 * @error: what a function of this header returned; any other number as well
 *
 * Returns: one line of English without a full stop, NUL-terminated, never
 *          NULL, constant for the life of the process.
 * Threads: any.
 * Signals: safe for EXPVAR_E_..., not for -errno.
 * Since:   0.1
 */
EXPVAR_READER_API const char *expvar_reader_strerror(int error);

/* ---- opening ---- */

/* Also take a segment whose writer is dead: the newest, if no other matches. */
#define EXPVAR_OPEN_DEAD 0x1u
/* Of several that match take the one that was started last. */
#define EXPVAR_OPEN_NEWEST 0x2u
/*
 * Refuse files that are not on a tmpfs. Implied where this library looks for
 * the file itself; a path or descriptor is the caller's choice.
 */
#define EXPVAR_OPEN_TMPFS 0x4u

/**
 * expvar_reader_open() - open a segment by its path
 * @path:       the file
 * @flags:      0 or EXPVAR_OPEN_TMPFS
 * @ret_reader: receives the reader
 *
 * The last component of @path is not followed if it is a symbolic link, except
 * those of /proc/PID/fd and map_files, which are the way to segments in sealed
 * memory (EXPVAR_SEALED). Nothing that could block is waited for. Whether the
 * writer is alive makes no difference.
 *
 * Returns: 0, or
 *          -ENOENT, -EACCES, ...   from openat2(2), fstat(2), mmap(2)
 *          EXPVAR_E_FILE_TYPE, _SUSPECT, _LEASED, _NOT_TMPFS  see above
 *          EXPVAR_E_NOT_READY      empty, or the header is all zeros
 *          EXPVAR_E_FORMAT, _VERSION, _FOREIGN, _TRUNCATED     see above
 *          -EINVAL                 unknown flag
 * Threads: any.
 * Memory:  release with expvar_reader_close(). One descriptor
 *          (close-on-exec) and one mapping stay open till then.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_open(const char *path, unsigned int flags,
					 struct expvar_reader **ret_reader);

/**
 * expvar_reader_open_fd() - open a segment that is already open as a file
 * @fd:         descriptor, readable; it is duplicated and stays the caller's
 * @path:       what to call it in expvar_segment_info.path; copied; NULL = ""
 * @flags:      0 or EXPVAR_OPEN_TMPFS
 * @ret_reader: receives the reader
 *
 * For files that were found otherwise (expvar_found.fd, /proc/PID/map_files),
 * or handed over by a more privileged process. Unlike with a path, a file that
 * has no name any more is accepted.
 *
 * Returns, Threads, Memory: as expvar_reader_open().
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_open_fd(int fd, const char *path,
					    unsigned int flags,
					    struct expvar_reader **ret_reader);

/**
 * expvar_reader_open_pid() - open the segment of a process
 * @pid:        process, as seen in the caller's pid namespace
 * @flags:      EXPVAR_OPEN_DEAD, EXPVAR_OPEN_NEWEST
 * @ret_reader: receives the reader
 *
 * Looks where expvar_discover() does, of processes at this one only. Segments
 * of processes in other pid namespaces that have the same number there do not
 * match, unless the namespace is unknown.
 *
 * Returns: 0, or as expvar_reader_open() for the segment that matched, or
 *          EXPVAR_E_NOT_READY   the process runs but has no segment
 *          EXPVAR_E_GONE        no such process and no segment that may be
 *                               taken without EXPVAR_OPEN_DEAD
 *          EXPVAR_E_AMBIGUOUS   it has several
 *          -EACCES              it has one, which this user may not read
 * Threads: any.
 * Memory:  release with expvar_reader_close().
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_open_pid(pid_t pid, unsigned int flags,
					     struct expvar_reader **ret_reader);

/**
 * expvar_reader_open_app() - open the segment of an application
 * @app:        its name, NUL-terminated: EXPVAR_APP or the program's name
 * @flags:      EXPVAR_OPEN_DEAD, EXPVAR_OPEN_NEWEST
 * @ret_reader: receives the reader
 *
 * Returns: as expvar_reader_open_pid(), but never EXPVAR_E_NOT_READY for a
 *          process: a name without a segment is EXPVAR_E_GONE.
 * Threads: any.
 * Memory:  release with expvar_reader_close().
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_open_app(const char *app,
					     unsigned int flags,
					     struct expvar_reader **ret_reader);

/**
 * expvar_reader_close() - end the use of a segment
 * @reader: may be NULL
 *
 * Snapshots taken from it stay valid.
 *
 * Returns: nothing.
 * Threads: one at a time for a reader.
 * Since:   0.1
 */
EXPVAR_READER_API void expvar_reader_close(struct expvar_reader *reader);

/* ---- what is known of a segment ---- */

enum expvar_liveness {
	EXPVAR_LIVENESS_UNKNOWN = 0, /* the evidence contradicts itself */
	EXPVAR_LIVENESS_ALIVE = 1,
	EXPVAR_LIVENESS_DEAD = 2,
};

enum expvar_bell {
	EXPVAR_BELL_NONE = 0, /* nobody listens: there is no Func */
	EXPVAR_BELL_FUTEX = 1, /* a helper thread */
	EXPVAR_BELL_ACCESS = 2, /* the application's event loop */
};

/*
 * Texts are NUL-terminated, belong to the reader, and stay valid until its
 * next expvar_reader_info() or its close. Those marked (w) are the writer's
 * words: any bytes but NUL. Times are nanoseconds, 0 = never or unknown.
 */
struct expvar_segment_info {
	size_t struct_size;

	/* the file, from fstat(2) */
	const char *path; /* as it was opened */
	uint64_t device;
	uint64_t inode;
	uid_t uid; /* owner */
	gid_t gid;
	uint64_t size_bytes; /* length of the file; mostly a hole */
	uint64_t allocated_bytes; /* tmpfs memory */

	/* identity, by the writer */
	const char *app; /* (w) */
	const char *instance; /* (w) EXPVAR_INSTANCE, or "" */
	const char *library_version; /* (w) */
	uint64_t incarnation; /* names this life of this process */
	uint64_t parent_incarnation; /* forked from; 0 = not */
	uint64_t pid; /* as the writer sees itself */
	uint64_t pid_namespace; /* inode; 0 = unknown */
	/*
	 * as the caller sees it, also of another namespace; 0: it is not there,
	 * cannot be found, or is another user's
	 */
	uint64_t host_pid;
	/*
	 * 1: of our pid namespace, and no process of another user's;
	 * 0: another namespace or an unknown one, or a false claim
	 */
	int pid_is_ours;
	uint64_t start_ticks; /* field 22 of /proc/PID/stat */
	unsigned char boot_id[16];
	uint64_t started_realtime_ns;
	uint64_t started_boottime_ns;
	uint32_t format_major;
	uint32_t format_minor;
	uint64_t features_compatible;

	/* state */
	enum expvar_liveness liveness;
	const char *evidence; /* what the verdict rests on, one line */
	int removable; /* 1: its end is proven, see docs/format.md 8 */
	int closed; /* 1: the writer ended in an orderly way */
	uint64_t committed_bytes;
	uint64_t changes; /* x 2; odd while structure changes */
	uint64_t activity_realtime_ns; /* last structural change or refresh; */
	uint64_t activity_boottime_ns; /* no sign of life, see there */

	/* Funcs */
	enum expvar_bell bell;
	uint32_t refresh_started;
	uint32_t refresh_done;
	uint64_t refresh_realtime_ns; /* when the last one finished */
	uint64_t refresh_boottime_ns;
	uint64_t refresh_duration_ns;

	/* the writer's own accounts, see docs/format.md 3.4 */
	uint64_t variables;
	uint64_t variables_peak;
	uint64_t units_quarantined;
	uint64_t heap_bytes;
	uint64_t chunk_bytes;
	uint64_t private_bytes;
	uint64_t threads_peak;
	uint64_t lost_variables;
	uint64_t lost_sets;
	uint64_t lost_results;
	uint64_t truncated_values;
	uint64_t shared_cells;
	uint64_t grow_failures;
	uint64_t limited_keys;
};

/**
 * expvar_reader_info() - identity, state and accounts of a segment
 * @reader: an open segment
 * @info:   struct_size set by the caller; the rest is filled
 *
 * Asks anew each time, liveness included (which reads /proc/PID/stat).
 *
 * Returns: 0, -EINVAL, -ENOMEM, or EXPVAR_E_TRUNCATED.
 * Threads: one at a time for a reader.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_info(struct expvar_reader *reader,
					 struct expvar_segment_info *info);

/* ---- fresh Func results ---- */

/**
 * expvar_reader_refresh_begin() - ask the writer to run its Funcs
 * @reader: an open segment
 *
 * Rings and returns at once. With several targets, call it for all and then
 * wait for each with one common deadline.
 *
 * Returns: 1 asked; 0 there is nothing to wait for (no Func);
 *          EXPVAR_E_GONE the writer is dead; EXPVAR_E_TRUNCATED.
 * Threads: one at a time for a reader.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_refresh_begin(struct expvar_reader *reader);

/**
 * expvar_reader_refresh_wait() - wait for what was asked for
 * @reader:      an open segment, after expvar_reader_refresh_begin()
 * @deadline_ns: CLOCK_MONOTONIC; in the past: only look
 *
 * Rings again where the first ring cannot have been heard.
 *
 * Returns: 0 a refresh that began after the request is complete, or nothing
 *          was asked for; EXPVAR_E_TIMEOUT; EXPVAR_E_GONE; EXPVAR_E_TRUNCATED.
 * Threads: one at a time for a reader.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_refresh_wait(struct expvar_reader *reader,
						 uint64_t deadline_ns);

/**
 * expvar_reader_refresh() - both, for one segment
 * @reader:     an open segment
 * @timeout_ns: how long to wait at most; 0 does not even ask
 *
 * Returns: as expvar_reader_refresh_wait().
 * Threads: one at a time for a reader.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_refresh(struct expvar_reader *reader,
					    uint64_t timeout_ns);

/* ---- a snapshot ---- */

/* Copy the metadata as well; without it expvar_snapshot_meta() finds none. */
#define EXPVAR_SNAPSHOT_META 0x1u

/**
 * expvar_reader_snapshot() - copy all variables
 * @reader:       an open segment
 * @flags:        0 or EXPVAR_SNAPSHOT_META
 * @ret_snapshot: receives the snapshot
 *
 * Every value is one that the variable had, whole; values of different
 * variables are read at slightly different moments. A value that could not be
 * read is an item with a flag (EXPVAR_ITEM_BUSY ...), not an error of this
 * call.
 *
 * Returns: 0, -ENOMEM, -EINVAL, EXPVAR_E_TRUNCATED, EXPVAR_E_FORMAT (its
 *          committed length became impossible), EXPVAR_E_SUSPECT (holes).
 * Threads: one at a time for a reader.
 * Memory:  about 64 bytes and the name and text for each variable; never more
 *          than 64 MiB + 64 bytes for each variable that the committed part of
 *          the file could hold. Release with expvar_snapshot_free().
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_reader_snapshot(struct expvar_reader *reader, unsigned int flags,
		       struct expvar_snapshot **ret_snapshot);

/**
 * expvar_snapshot_free() - release a snapshot
 * @snapshot: may be NULL
 *
 * Returns: nothing. All pointers into it become invalid.
 * Threads: one, when no other looks into the snapshot.
 * Since:   0.1
 */
EXPVAR_READER_API void expvar_snapshot_free(struct expvar_snapshot *snapshot);

struct expvar_snapshot_totals {
	size_t struct_size;
	uint64_t taken_realtime_ns;
	uint64_t taken_boottime_ns;
	uint64_t incarnation;
	uint32_t items; /* named variables and links found */
	uint32_t busy; /* items by flag */
	uint32_t corrupt;
	uint32_t unknown;
	uint32_t cut;
	uint32_t failed;
	uint32_t over_limit; /* left out or without value for lack of room */
	uint32_t left_out; /* units that changed hands while being copied */
	/* 1: variables came or went throughout; renames may show twice */
	uint32_t changing;
	/* 1: at least one value is missing: exit status 3 of expvar-dump */
	uint32_t incomplete;
	uint64_t memory_bytes; /* held by the snapshot */
};

/**
 * expvar_snapshot_stats() - how complete a snapshot is
 * @snapshot: a snapshot
 * @stats:    struct_size set by the caller; the rest is filled
 *
 * What only shows when links are followed (maps too deep, too many entries)
 * is not in here: see expvar_walk_incomplete(), expvar_snapshot_json().
 *
 * Returns: 0 or -EINVAL.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_stats(const struct expvar_snapshot *snapshot,
		      struct expvar_snapshot_totals *stats);

/**
 * expvar_snapshot_cmdline() - the writer's arguments
 * @snapshot: a snapshot
 * @ret_argc: receives their number
 *
 * Returns: @ret_argc NUL-terminated texts, valid as long as the snapshot; NULL
 *          (and 0) if the writer left them out or they could not be read.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API const char *const *
expvar_snapshot_cmdline(const struct expvar_snapshot *snapshot,
			size_t *ret_argc);

/* ---- memstats ---- */

/** Go counts blocks by so many sizes: memstats.BySize. */
#define EXPVAR_SIZE_CLASSES 61u

/**
 * expvar_size_class() - the largest block of one of Go's size classes
 * @number: 0 to EXPVAR_SIZE_CLASSES - 1
 *
 * Returns: bytes; 0 for class 0, and where there is none.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t expvar_size_class(uint32_t number);

/**
 * expvar_size_class_of() - the class that a block belongs to
 * @size: bytes
 *
 * Returns: its number, or EXPVAR_SIZE_CLASSES if it is larger than all.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t expvar_size_class_of(uint64_t size);

#ifdef __cplusplus
}
#endif

#include "expvar/reader-host.h"
#include "expvar/reader-values.h"

#endif
