#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-watch.sh - expvar-dump again and again: --watch, --count, --rate
. "$(dirname "$0")/support.sh"

start web <<'EOF'
counter requests 10
int n 1
string s text
EOF
web=$pid
web_path=$path
printf '{\n"n": 1,\n"requests": 10,\n"s": "text"\n}\n' >"$work/document"

run -w 10ms -n 3 --no-builtins web
want_status 0
want_no_err
cat "$work/document" "$work/document" "$work/document" | want_out
run --watch 10ms --count=2 --get n web
want_status 0
printf '1\n1\n' | want_out
run -w 10ms -n 4 -f ndjson web
want_status 0
want_jq -s 'length == 4 and (map(.boottime_ns) | . == unique)'
run -w 10ms -n 2 -f openmetrics web
want_status 0
[ "$(grep -c '^# EOF$' "$work/out")" -eq 2 ] || fail "expected two expositions"
run -w 10ms -n 3 -f csv web
want_status 0
[ "$(wc -l <"$work/out")" -eq 4 ] || fail "expected one header and three rows"
[ "$(grep -c '^time,' "$work/out")" -eq 1 ] || fail "expected one header"
run -w 10ms -n 2 --no-builtins web growing
want_status 1
want_jq -s 'length == 2'

# A file is replaced each time, whole.
run -w 10ms -n 3 --no-builtins -o "$work/file.json" web
want_status 0
want_no_out
cmp -s "$work/document" "$work/file.json" || fail "expected another file"

# What is told once need not be told again and again.
run -w 10ms -n 5 nobody
want_status 4
want_no_out
[ "$(wc -l <"$work/err")" -eq 1 ] || fail "expected one message"
run -w 10ms -n 5 -f ndjson nobody
want_status 4
want_jq -s 'length == 5 and all(.state == "not running")'

# ---- what happens in between ----

# watched OPTION...: in the background; its output goes to $work/watched
watched() {
	what="expvar-dump $*"
	timeout 60 "$dump" "$@" >"$work/watched" 2>"$work/err" &
	watcher=$!
	pids="$pids $watcher"
}

# lines N FILTER: until N lines of $work/watched pass the filter of jq
lines() {
	tries=0
	while [ "$(jq -c "$2" "$work/watched" 2>/dev/null | grep -c true)" -lt "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || {
			cp "$work/watched" "$work/out"
			fail "waited in vain for $1 times $2"
			return
		}
		sleep 0.1
	done
}

if have jq; then
	watched -w 20ms -f ndjson -q web
	lines 1 '.state == "alive"'
	stop "$web"
	lines 2 '.state == "not running"'
	start web <<'EOF'
counter requests 3
EOF
	lines 2 '.state == "alive" and .values.requests == 3'
	# Another life of it, and everybody can see that.
	[ "$(jq -r '.incarnation // empty' "$work/watched" | sort -u | wc -l)" -eq 2 ] ||
		fail "expected two incarnations"
	kill -TERM "$watcher"
	wait "$watcher" 2>/dev/null
	# Its end leaves whole lines.
	jq -e . "$work/watched" >/dev/null 2>&1 || fail "expected whole lines"

	# A rate is of one life: another one of the same name starts with none.
	watched -w 50ms --rate -f ndjson -q --newest web
	lines 2 '.values.requests == 0'
	first=$pid
	start web <<'EOF'
counter requests 1000000
EOF
	lines 1 '.state == "alive" and .values.requests == null'
	stop "$first"
	lines 2 '.values.requests == 0'
	kill -TERM "$watcher"
	wait "$watcher" 2>/dev/null
	jq -r '.values.requests // empty' "$work/watched" | grep -v -x 0 |
		grep -q . && fail "expected no rate over a restart"
fi
stop "$pid"

# ---- rates ----

start growing <<'EOF'
counter requests 5
int n 1
float f 1
int gauge 1
describe gauge 1 \e \e a level
string s text
histogram h 1 2 3
record job abc 77 0.5
map m
in m add a 1
func runs
fail broken
null z
EOF
run --rate growing -w 50ms -n 1
want_status 0
want_no_err
want_json 'd["requests"] == 0 and d["n"] == 0 and d["f"] == 0'
want_json 'd["m"] == {"a": 0} and d["job"] == {"bytes": 0, "ratio": 0, "level": 0}'
want_json 'd["h"] == {"count": 0, "sum": 0, "mean": 0, "p50": 0, "p90": 0,
	"p99": 0, "p999": 0, "p9999": 0}'
# Of what is described as a gauge, and of what is no number, there is none.
want_json 'set(d) == {"requests", "n", "f", "m", "job", "h"}'
run --rate growing -w 50ms -n 2 -f csv -s 'h.*' -s n
want_status 0
[ "$(wc -l <"$work/out")" -eq 3 ] || fail "expected a header and two rows"
run --rate --get m.a growing
want_status 0
printf '0\n' | want_out
run --rate -w 50ms -n 1 growing nobody
want_status 1
want_json 'list(d) == ["growing.'"$pid"'"]'
run --rate nobody
want_status 4
want_no_out

# ---- wrong usage ----

for wrong in '-n 3 web' '--count 0 -w 1s web' '-w x web' '-w 1s -n x web' \
	'-w 0 web' '-n 1 -w 0ms web' '-w 1s --list' '--rate -f prometheus web' '--rate --meta web' \
	'--rate --builtins web' '--rate --dead web'; do
	# shellcheck disable=SC2086
	run $wrong
	want_status 2
	want_no_out
	want_named_err
done

finish
