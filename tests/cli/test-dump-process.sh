#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-process.sh - --process: what the kernel knows of the writer
. "$(dirname "$0")/support.sh"

start web <<'EOF'
int n 1
EOF
web=$pid

run --no-builtins "$web"
want_json 'list(d) == ["n"]'
run --no-builtins --process "$web"
want_status 0
want_no_err
want_json 'list(d) == ["n", "process"] and d["process"]["state"] == "alive"'
want_json 'all(k == "state" or isinstance(v, (int, float))
	for k, v in d["process"].items())'

# of FILE NAME: the first word behind a name in a file of the process
of() {
	sed -n "s/^$2:*[ 	]*\\([0-9]*\\).*/\\1/p" "/proc/$web/$1"
}
want_member() {
	want_json "d['process']['$1'] == $2"
}

# Against /proc itself: a program that waits does not change.
want_member virtual_memory_bytes "$(of status VmSize) * 1024"
want_member resident_memory_bytes "$(of status VmRSS) * 1024"
want_member resident_peak_bytes "$(of status VmHWM) * 1024"
want_member resident_anon_bytes "$(of status RssAnon) * 1024"
want_member resident_file_bytes "$(of status RssFile) * 1024"
want_member resident_shmem_bytes "$(of status RssShmem) * 1024"
want_member swap_bytes "$(of status VmSwap) * 1024"
want_member main_thread_voluntary_switches \
	"$(of status voluntary_ctxt_switches)"
want_member threads 1
want_member max_fds "$(of limits 'Max open files')"
# A number of descriptors and of bytes is the user's own to see.
if cat "/proc/$web/io" >/dev/null 2>&1; then
	want_member open_fds "$(find "/proc/$web/fd" -type l | wc -l)"
	want_member io_read_bytes "$(of io rchar)"
	want_member io_written_bytes "$(of io wchar)"
	want_member io_read_calls "$(of io syscr)"
	want_member io_write_calls "$(of io syscw)"
	want_member storage_read_bytes "$(of io read_bytes)"
	want_member storage_written_bytes "$(of io write_bytes)"
fi
read -r line <"/proc/$web/stat"
# shellcheck disable=SC2086
set -- ${line##*) }
want_member minor_faults "$8"
want_member major_faults "${10}"
hertz=$(getconf CLK_TCK)
want_json "abs(d['process']['cpu_user_seconds'] - ${12} / $hertz) < 0.006"
want_json "abs(d['process']['cpu_system_seconds'] - ${13} / $hertz) < 0.006"
want_json "abs(d['process']['cpu_seconds'] - (${12} + ${13}) / $hertz) < 0.006"
want_json "abs(d['process']['start_time_seconds'] +
	d['process']['uptime_seconds'] - $(date +%s)) < 300"
want_json "abs(d['process']['start_time_seconds'] -
	$(sed -n 's/^btime //p' /proc/stat) - ${20} / $hertz) < 2"

# On request: what takes the kernel a walk.
want_json '"pss_bytes" not in d["process"]'
if cat "/proc/$web/smaps_rollup" >/dev/null 2>&1; then
	run --no-builtins --pss "$web"
	want_json '0 < d["process"]["pss_bytes"] <=
		d["process"]["resident_memory_bytes"]'
	want_member private_dirty_bytes \
		"$(of smaps_rollup Private_Dirty) * 1024"
fi

# The ways in: a path, a glob, a condition.
run --process --get process.threads "$web"
want_status 0
want_out <<'EOF'
1
EOF
run --process --no-builtins -s 'process.m*_faults' "$web"
want_status 0
want_json 'list(d) == ["process"] and
	list(d["process"]) == ["minor_faults", "major_faults"]'
run --process --no-builtins -x process "$web"
want_json 'list(d) == ["n"]'
run --process -s process.nothing "$web"
want_status 4
run --process --check 'process.threads = 1' "$web"
want_status 0
run --process --check 'process.threads > 1' "$web"
want_status 1
run --check 'process.threads = 1' "$web"
want_status 4

# Other formats.
run --process -f ndjson "$web"
want_json 'd["values"]["process"]["threads"] == 1'
run --process -f csv "$web"
want_line 'process\.threads'
for format in prometheus openmetrics; do
	run --process -f "$format" "$web"
	want_status 0
	want_line "^process_threads{app=\"web\",pid=\"$web\"} 1\$"
	want_line '^# TYPE process_cpu_seconds.* counter$'
	want_line '^# TYPE process_max_fds gauge$'
	want_no_line process_state
done
run --process -f prometheus -s n "$web"
want_no_line process_threads
run -f prometheus "$web"
want_no_line process_threads

# The program's own variable comes first.
start own <<'EOF'
int process 7
EOF
run --process --no-builtins "$pid"
want_json 'd == {"process": 7}'
run --process -f prometheus "$pid"
want_line '^process{'
want_no_line process_threads

# Of a dead process there is its last state, and nothing of whoever has its
# number now.
crash "$web"
run --process --no-builtins --dead web
want_status 0
want_json 'list(d["process"]) == ["state", "start_time_seconds"]'
want_json 'd["process"]["state"] == "dead"'

for options in --list --merge --rate --gc "--diff a b"; do
	for one in --process --pss; do
		# shellcheck disable=SC2086
		run $options $one
		want_status 2
		want_no_out
	done
done

finish
