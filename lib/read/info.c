/* SPDX-License-Identifier: MIT */
/*
 * info.c - identity, state and accounts of a segment
 *
 * The words are copied in one go under the guard, then turned into the public
 * struct; each stands alone.
 */
#include <errno.h>
#include <string.h>

#include "guard.h"
#include "reader.h"

#define APP_TRIES 8
#define ACCOUNTS 14

struct state_copy {
	const struct read_map *map;
	uint64_t committed, state, changes;
	uint64_t activity_realtime_ns, activity_boottime_ns;
	uint64_t refresh_realtime_ns, refresh_boottime_ns, refresh_duration_ns;
	uint32_t bell_kind, refresh_started, refresh_done;
	uint64_t accounts[ACCOUNTS];
	unsigned char app[LAYOUT_APP_SIZE];
};

_Static_assert(offsetof(struct layout_accounts, reserved) == ACCOUNTS * 8,
	       "all accounts");

static void copy_app(struct state_copy *copy, const struct layout_header *h)
{
	unsigned int tries = 0;
	uint64_t select;

	do {
		/*
		 * [A1] acquire, pairs with the release that selected this copy:
		 * its bytes are whole.
		 */
		select = read_acquire64(&h->app_select);
		read_words(copy->app,
			   (const struct expvar_word64 *)(const void *)
				   h->app[select & 1],
			   LAYOUT_APP_SIZE / 8);
		/*
		 * [A1] fence, pairs with the release fence before the copy that
		 * is not selected is written: had we seen such a byte, we would
		 * see the selection that came before it.
		 */
		expvar_fence_acquire();
	} while (read_relaxed64(&h->app_select) != select &&
		 ++tries < APP_TRIES);
}

static int copy_state(void *userdata)
{
	struct state_copy *copy = userdata;
	const struct layout_header *h = read_header(copy->map);

	/* relaxed: for information, each word by itself. */
	copy->committed = read_relaxed64(&h->committed);
	copy->state = read_relaxed64(&h->state);
	copy->changes = read_relaxed64(&h->changes);
	copy->activity_realtime_ns = read_relaxed64(&h->activity_realtime_ns);
	copy->activity_boottime_ns = read_relaxed64(&h->activity_boottime_ns);
	copy->refresh_realtime_ns = read_relaxed64(&h->refresh_realtime_ns);
	copy->refresh_boottime_ns = read_relaxed64(&h->refresh_boottime_ns);
	copy->refresh_duration_ns = read_relaxed64(&h->refresh_duration_ns);
	copy->bell_kind = read_relaxed32(&h->bell_kind);
	copy->refresh_started = read_relaxed32(&h->refresh_started);
	copy->refresh_done = read_relaxed32(&h->refresh_done);
	read_words(copy->accounts, &h->accounts.variables, ACCOUNTS);
	copy_app(copy, h);
	return 0;
}

static void fill_file(const struct expvar_reader *reader,
		      struct expvar_segment_info *info)
{
	struct stat now;

	/* The owner of the inode, not what its content says. */
	if (expvar_read_stat(reader->fd, &now))
		now = reader->stat;
	info->path = reader->path;
	info->device = now.st_dev;
	info->inode = now.st_ino;
	info->uid = now.st_uid;
	info->gid = now.st_gid;
	info->size_bytes = (uint64_t)now.st_size;
	info->allocated_bytes = (uint64_t)now.st_blocks * 512;
}

static const char *text_of(char *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	to[size] = '\0';
	return to;
}

static void fill_identity(struct expvar_reader *reader,
			  const struct state_copy *copy,
			  struct expvar_segment_info *info)
{
	const struct layout_header *h = &reader->header;

	info->app = text_of(reader->app, copy->app, LAYOUT_APP_SIZE);
	info->instance =
		text_of(reader->instance, h->instance, sizeof(h->instance));
	info->library_version = text_of(reader->library_version,
					h->library_version,
					sizeof(h->library_version));
	info->incarnation = h->incarnation;
	info->parent_incarnation = h->parent_incarnation;
	info->pid = h->pid;
	info->pid_namespace = h->pidns_inode;
	info->start_ticks = h->start_ticks;
	memcpy(info->boot_id, h->boot_id, sizeof(info->boot_id));
	info->started_realtime_ns = h->started_realtime_ns;
	info->started_boottime_ns = h->started_boottime_ns;
	info->format_major = h->major;
	info->format_minor = h->minor;
	info->features_compatible = h->features_compatible;
}

static void fill_state(const struct state_copy *copy,
		       struct expvar_segment_info *info)
{
	info->closed = copy->state == LAYOUT_STATE_CLOSED;
	info->committed_bytes = copy->committed;
	info->changes = copy->changes;
	info->activity_realtime_ns = copy->activity_realtime_ns;
	info->activity_boottime_ns = copy->activity_boottime_ns;
	info->bell = EXPVAR_BELL_NONE;
	if (copy->bell_kind == LAYOUT_BELL_FUTEX)
		info->bell = EXPVAR_BELL_FUTEX;
	else if (copy->bell_kind == LAYOUT_BELL_ACCESS)
		info->bell = EXPVAR_BELL_ACCESS;
	info->refresh_started = copy->refresh_started;
	info->refresh_done = copy->refresh_done;
	info->refresh_realtime_ns = copy->refresh_realtime_ns;
	info->refresh_boottime_ns = copy->refresh_boottime_ns;
	info->refresh_duration_ns = copy->refresh_duration_ns;
}

/* Same words in the same order in both; the assertions keep it so. */
_Static_assert(offsetof(struct expvar_segment_info, limited_keys) -
			       offsetof(struct expvar_segment_info,
					variables) ==
		       (ACCOUNTS - 1) * 8,
	       "accounts in the public struct");

static void fill_accounts(const struct state_copy *copy,
			  struct expvar_segment_info *info)
{
	const uint64_t *a = copy->accounts;

	info->variables = a[0];
	info->variables_peak = a[1];
	info->units_quarantined = a[2];
	info->heap_bytes = a[3];
	info->chunk_bytes = a[4];
	info->private_bytes = a[5];
	info->threads_peak = a[6];
	info->lost_variables = a[7];
	info->lost_sets = a[8];
	info->lost_results = a[9];
	info->truncated_values = a[10];
	info->shared_cells = a[11];
	info->grow_failures = a[12];
	info->limited_keys = a[13];
}

int expvar_read_info(struct expvar_reader *reader,
		     struct expvar_segment_info *info)
{
	struct state_copy copy = { .map = &reader->map };
	int error;

	error = expvar_read_guarded(&reader->map, copy_state, &copy);
	if (error)
		return error;
	fill_file(reader, info);
	fill_identity(reader, &copy, info);
	fill_state(&copy, info);
	fill_accounts(&copy, info);
	expvar_read_liveness(reader, copy.state, info);
	return 0;
}

int expvar_reader_info(struct expvar_reader *reader,
		       struct expvar_segment_info *info)
{
	/* All fields that exist are of version 0.1. */
	if (info->struct_size < sizeof(*info))
		return -EINVAL;
	return expvar_read_info(reader, info);
}
