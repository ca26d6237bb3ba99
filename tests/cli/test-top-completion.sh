#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-top-completion.sh - what bash offers behind expvar-top
. "$(dirname "$0")/top-support.sh"

tool=expvar-top
. "$(dirname "$0")/completion-support.sh"

start web <<'EOF'
int n 1
EOF

offers expvar-top --pl
printf -- '--plain\n' | want_out
offers expvar-top -
for option in -i --interval --vars --record --once; do
	want_line "^$option\$"
done
offers --sort ''
for order in change name value rate max given; do
	want_line "^$order\$"
done
offers expvar-top we
want_line '^web$'
offers expvar-top "$pid"
want_line "^$pid\$"
: >"$work/history.csv"
offers --record "$work/hist"
want_line "^$work/history.csv\$"
# Arguments that could be anything are left to the user.
offers --vars ''
want_no_line .
offers -i 1
want_no_line .

stop "$pid"
finish
