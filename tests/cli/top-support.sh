# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# top-support.sh - expvar-top in a real terminal, for test-top-*.sh
#
# Others may publish on this host: the names of ours are targets.
#
#   top ARGUMENT...            as run of support.sh, with expvar-top
#   move APP [OPTION]...       starts tests/support/moving; sets pid
#   open COLUMNS ROWS ARGUMENT...  expvar-top in a terminal of tmux; $settings
#                              go before it: LC_ALL=C ...
#   keys KEY...                as tmux calls them: a, Enter, Up, C-c
#   look                       the screen goes to $work/out
#   until_screen PATTERN       waits until a line of it has PATTERN
#   until_no_screen PATTERN    waits until none has
#   resize COLUMNS ROWS
#   close                      waits for its end; sets status
# shellcheck disable=SC2034

. "$(dirname "$0")/support.sh"

# For grep: what is drawn with are characters.
LC_ALL=C.UTF-8
export LC_ALL
top_program=$builddir/tools/expvar-top
moving=$builddir/tests/support/moving
[ -x "$top_program" ] || {
	echo "skipped: no $top_program"
	exit 77
}

top() {
	what="expvar-top $*"
	timeout 60 "$top_program" "$@" >"$work/out" 2>"$work/err"
	status=$?
}

# Lines of a list may be indented instead.
want_named_err() {
	head -n 1 "$work/err" | grep -q '^expvar-top: ' ||
		fail "expected 'expvar-top: ' before the message"
}

move() {
	app=$1
	shift
	EXPVAR_APP=$app "$moving" "$@" >"$work/said" &
	pid=$!
	pids="$pids $pid"
	read -r said <"$work/said"
	[ "$said" = ready ] || {
		echo "moving of $app is not ready" >&2
		exit 99
	}
}

# ---- the terminal ----

need_tmux() {
	have tmux || {
		echo "skipped: no tmux, which makes the terminal"
		exit 77
	}
}

# One that was just told to end is no server any more: each has its socket.
terminals=0
mux() {
	tmux -S "$work/tmux.$terminals" "$@"
}

end_mux() {
	mux kill-server 2>/dev/null
	clean_up
}
trap end_mux EXIT

settings=LC_ALL=C.UTF-8

open() {
	what="expvar-top in a terminal of $1 by $2"
	columns=$1
	rows=$2
	shift 2
	terminals=$((terminals + 1))
	: >"$work/err"
	rm -f "$work/status"
	{
		echo "#!/bin/sh"
		printf "env TERM=screen-256color %s '%s'" "$settings" "$top_program"
		for argument; do
			printf " '%s'" "$argument"
		done
		# What is left on the screen is seen behind the program's end.
		printf " 2>'%s'\necho \$? >'%s'\necho over\nexec sleep 1000\n" \
			"$work/err" "$work/status"
	} >"$work/terminal.sh"
	mux -f /dev/null new-session -d -x "$columns" -y "$rows" \
		"exec sh '$work/terminal.sh'" || exit 99
}

keys() {
	mux send-keys "$@"
}

look() {
	mux capture-pane -p >"$work/out"
}

# until_it PATTERN -gt|-eq WORD: until so many lines have it, more than none or
# none; it may take long where the machine does something else.
until_it() {
	tries=0
	look
	until [ "$(grep -c -e "$1" "$work/out")" "$2" 0 ]; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || {
			status=none
			what="$what, waiting for $3 '$1'"
			fail "it was in vain:"
			cat "$work/out"
			return 1
		}
		sleep 0.1
		look
	done
}

until_screen() {
	until_it "$1" -gt ""
}

until_no_screen() {
	until_it "$1" -eq no
}

resize() {
	mux resize-window -x "$1" -y "$2"
}

close() {
	tries=0
	until [ -s "$work/status" ] || [ $tries -eq 300 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	status=$(cat "$work/status" 2>/dev/null)
	# The terminal may be slower than the file.
	tries=0
	until look; grep -q '^over$' "$work/out" || [ $tries -eq 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	mux kill-server
	: "${status:=none}"
}
