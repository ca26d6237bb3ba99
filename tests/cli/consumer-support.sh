# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# consumer-support.sh - starting the programs that read what ours print; the
# tests source it behind httpd-support.sh
#
#   need PROGRAM PACKAGE  skips the test if the program, or file, is not there
#   launch NAME COMMAND...  start it in the background, its own files in
#                         $work/NAME, its messages in $work/NAME.log
#   await WHAT COMMAND... until the command succeeds, at most 20 s
#   fleet NAME            the block of docs/fleet.md that is called so

need() {
	have "$1" || [ -e "$1" ] || {
		echo "skipped: no $1 (Debian: $2)"
		exit 77
	}
}

fleet() {
	awk -v name="<!-- $1 -->" '
	$0 == name { found = 1; next }
	found && /^```/ { if (inside) exit; inside = 1; next }
	inside' "${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/docs/fleet.md"
}

launch() {
	name=$1
	shift
	mkdir -p "$work/$name"
	(cd "$work/$name" && exec "$@") >"$work/$name.log" 2>&1 &
	pids="$pids $!"
}

await() {
	what=$1
	shift
	tries=200
	while [ $tries -gt 0 ]; do
		"$@" && return 0
		tries=$((tries - 1))
		sleep 0.1
	done
	status=none
	: >>"$work/err"
	fail "it did not happen"
	for log in "$work"/*.log; do
		sed "s|^|  $(basename "$log"): |" "$log" | tail -n 8
	done
	finish
}
