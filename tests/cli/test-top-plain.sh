#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-top-plain.sh - expvar-top without a terminal: --once, --plain, usage
. "$(dirname "$0")/top-support.sh"

top --once -i 10ms web other
want_status 4
want_no_err
want_line 'no process publishes variables'

start web <<'EOF'
counter requests 1000
int n -5
describe n 1 bytes \e a level
float f 0.125
string s hello world
histogram lat 1000 1000 9000
describe lat 0 us \e latency
record job abc 77 0.5
map m
in m int a.b 3
func runs
fail broken
EOF
web=$pid

top --once -i 10ms web other
want_status 0
want_no_err
want_line "^....-..-..T..:..:..Z  web\\.$web  alive  up .*  [0-9]* variables\$"
want_line '^  VARIABLE  *VALUE  *RATE  *MIN  *MEAN  *MAX$'
want_line '^  requests  *1000  *0/s  *0/s  *0/s  *0/s$'
want_line '^  n  *-5B  *-5B  *-5B  *-5B$'
want_line '^  f  *0.125 '
want_line '^  s  *hello world$'
want_line '^  lat p99  *[0-9.]*ms '
want_line '^  m\.a\\\.b  *3 '
want_line '^  broken  *failed$'
want_no_line memstats
top --once -i 10ms --builtins web
want_line '^  memstats\.Sys '

# ---- what is asked for ----

top --once -i 10ms --vars 'mem:requests,lat.p50,rate:n,m.*,memstats.Sys' web
want_status 0
sed -n 's/^  \([a-zA-Z][^ ]*\) .*/\1/p' "$work/out" >"$work/names"
printf '%s\n' VARIABLE requests lat.p50 n 'm.a\.b' memstats.Sys |
	cmp -s - "$work/names" || fail "expected these in this order"
want_line '^  requests  *1000B '
want_line '^  lat\.p50  *[0-9.]*ms '
top --once -i 10ms --filter 'Lat' web
want_status 0
want_line '^  lat '
want_no_line requests
top --once -i 10ms --filter 'nothing at all' web
want_status 4
want_no_line requests
top --once -i 10ms --sort value --vars 'requests,f,n' web
sed -n 's/^  \([a-z][^ ]*\) .*/\1/p' "$work/out" >"$work/names"
printf '%s\n' requests f n | cmp -s - "$work/names" || fail "expected the largest first"

# ---- which processes ----

start other <<'EOF'
int only 1
EOF
other=$pid
top --once -i 10ms web other
want_line "  web\\.$web  alive"
want_line "  other\\.$other  alive"
top --once -i 10ms other
want_no_line web
want_line '^  only '
# Without any it is all of them.
top --once -i 10ms
want_status 0
want_line "  web\\.$web  alive"
want_line "  other\\.$other  alive"
top --once -i 10ms "$web"
want_no_line other
top --once -i 10ms "$path"
want_no_line web
want_line '^  only '
top --once -i 10ms nobody-at-all
want_status 4
crash "$other"
top --once -i 10ms web other
want_no_line other
top --once -i 10ms --dead other
want_line "  other\\.$other  dead"
want_line '^  only  *1 '
top --once -i 10ms "$path"
want_status 0
want_line "  other\\.$other  dead"

# ---- again and again ----

top --plain -n 3 -i 20ms web
want_status 0
[ "$(grep -c "  web\\.$web  alive" "$work/out")" -eq 3 ] || fail "expected three tables"
# Somebody who reads one line only is no reason to complain.
timeout 60 "$top_program" --plain -i 10ms web 2>"$work/err" | head -n 1 >"$work/out"
want_no_err
want_line 'alive'

# ---- --record ----

top --plain -n 3 -i 20ms --record "$work/r.ndjson" web
want_status 0
want_no_err
[ "$(wc -l <"$work/r.ndjson")" -eq 4 ] || fail "expected four lines: one more than tables"
"$dump" -f ndjson web >"$work/dumped"
cp "$work/r.ndjson" "$work/out"
want_jq -s 'all(.app == "web" and .state == "alive" and .values.requests == 1000)'
if have jq; then
	jq -S 'keys' "$work/dumped" >"$work/wanted-keys"
	head -n 1 "$work/r.ndjson" | jq -S 'keys' | cmp -s - "$work/wanted-keys" ||
		fail "expected the members that expvar-dump writes"
fi
[ "$(stat -c %a "$work/r.ndjson")" = 600 ] || fail "expected mode 600"
# Both add to one file.
"$dump" -f ndjson --append -o "$work/r.ndjson" web
top --plain -n 1 -i 20ms --record "$work/r.ndjson" web
[ "$(wc -l <"$work/r.ndjson")" -eq 7 ] || fail "expected seven lines"

top --plain -n 2 -i 20ms --record "$work/r.csv" web
want_status 0
"$dump" -f csv web >"$work/dumped"
head -n 1 "$work/dumped" >"$work/wanted"
head -n 1 "$work/r.csv" | cmp -s - "$work/wanted" || fail "expected the header of expvar-dump"
[ "$(wc -l <"$work/r.csv")" -eq 4 ] || fail "expected a header and three rows"
top --plain -n 1 -i 20ms --chmod 644 --record "$work/r.csv.gz" web
if [ "$status" -eq 0 ] && have gunzip; then
	gunzip -c <"$work/r.csv.gz" | head -n 1 | cmp -s - "$work/wanted" ||
		fail "expected the same, compressed"
	[ "$(stat -c %a "$work/r.csv.gz")" = 644 ] || fail "expected mode 644"
fi
# What --vars names, and the variable that a part of is named.
top --plain -n 1 -i 20ms --vars 'n,lat.p50' --record "$work/some.csv" web
head -n 1 "$work/some.csv" >"$work/out"
want_line ',n \[bytes\]'
want_line ',lat\.p50'
want_no_line requests
# What is not there is a line, too.
top --plain -n 1 -i 20ms --record "$work/none.ndjson" nobody
cp "$work/none.ndjson" "$work/out"
want_jq -s 'length == 2 and all(.app == "nobody" and .state == "not running")'
top --plain -n 1 -i 20ms --record "$work/no/such/directory" web
want_status 1
want_err 'no/such/directory'

# ---- usage ----

top --help
want_status 0
want_line '^Usage: expvar-top'
top --version
want_line '^expvar-top [0-9(]'
for wrong in '--sort size' '--interval 0' '--interval x' '--history 5' \
	'--once -n 3' '--keep 3' '--rotate 1M --record x' '--chmod 644' \
	'--vars a,,b' '--vars mem:' '--nonsense' '--rotate 1M'; do
	# shellcheck disable=SC2086
	top $wrong
	want_status 2
	want_no_out
	want_named_err
done
top ''
want_status 2
top --sort size
want_err 'known are change, name, value, rate, max and given'

stop "$web"
finish
