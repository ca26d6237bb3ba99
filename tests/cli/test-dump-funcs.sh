#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-funcs.sh - --refresh: asking a writer for fresh values of its Funcs
. "$(dirname "$0")/support.sh"

now_ms() {
	read -r uptime rest </proc/uptime
	echo "$((${uptime%.*} * 1000 + 1${uptime#*.}0 - 1000))"
}

# took LIMIT_MS: the last run, since $began
took() {
	elapsed=$(($(now_ms) - began))
	[ "$elapsed" -le "$1" ] || fail "took $elapsed ms, not $1"
}

start web <<'EOF'
func f
in m func g
int n 1
EOF

# Nobody asked yet.
run --no-builtins --refresh 0 "$pid"
want_status 0
printf '{\n"f": null,\n"m": {"g": null},\n"n": 1\n}\n' | want_out
# Asked by default; 100 ms are plenty unless this machine is busy.
for i in 1 2 3; do
	run --no-builtins "$pid"
	want_status 0
	grep -q '"f": null' "$work/out" || break
done
printf '{\n"f": {"runs":1},\n"m": {"g": {"runs":1}},\n"n": 1\n}\n' | want_out
# The result stays, and is all there is without asking.
run --no-builtins --refresh 0 "$pid"
want_status 0
printf '{\n"f": {"runs":1},\n"m": {"g": {"runs":1}},\n"n": 1\n}\n' | want_out
# Asked again later, they run again.
sleep 0.2
run --no-builtins --refresh 2s "$pid"
want_status 0
want_json 'd["f"] == d["m"]["g"] == {"runs": 2}'

# A burst of readers costs few runs.
i=0
began=$(now_ms)
while [ $i -lt 30 ]; do
	run --no-builtins "$pid"
	want_status 0
	i=$((i + 1))
done
elapsed=$(($(now_ms) - began))
most=$((2 + elapsed / 50 + 2))
want_json "3 <= d['f']['runs'] <= $most"

# Fresh where it is read: --get asks, too.
sleep 0.2
run --get f --refresh 2s "$pid"
want_status 0
want_json "d['runs'] > 3"
stop "$pid"

# ---- A slow Func never holds up a dump beyond --refresh ----

start slow <<'EOF'
func slow 1500
int n 1
EOF
began=$(now_ms)
run --no-builtins "$pid"
took 1200
want_status 0
printf '{\n"n": 1,\n"slow": null\n}\n' | want_out
began=$(now_ms)
run --no-builtins --refresh 50ms "$pid"
took 1200
want_status 0
want_json 'd["n"] == 1'
run --no-builtins --refresh 20s "$pid"
want_status 0
want_json 'd["slow"]["runs"] >= 1'
# What it computed meanwhile is there without waiting.
began=$(now_ms)
run --no-builtins --refresh 0 "$pid"
took 1000
want_json 'd["slow"]["runs"] >= 1'
# So for times in other units; --timeout bounds it all.
for time in 1us 1ms 0.01 0.01s 0m 0h; do
	began=$(now_ms)
	run --no-builtins --refresh $time "$pid"
	took 1200
	want_status 0
done
began=$(now_ms)
run --no-builtins --refresh 1h --timeout 200ms "$pid"
took 1400
want_json_or_nothing
crash "$pid"

# ---- Several are asked first, then waited for once ----

targets=
for i in 1 2 3 4; do
	start "slow$i" <<'EOF'
func slow 600
EOF
	targets="$targets $pid"
done
began=$(now_ms)
# shellcheck disable=SC2086
run --no-builtins --refresh 20s $targets
took 2000
want_status 0
want_json 'len(d) == 4 and all(v == {"slow": {"runs": 1}} for v in d.values())'
for one in $targets; do
	crash "$one"
done

# ---- Nobody runs them: null, and no waiting ----

start still <<'EOF'
init no-thread
func f
int n 1
EOF
began=$(now_ms)
run --no-builtins --refresh 300ms "$pid"
took 1500
want_status 0
printf '{\n"f": null,\n"n": 1\n}\n' | want_out
# A stopped process answers nobody, but is read.
start stopped <<'EOF'
func f
int n 2
EOF
kill -STOP "$pid"
began=$(now_ms)
run --no-builtins "$pid"
took 1500
want_status 0
printf '{\n"f": null,\n"n": 2\n}\n' | want_out

finish
