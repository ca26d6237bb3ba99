#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-top-screen.sh - expvar-top in a terminal: what is seen, keys, sizes
. "$(dirname "$0")/top-support.sh"
need_tmux

move web
web=$pid

# ---- 80 by 24 ----

open 80 24 -i 100ms web
until_screen '^ expvar-top   1 process   '
until_screen "^ web  pid $web  . alive  up "
want_line '^ VARIABLE  *VALUE  *RATE  *MIN  *MEAN  *MAX *$'
until_screen '^ requests  *[0-9]* .*/s .*[▁▂▃▄▅▆▇█]'
until_screen '^ latency p99 .*ms'
want_line '─now$'
want_line '^ ? help'
[ "$(wc -l <"$work/out")" -eq 24 ] || fail "expected 24 lines"
# Braille.
until_screen '│.*[⠁⠂⠄⡀⢀⠠⠐⠈⠒⠉⠤⣀⡠⠔⠊⠑⠢⢄⢠⡄⠃⠘⡰⢆]'

# ---- keys ----

keys /
until_screen '^ Filter: _'
keys l o a d
until_screen '^ Filter: load_ .*1 of 1'
until_no_screen '^ requests'
keys Enter
until_screen '^ Filter: load .*Esc clears'
until_screen '─ load [0-9.]*% ─'
keys Escape
until_screen '^ requests'
keys s
until_screen 'VARIABLE▴'
keys s
until_screen '▾VALUE'
keys r
until_screen '▴VALUE'
keys S
until_screen 'VARIABLE▴'
keys G
until_screen '─ status'
keys g
until_screen '─ cache\.hits '
keys l
until_screen ', log ─'
keys l
until_no_screen ', log ─'
keys b
until_screen '[▘▝▖▗▚▞▀▄▌▐]'
keys b
keys ']'
until_screen ' 2m ─'
keys '[' '['
until_screen ' 30s ─'
keys =
until_screen ' 1m ─'
keys Space
until_screen '‖ paused'
keys p
until_screen '● live'
keys +
until_screen 'every 0.2s'
keys -
until_screen 'every 0.1s'
keys '?'
until_screen '─ Keys ─'
keys q
until_no_screen '─ Keys ─'
# The chart alone, then none.
keys Enter
until_no_screen VARIABLE
until_screen '─ cache\.hits '
keys Enter
until_screen VARIABLE
until_no_screen '─now$'
keys Enter
until_screen '─now$'

# ---- sizes ----

resize 200 60
until_screen '^ VARIABLE.*│─ cache'
until_screen '│ variable    cache\.hits'
until_screen '│ incarnation [0-9a-f]\{16\}'
[ "$(wc -l <"$work/out")" -eq 60 ] || fail "expected 60 lines"
keys / l a t e Enter
until_screen '─ latency p50 p90 p99 p99\.9'
until_screen '│ p99.9  *[0-9.]*ms'
until_screen 'from the request to the last byte'
keys Escape
for size in '20 5' '1 1' '39 10' '132 43' '80 24'; do
	# shellcheck disable=SC2086
	resize $size
	sleep 0.3
done
until_screen '^ ? help'
until_screen '─now$'

# ---- the end ----

keys q
close
want_status 0
want_no_err
want_line '^over$'
want_no_line 'expvar-top'

# Ctrl-C, in the middle of anything.
open 80 24 -i 100ms web
until_screen 'requests'
keys / x
keys C-c
close
want_status 0
want_line '^over$'

# Told to end: the terminal is as it was.
open 80 24 -i 100ms web
until_screen 'requests'
shell=$(mux list-panes -F '#{pane_pid}')
kill -TERM "$(tr -d ' ' <"/proc/$shell/task/$shell/children")"
close
want_status 143
want_line '^over$'
want_no_line 'expvar-top'

# To the shell and back.
if have bash; then
	what="expvar-top, stopped"
	terminals=$((terminals + 1))
	mux -f /dev/null new-session -d -x 80 -y 24 \
		"TERM=screen-256color PS1='ready> ' exec bash --norc"
	until_screen 'ready>'
	keys "clear; '$top_program' -i 100ms web" Enter
	until_screen '^ requests'
	keys C-z
	until_screen '^.1.+  *Stopped'
	until_no_screen '^ requests'
	keys fg Enter
	until_screen '^ requests'
	keys q
	until_no_screen '^ requests'
	until_screen 'Stopped'
	mux kill-server
fi

# So many looks.
open 80 24 -i 50ms -n 4 web
close
want_status 0

# ---- no colours, no UTF-8 ----

colours=$(printf '\033\[[0-9;]*[34]8;5;')
open 80 24 -i 100ms web
until_screen 'requests'
mux capture-pane -p -e >"$work/out"
grep -q "$colours" "$work/out" || fail "expected colours"
mux kill-server
settings='LC_ALL=C.UTF-8 NO_COLOR=1'
open 80 24 -i 100ms web
until_screen 'requests'
mux capture-pane -p -e >"$work/out"
grep -q "$colours" "$work/out" && fail "expected no colours"
mux kill-server
settings='LC_ALL=C'
open 80 24 -i 100ms web
until_screen 'requests'
until_screen '|.*[.:'"'"']'
want_line '+-1m---'
LC_ALL=C grep -q '[^ -~]' "$work/out" && fail "expected nothing but ASCII"
mux kill-server
settings='LC_ALL=C.UTF-8'
open 80 24 -i 100ms --ascii --no-color web
until_screen '+-1m---'
mux kill-server

# ---- no terminal at all ----

settings='TERM=no-such-terminal'
open 80 24 web
close
want_status 1
want_err "unknown terminal 'no-such-terminal'"

finish
