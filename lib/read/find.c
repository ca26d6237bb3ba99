/* SPDX-License-Identifier: MIT */
/*
 * find.c - the segment of a process or an application
 *
 * Looks at every file of that name and keeps the best: alive before unknown
 * before dead. The lock and the header decide, the file's name only saves
 * opening the others.
 */
#include <errno.h>
#include <string.h>

#include "reader.h"

enum rank {
	RANK_NONE,
	RANK_DEAD,
	RANK_UNKNOWN,
	RANK_ALIVE,
};

struct find {
	uint64_t pid; /* 0: by name */
	unsigned int flags;
	struct expvar_reader *best;
	uint64_t started; /* of best */
	enum rank rank; /* of best */
	unsigned int count; /* with that rank */
	int error; /* of one that matched and could not be opened */
};

/* A number of another namespace is another's, unless the namespace is unknown. */
static bool has_pid(const struct expvar_segment_info *info, uint64_t pid)
{
	if (info->host_pid)
		return info->host_pid == pid;
	return info->pid == pid && (info->pid_is_ours || !info->pid_namespace);
}

static enum rank rank_of(const struct find *find,
			 const struct expvar_segment_info *info)
{
	if (find->pid && !has_pid(info, find->pid))
		return RANK_NONE;
	switch (info->liveness) {
	case EXPVAR_LIVENESS_ALIVE:
		return RANK_ALIVE;
	case EXPVAR_LIVENESS_UNKNOWN:
		return RANK_UNKNOWN;
	case EXPVAR_LIVENESS_DEAD:
	default:
		return find->flags & EXPVAR_OPEN_DEAD ? RANK_DEAD : RANK_NONE;
	}
}

/* Takes the reader over. */
static void consider(struct find *find, struct expvar_reader *reader,
		     enum rank rank, uint64_t started)
{
	if (rank == RANK_NONE || rank < find->rank) {
		expvar_reader_close(reader);
		return;
	}
	find->count = rank > find->rank ? 1 : find->count + 1;
	if (rank == find->rank && started <= find->started) {
		expvar_reader_close(reader);
		return;
	}
	expvar_reader_close(find->best);
	find->best = reader;
	find->rank = rank;
	find->started = started;
}

static int on_found(const struct expvar_found *found, void *userdata)
{
	struct find *find = userdata;
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_reader *reader;
	int error = found->error;

	if (!found->app_len)
		return 0; /* a limit */
	if (!error)
		error = expvar_reader_open_fd(found->fd, found->path,
					      EXPVAR_OPEN_TMPFS, &reader);
	if (error) {
		find->error = error;
		return 0;
	}
	error = expvar_read_info(reader, &info);
	if (error) {
		find->error = error;
		expvar_reader_close(reader);
		return 0;
	}
	consider(find, reader, rank_of(find, &info), info.started_realtime_ns);
	return 0;
}

static int finish(struct find *find, int result,
		  struct expvar_reader **ret_reader)
{
	if (result < 0 || !find->best) {
		expvar_reader_close(find->best);
		if (result < 0)
			return result;
		return find->error ? find->error : EXPVAR_E_GONE;
	}
	if (find->count > 1 && find->rank != RANK_DEAD &&
	    !(find->flags & EXPVAR_OPEN_NEWEST)) {
		expvar_reader_close(find->best);
		return EXPVAR_E_AMBIGUOUS;
	}
	*ret_reader = find->best;
	return 0;
}

static bool flags_known(unsigned int flags)
{
	return !(flags & ~(EXPVAR_OPEN_DEAD | EXPVAR_OPEN_NEWEST |
			   EXPVAR_OPEN_TMPFS));
}

int expvar_reader_open_pid(pid_t pid, unsigned int flags,
			   struct expvar_reader **ret_reader)
{
	struct expvar_wanted wanted = { .struct_size = sizeof(wanted),
					.pid = pid };
	struct find find = { .flags = flags, .pid = (uint64_t)pid };
	char text[16];
	uid_t uid;
	int result;

	if (pid <= 0 || !flags_known(flags))
		return -EINVAL;
	result = finish(&find,
			expvar_discover_wanted(&wanted, 0, on_found, &find),
			ret_reader);
	if (result == EXPVAR_E_GONE &&
	    expvar_reader_process(pid, "stat", text, sizeof(text), &uid) !=
		    -ESRCH)
		return EXPVAR_E_NOT_READY;
	return result;
}

int expvar_reader_open_app(const char *app, unsigned int flags,
			   struct expvar_reader **ret_reader)
{
	struct expvar_wanted wanted = { .struct_size = sizeof(wanted),
					.app = app };
	struct find find = { .flags = flags };

	if (!app || !*app || !flags_known(flags))
		return -EINVAL;
	return finish(&find,
		      expvar_discover_wanted(&wanted, 0, on_found, &find),
		      ret_reader);
}
