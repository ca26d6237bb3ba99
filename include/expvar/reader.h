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
 *   to the sizeof() he was compiled with. Later versions add fields at the
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
	/* The process runs and publishes nothing, or its file is still empty. */
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
 * memory (EXPVAR_SEALED). Nothing that could block is waited for. Whether the writer is alive makes no
 * difference.
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

/* ---- finding ---- */

/* One file that is called like a segment. Valid during the callback only. */
struct expvar_found {
	size_t struct_size; /* set by the library */
	/*
	 * 0: opened, a regular file with one name, whose content was not looked
	 * at; or found by a process that has it mapped, then only its header
	 * was. Else why not: -EACCES, EXPVAR_E_FILE_TYPE ... EXPVAR_E_LIMIT:
	 * stands once for all further files of this uid, or of this directory
	 * if uid is (uid_t)-1; app is empty then.
	 */
	int error;
	int fd; /* readable, closed after the callback; -1 on error */
	const char *path; /* NUL-terminated; the directory with _LIMIT */
	/*
	 * From the file's name, or of what is mapped from the header: a claim
	 * in either case.
	 */
	const char *app;
	size_t app_len;
	uint64_t pid; /* as the writer sees itself */
	uint64_t incarnation;
	/* From fstat(2): */
	uid_t uid; /* owner */
	gid_t gid;
	mode_t mode; /* with the file type */
	uint64_t device;
	uint64_t inode;
	uint64_t allocated_bytes; /* tmpfs memory */
};

/**
 * expvar_found_is_app() - whether a file's name is that of an application
 * @found: NULL is of none
 * @app:   NUL-terminated, as the program was given it
 *
 * In the name of a file stand only letters, digits, dots, _, - and +, and _ for
 * anything else, so that two applications may share one.
 *
 * Returns: 1 or 0.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_found_is_app(const struct expvar_found *found,
					  const char *app);

/* Return 0 to go on; anything else ends the search and is returned from it. */
typedef int expvar_discover_fn(const struct expvar_found *found,
			       void *userdata);

/**
 * expvar_discover() - find all segments on this host
 * @flags:    must be 0
 * @fn:       called once for each, in no particular order
 * @userdata: handed to @fn
 *
 * Looks in $EXPVAR_DIR (ignored in setuid programs), /run/expvar and /dev/shm,
 * each directory once. What this user may not read is reported with its error,
 * so that nobody takes a lack of permission for a lack of segments.
 *
 * Then for segments of live writers that none of these directories has: of
 * containers, in sealed memory, unlinked, or where their EXPVAR_DIR led. Who
 * has CAP_CHECKPOINT_RESTORE finds all that processes have mapped; others find
 * sealed memory of their own processes, and what is in /run/expvar and /dev/shm
 * of mount namespaces in which they have processes. With EXPVAR_SEARCH set to
 * "directories" (ignored in setuid programs) all of this is left out.
 *
 * Limits, because anybody may create files there: 1,024 files of each user
 * other than the caller and root, 65,536 files in all, 2 seconds for the
 * directories and 2 for the processes.
 *
 * Returns: the number of calls of @fn, or the nonzero number @fn returned
 *          (let it be negative), or -ENOMEM; no directory at all is 0.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_discover(unsigned int flags,
				      expvar_discover_fn *fn, void *userdata);

/* What a file's name must say; the rest is not even looked at. */
struct expvar_wanted {
	size_t struct_size;
	/*
	 * 0: any; else a process as the caller sees it. Its number in its own
	 * namespace will do, too, so that more may be found than is meant.
	 */
	pid_t pid;
	const char *app; /* NUL-terminated; NULL: any */
};

