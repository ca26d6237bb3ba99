#!/bin/sh
# SPDX-License-Identifier: MIT
#
# top.sh [SECONDS] - makes top.svg from a real screen
#
# Two programs that play servers (tests/support/moving), one of which is started
# again in between, in front of expvar-top in a terminal of tmux. Takes SECONDS
# (100), so that there is something to see.
#
# Needs builddir (default: the current directory), tmux and python3.

here=$(cd "$(dirname "$0")" && pwd) || exit 99
builddir=$(cd "${builddir:-.}" && pwd) || exit 99
seconds=${1:-100}
work=$(mktemp -d /dev/shm/expvar-picture.XXXXXX) || exit 99
EXPVAR_DIR=$work
export EXPVAR_DIR
pids=
clean_up() {
	tmux -S "$work/tmux" kill-server 2>/dev/null
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null
	wait 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM

play() {
	EXPVAR_APP=$1 "$builddir/tests/support/moving" --seed "$2" >/dev/null &
	pids="$pids $!"
}
mux() {
	tmux -S "$work/tmux" "$@"
}

play webshop 5
first=$!
play search 17
sleep 1
mux -f /dev/null new-session -d -x 112 -y 34 "exec env LC_ALL=C.UTF-8 \
	TERM=screen-256color '$builddir/tools/expvar-top' --interval 500ms webshop search"
sleep $((seconds * 2 / 3))
kill "$first"
sleep 3
play webshop 6
sleep $((seconds / 3))
# The first process, and the variable that has most to show.
mux send-keys 1
sleep 0.3
mux send-keys Down Down Down Down l
sleep 1.2
mux capture-pane -p -e -N >"$work/screen"
python3 "$here/screen-to-svg.py" "expvar-top in front of two processes" \
	<"$work/screen" >"$here/top.svg.new" &&
	mv "$here/top.svg.new" "$here/top.svg"
