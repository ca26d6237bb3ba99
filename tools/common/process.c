/* SPDX-License-Identifier: MIT */
/*
 * process.c - what the kernel knows of a process
 *
 * All of it is read from /proc by us: the process does not notice. Its files
 * stat, status and limits are open to everybody (unless /proc is mounted with
 * hidepid); fd, io and smaps_rollup to whoever may trace the process, which is
 * its user and root. Names that the client libraries of Prometheus have for the
 * same are theirs.
 */
#include "process.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <expvar/reader.h>

#include "buffer.h"
#include "procfs.h"
#include "select.h"
#include "targets.h"
#include "time.h"

struct object {
	struct dump_select *select;
	struct dump_buffer *to;
	bool has_members;
};

static bool begin(struct object *object, const char *name)
{
	if (object->select &&
	    dump_select_entry(object->select, name, strlen(name), 1, 0) !=
		    EXPVAR_JSON_KEEP)
		return false;
	dump_putf(object->to, "%s\"%s\":", object->has_members ? "," : "",
		  name);
	object->has_members = true;
	return true;
}

static void put(struct object *object, const char *name, uint64_t value)
{
	if (begin(object, name))
		dump_put_uint(object->to, value);
}

static void put_seconds(struct object *object, const char *name,
			double seconds)
{
	/* The kernel has hundredths, and what follows would be noise. */
	if (begin(object, name))
		dump_putf(object->to, "%.2f", seconds);
}

/* Members that are a line of a file each. */
struct line {
	const char *name; /* of the member */
	const char *line; /* how it begins */
	uint64_t unit;
};

static void put_lines(struct object *object,
		      const struct expvar_segment_info *info, const char *file,
		      const struct line *lines, size_t count)
{
	char text[PROCFS_TEXT];
	uint64_t value;
	size_t i;

	if (!procfs_read(info, file, text))
		return;
	for (i = 0; i < count; i++)
		if (procfs_find(text, lines[i].line, &value))
			put(object, lines[i].name, value * lines[i].unit);
}

#define PUT_LINES(object, info, file, lines) \
	put_lines(object, info, file, lines, sizeof(lines) / sizeof(lines[0]))

/* ---- files ---- */

static const struct line status_lines[] = {
	{ "virtual_memory_bytes", "\nVmSize:", 1024 },
	{ "resident_memory_bytes", "\nVmRSS:", 1024 },
	{ "resident_peak_bytes", "\nVmHWM:", 1024 },
	{ "resident_anon_bytes", "\nRssAnon:", 1024 },
	{ "resident_file_bytes", "\nRssFile:", 1024 },
	{ "resident_shmem_bytes", "\nRssShmem:", 1024 },
	{ "swap_bytes", "\nVmSwap:", 1024 },
	/* The kernel counts them for each thread, and sums them up nowhere. */
	{ "main_thread_voluntary_switches", "\nvoluntary_ctxt_switches:", 1 },
	{ "main_thread_involuntary_switches", "\nnonvoluntary_ctxt_switches:",
	  1 },
};

static const struct line io_lines[] = {
	{ "io_read_bytes", "rchar:", 1 },
	{ "io_written_bytes", "\nwchar:", 1 },
	{ "io_read_calls", "\nsyscr:", 1 },
	{ "io_write_calls", "\nsyscw:", 1 },
	{ "storage_read_bytes", "\nread_bytes:", 1 },
	{ "storage_written_bytes", "\nwrite_bytes:", 1 },
};

static const struct line pss_lines[] = {
	{ "pss_bytes", "\nPss:", 1024 },
	{ "pss_anon_bytes", "\nPss_Anon:", 1024 },
	{ "pss_file_bytes", "\nPss_File:", 1024 },
	{ "pss_shmem_bytes", "\nPss_Shmem:", 1024 },
	{ "private_dirty_bytes", "\nPrivate_Dirty:", 1024 },
};

static void put_times(struct object *object, const char *stat)
{
	double ticks = (double)sysconf(_SC_CLK_TCK);
	double user = (double)procfs_stat(stat, 14) / ticks;
	double kernel = (double)procfs_stat(stat, 15) / ticks;

	put_seconds(object, "cpu_seconds", user + kernel);
	put_seconds(object, "cpu_user_seconds", user);
	put_seconds(object, "cpu_system_seconds", kernel);
	put(object, "threads", procfs_stat(stat, 20));
	put(object, "minor_faults", procfs_stat(stat, 10));
	put(object, "major_faults", procfs_stat(stat, 12));
}

static void put_descriptors(struct object *object,
			    const struct expvar_segment_info *info)
{
	static const struct line open_line = { "open_fds", "", 1 };
	static const struct line limit_line = { "max_fds",
						"\nMax open files", 1 };

	put_lines(object, info, "fd", &open_line, 1);
	put_lines(object, info, "limits", &limit_line, 1);
}

/* Unix time, to the hundredth: that of stat, with our clocks' difference. */
static double start_of(const struct expvar_segment_info *info,
		       double *ret_uptime)
{
	double now = (double)dump_time_now(CLOCK_REALTIME) / 1e9;
	double boot = (double)dump_time_now(CLOCK_BOOTTIME) / 1e9;
	double since = (double)info->start_ticks / (double)sysconf(_SC_CLK_TCK);

	*ret_uptime = boot > since ? boot - since : 0;
	return now - *ret_uptime;
}

static void put_living(struct object *object,
		       const struct expvar_segment_info *info, bool has_pss)
{
	char stat[PROCFS_TEXT];
	double uptime, start = start_of(info, &uptime);

	/* Its number may have become another process's meanwhile. */
	if (!procfs_read(info, "stat", stat) ||
	    procfs_stat(stat, 22) != info->start_ticks)
		return;
	put_seconds(object, "start_time_seconds", start);
	put_seconds(object, "uptime_seconds", uptime);
	put_times(object, stat);
	PUT_LINES(object, info, "status", status_lines);
	put_descriptors(object, info);
	PUT_LINES(object, info, "io", io_lines);
	if (has_pss)
		PUT_LINES(object, info, "smaps_rollup", pss_lines);
}

static void put_gone(struct object *object,
		     const struct expvar_segment_info *info)
{
	if (info->started_realtime_ns)
		put_seconds(object, "start_time_seconds",
			    (double)info->started_realtime_ns / 1e9);
}

/* ---- all ---- */

void dump_process(const struct expvar_segment_info *info, bool has_pss,
		  struct dump_select *select, struct dump_buffer *to)
{
	struct object object = { .select = select, .to = to };

	dump_putc(to, '{');
	if (begin(&object, "state"))
		dump_putf(to, "\"%s\"", dump_state_name(info->liveness));
	if (info->liveness == EXPVAR_LIVENESS_ALIVE)
		put_living(&object, info, has_pss);
	else
		put_gone(&object, info);
	dump_putc(to, '}');
}

bool dump_process_is_counter(const char *name, size_t len)
{
	static const char *const counters[] = {
		"cpu_seconds",	    "cpu_user_seconds",
		"minor_faults",	    "major_faults",
		"io_read_bytes",    "io_written_bytes",
		"io_read_calls",    "io_write_calls",
		"storage_read_bytes", "storage_written_bytes",
		"cpu_system_seconds", "main_thread_voluntary_switches",
		"main_thread_involuntary_switches",
	};
	size_t i;

	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (strlen(counters[i]) == len && !memcmp(counters[i], name, len))
			return true;
	return false;
}