/**
 * expvar_discover_wanted() - find the segments of a process or an application
 * @wanted:   NULL: all
 * @flags:    must be 0
 * @fn:       called once for each, in no particular order
 * @userdata: handed to @fn
 *
 * Returns: as expvar_discover(), and -EINVAL for a @wanted of another size.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_discover_wanted(const struct expvar_wanted *wanted,
					     unsigned int flags,
					     expvar_discover_fn *fn,
					     void *userdata);

/**
 * expvar_discover_directory() - find all segments in one directory
 * @directory: path, NUL-terminated
 * @flags:     must be 0
 * @fn:        called once for each, in no particular order
 * @userdata:  handed to @fn
 *
 * Returns: as expvar_discover(), but -errno if the directory cannot be opened.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_discover_directory(const char *directory,
						unsigned int flags,
						expvar_discover_fn *fn,
						void *userdata);

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

/* ---- why a process publishes nothing ---- */

enum expvar_why_cause {
	EXPVAR_WHY_PUBLISHES = 0, /* it does: path */
	EXPVAR_WHY_NO_PROCESS = 1, /* there is none of that number */
	EXPVAR_WHY_ENDED = 2, /* a zombie */
	EXPVAR_WHY_DENIED = 3, /* this user may not look into it */
	EXPVAR_WHY_NO_LIBRARY = 4, /* it has no libexpvar loaded */
	EXPVAR_WHY_NOT_STARTED = 5, /* it created no variable yet */
	EXPVAR_WHY_STOPPED = 6, /* it called expvar_fini() */
	EXPVAR_WHY_DISABLED = 7, /* EXPVAR_DISABLE */
	EXPVAR_WHY_FORKED = 8, /* a child that has not republished */
	EXPVAR_WHY_NO_TMPFS = 9, /* no directory to publish in is on a tmpfs */
	EXPVAR_WHY_FAILED = 10, /* its segment could not be made: error */
	EXPVAR_WHY_LOST = 11, /* its segment was truncated by somebody */
	/* The library is loaded, and its state may not be read by this user. */
	EXPVAR_WHY_CLOSED = 12,
};

#define EXPVAR_WHY_PATH_MAX 4096

/* Texts are NUL-terminated, the process's words, and may be empty: unknown. */
struct expvar_why {
	size_t struct_size;
	enum expvar_why_cause cause;
	int error; /* of _DENIED and _FAILED: -errno */
	uid_t uid; /* of the process, as expvar_reader_process() has it */
	int is_elsewhere; /* 1: paths are those of another mount namespace */
	int is_environment_off; /* 1: it was started with EXPVAR_DISABLE */
	uint64_t device; /* of what it has mapped; 0: nothing */
	uint64_t inode;
	char path[EXPVAR_WHY_PATH_MAX]; /* of its segment */
	/* Where alone it may publish, or where first: EXPVAR_DIR. */
	char directory[EXPVAR_WHY_PATH_MAX];
	/* EXPVAR_DIR as it was when the program was started. */
	char environment_directory[EXPVAR_WHY_PATH_MAX];
};

/**
 * expvar_reader_why() - find out why a process publishes nothing
 * @pid: process, as the caller sees it
 * @why: struct_size set by the caller; the rest is filled
 *
 * Looks at what the process has mapped, at its environment, and at the state
 * of its publishing library, which needs the right to trace it. For people: it
 * takes milliseconds, and what a hostile process says of itself need not be
 * true. Not redirected by expvar_reader_set_access().
 *
 * Returns: 0 or -EINVAL.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_why(pid_t pid, struct expvar_why *why);

/* ---- programs that give up their rights ---- */

/*
 * A privileged program may open segments in one process and parse them in
 * another, which can do nothing else any more. There these functions, which
 * ask the first one, take the place of the system calls.
 */
struct expvar_access {
	size_t struct_size;
	/* As expvar_reader_open_file(). */
	int (*open)(const char *path, void *userdata);
	/* As expvar_discover_wanted(). */
	int (*discover)(const struct expvar_wanted *wanted,
			expvar_discover_fn *fn, void *fn_userdata,
			void *userdata);
	/* As expvar_reader_process(). */
	ssize_t (*process)(pid_t pid, const char *file, char *text, size_t size,
			   uid_t *ret_uid, void *userdata);
	void *userdata;
	/* As expvar_reader_find_process(). */
	pid_t (*find_process)(uint64_t pid_namespace, pid_t pid,
			      uint64_t start_ticks, void *userdata);
};

