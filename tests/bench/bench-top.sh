#!/bin/sh
# SPDX-License-Identifier: MIT
#
# bench-top.sh [SECONDS] - what it costs to look at 10,000 variables
#
# Runs expvar-top in a terminal of 200 by 60 (tmux) for SECONDS (20), in front
# of a program with 10,000 counters that all move, and prints the processor
# time it took: of a second, and of a look, which is reading, sorting and
# drawing together. On a machine with other work it is the same time.
#
# Needs builddir (default: the current directory) and tmux. 77: no tmux.

builddir=$(cd "${builddir:-.}" && pwd) || exit 99
seconds=${1:-20}
top=$builddir/tools/expvar-top
moving=$builddir/tests/support/moving
for needed in tmux "$top" "$moving"; do
	command -v "$needed" >/dev/null || {
		echo "skipped: no $needed"
		exit 77
	}
done
work=$(mktemp -d /dev/shm/bench-top.XXXXXX) || exit 99
EXPVAR_DIR=$work
export EXPVAR_DIR
program=
clean_up() {
	tmux -S "$work/tmux" kill-server 2>/dev/null
	[ -z "$program" ] || kill "$program" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM

# Ticks of the processor that a process and its children took.
ticks() {
	for one in $1 $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		sed 's/.*) //' "/proc/$one/stat"
	done | awk '{ sum += $12 + $13 } END { print sum }'
}

for many in 0 1000 10000; do
	EXPVAR_APP=bench-top-moving "$moving" --many $many >"$work/ready" &
	program=$!
	until [ -s "$work/ready" ]; do sleep 0.1; done
	tmux -S "$work/tmux" -f /dev/null new-session -d -x 200 -y 60 \
		"exec env LC_ALL=C.UTF-8 TERM=screen-256color '$top' bench-top-moving"
	pid=$(tmux -S "$work/tmux" list-panes -F '#{pane_pid}')
	sleep 3
	before=$(ticks "$pid")
	sleep "$seconds"
	after=$(ticks "$pid")
	tmux -S "$work/tmux" kill-server
	kill "$program"
	wait "$program" 2>/dev/null
	program=
	rm -f "$work/ready"
	echo "$many $((after - before)) $seconds $(getconf CLK_TCK)" |
		awk '{ s = $2 / $4 / $3; printf "%6d variables and 14 more: %5.2f %% of a processor, %5.2f ms a look\n", $1, s * 100, s * 1000 }'
done
