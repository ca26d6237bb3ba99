#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-usage.sh - --help, --version, and what is wrong usage
. "$(dirname "$0")/support.sh"

for help in -h --help; do
	run $help
	want_status 0
	want_no_err
	want_line '[Uu]sage: expvar-dump'
	for option in list all select exclude get format meta process pss builtins \
		no-builtins refresh output quiet timeout help version newest \
		dead watch count rate check merge diff why; do
		want_line "--$option"
	done
	# It ends with examples and exit codes.
	want_line '[Ee]xamples'
	want_line '[Ee]xit'
	tail -n 20 "$work/out" | grep -q -i exit ||
		fail "expected exit codes at the end"
done
for version in -V --version; do
	run $version
	want_status 0
	want_no_err
	want_line '^expvar-dump .*0\.1\.0'
done
# Whatever else stands there.
run --help --no-such-option
want_status 0 2

start web <<'EOF'
int n 1
EOF

# wrong ARGUMENT...: refused before anything is printed
wrong() {
	run "$@"
	want_status 2
	want_no_out
	want_named_err
}

wrong --no-such-option
wrong --no-such-option web
wrong -Z web
wrong -f
wrong --format
wrong -f nonsense web
wrong --format= web
wrong --refresh
wrong --select
wrong --get
wrong -o
for time in '' x 5x -1 1ss '1 s' 5days nan inf 1e400s; do
	wrong --refresh "$time" web
	wrong --timeout "$time" web
done

# An unknown option is named.
run --no-such-option web
want_err no-such-option
run -f nonsense web
want_err nonsense
run --refresh 5x web
want_err 5x

# Options may stand behind targets; -- ends them.
run web --no-builtins
want_status 0
printf '{\n"n": 1\n}\n' | want_out
run --no-builtins -- web
want_status 0
printf '{\n"n": 1\n}\n' | want_out
run --no-builtins -- --all
want_status 4
want_no_out
# The empty name is none.
run --no-builtins ''
want_status 2 4
want_no_out
want_named_err

finish
