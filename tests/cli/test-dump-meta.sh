#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-meta.sh - --meta adds the object `expvar`
. "$(dirname "$0")/support.sh"

start web <<'EOF'
int n 1
int z 2
func f
describe n 1 bytes \e Size of the queue.
EOF
run --no-builtins "$pid"
want_json '"expvar" not in d'
run --no-builtins --meta "$pid"
want_status 0
want_no_err
want_json 'list(d) == ["expvar", "f", "n", "z"]'
want_json 'isinstance(d["expvar"], dict) and d["n"] == 1'
want_json "d['expvar']['app'] == 'web' and d['expvar']['pid'] == $pid"
want_json "d['expvar']['incarnation'] == '${path##*.}'"
want_json '"schema" in d["expvar"]'
# Writer state and evidence, times, sizes, losses: the names are the tool's.
want_json '"\"alive\"" in s'
want_json 'any("lost" in k or "loss" in k for k in str(d["expvar"]).split())'
want_json '"truncat" in str(d["expvar"])'

# Beside the built-ins it is sorted like the others.
run --meta "$pid"
want_status 0
want_json 'list(d) == ["cmdline", "expvar", "f", "memstats", "n", "z"]'
run --meta -f pretty "$pid"
want_status 0
want_json 'list(d) == ["cmdline", "expvar", "f", "memstats", "n", "z"]'

# Each of several documents has its own.
first=$pid
start batch <<'EOF'
EOF
run --meta --no-builtins "$first" "$pid"
want_status 0
want_json "d['web.$first']['expvar']['app'] == 'web'"
want_json "d['batch.$pid']['expvar']['pid'] == $pid"

finish
