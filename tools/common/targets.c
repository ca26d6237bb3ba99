/* SPDX-License-Identifier: MIT */
/*
 * targets.c - a list of segments, and filling it from the directories
 */
#include "targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "buffer.h"
#include "message.h"
#include "time.h"

/* ---- one target ---- */

enum dump_target_kind dump_target_kind(const char *text, uint64_t *ret_pid)
{
	uint64_t pid = 0;
	const char *c;

	if (strchr(text, '/'))
		return DUMP_TARGET_PATH;
	for (c = text; *c >= '0' && *c <= '9'; c++)
		if (pid <= INT32_MAX)
			pid = pid * 10 + (uint64_t)(*c - '0');
	if (*c || c == text)
		return DUMP_TARGET_APP;
	*ret_pid = pid;
	return DUMP_TARGET_PID;
}

uint64_t dump_target_pid(const struct expvar_segment_info *info)
{
	return info->host_pid ? info->host_pid : info->pid;
}

uint64_t dump_target_age(const struct dump_target *target)
{
	const struct expvar_segment_info *info = &target->info;
	bool is_alive = info->liveness == EXPVAR_LIVENESS_ALIVE;
	/* What is dead may be of an earlier boot; the other clock may jump. */
	uint64_t from = is_alive ? info->started_boottime_ns :
				   info->started_realtime_ns;
	uint64_t now =
		dump_time_now(is_alive ? CLOCK_BOOTTIME : CLOCK_REALTIME);

	return from && now > from ? now - from : 0;
}

const char *dump_state_name(enum expvar_liveness liveness)
{
	switch (liveness) {
	case EXPVAR_LIVENESS_ALIVE:
		return "alive";
	case EXPVAR_LIVENESS_DEAD:
		return "dead";
	case EXPVAR_LIVENESS_UNKNOWN:
	default:
		return "unknown";
	}
}

static const char *append_text(struct dump_buffer *texts, const char *text)
{
	/* An offset until all are there: the buffer moves. */
	size_t at = texts->len;

	dump_put(texts, text, strlen(text) + 1);
	return (const char *)at;
}

static const char *at_offset(const struct dump_buffer *texts,
			     const char *offset)
{
	return texts->bytes + (size_t)offset;
}

/* Replaces the reader's texts by copies that live as long as the target. */
static int own_texts(struct dump_target *target)
{
	struct expvar_segment_info *info = &target->info;
	const char **all[] = { &info->path, &info->app, &info->instance,
			       &info->library_version, &info->evidence };
	struct dump_buffer texts = { 0 };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i] = append_text(&texts, *all[i]);
	if (texts.failed) {
		dump_buffer_free(&texts);
		return -ENOMEM;
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i] = at_offset(&texts, *all[i]);
	target->texts = texts.bytes;
	return 0;
}

static void release(struct dump_target *target)
{
	expvar_reader_close(target->reader);
	free(target->texts);
	free(target->key);
}

/* ---- the list ---- */

static struct dump_target *append(struct dump_targets *targets)
{
	size_t size = targets->size ? targets->size * 2 : 8;
	struct dump_target *items;

	if (targets->count == targets->size) {
		items = reallocarray(targets->items, size, sizeof(*items));
		if (!items)
			return NULL;
		targets->items = items;
		targets->size = size;
	}
	items = &targets->items[targets->count];
	memset(items, 0, sizeof(*items));
	items->info.struct_size = sizeof(items->info);
	return items;
}

/* The same file under another name, or by PID and by name, is one target. */
static bool is_known(const struct dump_targets *targets,
		     const struct expvar_segment_info *info)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (targets->items[i].info.inode == info->inode &&
		    targets->items[i].info.device == info->device)
			return true;
	return false;
}

static int add(struct dump_targets *targets, struct expvar_reader *reader,
	       bool check_known)
{
	struct dump_target *target = append(targets);
	int error;

	if (!target) {
		expvar_reader_close(reader);
		return -ENOMEM;
	}
	error = expvar_reader_info(reader, &target->info);
	if (!error && check_known && is_known(targets, &target->info)) {
		expvar_reader_close(reader);
		return 0;
	}
	if (!error)
		error = own_texts(target);
	if (error) {
		expvar_reader_close(reader);
		return error;
	}
	target->reader = reader;
	targets->count++;
	return 0;
}

int dump_targets_add(struct dump_targets *targets, struct expvar_reader *reader)
{
	return add(targets, reader, true);
}