/**
 * expvar_reader_set_access() - let others open, search and look into /proc
 * @access: copied; a NULL function stands for the system calls
 *
 * Call it while the program still has its rights, as its boot and its pid
 * namespace are looked up here. What then remains are calls on descriptors and
 * memory: fstat, fstatfs, fcntl (F_OFD_GETLK, F_DUPFD_CLOEXEC), pread, lseek,
 * mmap, munmap, madvise, close, futex, clock_gettime, rt_sigaction,
 * rt_sigprocmask. expvar_discover_directory() is not redirected.
 *
 * Returns: 0 or -EINVAL.
 * Threads: only one may exist, and no reader.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_reader_set_access(const struct expvar_access *access);

/**
 * expvar_reader_open_file() - what expvar_reader_open() does first
 * @path: the file
 *
 * For the process that opens for another one: follows no link, does not block,
 * and looks at the kind of file, but at none of its bytes.
 *
 * Returns: a descriptor for expvar_reader_open_fd(), close-on-exec, or -errno,
 *          EXPVAR_E_FILE_TYPE, EXPVAR_E_SUSPECT, EXPVAR_E_LEASED.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_reader_open_file(const char *path);

/**
 * expvar_reader_process() - read a file of /proc/PID
 * @pid:     process
 * @file:    "stat", "status" ...: one name; of a directory, "fd", the text is
 *           how many entries it has
 * @text:    receives its beginning and a NUL
 * @size:    room in @text, at least 1
 * @ret_uid: receives the owner of the file: the process's effective user, or
 *           root if it is closed to others; (uid_t)-1 if unknown
 *
 * Returns: the length, or -ESRCH if there is no such process, or another
 *          -errno if it is there and cannot be read (hidepid).
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API ssize_t expvar_reader_process(pid_t pid, const char *file,
						char *text, size_t size,
						uid_t *ret_uid);

/**
 * expvar_reader_find_process() - who is that, of another pid namespace?
 * @pid_namespace: inode of the namespace
 * @pid:           as the process sees itself
 * @start_ticks:   field 22 of /proc/PID/stat
 *
 * Where the namespaces of processes may not be seen, number and start time
 * decide, if they are those of one process only. Looks through /proc, at most
 * five times a second.
 *
 * Returns: the process as the caller sees it, or 0.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API pid_t expvar_reader_find_process(uint64_t pid_namespace,
						   pid_t pid,
						   uint64_t start_ticks);

/**
 * expvar_reader_inner_pid() - what a process sees as its own number
 * @pid: process, as the caller sees it
 *
 * Returns: that number, or 0 if there is no such process.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API pid_t expvar_reader_inner_pid(pid_t pid);

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

/* ---- items ---- */

/*
 * A node is a number that names an item within its snapshot. Nodes of one
 * snapshot mean nothing in another.
 */
#define EXPVAR_NODE_ROOT UINT32_C(0) /* the document: a Map without a name */
#define EXPVAR_NODE_NONE UINT32_C(0xffffffff)

enum expvar_item_type {
	EXPVAR_ITEM_NULL = 0, /* null; also a type this library does not know */
	EXPVAR_ITEM_INT = 1, /* value.i */
	EXPVAR_ITEM_FLOAT = 2, /* value.f, NaN and infinities included */
	EXPVAR_ITEM_STRING = 3, /* text: any bytes */
	EXPVAR_ITEM_MAP = 4, /* children */
	EXPVAR_ITEM_FUNC = 5, /* text: one valid JSON value, without newlines */
	EXPVAR_ITEM_COUNTER = 6, /* value.u */
	EXPVAR_ITEM_HISTOGRAM = 7, /* expvar_snapshot_histogram() */
	EXPVAR_ITEM_RECORD = 8, /* fields: expvar_snapshot_field() */
};

