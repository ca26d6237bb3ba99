# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# run-support.sh - what the tests of expvar-run share; they source it behind
# support.sh
#
#   count PROGRAM [ARGUMENT]...  run it under expvar-run --keep; sets status,
#                       $work/out and $work/err to what it left
#   counted APP         sets mallocs, frees, requested and live to what was
#                       counted in the application's last process, which has
#                       ended; then forgets it
#   compare PROGRAM [ARGUMENT]...  run it without and with: the same output,
#                       messages and exit status

not_under_sanitizers
run_program=$builddir/tools/expvar-run
allocate=$builddir/tests/support/allocate

count() {
	what="expvar-run $*"
	timeout 120 "$run_program" --keep -- "$@" >"$work/out" 2>"$work/err"
	status=$?
}

figure() {
	timeout 60 "$dump" -q --dead --newest --get "$2" "$1" 2>"$work/dump-err" ||
		cat "$work/dump-err" >&2
}

counted() {
	mallocs=$(figure "$1" memstats.Mallocs)
	frees=$(figure "$1" memstats.Frees)
	requested=$(figure "$1" memstats.TotalAlloc)
	live=$(figure "$1" memstats.Alloc)
	rm -f "$EXPVAR_DIR/expvar.$1".*
}

# want_counted APP MALLOCS FREES [REQUESTED]
want_counted() {
	counted "$1"
	[ "$mallocs $frees${4:+ $requested}" = "$2 $3${4:+ $4}" ] ||
		fail "expected $2 mallocs, $3 frees${4:+, $4 bytes}; counted $mallocs, $frees, $requested"
}

compare() {
	timeout 120 "$@" >"$work/out-without" 2>"$work/err-without"
	without=$?
	count "$@"
	[ "$status" = "$without" ] || fail "expected status $without, as without"
	cmp -s "$work/out" "$work/out-without" ||
		fail "another output than without"
	cmp -s "$work/err" "$work/err-without" ||
		fail "other messages than without"
}
