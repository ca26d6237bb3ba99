#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-dead.sh - segments whose writer is gone
. "$(dirname "$0")/support.sh"

start victim <<'EOF'
int n 1
in m string s last words
counter c 5
histogram h 7
func f
func unasked
EOF
run --no-builtins --refresh 10s "$pid"
want_status 0
cp "$work/out" "$work/alive"
crash "$pid"

# The same document, the last results of Funcs included; and a word about it.
run --no-builtins "$path"
want_status 0
want_same_out_as "$work/alive"
want_err dead
run --no-builtins --refresh 10s --timeout 20s "$path"
want_status 0
want_same_out_as "$work/alive"
want_err dead
run --no-builtins -q "$path"
want_status 0
want_same_out_as "$work/alive"
want_no_err

# A copy, with holes where there are zeros, on a disk and on a tmpfs.
for place in "$work" "$EXPVAR_DIR"; do
	cp --sparse=always "$path" "$place/copy"
	run --no-builtins "$place/copy"
	want_status 0
	want_same_out_as "$work/alive"
	want_err dead
done
[ "$(stat -c %b "$place/copy")" -lt "$(stat -c %b "$path")" ] ||
	fail "the copy has no holes"
rm -f "$work/copy" "$EXPVAR_DIR/copy"

# memstats come from a process; of a dead one nothing true is known.
run "$path"
want_status 0
want_json 'd["n"] == 1 and d["cmdline"][0].endswith("publish")'
run --meta --no-builtins "$path"
want_status 0
want_json 'd["n"] == 1'
want_line dead

# By pid: names what it is, and needs --dead.
run --no-builtins "$pid"
want_status 4
want_no_out
run --no-builtins --dead "$pid"
want_status 0
want_same_out_as "$work/alive"
run --no-builtins --dead victim
want_status 0
want_same_out_as "$work/alive"

# A live one of the same name is preferred, or at least the choice is asked for.
start victim <<'EOF'
int n 2
EOF
run --no-builtins victim
want_status 0
printf '{\n"n": 2\n}\n' | want_out
run --no-builtins --dead --newest victim
want_status 0
printf '{\n"n": 2\n}\n' | want_out
stop "$pid"

# Asked to keep the file, an orderly end leaves a closed segment: dead, too.
start kept <<'EOF'
init keep-file
int n 3
EOF
stop "$pid"
run --no-builtins kept
want_status 4
run --no-builtins --dead kept
want_status 0
printf '{\n"n": 3\n}\n' | want_out
run --no-builtins "$path"
want_status 0
want_err dead

# R12: a program that replaced itself: the process is there, its segment is not
# held.
start changeling <<'EOF'
int n 4
exec sleep 1000
EOF
run --no-builtins "$path"
want_status 0
printf '{\n"n": 4\n}\n' | want_out
run --list
want_line "changeling.*unknown"

finish
