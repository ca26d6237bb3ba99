#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-run.sh - expvar-run: what is counted, and that nobody notices (W23 in docs/reliability.md)
. "$(dirname "$0")/support.sh"
# shellcheck source=tests/cli/run-support.sh
. "$(dirname "$0")/run-support.sh"

# ---- what is counted, exactly ----

# So many calls and bytes as tests/support/allocate.c makes.
count "$allocate" each
want_status 0
want_counted allocate 12 12 1005568
count "$allocate" fail
want_counted allocate 1 1 10
count "$allocate" work 1000
want_counted allocate 1000 1000 760480
# A hundred of them before any library is ready.
count "$allocate" early 1000
want_status 0
want_counted allocate 1100 1100
count "$allocate" leak 10
want_counted allocate 10 0 1000
[ "$live" = 1040 ] || fail "expected 1040 bytes alive, not $live"
count "$allocate" signals 100
want_counted allocate 100 100 4000
# Descriptors are not ours: closing all of them changes nothing.
count "$allocate" close
want_status 0
want_counted allocate 1000 1000 760480
# Children count for themselves.
count "$allocate" forks 20
want_status 0
want_counted allocate 20 20 640

# Of threads the C library allocates as well; the difference is exact.
count "$allocate" threads 4 1
counted allocate
once=$mallocs
count "$allocate" threads 4 6
counted allocate
each=$(((mallocs - once) / 5))
[ "$each" -ge 4000 ] && [ $(((mallocs - once) % 5)) = 0 ] ||
	fail "expected 5 times the same, 4000 or more: $once, then $mallocs"
# More than there are cells for, and those that come back to free.
count "$allocate" threads 100 2
want_status 0
counted allocate
[ "$mallocs" -ge 200000 ] && [ "$mallocs" -lt 200300 ] ||
	fail "expected 200000 blocks and some, counted $mallocs"
count "$allocate" destructors 20
want_status 0
counted allocate
[ $((mallocs - frees)) -le 25 ] || fail "$mallocs mallocs, $frees frees"

# Forks and programs in the middle of threads that allocate; libraries that come
# and go.
compare "$allocate" storm 20
want_status 0
counted allocate
[ "$mallocs" -ge 100 ] && [ "$frees" -le "$mallocs" ] ||
	fail "$mallocs mallocs, $frees frees"
