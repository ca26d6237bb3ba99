#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-top-hostile.sh - expvar-top: names and values that want to be something
# else, and 10,000 of them
. "$(dirname "$0")/top-support.sh"
need_tmux

# Escape sequences, C0, DEL, C1, marks of direction, a tag, no UTF-8.
evil='\x1b[31m\x07\x7f\xc2\x9b31m\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf\xf3\xa0\x81\x81\xff'
app=$(printf 'e\033[31mv\177il')
start "$app" <<EOT
string a.title \x1b]0;owned\x07
int b$evil 1
string c $evil
int d\xe6\xbc\xa2\xe5\xad\x97 22
int e\xcc\x81\xcc\x82\xcc\x83\xcc\x84 33
int f\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d 44
string g \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d
int \e 55
int \xcc\x81alone 66
describe b$evil 1 $evil $evil $evil
EOT

for settings in LC_ALL=C.UTF-8 LC_ALL=C; do
	open 200 60 -i 100ms --sort name "$pid"
	until_screen '^ a\\\.title '
	want_line 'owned'
	until_screen ' 66 '
	want_line '^ d.* 22 '
	want_line '^ e.* 33 '
	want_line '^ f.* 44 '
	# The columns stay where they are, whatever stands before them.
	if [ "$settings" = LC_ALL=C.UTF-8 ] && have "$python"; then
		"$python" - "$work/out" <<'EOF' || fail "expected straight columns"
import sys, unicodedata
ends = set()
for line in open(sys.argv[1], encoding="utf-8"):
    for value in (" 22 ", " 33 ", " 44 ", " 66 "):
        if line.startswith((" d", " e", " f", " \\u0301")) and value in line:
            before = line[:line.index(value) + 3]
            ends.add(sum(0 if unicodedata.combining(c) else
                         2 if unicodedata.east_asian_width(c) in "WF" else 1
                         for c in before))
sys.exit(len(ends) != 1)
EOF
	fi
	[ "$(mux display-message -p '#{pane_title}')" != owned ] ||
		fail "expected another title of the terminal"
	LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$work/out" &&
		fail "expected no control characters"
	if [ "$settings" = LC_ALL=C ]; then
		LC_ALL=C grep -q '[^ -~]' "$work/out" && fail "expected ASCII"
	fi
	keys G
	keys Enter
	sleep 0.3
	keys q
	close
	want_status 0
	want_no_err
done
settings=LC_ALL=C.UTF-8
stop "$pid"

# ---- many ----

move crowd --many 10000
open 80 24 -i 200ms crowd
until_screen '10014 variables'
until_screen '^ cache\.hits '
keys G
until_screen '^ worke.*09991 '
keys / 0 9 9 9 9
until_screen '1 of 100[0-9]*'
# What is cut out of a long name is its middle.
until_screen '^ worke.*09999 '
keys Escape
until_screen '^ cache\.hits '
keys s s
until_screen '▾VALUE'
keys q
close
want_status 0
want_no_err

finish