/* The value is missing, because ...; these print as null: */
#define EXPVAR_ITEM_BUSY 0x01u /* ... it changed on every try */
#define EXPVAR_ITEM_CORRUPT 0x02u /* ... the segment contradicts itself */
#define EXPVAR_ITEM_UNKNOWN 0x04u /* ... its type is of a later version */
#define EXPVAR_ITEM_LIMIT 0x08u /* ... of a limit on memory, depth or number */
#define EXPVAR_ITEM_FAILED 0x10u /* ... the Func's last run failed */
#define EXPVAR_ITEM_NEVER 0x20u /* ... the Func never ran */
/* The value is there. */
#define EXPVAR_ITEM_CUT 0x40u /* the writer cut it to the maximum length */
#define EXPVAR_ITEM_LINK 0x80u /* a further name of another variable */

/* Those that make a document incomplete: */
#define EXPVAR_ITEM_INCOMPLETE                                                 \
	(EXPVAR_ITEM_BUSY | EXPVAR_ITEM_CORRUPT | EXPVAR_ITEM_UNKNOWN |        \
	 EXPVAR_ITEM_LIMIT)
/* Those that make an item print as null: */
#define EXPVAR_ITEM_MISSING                                                    \
	(EXPVAR_ITEM_INCOMPLETE | EXPVAR_ITEM_FAILED | EXPVAR_ITEM_NEVER)

struct expvar_item {
	size_t struct_size;
	uint32_t node;
	uint32_t type; /* enum expvar_item_type; of what a link stands for */
	uint32_t flags; /* EXPVAR_ITEM_BUSY ... */
	uint32_t children; /* number of entries of a Map */
	uint32_t fields; /* number of fields of a Record */
	const char *name; /* not NUL-terminated; any bytes */
	size_t name_len;
	union {
		int64_t i; /* INT */
		uint64_t u; /* COUNTER */
		double f; /* FLOAT */
	} value;
	const char *text; /* STRING, FUNC; not NUL-terminated */
	size_t text_len;
	uint64_t stamp_realtime_ns; /* FUNC: when it ran, 0 = unknown */
};

/**
 * expvar_snapshot_item() - look at an item
 * @snapshot: a snapshot
 * @node:     one of its nodes
 * @item:     struct_size set by the caller; the rest is filled
 *
 * Returns: 0 or -EINVAL. Pointers are valid as long as the snapshot.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_item(const struct expvar_snapshot *snapshot, uint32_t node,
		     struct expvar_item *item);

/**
 * expvar_snapshot_child() - an entry of a Map
 * @snapshot: a snapshot
 * @node:     a Map, or a link to one
 * @index:    from 0 to children - 1, in byte-wise order of the names
 *
 * Maps can be reached over several names, and over links even endlessly: who
 * descends keeps count, or uses expvar_walk_new().
 *
 * Returns: the entry's node, or EXPVAR_NODE_NONE.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t
expvar_snapshot_child(const struct expvar_snapshot *snapshot, uint32_t node,
		      uint32_t index);

/**
 * expvar_snapshot_parent() - the Map an item is an entry of
 * @snapshot: a snapshot
 * @node:     one of its nodes
 *
 * Returns: the Map's own node, never that of a link to it; EXPVAR_NODE_NONE
 *          for the root and for items without a name of their own.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t
expvar_snapshot_parent(const struct expvar_snapshot *snapshot, uint32_t node);

/**
 * expvar_snapshot_find() - an entry of a Map by its name
 * @snapshot: a snapshot
 * @node:     a Map, or a link to one; EXPVAR_NODE_ROOT for the top level
 * @name:     bytes
 * @name_len: their number
 *
 * Returns: the entry's node, or EXPVAR_NODE_NONE. Logarithmic.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t
expvar_snapshot_find(const struct expvar_snapshot *snapshot, uint32_t node,
		     const char *name, size_t name_len);

/* Kinds, as the publisher's expvar_describe() takes them. */
#define EXPVAR_META_KIND_NONE 0u /* not said */
#define EXPVAR_META_KIND_GAUGE 1u
#define EXPVAR_META_KIND_COUNTER 2u