int dump_target_update(struct dump_target *target)
{
	struct dump_target now = { .info = { .struct_size =
						     sizeof(now.info) } };
	int error = expvar_reader_info(target->reader, &now.info);

	if (!error)
		error = own_texts(&now);
	if (error)
		return error;
	free(target->texts);
	target->texts = now.texts;
	target->info = now.info;
	return 0;
}

int dump_targets_move_last(struct dump_targets *to, struct dump_targets *from)
{
	struct dump_target *target = append(to);

	if (!target)
		return -ENOMEM;
	*target = from->items[--from->count];
	to->count++;
	return 0;
}

void dump_targets_keep(struct dump_targets *targets,
		       bool (*keep)(const struct dump_target *target))
{
	size_t from, to = 0;

	for (from = 0; from < targets->count; from++) {
		if (keep(&targets->items[from]))
			targets->items[to++] = targets->items[from];
		else
			release(&targets->items[from]);
	}
	targets->count = to;
}

static bool is_open(const struct dump_target *target)
{
	return !target->error;
}

static bool is_alive(const struct dump_target *target)
{
	return target->info.liveness == EXPVAR_LIVENESS_ALIVE;
}

static bool is_not_dead(const struct dump_target *target)
{
	return target->info.liveness != EXPVAR_LIVENESS_DEAD;
}

void dump_targets_keep_best(struct dump_targets *targets)
{
	bool any_alive = false, any_unknown = false;
	size_t i;

	dump_targets_keep(targets, is_open);
	for (i = 0; i < targets->count; i++) {
		any_alive |= is_alive(&targets->items[i]);
		any_unknown |= targets->items[i].info.liveness ==
			       EXPVAR_LIVENESS_UNKNOWN;
	}
	if (any_alive)
		dump_targets_keep(targets, is_alive);
	else if (any_unknown)
		dump_targets_keep(targets, is_not_dead);
}

void dump_targets_truncate(struct dump_targets *targets, size_t count)
{
	while (targets->count > count)
		release(&targets->items[--targets->count]);
}

void dump_targets_free(struct dump_targets *targets)
{
	dump_targets_truncate(targets, 0);
	free(targets->items);
	free(targets->missing);
	memset(targets, 0, sizeof(*targets));
}

int dump_targets_miss(struct dump_targets *targets, const char *name, int error)
{
	struct dump_missing *missing =
		reallocarray(targets->missing, targets->missing_count + 1,
			     sizeof(*missing));

	if (!missing)
		return -ENOMEM;
	targets->missing = missing;
	missing[targets->missing_count++] = (struct dump_missing){ name, error };
	return 0;
}

/* ---- Funcs ---- */

size_t dump_targets_refresh(struct dump_targets *targets, uint64_t deadline_ns)
{
	size_t i, late = 0;

	for (i = 0; i < targets->count; i++)
		/* A dead writer cannot answer; what it left is printed. */
		if (targets->items[i].reader)
			expvar_reader_refresh_begin(targets->items[i].reader);
	for (i = 0; i < targets->count; i++)
		if (targets->items[i].reader &&
		    expvar_reader_refresh_wait(targets->items[i].reader,
					       deadline_ns) == EXPVAR_E_TIMEOUT)
			late++;
	return late;
}

/* ---- the directories ---- */

struct search {
	struct dump_targets *targets;
	enum dump_found_what what;
	const char *const *names;
	/* Of names that are pids, what these processes call themselves. */
	uint64_t *inner_pids;
	size_t name_count;
	bool *stands; /* for each name, whether anything was of it; or NULL */
};

/* @info: what is known once it is open, or NULL. */
static bool stands_for(const struct search *search, size_t which,
		       const struct expvar_found *found,
		       const struct expvar_segment_info *info)
{
	const char *name = search->names[which];
	uint64_t pid;

	switch (dump_target_kind(name, &pid)) {
	case DUMP_TARGET_PATH:
		return !strcmp(name, found->path);
	case DUMP_TARGET_PID:
		return found->pid == pid ||
		       (info ? info->host_pid == pid :
			       found->pid == search->inner_pids[which]);
	case DUMP_TARGET_APP:
	default:
		return expvar_found_is_app(found, name);
	}
}

static bool is_wanted(const struct search *search,
		      const struct expvar_found *found,
		      const struct expvar_segment_info *info)
{
	bool wanted = search->name_count == 0;
	size_t i;

	for (i = 0; i < search->name_count; i++) {
		if (!stands_for(search, i, found, info))
			continue;
		wanted = true;
		if (search->stands && (info || found->error))
			search->stands[i] = true;
	}
	return wanted;
}

