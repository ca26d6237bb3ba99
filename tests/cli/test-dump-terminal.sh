#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-terminal.sh - nothing that others wrote does anything to a terminal (R11)
#
# Names, values, arguments, units and paths hold escape sequences, C0, DEL, C1,
# marks of direction, invisible tags and bytes that are no UTF-8. On a terminal
# none of them arrives; in a pipe JSON has the same values.
# shellcheck disable=SC2034
. "$(dirname "$0")/support.sh"

have "$python" || {
	echo "skipped: no python3, which makes the terminal"
	exit 77
}

# ESC [ 31 m, BEL, DEL, U+009B (C1), U+202E, U+2066, U+200E, U+FEFF, U+E0041,
# U+2028, and two bytes of no character.
evil='\x1b[31m\x07\x7f\xc2\x9b31m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8e\xef\xbb\xbf\xf3\xa0\x81\x81\xe2\x80\xa8\xff\xc0'
app=$(printf 'e\033[31mv\177il')
start "$app" <<EOT
string text $evil
string $evil\x20name and value
int $evil\x20number 1
in map$evil int $evil 2
record rec$evil $evil 5 0.5
histogram h$evil 5
describe h$evil 1 $evil $evil help $evil
func f
float float 1e300
float zero -0.0
counter counter 18446744073709551615
EOT

# on_terminal ARGUMENT...: as run, on a terminal of its own, stderr too
cat >"$work/terminal.py" <<'EOT'
import os, pty, sys
out = open(sys.argv[1], "wb")
def read(fd):
    data = os.read(fd, 65536)
    out.write(data)
    out.flush()
    return data
status = pty.spawn(sys.argv[2:], read, lambda fd: os.read(fd, 1))
sys.exit(os.waitstatus_to_exitcode(status))
EOT
cat >"$work/harmless.py" <<'EOT'
import sys
text = open(sys.argv[1], "rb").read().decode("utf-8")
if not text:
    sys.exit("nothing came")
for c in text:
    n = ord(c)
    if (n < 32 and c != "\n" or 127 <= n < 160 or n in (0x61c, 0xfeff) or
            0x200e <= n <= 0x200f or 0x2028 <= n <= 0x202e or
            0x2066 <= n <= 0x2069 or 0xe0000 <= n <= 0xe007f):
        sys.exit("U+%04X reached the terminal" % n)
EOT
on_terminal() {
	what="expvar-dump $* on a terminal"
	: >"$work/err"
	timeout 60 "$python" "$work/terminal.py" "$work/terminal" "$dump" "$@" \
		</dev/null >/dev/null 2>&1
	status=$?
	tr -d '\r' <"$work/terminal" >"$work/out"
	"$python" "$work/harmless.py" "$work/out" 2>"$work/python" ||
		fail "$(tail -n 1 "$work/python")"
}

for options in "" "-f pretty" "--meta" "--meta -f pretty" "--list" \
	"--list -f json" "--list -f pretty" "-f ndjson" "-f csv" \
	"-f openmetrics" "-f prometheus" "--get text" "--all"; do
	# shellcheck disable=SC2086
	case $options in
	--all | --list*) on_terminal $options ;;
	*) on_terminal $options "$pid" ;;
	esac
	want_status 0 3
done

# The same document, as values.
on_terminal --no-builtins --refresh 0 "$pid"
want_status 0
cp "$work/out" "$work/shown"
run --no-builtins --refresh 0 "$pid"
want_status 0
want_json "d == json.load(open('$work/shown')) and len(d) >= 8"
want_json 'd["counter"] == 18446744073709551615 and
	str(d["zero"]) in ("-0", "-0.0", "0")'

# What does not exist, what is ambiguous, what is dead, on stderr.
on_terminal "$(printf 'no\033]0;x\007\302\233such')"
want_status 4
on_terminal "$EXPVAR_DIR/$(printf 'no\033[31m/\342\200\256such')"
want_status 1
on_terminal "--no-such-$(printf '\033[31m')"
want_status 2
on_terminal -s "$(printf 'no\033[31m')" "$pid"
want_status 4
start "$app" <<'EOT'
int n 1
EOT
second=$pid
# Its name in the file's name.
name=${path##*/expvar.}
on_terminal "${name%.*.*}"
want_status 2
crash "$second"
on_terminal "$path"
want_status 0

finish
