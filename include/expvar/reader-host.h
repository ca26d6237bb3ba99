/* SPDX-License-Identifier: MIT */
/*
 * expvar/reader-host.h - all segments of a host, and who may read them
 *
 * A part of expvar/reader.h, which includes it: include that. Finding segments,
 * why a process has none, and reading by way of a process with more rights.
 * The rules at the head of reader.h hold.
 */
#ifndef EXPVAR_READER_HOST_H
#define EXPVAR_READER_HOST_H

#include "expvar/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- finding ---- */

/* One file that is called like a segment. Valid during the callback only. */
struct expvar_found {
	size_t struct_size; /* set by the library */
	/*
	 * 0: the file is open. It is a regular one with one name, and nothing
	 * in it was looked at; if it was found by a process that has it mapped,
	 * its header was.
	 * Otherwise why it is not open: -EACCES, EXPVAR_E_FILE_TYPE ... Two
	 * errors stand for several files, and app is empty:
	 * - EXPVAR_E_LIMIT, for all further files of the user uid, or, if that
	 *   is (uid_t)-1, of the directory path;
	 * - -EACCES with a directory as path, which may not be searched. If the
	 *   path is /proc there are processes that seem to publish (they lock a
	 *   file as writers do), and that this user may not look into.
	 */
	int error;
	int fd; /* readable, closed after the callback; -1 on error */
	const char *path; /* NUL-terminated; the directory with _LIMIT */
	/*
	 * From the file's name, or from the header if it was found by a process
	 * that has it mapped. Either is no more than a claim of the owner's.
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
 * In a file's name each byte of the application's that is no letter, digit or
 * one of . _ - + is replaced by _, so that two applications may have files of
 * the same name: a match is no proof.
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

/* What a file's name must say; other files are not opened. */
struct expvar_wanted {
	size_t struct_size;
	/*
	 * 0: any; else a process as the caller sees it. Files are called by the
	 * number that a process has in its own pid namespace; so what is found
	 * may also be of another process, which has this number in there.
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
	/*
	 * Where it may publish: only in the directory given to expvar_init(),
	 * or first in EXPVAR_DIR; "" if it has neither.
	 */
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
 * expvar_reader_find_process() - find a process of another pid namespace
 * @pid_namespace: inode of the namespace
 * @pid:           as the process sees itself
 * @start_ticks:   field 22 of /proc/PID/stat
 *
 * Where the caller may not see the namespaces of processes, it is the process
 * with that number and start time, if there is only one. Looks through /proc,
 * at most five times a second.
 *
 * Returns: the process's number in the caller's namespace, or 0 if it was not
 *          found.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API pid_t expvar_reader_find_process(uint64_t pid_namespace,
						   pid_t pid,
						   uint64_t start_ticks);

/**
 * expvar_reader_inner_pid() - the number a process has in its own pid namespace
 * @pid: its number in the caller's
 *
 * Returns: that number, or 0 if there is no such process.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API pid_t expvar_reader_inner_pid(pid_t pid);

#ifdef __cplusplus
}
#endif

#endif
