#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-ndjson.sh - expvar-dump --format ndjson: a line for each snapshot
. "$(dirname "$0")/support.sh"

start web <<'EOF'
int n 1
in m int a\x0ab 2
string s two\x0alines
histogram h 5
EOF
web=$pid
web_path=$path

run -f ndjson web
want_status 0
want_no_err
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "expected one line"
want_json 'd["app"] == "web" and d["pid"] == '"$web"
want_json 'd["state"] == "alive" and "instance" not in d'
want_json 'd["values"] == {"n": 1, "m": {"a\nb": 2}, "s": "two\nlines",
	"h": d["values"]["h"]} and d["values"]["h"]["count"] == 1'
want_json 'd["incarnation"] == "'"${web_path##*.}"'"'
want_json 'd["boot_id"] == open("/proc/sys/kernel/random/boot_id").read().strip()'
want_json '__import__("re").fullmatch(
	r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", d["time"])'
# Both clocks are read at the same moment: now.
want_json 'abs(__import__("time").clock_gettime_ns(7) - d["boottime_ns"]) < 60e9'
want_json 'abs(__import__("time").time() - __import__("datetime").datetime.
	fromisoformat(d["time"][:26] + "+00:00").timestamp()) < 60'
want_jq '.values.n == 1'

# The built-ins only on request, and no descriptions.
want_no_line cmdline
run -f ndjson --builtins web
want_json '"memstats" in d["values"] and "cmdline" in d["values"]'
run -f ndjson --meta web
want_json 'd["values"]["expvar"]["app"] == "web"'

# Several are several lines, and so is one that is not there.
EXPVAR_INSTANCE='blue "one"'
export EXPVAR_INSTANCE
start batch <<'EOF'
int n 2
EOF
unset EXPVAR_INSTANCE
run -f ndjson batch nobody web
want_status 1
want_err nobody
want_jq -s 'length == 3 and (map(select(.app == "nobody")) | length) == 1'
want_jq -s 'map(select(.app == "nobody"))[0] |
	.state == "not running" and has("values") == false and
	(.time | endswith("Z")) and .boottime_ns > 0 and .boot_id != null'
want_jq -s 'map(select(.app == "batch"))[0].instance == "blue \"one\""'
run -f ndjson --all
want_status 0 1 3
want_jq -s 'map(.app) | contains(["batch", "web"])'

# That it does not run is in the file; with --quiet nobody is told twice.
run -f ndjson -q nobody
want_status 4
want_no_err
want_jq '.state == "not running" and .app == "nobody"'
run -f ndjson -q 999999999
want_status 4
want_jq '.state == "not running" and .pid == 999999999'
run -f ndjson -q $$
want_status 4
want_jq '.state == "not publishing" and .pid == '"$$"
run -q nobody
want_status 4
want_err nobody
want_no_out
# A file that cannot be read is another matter.
run -f ndjson -q "$EXPVAR_DIR/no-such-file" web
want_status 1
want_err no-such-file
want_jq -s 'map(select(.path))[0].state == "unreadable"'

# Of a dead writer, on request: the last values, and that it is dead.
crash "$web"
run -f ndjson -q web
want_status 4
want_jq '.state == "not running"'
run -f ndjson -q --dead web
want_status 0
want_jq '.state == "dead" and .values.n == 1'

# Selecting nothing leaves the fact that it runs.
run -f ndjson -s 'no.*' batch
want_status 4
want_jq '.state == "alive" and .values == {}'
run -f ndjson -s 'n' batch
want_status 0
want_jq '.values == {"n": 2}'

run -f ndjson --get n batch
want_status 2
want_no_out
run -f ndjson --list
want_status 2
want_no_out

finish
