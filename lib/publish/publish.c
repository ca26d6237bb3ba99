/* SPDX-License-Identifier: MIT */
/*
 * publish.c - the segment's file and header: make, name, make again
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "identity.h"
#include "leavings.h"
#include "process.h"
#include "util.h"
#include "version.h"

#define RESERVE_LEAST ((size_t)256 << 10)
#define PUBLISH_TRIES 8
#define CMDLINE_MOST 32768u
/* The object in the header: most processes have few arguments and no HEAP. */
#define ROOM_LINE (offsetof(struct layout_header, room) / LAYOUT_LINE)

static void fill_request(struct settings *settings)
{
	settings->request.directory =
		settings->directory[0] ? settings->directory : NULL;
	settings->request.environment = settings->environment_directory;
	settings->request.any_filesystem =
		settings->flags & EXPVAR_ANY_FILESYSTEM;
	settings->request.sealed = settings->flags & EXPVAR_SEALED;
}

/* [A1] the copy that is not selected is written, then selected. */
static void write_app(struct layout_header *header, const char *app)
{
	uint64_t select = expvar_word64_load_relaxed(&header->app_select) + 1;
	char *copy = header->app[select & 1];

	memset(copy, 0, LAYOUT_APP_SIZE);
	memcpy(copy, app, strnlen(app, LAYOUT_APP_SIZE - 1));
	/*
	 * [A1] release, pairs with the reader's load of app_select: the copy it
	 * names is written. The fence keeps the next change of the other copy
	 * behind the selection.
	 */
	expvar_word64_store_release(&header->app_select, select);
	expvar_fence_release();
}

static void write_identity(struct process *p)
{
	struct layout_header *header = p->segment.header;

	expvar_identity_fill(header);
	memcpy(header->instance, p->settings.instance,
	       sizeof(header->instance));
	write_app(header, p->settings.app);
	expvar_word64_store_relaxed(&header->state, LAYOUT_STATE_LIVE);
	expvar_segment_note_activity(&p->segment);
}

/*
 * Overwrites arguments that are no longer to be published: they may be secret.
 */
static void wipe_cmdline(struct process *p)
{
	struct layout_version *version;
	uint64_t generation;
	size_t i;

	/*
	 * relaxed: nothing depends on when readers see that the reference is
	 * gone
	 */
	expvar_word64_store_relaxed(&p->segment.header->cmdline, 0);
	if (!p->cmdline_line)
		return;
	version = expvar_segment_version(&p->segment, p->cmdline_line);
	generation = expvar_version_begin(version);
	for (i = 0; i < p->cmdline_len; i += 8)
		expvar_word64_store_relaxed(&version->payload[i / 8], 0);
	expvar_version_end(version, generation, 0, 0);
	if (p->cmdline_line != ROOM_LINE)
		expvar_heap_free(&p->heap, p->cmdline_line, p->cmdline_len);
	p->cmdline_line = 0;
}

