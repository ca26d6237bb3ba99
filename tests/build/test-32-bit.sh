#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-32-bit.sh - 32-bit builds are refused, and told why
#
# T12. By configure before it looks at the compiler, and by each public header
# before the system's, so that neither needs 32-bit libraries to say so.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
why='expvar is for 64-bit targets only'
checked=0 failed=0

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

# refused WHAT COMMAND...: it fails, and says why
refused() {
	what=$1
	shift
	checked=$((checked + 1))
	if "$@" >"$work/out" 2>&1; then
		echo "failed: $what: is accepted"
	elif ! grep -qF "$why" "$work/out"; then
		echo "failed: $what: does not say why:"
		head -n 5 "$work/out"
	else
		echo "ok: $what"
		return
	fi
	failed=$((failed + 1))
}

cd "$work" || exit 99
refused "configure CC='gcc -m32'" "$srcdir/configure" CC='gcc -m32'
refused "configure CFLAGS=-mx32" "$srcdir/configure" CFLAGS='-O2 -mx32'
for compiler in gcc clang; do
	command -v $compiler >/dev/null 2>&1 || continue
	# A compiler for other processors does not know the option at all.
	echo 'int x;' >"$work/probe.c"
	$compiler -m32 -c -o "$work/probe.o" "$work/probe.c" 2>/dev/null ||
		continue
	for header in "$srcdir"/include/expvar/*.h; do
		name=${header##*/}
		echo "#include <expvar/$name>" >"$work/main.c"
		refused "$compiler -m32, $name" $compiler -m32 -fsyntax-only \
			-I"$srcdir/include" "$work/main.c"
	done
done
echo "$checked ways to build for 32 bits, $failed not refused as they should"
[ "$failed" -eq 0 ]