compare "$allocate" libraries libm.so.6 libz.so.1 libsqlite3.so.0 libgmp.so.10
rm -f "$EXPVAR_DIR"/*

# By size: Go's classes, and the sums of them.
count "$allocate" work 6400
run -q --dead --newest allocate
want_json 'len(d["memstats"]["BySize"]) == 61'
want_json 'sum(c["Mallocs"] for c in d["memstats"]["BySize"]) == 6400'
want_json 'all(c["Mallocs"] == c["Frees"] for c in d["memstats"]["BySize"])'
# Sizes are 16 to 1528 in steps of 24, a hundred of each: 16 is a block of 24, 40
# one of 40, 64 one of 72, and so on to 904, 928, 952, 976 and 1000.
want_json '[c["Mallocs"] for c in d["memstats"]["BySize"] if c["Size"] in
	(24, 48, 64, 80, 1024)] == [100, 100, 0, 100, 500]'
want_json 'd["libexpvar-malloc"]["sizes"]["count"] == 6400'
want_json 'd["libexpvar-malloc"]["sizes"]["min"] == 16'
want_json 'd["libexpvar-malloc"]["sizes"]["max"] == 1528'
rm -f "$EXPVAR_DIR"/expvar.allocate.*

# ---- other allocators, as the distribution has them ----

for library in libjemalloc.so.2 libtcmalloc_minimal.so.4 libmimalloc.so.2; do
	LD_PRELOAD=$library "$allocate" exit 5 2>"$work/err"
	[ $? = 5 ] && [ ! -s "$work/err" ] || {
		echo "not here: $library"
		continue
	}
	# What the library allocates for itself, in C++, is the difference.
	LD_PRELOAD=$library count "$allocate" work 1000
	want_status 0
	counted allocate
	own=$((mallocs - 1000)) own_bytes=$((requested - 760480))
	[ "$own" -ge 0 ] && [ "$own" -lt 20 ] || fail "$mallocs mallocs of 1000"
	LD_PRELOAD=$library count "$allocate" work 6400
	run -q --dead --newest allocate
	want_json "d['memstats']['Mallocs'] == 6400 + $own"
	want_json "d['memstats']['TotalAlloc'] == 4940800 + $own_bytes"
	want_json 'sum(c["Mallocs"] for c in d["memstats"]["BySize"]) >= 6400'
	want_json '1528 <= d["libexpvar-malloc"]["peak_bytes"]'
	want_json 'd["libexpvar-malloc"]["class_malloc_bytes"] >= 4940800'
	want_json '"exact_mallocs" not in d["libexpvar-malloc"]'
	rm -f "$EXPVAR_DIR"/expvar.allocate.*
	LD_PRELOAD=$library count "$allocate" threads 20 2
	want_status 0
	LD_PRELOAD=$library count "$allocate" destructors 10
	want_status 0
	LD_PRELOAD=$library count "$allocate" forks 10
	want_status 0
	counted allocate
	[ "$mallocs" = $((10 + own)) ] || fail "$mallocs mallocs of 10 and $own"
done

# ---- while it runs ----

"$run_program" -a waiting -- "$allocate" leak 100 -- wait >/dev/null &
pid=$!
pids="$pids $pid"
tries=0
until [ "$("$dump" -q --get memstats.Mallocs waiting 2>/dev/null)" = 100 ] ||
	[ $tries -ge 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
run waiting
want_status 0
want_json 'd["memstats"]["Mallocs"] == 100 and d["memstats"]["HeapObjects"] == 100'
want_json 'd["memstats"]["HeapInuse"] >= d["memstats"]["HeapAlloc"] == 10400'
want_json "d['cmdline'] == ['$allocate', 'leak', '100', '--', 'wait']"
[ "$(ls "/proc/$pid/task")" = "$pid" ] || fail "there is another thread"
stop "$pid"
rm -f "$EXPVAR_DIR"/*
"$run_program" "$allocate" work 10
[ -z "$(ls "$EXPVAR_DIR")" ] || fail "the segment stayed"

# ---- nobody notices ----

# `_` names the command that was called, of expvar-run as of any.
environment() {
	"$@" env | grep -v '^_='
}
environment >"$work/without"
environment "$run_program" -k -a other -d "$EXPVAR_DIR" >"$work/out"
what="the environment"
want_same_out_as "$work/without"
for preload in "" "libm.so.6" "libm.so.6 libdl.so.2"; do
	LD_PRELOAD=$preload
	export LD_PRELOAD
	environment >"$work/without"
	environment "$run_program" >"$work/out"
	unset LD_PRELOAD
	what="the environment with LD_PRELOAD='$preload'"
	want_same_out_as "$work/without"
done
rm -f "$EXPVAR_DIR"/*

for number in 0 1 7 126 255; do
	compare "$allocate" exit $number
done
for number in 6 9 13 15; do
	compare "$allocate" kill $number
done
# shellcheck disable=SC2016
compare sh -c 'kill -PIPE $$'
compare sh -c 'ls -l /proc/self/fd | wc -l; ulimit -a; umask; pwd; trap'
compare sh -c 'exit 3'
compare sh -c "grep -E '^(Sig|Shd)[A-Z][a-z]+:' /proc/self/status"
rm -f "$EXPVAR_DIR"/*

what="pipes"
printf 'one\ntwo\n' | "$run_program" cat | "$run_program" tail -n 1 >"$work/out"
printf 'two\n' | want_out
what="no streams at all"
"$run_program" "$allocate" exit 9 <&- >&- 2>&-
status=$?
want_status 9
what="a full disk"
"$run_program" echo >/dev/full 2>"$work/err"
status=$?
want_status 1

# ---- programs that start others ----

what="a child"
"$run_program" -k sh -c "'$allocate' work 10; :"
ls "$EXPVAR_DIR" >"$work/out"
want_line '^expvar\.sh\.'
want_no_line '^expvar\.allocate\.'
rm -f "$EXPVAR_DIR"/*
what="a child, with --children"
"$run_program" -k -c sh -c "'$allocate' work 10; :"
want_counted allocate 10 10
rm -f "$EXPVAR_DIR"/*
what="exec, with --children"
"$run_program" -k -c sh -c "exec '$allocate' work 20"
want_counted allocate 20 20
rm -f "$EXPVAR_DIR"/*

ln -s "$allocate" "$work/allocate"
printf '#!%s work\n' "$work/allocate" >"$work/script"
printf '#!/usr/bin/env -S allocate work\n' >"$work/script-of-env"
chmod +x "$work/script" "$work/script-of-env"
count "$work/script"
want_counted allocate 0 0
PATH=$work:$PATH count "$work/script-of-env"
counted allocate
[ "$mallocs" = 0 ] || fail "a script's interpreter was not counted"
[ -z "$(ls "$EXPVAR_DIR")" ] || fail "env was counted"

if [ "$(id -u)" = 0 ]; then
	mkdir "$work/root"
	compare "$allocate" chroot "$work/root" -- work 1000
	want_status 0
	rm -f "$EXPVAR_DIR"/*
fi

# Nothing can be published: the program runs as ever.
what="no directory"
"$run_program" -d /nowhere/at/all -- "$allocate" work 10
status=$?
want_status 0
EXPVAR_DISABLE=1 compare "$allocate" work 10 -- exit 5
rm -f "$EXPVAR_DIR"/*

finish
