/* SPDX-License-Identifier: MIT */
/*
 * capture.c - an image as a file, and what the reader makes of it
 */
#include "capture.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[256];
static pid_t owner;

/* Check's children leave with exit() as well: only the maker cleans up. */
static void clean_up(void)
{
	struct dirent *entry;
	DIR *dir;

	if (getpid() != owner)
		return;
	dir = opendir(directory);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name,
				 entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	if (dir)
		closedir(dir);
	rmdir(directory);
}

const char *capture_directory(void)
{
	const char *base = getenv("EXPVAR_DIR");

	if (!owner || owner != getpid()) {
		owner = getpid();
		snprintf(directory, sizeof(directory), "%s/capture-XXXXXX",
			 base ? base : "/dev/shm");
		ck_assert_ptr_nonnull(mkdtemp(directory));
		atexit(clean_up);
	}
	return directory;
}

const char *capture_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", capture_directory(), name);
	return path;
}

int capture_write(const char *bytes, size_t len, void *userdata)
{
	struct capture *c = userdata;

	c->text = realloc(c->text, c->len + len + 1);
	ck_assert_ptr_nonnull(c->text);
	memcpy(c->text + c->len, bytes, len);
	c->len += len;
	c->text[c->len] = '\0';
	return 0;
}

struct capture capture_file(const char *path,
			    const struct expvar_json_options *options)
{
	struct capture c = { .totals = { .struct_size = sizeof(c.totals) } };
	struct expvar_reader *reader;
	struct expvar_snapshot *snapshot = NULL;

	c.error = expvar_reader_open(path, 0, &reader);
	if (c.error)
		return c;
	c.error = expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META,
					 &snapshot);
	expvar_reader_close(reader);
	if (c.error)
		return c;
	c.result = expvar_snapshot_json(snapshot, options, capture_write, &c);
	expvar_snapshot_stats(snapshot, &c.totals);
	expvar_snapshot_free(snapshot);
	return c;
}

struct capture capture_image(const struct mkseg *m)
{
	const char *path = capture_path("image");
	struct capture c;

	ck_assert_int_eq(mkseg_write(m, path), 0);
	c = capture_file(path, NULL);
	unlink(path);
	return c;
}

struct expvar_snapshot *capture_snapshot(const struct mkseg *m,
					 unsigned int flags)
{
	const char *path = capture_path("snapshot");
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;

	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
	ck_assert_int_eq(expvar_reader_snapshot(reader, flags, &snapshot), 0);
	expvar_reader_close(reader);
	unlink(path);
	return snapshot;
}

void capture_expect(const struct mkseg *m, const char *text, int result)
{
	struct capture c = capture_image(m);

	ck_assert_int_eq(c.error, 0);
	ck_assert_str_eq(c.text, text);
	ck_assert_int_eq(c.result, result);
	free(c.text);
}