/* Left out, or cut to the first word, as the flags say. */
static void write_cmdline(struct process *p)
{
	struct heap_part part = { NULL, 0 };
	uint64_t ref;
	/* for a moment only: not worth a place in the arena */
	char *text = mmap(NULL, CMDLINE_MOST, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (text == MAP_FAILED)
		return;
	part.bytes = text;
	/* Cut behind the last argument that fits. */
	part.len = expvar_identity_cmdline(
		text, CMDLINE_MOST, p->settings.flags & EXPVAR_CMDLINE_NAME);
	if (part.len)
		p->cmdline_line = part.len <= LAYOUT_ROOM_MAX ?
					  (uint32_t)ROOM_LINE :
					  expvar_heap_alloc(&p->heap, part.len);
	if (p->cmdline_line) {
		p->cmdline_len = (uint32_t)part.len;
		ref = expvar_heap_write(&p->heap, p->cmdline_line, &part, 1);
		/* relaxed: as metadata, by the fence of expvar_heap_write() */
		expvar_word64_store_relaxed(&p->segment.header->cmdline, ref);
	}
	munmap(text, CMDLINE_MOST);
}

static void publish_cmdline(struct process *p)
{
	unsigned int less = EXPVAR_NO_CMDLINE | EXPVAR_CMDLINE_NAME;

	if (p->cmdline_line && !(p->settings.flags & less))
		return; /* it is there, whole */
	wipe_cmdline(p);
	if (!(p->settings.flags & EXPVAR_NO_CMDLINE))
		write_cmdline(p);
}

/* Reserves, formats and fills; a file has no name yet. */
static int make(struct process *p, int fd, size_t size)
{
	struct region region;
	int error = expvar_region_reserve(&region, fd, size, RESERVE_LEAST);

	if (error)
		return error;
	region.locked = p->locks_memory;
	if (p->settings.flags & EXPVAR_HUGE_PAGES)
		(void)madvise(region.base, region.reserved, MADV_HUGEPAGE);
	if (fd >= 0 && region.reserved != size &&
	    ftruncate(fd, (off_t)region.reserved))
		error = -errno;
	if (!error)
		error = expvar_segment_format(&p->segment, &region);
	if (error) {
		munmap(region.base, region.reserved);
		return error;
	}
	write_identity(p);
	return 0;
}

static int make_file(struct process *p)
{
	size_t size = util_align(p->settings.max_bytes, LAYOUT_BLOCK);
	int error;

	error = expvar_file_create(&p->file, &p->settings.request, size, &size);
	if (error)
		return error;
	error = make(p, p->file.fd, size);
	if (error)
		expvar_file_abandon(&p->file);
	return error;
}

int expvar_publish_make(struct process *p)
{
	fill_request(&p->settings);
	p->status = p->settings.disabled ? EXPVAR_E_DISABLED : make_file(p);
	if (!p->status)
		return 0;
	/* The same segment in private memory: nobody above needs to know. */
	return make(p, -1, util_align(p->settings.max_bytes, LAYOUT_BLOCK));
}

static void keep_path(struct process *p)
{
	size_t size = strlen(p->file.path) + 1;
	uint32_t number;

	if (p->path && !strcmp(p->path, p->file.path))
		return;
	number = expvar_arena_alloc(&p->arena, size, 8);
	if (!number)
		return;
	memcpy(expvar_arena_pointer(&p->arena, number), p->file.path, size);
	p->path = expvar_arena_pointer(&p->arena, number);
}

static void remove_leavings(const struct process *p)
{
	if (!p->settings.request.sealed)
		expvar_leavings_remove(&p->file, p->segment.header,
				       p->settings.keep);
}

static int name_file(struct process *p)
{
	struct layout_header *header = p->segment.header;
	int tries, error = -EEXIST;

	for (tries = 0; tries < PUBLISH_TRIES && error == -EEXIST; tries++) {
		if (tries) /* somebody took the name: another one */
			expvar_identity_random(&header->incarnation,
					       sizeof(header->incarnation));
		error = expvar_file_publish(&p->file, &p->settings.request,
					    p->settings.app, header->pid,
					    header->incarnation);
	}
	if (error) {
		expvar_file_abandon(&p->file);
		return error;
	}
	keep_path(p);
	remove_leavings(p);
	return 0;
}

void expvar_publish_name(struct process *p)
{
	publish_cmdline(p);
	/* What has no name after all goes on as private memory. */
	if (!p->status)
		p->status = name_file(p);
}

void expvar_publish_settings(struct process *p)
{
	struct layout_header *header = p->segment.header;

	fill_request(&p->settings);
	write_app(header, p->settings.app);
	publish_cmdline(p);
	if (p->status)
		return;
	if (!expvar_file_rename(&p->file, p->settings.app, header->pid,
				header->incarnation))
		keep_path(p);
	remove_leavings(p); /* of the name that it has now */
	(void)expvar_file_permit(&p->file, &p->settings.request);
}

/* ---- a forked child's own segment ---- */

/* The present content, through a second mapping of the new file. */
static int copy_into(struct process *p, int fd)
{
	size_t committed = p->segment.region.committed;
	struct region region;
	uint64_t parent = p->segment.header->incarnation;
	int error = expvar_region_reserve(&region, fd,
					  p->segment.region.reserved,
					  p->segment.region.reserved);
	void *moved;

	if (error)
		return error;
	region.locked = p->locks_memory;
	error = expvar_region_commit(&region, committed);
	if (!error) {
		memcpy(region.base, p->segment.region.base, committed);
		/* in place of the private copy: every pointer stays good */
		moved = mremap(region.base, region.reserved, region.reserved,
			       MREMAP_MAYMOVE | MREMAP_FIXED,
			       p->segment.region.base);
		error = moved == MAP_FAILED ? -errno : 0;
	}
	if (error) {
		munmap(region.base, region.reserved);
		return error;
	}
	p->segment.region.shared = true;
	write_identity(p);
	p->segment.header->parent_incarnation = parent;
	return 0;
}

int expvar_publish_again(struct process *p)
{
	size_t size = p->segment.region.reserved;
	int error;

	if (p->settings.disabled)
		return EXPVAR_E_DISABLED;
	error = expvar_file_create(&p->file, &p->settings.request, size, &size);
	if (error)
		return error;
	error = size < p->segment.region.reserved ? -EFBIG :
						    copy_into(p, p->file.fd);
	if (error) {
		expvar_file_abandon(&p->file);
		return error;
	}
	return name_file(p);
}
