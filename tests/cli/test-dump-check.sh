#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-check.sh - expvar-dump --check 'PATH OP NUMBER', and --get of all types
. "$(dirname "$0")/support.sh"

start web <<'EOF'
counter big 18446744073709551615
int n -5
float f 0.25
float nan nan
string s text
string digits 42
histogram took 100 2000
map m
in m int a.b 3
in m int a>b 4
record job abc 77 0.5
func f2
fail broken
null z
EOF

# holds CONDITION: true for web, without a word
holds() {
	run --check "$1" web
	want_status 0
	want_no_out
	want_no_err
}

# fails STATUS CONDITION
fails() {
	run --check "$2" web
	want_status "$1"
	want_no_out
}

holds 'n < 0'
holds 'n<0'
holds ' n <= -5 '
holds 'n >= -5'
holds 'n = -5'
holds 'n == -5'
holds 'n == -5.0'
holds 'n != 5'
holds 'n > -1e1'
holds 'f > .2'
holds 'big = 18446744073709551615'
fails 1 'big = 18446744073709551614'
fails 1 'big < 18446744073709551615'
holds 'm.a\.b = 3'
holds 'm.a>b = 4'
holds 'm.a>b>3'
holds 'took.count = 2'
holds 'took.p99 >= 1900'
holds 'job.bytes = 77'
holds 'job.done = 1'
holds 'f2.runs >= 1'
fails 1 'n > 0'
want_err "n > 0"
run -q --check 'n > 0' web
want_status 1
want_no_err
fails 4 'nobody > 0'
want_err nobody
fails 4 's > 0'
want_err 'no number'
fails 4 'm > 0'
fails 4 'nan > 0'
# A string stays a string, whatever is in it.
fails 4 'digits = 42'
for wrong in '' ' ' 'n' 'n <' '< 3' 'n ~ 3' 'n < x' 'n < 3 4' 'n < 0x10' \
	'n < nan' 'n < inf' 'n << 3x'; do
	fails 2 "$wrong"
	want_named_err
done
run --check 'n < 0' nobody
want_status 4
run --check 'n < 0' --get n web
want_status 2
run --check 'n < 0' -f json web
want_status 2

# It must hold for all of them.
start batch <<'EOF'
int n 7
EOF
run --check 'n < 10' web batch
want_status 0
run --check 'n < 0' web batch
want_status 1
run --check 'f < 1' web batch
want_status 4

# ---- --get ----

# got PATH TEXT
got() {
	run --get "$1" web
	want_status 0
	want_no_err
	printf '%s\n' "$2" | want_out
}

got big 18446744073709551615
got n -5
got f 0.25
got nan null
got s text
got digits 42
got z null
got m '{"a.b": 3, "a\u003eb": 4}'
got 'm.a\.b' 3
got took.count 2
got job '{"job":"abc","bytes":77,"ratio":0.5,"level":-1,"done":true}'
got job.job abc
got job.ratio 0.5
got broken null
run --get took web
want_json 'd["count"] == 2 and d["sum"] == 2100'
run --get f2 web
want_json 'list(d) == ["runs"]'
run --get n web batch
want_status 0
want_json 'sorted(d.values()) == [-5, 7]'

finish
