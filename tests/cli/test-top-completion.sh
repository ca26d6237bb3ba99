#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-top-completion.sh - what bash offers behind expvar-top
. "$(dirname "$0")/top-support.sh"

have bash || {
	echo "skipped: no bash"
	exit 77
}
script=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tools/completion/expvar-top

# offers PREVIOUS CURRENT: what is offered goes to $work/out, a line each
offers() {
	what="completion of '$2' behind '$1'"
	status=0
	bash --norc -c '. "$1" && _expvar_top "$2" "$4" "$3" &&
		printf "%s\n" "${COMPREPLY[@]}"' bash "$script" "$top_program" "$1" \
		"$2" >"$work/out" 2>"$work/err" || status=$?
	want_no_err
}

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
