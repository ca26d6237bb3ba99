#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-headers.sh - each public header compiles by itself, as C99 and as C++11
#
# Clean means no warning under flags that a careful user may have. A compiler
# that is not installed is passed over; with none at all the test is skipped.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
warnings="-Wall -Wextra -Wconversion -Wshadow -pedantic -Werror"
compiled=0 failed=0

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

# check COMPILER LANGUAGE STANDARD HEADER: included twice, as it may happen
check() {
	command -v "$1" >/dev/null 2>&1 || return 0
	printf '#include <expvar/%s>\n#include <expvar/%s>\n%s\n' "$4" "$4" \
		'int main(void) { return 0; }' >"$work/main.$2"
	compiled=$((compiled + 1))
	# Optimised as well: some warnings come from the optimiser.
	# shellcheck disable=SC2086
	if "$1" -x "$2" -std="$3" $warnings -O2 -I"$srcdir/include" \
		-c -o "$work/main.o" "$work/main.$2"; then
		echo "ok: $4: $1 -std=$3"
	else
		echo "failed: $4: $1 -std=$3"
		failed=$((failed + 1))
	fi
}

for header in "$srcdir"/include/expvar/*.h; do
	[ -e "$header" ] || continue
	header=${header##*/}
	for standard in c99 c11; do
		check gcc c "$standard" "$header"
		check clang c "$standard" "$header"
	done
	for standard in c++11 c++17; do
		check g++ c++ "$standard" "$header"
		check clang++ c++ "$standard" "$header"
	done
done

if [ "$compiled" -eq 0 ]; then
	echo "skipped: no header, or none of gcc, clang, g++, clang++"
	exit 77
fi
[ "$failed" -eq 0 ]