struct expvar_item_meta {
	size_t struct_size;
	uint32_t kind; /* EXPVAR_META_KIND_... */
	const char *unit; /* none of these is NUL-terminated */
	size_t unit_len;
	const char *label;
	size_t label_len;
	const char *help;
	size_t help_len;
};

/**
 * expvar_snapshot_meta() - kind, unit, label and help of an item
 * @snapshot: a snapshot taken with EXPVAR_SNAPSHOT_META
 * @node:     one of its nodes
 * @meta:     struct_size set by the caller; the rest is filled
 *
 * Returns: 1; 0 if it was not described (then all is empty); -EINVAL.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_meta(const struct expvar_snapshot *snapshot, uint32_t node,
		     struct expvar_item_meta *meta);

enum expvar_field_value_type {
	EXPVAR_FIELD_VALUE_INT = 1, /* value.i */
	EXPVAR_FIELD_VALUE_UINT = 2, /* value.u */
	EXPVAR_FIELD_VALUE_FLOAT = 3, /* value.f */
	EXPVAR_FIELD_VALUE_BOOL = 4, /* value.u, 0 or 1 */
	EXPVAR_FIELD_VALUE_TEXT = 5, /* text: any bytes but NUL */
};

struct expvar_field_value {
	size_t struct_size;
	uint32_t type; /* enum expvar_field_value_type */
	uint32_t bits; /* of a number: 8, 16, 32, 64; else 0 */
	const char *name; /* not NUL-terminated */
	size_t name_len;
	union {
		int64_t i;
		uint64_t u;
		double f;
	} value;
	const char *text; /* not NUL-terminated */
	size_t text_len;
};

/**
 * expvar_snapshot_field() - a field of a Record
 * @snapshot: a snapshot
 * @node:     a Record, or a link to one, without a flag of EXPVAR_ITEM_MISSING
 * @index:    from 0 to fields - 1, in the order of the definition
 * @field:    struct_size set by the caller; the rest is filled
 *
 * Returns: 0 or -EINVAL (no such field).
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_field(const struct expvar_snapshot *snapshot, uint32_t node,
		      uint32_t index, struct expvar_field_value *field);

struct expvar_histogram_totals {
	size_t struct_size;
	uint64_t count;
	uint64_t sum_low; /* the sum has 128 bits */
	uint64_t sum_high;
	uint64_t min; /* 0 if count is 0 */
	uint64_t max;
	double mean; /* 0 if count is 0 */
};

/**
 * expvar_snapshot_histogram() - count, sum and extremes of a Histogram
 * @snapshot: a snapshot
 * @node:     a Histogram, or a link to one
 * @totals:   struct_size set by the caller; the rest is filled
 *
 * Returns: 0 or -EINVAL (another type, or its value is missing).
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_histogram(const struct expvar_snapshot *snapshot, uint32_t node,
			  struct expvar_histogram_totals *totals);

/**
 * expvar_snapshot_quantile() - a quantile of a Histogram
 * @snapshot: a snapshot
 * @node:     a Histogram, or a link to one
 * @quantile: 0 to 1, taken to nine decimals; held to that range, NaN as 0
 *
 * Returns: a value within 1/64 of the quantile, and within [min, max]; 0 if
 *          nothing was recorded or @node is no Histogram.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint64_t
expvar_snapshot_quantile(const struct expvar_snapshot *snapshot, uint32_t node,
			 double quantile);

struct expvar_bucket {
	size_t struct_size;
	uint32_t index; /* the bucket's number, 0 to 1919 */
	uint64_t low; /* smallest and ... */
	uint64_t high; /* ... largest value of the bucket */
	uint64_t count;
};

