#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-top-lives.sh - expvar-top and processes that come, die and come again
. "$(dirname "$0")/top-support.sh"
need_tmux

open 80 24 -i 100ms web other hidden broken
until_screen 'no process publishes variables; waiting'
start web <<'EOF'
int n 41
string s text
EOF
first=$pid
until_screen "^ web  pid $first  . alive"
until_screen '^ n  *41 '

# Crashed: the last values stay, with what is known of its end.
crash "$first"
until_screen "^ web  pid $first  . dead  .* ago"
until_screen ', 1 dead '
want_line '^ n  *41 '
want_line '^ s  *text'

# Another life in its place.
start web <<'EOF'
int n 7
EOF
second=$pid
until_screen "^ web  pid $second  . alive"
until_screen '1 restart'
until_screen '^ n  *7 '
until_screen '↻'
# A further one beside it has nothing to do with that.
start other <<'EOF'
int n 70
EOF
other=$pid
until_screen "^  web  *$second  alive "
until_screen "^  other  *$other  alive "
until_screen '^▸ all 2, of which 2 live'
until_screen "^ n  *web\\.$second  *7 "
until_screen "^ n  *other\\.$other  *70 "
keys Tab
until_screen "^▸ web "
until_no_screen '^ n  *70 '
keys 2
until_screen "^▸ other "
until_screen '^ n  *70 '
keys 0
until_screen '^▸ all 2'

# An orderly end is another thing.
stop "$other"
until_screen "^  other  *$other  ended "
keys x
until_no_screen "other"
stop "$second"
until_screen "^ web  pid $second  . ended"
until_screen '^ n  *7 '
keys q
close
want_status 0
want_no_err

# What cannot be read is said. (As root everything can.)
if [ "$(id -u)" -ne 0 ]; then
	start hidden <<'EOF'
int n 1
EOF
	chmod 0 "$path"
	open 80 24 -i 100ms web other hidden broken
	until_screen '1 not readable'
	keys q
	close
	want_status 0
fi
printf 'no segment' >"$EXPVAR_DIR/expvar.broken.1.0123456789abcdef"
open 80 24 -i 100ms web other hidden broken
until_screen 'broken  pid 1  . failed'
keys q
close
want_status 0

finish
