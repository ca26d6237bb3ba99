/* SPDX-License-Identifier: MIT */
/*
 * file.h - the file behind a segment: make, lock, name, rename, remove
 *
 * A file is made without a name, filled by the caller, and only then linked:
 * no reader ever sees half of it. No descriptor stays open; the lock that says
 * "alive" belongs to the mapping's open file and lives as long as that. Only a
 * file whose device and inode are ours is ever removed or renamed.
 */
#ifndef EXPVAR_FILE_H
#define EXPVAR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct file {
	int fd; /* -1 once published */
	int directory; /* descriptor, -1 once published */
	dev_t device;
	ino_t inode;
	int kept; /* of a sealed one: what readers find it by, or -1 */
	bool named; /* under a temporary name, where O_TMPFILE is missing */
	char temporary[40];
	char path[4096]; /* of the directory, then of the file */
};

/** What decides about a file; see struct expvar_options. */
struct file_request {
	const char *directory; /* only this one, or NULL for the usual ones */
	const char *environment; /* EXPVAR_DIR or NULL: the first of the usual */
	bool any_filesystem;
	bool sealed; /* no file, but memory that nobody can truncate */
	mode_t mode;
	bool mode_given;
	gid_t group;
	bool group_given;
};

/**
 * expvar_file_create() - an empty file without a name, of @size bytes
 * @ret_size: what RLIMIT_FSIZE left of @size
 * Returns: 0, -errno, or EXPVAR_E_FILESYSTEM.
 */
int expvar_file_create(struct file *file, const struct file_request *request,
		       size_t size, size_t *ret_size);

/** Locks, sets mode and group, links. Closes all descriptors on success. */
int expvar_file_publish(struct file *file, const struct file_request *request,
			const char *app, uint32_t pid, uint64_t incarnation);

/** Gives up before publishing. */
void expvar_file_abandon(struct file *file);

/** After publishing: a new application name, or new mode and group. */
int expvar_file_rename(struct file *file, const char *app, uint32_t pid,
		       uint64_t incarnation);
int expvar_file_permit(struct file *file, const struct file_request *request);

/**
 * Opens the directory of a published file, to be searched. @ret_prefix is what
 * names of the application's segments begin with. A descriptor or -errno.
 */
int expvar_file_open_directory(const struct file *file, char *ret_prefix,
			       size_t size);

/** In a forked child: the parent's descriptor is closed, the file is not ours. */
void expvar_file_forget(struct file *file);

/** Removes the name, if it is still ours. */
void expvar_file_remove(struct file *file);

/* ---- sealed.c: for file.c ---- */

/** Memory that can be sealed: a descriptor or -errno. */
int expvar_sealed_open(void);
/** Seals it and keeps a descriptor; sets the path. */
int expvar_sealed_publish(struct file *file, uint32_t pid);
/** The descriptor, or -ENOENT if the host made it another file's. */
int expvar_sealed_descriptor(const struct file *file);
void expvar_sealed_close(struct file *file);

#endif