/**
 * expvar_snapshot_bucket() - walk through the buckets that are not empty
 * @snapshot: a snapshot
 * @node:     a Histogram, or a link to one
 * @from:     0, then the last bucket's index + 1
 * @bucket:   struct_size set by the caller; the rest is filled
 *
 * Returns: 1, 0 if there is no such bucket at or after @from, or -EINVAL.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_bucket(const struct expvar_snapshot *snapshot, uint32_t node,
		       uint32_t from, struct expvar_bucket *bucket);

/* ---- walking ---- */

/* Maps in maps that a walk enters; deeper ones are EXPVAR_ITEM_LIMIT. */
#define EXPVAR_WALK_DEPTH_MAX 64

enum expvar_walk_event {
	EXPVAR_WALK_END = 0, /* nothing more; the item is untouched */
	EXPVAR_WALK_ENTRY = 1, /* an item that is not a Map, or has no value */
	EXPVAR_WALK_ENTER = 2, /* a Map; its entries follow */
	EXPVAR_WALK_LEAVE = 3, /* the end of that Map; the item is the Map */
};

/**
 * expvar_walk_new() - begin a walk through all items in sorted order
 * @snapshot: a snapshot, which must live longer than the walk
 * @node:     the Map to walk through; EXPVAR_NODE_ROOT for everything
 * @ret_walk: receives the walk
 *
 * Links are followed. So that this ends, maps deeper than
 * EXPVAR_WALK_DEPTH_MAX come as an ENTRY with EXPVAR_ITEM_LIMIT, and the walk
 * ends early (see expvar_walk_incomplete()) after 4 times as many entries as
 * there are units, plus 65,536, or when the names and values that were shown
 * have the length of the segment, plus 2 MiB, those of strings and results
 * counted twice: links may show one long text often. Without links texts are
 * far less, as a segment has four versions of each.
 *
 * Returns: 0, -ENOMEM, or -EINVAL (@node is no Map).
 * Threads: one at a time for a walk.
 * Memory:  release with expvar_walk_free().
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_walk_new(const struct expvar_snapshot *snapshot,
				      uint32_t node,
				      struct expvar_walk **ret_walk);

/**
 * expvar_walk_next() - go on to the next item
 * @walk: a walk
 * @item: struct_size set by the caller; the rest is filled
 *
 * Returns: an enum expvar_walk_event, or -EINVAL.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_walk_next(struct expvar_walk *walk,
				       struct expvar_item *item);

/**
 * expvar_walk_skip() - leave out the entries of the Map just entered
 * @walk: a walk whose last event was EXPVAR_WALK_ENTER
 *
 * The next event is that Map's EXPVAR_WALK_LEAVE.
 *
 * Returns: nothing.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API void expvar_walk_skip(struct expvar_walk *walk);

/**
 * expvar_walk_depth() - number of maps around the item just returned
 * @walk: a walk
 *
 * Returns: 0 for an entry of the Map the walk began with (and for that entry's
 *          ENTER and LEAVE), at most EXPVAR_WALK_DEPTH_MAX.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API unsigned int expvar_walk_depth(const struct expvar_walk *walk);

/**
 * expvar_walk_incomplete() - whether anything was missing so far
 * @walk: a walk
 *
 * Returns: 1 if an item had a flag of EXPVAR_ITEM_INCOMPLETE or a limit was
 *          reached, else 0.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_walk_incomplete(const struct expvar_walk *walk);

/**
 * expvar_walk_free() - end a walk
 * @walk: may be NULL
 *
 * Returns: nothing.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API void expvar_walk_free(struct expvar_walk *walk);

/* ---- text ---- */

/**
 * expvar_reader_quote() - a JSON string, as Go's encoding/json escapes it
 * @out:   receives the text with its quotation marks; no NUL is added; may be
 *         NULL if @size is 0
 * @size:  room in @out; 6 * @len + 2 is always enough
 * @bytes: any bytes
 * @len:   their number
 *
 * Bytes that are no UTF-8 become U+FFFD.
 *
 * Returns: the full length, as snprintf(3): larger than @size means that @out
 *          holds nothing useful.
 * Threads: any.
 * Signals: safe.
 * Since:   0.1
 */
