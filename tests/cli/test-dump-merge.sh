#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-merge.sh - expvar-dump --merge: the workers of an application
. "$(dirname "$0")/support.sh"

# Two workers that are not quite alike.
start web <<'EOF'
counter requests 10
int total 9223372036854775807
describe total 2 \e \e all of them
int depth 3
float cpu 1.5
describe cpu 2 s \e used
histogram took 1 2 3 1000
string state idle
map codes
in codes add 200 5
in codes add 404 1
describe codes 2 \e code replies
map queue
in queue int len 1
in queue counter done 1
int mixed 1
int only 1
EOF
a=$pid
start web <<'EOF'
counter requests 18446744073709551615
int total 5
describe total 2 \e \e all of them
int depth 4
float cpu 2.25
describe cpu 2 s \e used
histogram took 4 100000
string state busy
map codes
in codes add 200 7
describe codes 2 \e code replies
map queue
in queue int len 2
in queue counter done 2
string mixed text
EOF
b=$pid
start batch <<'EOF'
int depth 5
EOF
batch=$pid

run --merge web
want_status 0
want_no_err
# Counters and what is described as one, exactly.
want_json 'd["requests"] == 18446744073709551625'
want_json 'd["total"] == 9223372036854775812 and d["cpu"] == 3.75'
want_json 'd["codes"] == {"200": 12, "404": 1}'
# Histograms as if one had recorded it all.
want_json 'd["took"]["count"] == 6 and d["took"]["sum"] == 101010'
want_json 'd["took"]["min"] == 1 and d["took"]["max"] == 100000'
want_json 'd["took"]["p50"] == 3 and d["took"]["p99"] > 98000'
# The rest per pid.
want_json 'd["depth"] == {"'"$a"'": 3, "'"$b"'": 4}'
want_json 'd["state"] == {"'"$a"'": "idle", "'"$b"'": "busy"}'
want_json 'd["queue"] == {"done": 3, "len": {"'"$a"'": 1, "'"$b"'": 2}}'
want_json 'd["mixed"] == {"'"$a"'": 1, "'"$b"'": "text"}'
want_json 'd["only"] == {"'"$a"'": 1}'
# As any document: lines, sorted keys, no built-ins.
want_json 'list(d) == sorted(d) and s.count("\n") == len(d) + 2'
want_json '"memstats" not in d'
want_jq '.requests > 1e19'

run --merge -f pretty web
want_status 0
want_jq '.codes["200"] == 12'
run --merge --get took.p50 web
want_status 0
printf '3\n' | want_out
run --merge -s 'codes.*' -x '*.404' web
want_status 0
printf '{\n"codes": {"200": 12}\n}\n' | want_out
run --merge -s 'no' web
want_status 4
want_no_out
run --merge --check 'codes.200 = 12' web
want_status 0

# Several applications: a member for each.
run --merge --no-builtins web batch
want_status 0
want_json 'list(d) == ["batch", "web"] and d["web"]["codes"]["200"] == 12'
want_json 'd["batch"] == {"depth": {"'"$batch"'": 5}}'
run --merge --all
want_status 0 1 3
want_json 'd["web"]["codes"]["200"] == 12 and "batch" in d'
run --merge -f ndjson web batch nobody
want_status 1
want_jq -s 'map(select(.app == "web"))[0] | .state == "merged" and
	(.pids | length) == 2 and (.incarnations | length) == 2 and
	.values.codes["200"] == 12'
run --merge -f csv web
want_status 0
[ "$(wc -l <"$work/out")" -eq 2 ] || fail "expected one row"

# One of them ends: what is left.
stop "$b"
run --merge web
want_status 0
want_json 'd["requests"] == 10 and d["depth"] == {"'"$a"'": 3}'
run --merge nobody
want_status 4
want_no_out

for wrong in '--merge' '--merge --newest web' '--merge --rate web' \
	'--merge --meta web' '--merge -f openmetrics web' '--merge --list'; do
	# shellcheck disable=SC2086
	run $wrong
	want_status 2
	want_no_out
done

finish
