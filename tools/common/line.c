/* SPDX-License-Identifier: MIT */
/*
 * line.c - a snapshot as one line of newline-delimited JSON
 */
#include "line.h"

#include <errno.h>
#include <string.h>

#include "buffer.h"
#include "targets.h"

const char *dump_absence(int error)
{
	switch (error) {
	case EXPVAR_E_GONE:
		return "not running";
	case EXPVAR_E_NOT_READY:
		return "not publishing";
	default:
		return "unreadable";
	}
}

struct dump_moment dump_moment_of(const struct expvar_snapshot *snapshot)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };

	expvar_snapshot_stats(snapshot, &totals);
	return (struct dump_moment){ totals.taken_realtime_ns,
				     totals.taken_boottime_ns };
}

static void put_text(struct dump_buffer *to, const char *name, const char *text)
{
	dump_putf(to, ",\"%s\":", name);
	dump_put_quoted(to, text, strlen(text));
}

static void put_moment(struct dump_buffer *to, const struct dump_moment *moment)
{
	char text[DUMP_TIME_TEXT_MAX];

	dump_putf(to, "{\"time\":\"%s\",\"boottime_ns\":",
		  dump_time_text(text, moment->realtime_ns));
	dump_put_uint(to, moment->boottime_ns);
	dump_puts(to, ",\"boot_id\":");
	if (*dump_time_boot_id())
		dump_putf(to, "\"%s\"", dump_time_boot_id());
	else
		dump_puts(to, "null");
}

static void put_process(struct dump_buffer *to,
			const struct expvar_segment_info *info)
{
	dump_puts(to, ",\"pid\":");
	dump_put_uint(to, dump_target_pid(info));
	if (*info->instance)
		put_text(to, "instance", info->instance);
	dump_puts(to, ",\"incarnation\":\"");
	dump_put_hex(to, info->incarnation);
	dump_putc(to, '"');
}

/* Of an application whose processes are one document. */
static void put_processes(struct dump_buffer *to, const struct dump_line *line)
{
	size_t i;

	dump_puts(to, ",\"pids\":[");
	for (i = 0; i < line->count; i++) {
		if (i)
			dump_putc(to, ',');
		dump_put_uint(to, dump_target_pid(&line->targets[i].info));
	}
	dump_puts(to, "],\"incarnations\":[");
	for (i = 0; i < line->count; i++) {
		dump_puts(to, i ? ",\"" : "\"");
		dump_put_hex(to, line->targets[i].info.incarnation);
		dump_putc(to, '"');
	}
	dump_putc(to, ']');
}

static void put_error(struct dump_buffer *to, int error)
{
	put_text(to, "state", dump_absence(error));
	if (error != EXPVAR_E_GONE && error != EXPVAR_E_NOT_READY)
		put_text(to, "error", expvar_reader_strerror(error));
	dump_puts(to, "}\n");
}

void dump_put_line(struct dump_buffer *to, const struct dump_line *line)
{
	const struct expvar_segment_info *info = &line->targets->info;

	put_moment(to, &line->moment);
	put_text(to, "app", info->app);
	if (line->is_merged)
		put_processes(to, line);
	else
		put_process(to, info);
	if (line->error < 0) {
		put_error(to, line->error);
		return;
	}
	put_text(to, "state",
		 line->is_merged ? "merged" : dump_state_name(info->liveness));
	if (line->error)
		dump_puts(to, ",\"incomplete\":true");
	dump_puts(to, ",\"values\":");
	dump_put(to, line->values.text, line->values.len);
	dump_puts(to, "}\n");
}

void dump_put_line_missing(struct dump_buffer *to,
			   const struct dump_moment *moment,
			   const struct dump_missing *missing)
{
	uint64_t pid;

	put_moment(to, moment);
	switch (missing->name ? dump_target_kind(missing->name, &pid) :
				DUMP_TARGET_NONE) {
	case DUMP_TARGET_NONE:
		break;
	case DUMP_TARGET_PID:
		dump_puts(to, ",\"pid\":");
		dump_put_uint(to, pid);
		break;
	case DUMP_TARGET_APP:
		put_text(to, "app", missing->name);
		break;
	case DUMP_TARGET_PATH:
	default:
		put_text(to, "path", missing->name);
	}
	put_error(to, missing->error);
}
