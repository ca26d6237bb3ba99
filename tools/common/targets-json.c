/* SPDX-License-Identifier: MIT */
/*
 * targets-json.c - a list of segments for programs
 */
#include "targets-json.h"

#include <string.h>

#include "buffer.h"
#include "targets.h"

static void put_text(struct dump_buffer *to, const char *name, const char *text)
{
	dump_putf(to, ",\"%s\":", name);
	dump_put_quoted(to, text, strlen(text));
}

static void put_number(struct dump_buffer *to, const char *name, uint64_t value)
{
	dump_putf(to, ",\"%s\":", name);
	dump_put_uint(to, value);
}

static void put_object(const struct dump_target *target, struct dump_buffer *to)
{
	const struct expvar_segment_info *info = &target->info;

	dump_puts(to, "{\"app\":");
	dump_put_quoted(to, info->app, strlen(info->app));
	put_number(to, "pid", dump_target_pid(info));
	put_text(to, "state", dump_state_name(info->liveness));
	if (target->error) {
		put_text(to, "error", expvar_reader_strerror(target->error));
	} else {
		put_text(to, "evidence", info->evidence);
		put_number(to, "age_ns", dump_target_age(target));
		put_number(to, "variables", info->variables);
	}
	put_number(to, "bytes", info->allocated_bytes);
	put_text(to, "path", info->path);
	dump_puts(to, ",\"incarnation\":\"");
	dump_put_hex(to, info->incarnation);
	dump_puts(to, "\"");
	if (!target->error) {
		put_text(to, "instance", info->instance);
		put_number(to, "pid_in_namespace", info->pid);
		dump_putf(to, ",\"pid_is_ours\":%s",
			  info->pid_is_ours ? "true" : "false");
	}
	put_number(to, "uid", info->uid);
	dump_putc(to, '}');
}

void dump_put_targets(struct dump_buffer *to,
		      const struct dump_targets *targets)
{
	size_t i;

	dump_puts(to, "[");
	for (i = 0; i < targets->count; i++) {
		dump_puts(to, i ? ",\n" : "\n");
		put_object(&targets->items[i], to);
	}
	dump_puts(to, targets->count ? "\n]\n" : "]\n");
}
