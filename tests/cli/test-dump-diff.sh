#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-diff.sh - expvar-dump --diff A B: two files of earlier snapshots
. "$(dirname "$0")/support.sh"

# line FILE TIME BOOTTIME PID INCARNATION VALUES: adds one of web's
line() {
	printf '{"time":"2026-01-01T00:%s.000000000Z","boottime_ns":%s,"boot_id":"b","app":"web","pid":%s,"incarnation":"%s","state":"alive","values":%s}\n' \
		"$2" "$3" "$4" "$5" "$6" >>"$work/$1"
}

line a 00:00 1000000000 7 aa '{"n": 1, "old": 5, "same": 3, "s": "x"}'
line a 00:01 2000000000 7 aa '{"n": 9223372036854775807, "f": 0.5, "old": 5,
 "same": 3, "s": "x", "m": {"a.b": 18446744073709551615}, "l": [1,2]}'
line b 00:05 6000000000 7 aa '{"n": -9223372036854775808, "f": 2, "new": 6,
 "same": 3, "s": "y", "m": {"a.b": 0}, "l": [1, 2, 3]}'

run --diff "$work/a" "$work/b"
want_status 0
want_no_err
want_json 'd["app"] == "web" and d["pid"] == 7 and d["restarted"] is False'
want_json 'd["seconds"] == 4 and d["from"] == "2026-01-01T00:00:01.000000000Z"'
want_json 'd["changes"]["n"] == -18446744073709551615'
want_json 'd["changes"]["f"] == 1.5'
want_json 'd["changes"]["m.a\\.b"] == -18446744073709551615'
want_json 'd["changes"]["s"] == {"old": "x", "new": "y"}'
want_json 'd["changes"]["new"] == {"new": 6} and d["changes"]["old"] == {"old": 5}'
want_json 'd["changes"]["l"] == {"old": [1, 2], "new": [1, 2, 3]}'
want_json '"same" not in d["changes"]'
want_jq '.seconds == 4'
run --diff --rate "$work/a" "$work/b"
want_status 0
want_json 'd["changes"]["f"] == 0.375'
run --diff -f pretty "$work/a" "$work/b"
want_status 0
want_jq '.changes.f == 1.5'
run --diff - "$work/b" <"$work/a"
want_status 0
run --diff "$work/b" "$work/b"
want_status 0
want_json 'd["changes"] == {}'

# Started anew in between: no number is taken for growth.
line c 00:09 9000000000 8 bb '{"n": 3, "same": 3}'
run --diff "$work/b" "$work/c"
want_status 0
want_err 'anew'
want_json 'd["restarted"] is True'
want_json 'd["changes"]["n"] == {"old": -9223372036854775808, "new": 3}'
run -q --diff "$work/b" "$work/c"
want_no_err
# Of another boot the other clock counts.
sed 's/"boot_id":"b"/"boot_id":"c"/' "$work/b" >"$work/d"
run --diff "$work/a" "$work/d"
want_json 'd["seconds"] == 4'

# A torn last line is left out.
{ cat "$work/b"; printf '{"time":"2026'; } >"$work/torn"
run --diff "$work/a" "$work/torn"
want_status 0
want_err 'left out'
want_json 'd["changes"]["f"] == 1.5'

# ---- what expvar-dump writes itself ----

start web <<'EOF'
counter requests 10
EOF
start batch <<'EOF'
int n 1
EOF
for options in '-f ndjson' '--meta' '--meta -f pretty' '--meta --no-builtins'; do
	# shellcheck disable=SC2086
	run $options -o "$work/one" web
	# shellcheck disable=SC2086
	run $options -o "$work/two" web
	want_status 0
	run --diff --rate "$work/one" "$work/two"
	want_status 0
	want_json 'd["restarted"] is False and d["seconds"] > 0'
	want_json '"requests" not in d["changes"]'
	# shellcheck disable=SC2086
	run $options -o "$work/three" web batch
	run --diff "$work/three" "$work/three"
	want_status 0
	[ "$(grep -c '"changes":{}' "$work/out")" -eq 2 ] ||
		fail "expected both processes of $options"
	run --diff "$work/two" "$work/three"
	[ "$(wc -l <"$work/out")" -eq 1 ] || fail "expected the one in both"
done
# A plain document says neither which process nor when.
run -o "$work/one" --no-builtins web
run --diff "$work/one" "$work/one"
want_status 0
want_json 'd["changes"] == {} and d["restarted"] is None and d["from"] is None'
run --diff --rate "$work/one" "$work/one"
want_status 1
want_no_out
# Different programs.
run -f ndjson -o "$work/one" web
run -f ndjson -o "$work/two" batch
run --diff "$work/one" "$work/two"
want_status 4
want_no_out

echo "no JSON" >"$work/text"
: >"$work/empty"
for bad in text empty no-such-file; do
	run --diff "$work/a" "$work/$bad"
	want_status 1
	want_no_out
	want_err "$bad"
done
for wrong in '--diff' "--diff $work/a" "--diff $work/a $work/b $work/c" \
	"--diff --all" "--diff -f csv $work/a $work/b" \
	"--diff -s x $work/a $work/b" "--diff -w 1s $work/a $work/b"; do
	# shellcheck disable=SC2086
	run $wrong
	want_status 2
	want_no_out
done

finish
