#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-readme-example.sh - what README.md shows works as it stands there
#
#   - its first C block is docs/examples/hello.c, apart from that file's
#     comment, and compiles without a warning as C99 and as C11;
#   - hello, fed three lines, shows in expvar-dump what README.md shows;
#   - at the end of its input hello ends, and leaves nothing behind.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$PWD}
hello=$builddir/docs/examples/hello
dump=$builddir/tools/expvar-dump

work=$(mktemp -d) || exit 99
running=
trap '[ -z "$running" ] || kill "$running" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
failed=0

complain() {
	echo "$*"
	failed=1
}

# fenced START FILE: the first block that begins with a line matching START
fenced() {
	awk -v start="$1" '
	/^```/ { if (inside) exit; inside = ($0 ~ start); next }
	inside' "$2"
}

fenced '^```c$' "$srcdir/README.md" >"$work/readme.c"
sed -n '/^#include/,$p' "$srcdir/docs/examples/hello.c" >"$work/hello.c"
diff -u "$work/hello.c" "$work/readme.c" ||
	complain "README.md and docs/examples/hello.c differ"
for standard in '-std=c99 -pedantic' '-std=c11 -pedantic' -std=gnu11; do
	# Unquoted: one option or two.
	# shellcheck disable=SC2086
	${CC:-cc} $standard -Wall -Wextra -Wconversion -Wshadow -Werror \
		-I"$srcdir/include" -c -o "$work/readme.o" "$work/readme.c" ||
		complain "it does not compile with $standard"
done

for program in "$hello" "$dump"; do
	[ -x "$program" ] || {
		echo "$0: $program: not built" >&2
		exit 99
	}
done
: "${EXPVAR_DIR:=$work}"
export EXPVAR_DIR

# The document as README.md shows it, without the command line.
awk '/^\$ expvar-dump --no-builtins hello/ { inside = 1; next }
	/^```/ { inside = 0 }
	inside' "$srcdir/README.md" >"$work/expected"

mkfifo "$work/input" || exit 99
"$hello" <"$work/input" &
running=$!
exec 3>"$work/input"
printf '%s\n' one three 'five and a half' >&3
for _ in $(seq 100); do
	"$dump" --no-builtins "$running" >"$work/shown" 2>"$work/messages"
	status=$?
	grep -q '^"lines": 3$' "$work/shown" && break
	sleep 0.1
done
cat "$work/messages"
[ "$status" -eq 0 ] || complain "expvar-dump: exit status $status"
diff -u "$work/expected" "$work/shown" ||
	complain "expvar-dump shows something else than README.md"

exec 3>&-
wait "$running" || complain "hello: exit status $?"
running=
left=$(find "$EXPVAR_DIR" -name 'expvar.*')
[ -z "$left" ] || complain "left behind: $left"
exit "$failed"