EXPVAR_READER_API size_t expvar_reader_quote(char *out, size_t size,
					     const char *bytes, size_t len);

/* Room for any text of the two functions below, 128-bit sums included. */
#define EXPVAR_READER_NUMBER_MAX 48

/**
 * expvar_reader_float() - a number as Go's expvar.Float prints it
 * @out:   room for EXPVAR_READER_NUMBER_MAX bytes; no NUL is added
 * @value: NaN and infinities give "null"
 *
 * Returns: the length.
 * Threads: any.
 * Signals: safe.
 * Since:   0.1
 */
EXPVAR_READER_API size_t expvar_reader_float(char *out, double value);

/**
 * expvar_reader_uint128() - decimal text of a 128-bit sum
 * @out:  room for EXPVAR_READER_NUMBER_MAX bytes; no NUL is added
 * @low:  lower 64 bits
 * @high: upper 64 bits
 *
 * Returns: the length.
 * Threads: any.
 * Signals: safe.
 * Since:   0.1
 */
EXPVAR_READER_API size_t expvar_reader_uint128(char *out, uint64_t low,
					       uint64_t high);

/* Takes all @len bytes and returns 0; else the number the caller gets back. */
typedef int expvar_write_fn(const char *bytes, size_t len, void *userdata);

/* The document as one line, `{"a": 1, "b": 2}`, instead of Go's lines. */
#define EXPVAR_JSON_ONE_LINE 0x1u
/* Indented by two blanks a level, one entry a line. */
#define EXPVAR_JSON_PRETTY 0x2u
/* No newline behind the last brace. */
#define EXPVAR_JSON_NO_EOL 0x4u

/* A further member of the top level, such as memstats. */
struct expvar_json_member {
	const char *name;
	size_t name_len;
	const char *json; /* one JSON value, printed as it is */
	size_t json_len;
};

enum expvar_json_verdict {
	EXPVAR_JSON_DROP = 0, /* leave the item out, with all below it */
	EXPVAR_JSON_KEEP = 1, /* print it, with all below it */
	EXPVAR_JSON_ASK = 2, /* a Map: ask for each entry; print if any is kept */
};

/* @depth: as expvar_walk_depth(). Called in the order of the document. */
typedef enum expvar_json_verdict
expvar_json_filter_fn(const struct expvar_item *item, unsigned int depth,
		      void *userdata);

struct expvar_json_options {
	size_t struct_size;
	unsigned int flags; /* EXPVAR_JSON_ONE_LINE ... */
	/* An item of the same name at the top level wins over a member. */
	const struct expvar_json_member *members; /* in any order */
	size_t member_count; /* at most 64 */
	expvar_json_filter_fn *filter; /* NULL: all; not asked for members */
	void *filter_userdata;
};

/**
 * expvar_snapshot_json() - print the document
 * @snapshot: a snapshot
 * @options:  NULL for Go's format and nothing else
 * @fn:       receives the text, in pieces of up to 64 KiB
 * @userdata: handed to @fn
 *
 * The text is one valid JSON object, to the byte what Go's expvar handler
 * prints for the same variables; values that are missing are null. Records
 * and Histograms are `{"field":1,...}`, `{"count":1,"sum":...,"p9999":...}`.
 *
 * Returns: 0; 1 if the text is whole but a value is missing from it (status 3
 *          of expvar-dump); -ENOMEM, -EINVAL; what @fn returned if not 0.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_json(const struct expvar_snapshot *snapshot,
		     const struct expvar_json_options *options,
		     expvar_write_fn *fn, void *userdata);

/**
 * expvar_snapshot_json_item() - the JSON text of one value
 * @snapshot: a snapshot
 * @node:     one of its nodes, also EXPVAR_NODE_ROOT; maps print on one line
 * @fn:       receives the text
 * @userdata: handed to @fn
 *
 * Returns: as expvar_snapshot_json().
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_json_item(const struct expvar_snapshot *snapshot, uint32_t node,
			  expvar_write_fn *fn, void *userdata);

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

#endif
