#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-exports.sh - what a library exports, its map lists and its header says
#
# For libexpvar (expvar.h), libexpvar-reader (reader.h) and libexpvar-malloc,
# which has no header:
#   - every exported symbol is in the map, and every name in the map exported;
#   - every function that the header declares is exported, and every one that
#     it defines inline too, for other languages; but not an inline helper
#     whose name ends in an underscore;
#   - every exported symbol is mentioned in the header.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$PWD}
looked=0 failed=0

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

# none WHAT FILE: the file must be empty
none() {
	[ -s "$2" ] || return 0
	sed "s|^|$library: $1: |" "$2"
	failed=1
}

# The names between "global:" and "local:", patterns included.
map_entries() {
	sed -e 's|/\*.*\*/||' -e '/\/\*/,/\*\//d' "$1" |
		sed -n '/global:/,/local:/p' | tr ';' '\n' |
		sed -e 's/.*global://' -e 's/.*local://' | tr -d ' \t' |
		grep . | sort -u
}

# What gcc saw declared in this very header; -aux-info writes a line for each
# function: /* FILE:LINE:KIND */ extern int name (int);
header_functions() {
	echo "#include <expvar/$1>" >"$work/main.c"
	gcc -std=gnu11 -I"$srcdir/include" -aux-info "$work/aux" \
		-c -o "$work/main.o" "$work/main.c" || exit 99
	grep "/expvar/$1:" "$work/aux" | sed 's|^/\*[^*]*\*/ *||' |
		sed -n -e '/^static[^(]*_ (/d' \
			-e 's/^[^(]*[ *]\(expvar_[A-Za-z0-9_]*\) (.*/\1/p' | sort -u
}

# check LIBRARY [HEADER [PART]...]: parts are headers that the header includes;
# none: the names are the C library's
check() {
	library=$1
	shift
	so=$builddir/lib/.libs/$library.so
	map=$srcdir/lib/$library.map
	if [ ! -e "$so" ] || [ ! -e "$map" ]; then
		echo "$library: passed over: no library or no map"
		return
	fi
	# Symbols of kind A are the names of the map's nodes.
	nm --dynamic --defined-only "$so" | awk '$(NF - 1) != "A" { print $NF }' |
		sed 's/@.*//' | sort -u >"$work/exported"
	if [ ! -s "$work/exported" ]; then
		echo "$library: passed over: nothing in it yet"
		return
	fi
	looked=$((looked + 1))

	map_entries "$map" >"$work/map"
	grep -v '[*?]' "$work/map" >"$work/names"
	grep '[*?]' "$work/map" | sed -e 's/\*/.*/g' -e 's/?/./g' >"$work/patterns"

	comm -13 "$work/exported" "$work/names" >"$work/missing"
	none "in the map, not exported" "$work/missing"
	comm -23 "$work/exported" "$work/names" |
		grep -v -x -f "$work/patterns" >"$work/surplus"
	none "exported, not in the map" "$work/surplus"

	echo "$library: $(wc -l <"$work/exported") symbols"
	[ $# -gt 0 ] || return
	(cd "$srcdir/include/expvar" && cat "$@") |
		grep -o 'expvar_[A-Za-z0-9_]*' | sort -u >"$work/words"
	comm -23 "$work/exported" "$work/words" >"$work/unknown"
	none "exported, not in $1" "$work/unknown"

	if command -v gcc >/dev/null 2>&1; then
		for part in "$@"; do
			header_functions "$part"
		done | sort -u >"$work/functions"
		comm -13 "$work/exported" "$work/functions" >"$work/hidden"
		none "declared in $1, not exported" "$work/hidden"
	fi
}

check libexpvar expvar.h cells.h func.h
check libexpvar-malloc
check libexpvar-reader reader.h reader-host.h reader-values.h
[ "$looked" -gt 0 ] || exit 77
[ "$failed" -eq 0 ]
