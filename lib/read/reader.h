/* SPDX-License-Identifier: MIT */
/*
 * reader.h - an open segment, inside the reading library
 *
 * open.c makes it, info.c, refresh.c and snapshot.c use it. Knows nothing of
 * units and values.
 */
#ifndef EXPVAR_READ_READER_H
#define EXPVAR_READ_READER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "expvar/reader.h"
#include "load.h"

struct expvar_reader {
	int fd;
	char *path;
	struct stat stat; /* when it was opened */
	/* Private copy; its words are as old as the reader. */
	struct layout_header header;
	/*
	 * At least the header; up to `committed` once a snapshot was taken. Of a
	 * file with holes a private copy.
	 */
	struct read_map map;

	/* refresh.c */
	bool asked;
	bool heard; /* somebody was woken by the last ring */
	uint32_t ticket; /* refresh_started when asked */

	/* info.c: texts that were handed out */
	char app[LAYOUT_APP_SIZE + 1];
	char instance[64 + 1];
	char library_version[16 + 1];
	char evidence[192];
};

/* open.c: @fd becomes the reader's, also on failure. @hidden: no name is fine. */
int expvar_read_adopt(int fd, const char *path, bool tmpfs, bool hidden,
		      struct expvar_reader **ret_reader);
/* Opens @name below @directory without following links or waiting. */
int expvar_read_open_at(int directory, const char *name, bool across_mounts,
			int *ret_fd);
/* fstat(2) itself, whatever libc makes of it. 0 or -errno. */
int expvar_read_stat(int fd, struct stat *ret_stat);
/* What kind of file, how many names: the same for all ways to open. */
int expvar_read_check_file(const struct stat *stat, bool hidden);
/* The constant header against itself and the file's length. */
int expvar_read_check_header(const struct layout_header *header,
			     uint64_t file_size);
/* A private copy of the header, checked; nothing is mapped. 0 or an error. */
int expvar_read_copy_header(int fd, struct layout_header *ret_header);
/* What fstat(2) says of a file that was found. */
void expvar_read_fill_found(struct expvar_found *found,
			    const struct stat *stat);
/* Is @committed possible for this header? */
bool expvar_read_check_committed(const struct layout_header *header,
				 uint64_t committed);
/* Maps the first @committed bytes; a file with holes is copied instead. */
int expvar_read_map_more(struct expvar_reader *reader, uint64_t committed);

/*
 * liveness.c: @state as just loaded. Fills liveness, evidence, removable,
 * pid_is_ours and host_pid.
 */
void expvar_read_liveness(struct expvar_reader *reader, uint64_t state,
			  struct expvar_segment_info *info);
/* 1 a write lock is held, 0 it is free, -errno it cannot be told. */
int expvar_read_lock_held(int fd);

/* info.c: fills all of version 0.1. */
int expvar_read_info(struct expvar_reader *reader,
		     struct expvar_segment_info *info);

#endif
