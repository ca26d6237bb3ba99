#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-layers.sh - who may include what, and who may know what
#
#   include/expvar/  includes only itself and the system
#   lib/common/      nothing of lib/publish/ and lib/read/
#   lib/publish/     nothing of lib/read/
#   lib/read/        nothing of lib/publish/
#   lib/malloc/      nothing of lib/publish/ and lib/read/
#   tools/           <expvar/reader.h> and files of tools/
#   tests, docs      anything
#
# Atomic operations stand in include/expvar/word.h only, liburcu is mentioned
# in lib/publish/rcu.[ch] only. Comments may say what they like.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$srcdir" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

find include lib tools -name '*.[ch]' 2>/dev/null | sort >"$work/files"
if [ ! -s "$work/files" ]; then
	echo "skipped: no sources"
	exit 77
fi

# Every line of code as FILE:LINE:TEXT, comments taken out.
code() {
	awk '
	FNR == 1 { inside = 0 }
	{
		out = ""
		quote = ""
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			two = substr($0, i, 2)
			if (inside) {
				if (two == "*/") { inside = 0; i++ }
			} else if (quote != "") {
				out = out c
				if (c == "\\") { i++; out = out substr($0, i, 1) }
				else if (c == quote) quote = ""
			} else if (two == "/*") {
				inside = 1
				i++
			} else if (two == "//") {
				break
			} else {
				if (c == "\"" || c == "\047") quote = c
				out = out c
			}
		}
		if (out ~ /[^ \t]/) print FILENAME ":" FNR ":" out
	}' "$@"
}

# shellcheck disable=SC2046
code $(cat "$work/files") >"$work/code"
: >"$work/found"

# complain WHAT: every line on standard input breaks the rule
complain() {
	sed "s|^|$1: |" >>"$work/found"
}

name='[^A-Za-z0-9_]'
grep -E "$name(__atomic_|__sync_|atomic_|_Atomic$name)|stdatomic" "$work/code" |
	grep -v '^include/expvar/word\.h:' |
	complain "an atomic operation outside word.h"
grep -E "urcu|$name(cds_|cmm_|uatomic_|rcu_read_|synchronize_rcu)" "$work/code" |
	grep -v '^lib/publish/rcu\.[ch]:' |
	complain "liburcu outside rcu.[ch]"

# Every include as FILE LINE KIND TARGET, the target a path from the top of the
# tree where it is one of ours: "expvar/x.h" and <expvar/x.h> are the same.
sed -n 's/^\([^:]*\):\([0-9]*\):[ \t]*#[ \t]*include[ \t]*\([<"]\)\([^>"]*\)[>"].*/\1 \2 \3 \4/p' \
	"$work/code" >"$work/includes"
while read -r file line kind target; do
	path=$target
	case $target in
	expvar/*) path=include/$target ;;
	*)	[ "$kind" = '"' ] || path=system
		for directory in "${file%/*}" lib lib/common tools; do
			if [ "$path" = "$target" ] && [ -f "$directory/$target" ]; then
				path=$(realpath --relative-to=. "$directory/$target")
				break
			fi
		done ;;
	esac
	case $file:$path in
	include/*:include/* | include/*:system) ;;
	include/*:*) echo "$file:$line: $target" | complain "a public header includes" ;;
	lib/common/*:*publish/* | lib/common/*:*read/*)
		echo "$file:$line: $target" | complain "lib/common includes" ;;
	lib/read/*:*publish/*)
		echo "$file:$line: $target" | complain "lib/read includes" ;;
	lib/malloc/*:*publish/* | lib/malloc/*:*read/*)
		echo "$file:$line: $target" | complain "lib/malloc includes" ;;
	lib/publish/*:*read/*)
		echo "$file:$line: $target" | complain "lib/publish includes" ;;
	lib/*:tools/* | lib/*:tests/*)
		echo "$file:$line: $target" | complain "a library includes" ;;
	tools/*:tools/* | tools/*:system | tools/*:include/expvar/reader.h) ;;
	tools/*:*)
		echo "$file:$line: $target" | complain "a tool includes" ;;
	esac
done <"$work/includes"

echo "$(wc -l <"$work/files") files, $(wc -l <"$work/includes") includes"
cat "$work/found"
[ ! -s "$work/found" ]