/* One that cannot be opened. Its name is all that is known, and a claim. */
static int add_failed(struct search *search, const struct expvar_found *found,
		      int error)
{
	struct dump_target *target = append(search->targets);
	struct dump_buffer app = { 0 };

	dump_put(&app, found->app, found->app_len);
	dump_putc(&app, '\0');
	if (!target || app.failed) {
		dump_buffer_free(&app);
		return -ENOMEM;
	}
	target->error = error;
	target->info.path = found->path;
	target->info.app = app.bytes;
	target->info.instance = "";
	target->info.library_version = "";
	target->info.evidence = "";
	target->info.pid = found->pid;
	target->info.incarnation = found->incarnation;
	target->info.uid = found->uid;
	target->info.gid = found->gid;
	target->info.device = found->device;
	target->info.inode = found->inode;
	target->info.allocated_bytes = found->allocated_bytes;
	error = own_texts(target);
	dump_buffer_free(&app);
	if (!error)
		search->targets->count++;
	return error;
}

/* The processes, and no file. */
static bool is_of_processes(const struct expvar_found *found)
{
	return !found->app_len && !strcmp(found->path, "/proc");
}

static int take_failed(struct search *search, const struct expvar_found *found,
		       int error)
{
	if (is_of_processes(found)) {
		search->targets->is_hidden |= error == -EACCES;
		if (error == EXPVAR_E_LIMIT)
			dump_note(found->path,
				  "took too long; some processes were not "
				  "looked at");
		return 0;
	}
	if (error == -ENOENT || error == EXPVAR_E_GONE)
		return 0; /* removed since it was seen */
	if (error == EXPVAR_E_LIMIT) {
		dump_note(found->path,
			  "has too many files called like segments%s; some "
			  "were not looked at",
			  found->uid == (uid_t)-1 ? "" : " of one user");
		return 0;
	}
	if (error == -EACCES)
		search->targets->denied++;
	if (search->what != DUMP_FOUND_LIST &&
	    /* Not even a file, or one that is just being made. */
	    (error == -EACCES || error == EXPVAR_E_FILE_TYPE ||
	     error == EXPVAR_E_NOT_READY))
		return 0;
	return add_failed(search, found, error);
}

/* The last one, just opened: is it to be kept, and open? */
static int take(struct search *search, const struct expvar_found *found,
		struct dump_target *target)
{
	struct dump_targets *targets = search->targets;

	if (!is_wanted(search, found, &target->info)) {
		release(target);
		targets->count--;
	} else if (search->what == DUMP_FOUND_LIST) {
		expvar_reader_close(target->reader);
		target->reader = NULL;
	} else if (target->info.liveness == EXPVAR_LIVENESS_DEAD &&
		   search->what == DUMP_FOUND_LIVE) {
		release(target);
		targets->count--;
		targets->dead++;
	}
	return 0;
}

static int on_found(const struct expvar_found *found, void *userdata)
{
	struct search *search = userdata;
	struct dump_targets *targets = search->targets;
	struct expvar_reader *reader;
	int error = found->error;

	if (!is_wanted(search, found, NULL) && error != EXPVAR_E_LIMIT)
		return 0;
	if (!error)
		error = expvar_reader_open_fd(found->fd, found->path,
					      EXPVAR_OPEN_TMPFS, &reader);
	if (!error)
		error = add(targets, reader, false);
	if (error == -ENOMEM)
		return error;
	if (error)
		return take_failed(search, found, error);
	return take(search, found, &targets->items[targets->count - 1]);
}

/* Each open segment has a descriptor. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int dump_targets_find(struct dump_targets *targets, enum dump_found_what what,
		      const char *const *names, size_t count, bool *ret_stands)
{
	struct search search = { .targets = targets,
				 .what = what,
				 .names = names,
				 .name_count = count,
				 .stands = ret_stands };
	uint64_t pid;
	int result;
	size_t i;

	search.inner_pids = calloc(count + 1, sizeof(*search.inner_pids));
	if (!search.inner_pids)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		if (dump_target_kind(names[i], &pid) == DUMP_TARGET_PID &&
		    pid && pid <= INT32_MAX)
			search.inner_pids[i] =
				(uint64_t)expvar_reader_inner_pid((pid_t)pid);
	if (what != DUMP_FOUND_LIST)
		raise_descriptor_limit();
	result = expvar_discover(0, on_found, &search);
	free(search.inner_pids);
	return result < 0 ? result : 0;
}
