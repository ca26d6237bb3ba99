#!/bin/sh
# SPDX-License-Identifier: MIT
#
# analysis.sh - cppcheck and gcc -fanalyzer over libraries and tools
#
# T12. What they find is either mended or explained in analysis-explained.txt
# beside this script; anything else makes this fail. Run it as
# `make check-analysis`.

set -u
cd "$srcdir" || exit 99
explained=tests/support/analysis-explained.txt
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
jobs=$(nproc 2>/dev/null || echo 1)
includes="-Iinclude -Ilib/common -Ilib -Itools"
defines="-D_GNU_SOURCE="
files=$(ls lib/*/*.c tools/*.c tools/*/*.c)
missing=0

# "TOOL FILE FINDING", one a line, and what was said of it
: >"$work/found"
: >"$work/said"

if command -v cppcheck >/dev/null; then
	# What gcc defines itself decides which code there is.
	# shellcheck disable=SC2046,SC2086
	cppcheck --quiet --std=c11 --platform=unix64 -j"$jobs" \
		--enable=warning,portability,performance --inline-suppr \
		--template='{file} {id} {line}: {message}' \
		$(echo | ${CC:-gcc} -dM -E - | sed -n 's/^#define \(__[A-Z0-9_]*\) \([0-9]*\)$/-D\1=\2/p') \
		-U__STDC_HOSTED__ $defines $includes $files \
		>/dev/null 2>"$work/cppcheck"
	grep -E '^(lib|tools)/' "$work/cppcheck" | sed 's/^/cppcheck /' |
		tee -a "$work/said" | cut -d' ' -f1-3 >>"$work/found"
else
	echo "no cppcheck here"
	missing=$((missing + 1))
fi

if gcc -fanalyzer -x c -c -o "$work/probe.o" /dev/null 2>/dev/null; then
	# shellcheck disable=SC2086
	echo $files | tr ' ' '\n' | xargs -P"$jobs" -I{} \
		gcc -std=gnu11 -O1 -fanalyzer -fdiagnostics-plain-output \
		$defines $includes ${URCU_CFLAGS:-} -c -o /dev/null {} \
		2>"$work/gcc"
	sed -n -E 's/^([^: ]+):([0-9]+):[0-9]+: warning: (.*) \[(-Wanalyzer[^]]*)\]$/gcc \1 \4 \2: \3/p' \
		"$work/gcc" | tee -a "$work/said" | cut -d' ' -f1-3 >>"$work/found"
	if grep -E 'error:' "$work/gcc"; then
		exit 99
	fi
else
	echo "no gcc with -fanalyzer here"
	missing=$((missing + 1))
fi
[ "$missing" -lt 2 ] || {
	echo "skipped: neither of the two is installed"
	exit 0
}

grep -vE '^(#|$)' "$explained" | sed 's/: .*//' | sort -u >"$work/explained"
sort -u "$work/found" >"$work/unique"
comm -13 "$work/explained" "$work/unique" >"$work/new"
while read -r line; do
	grep -F -- "$line" "$work/said"
done <"$work/new"
echo "$(echo "$files" | wc -l) files: $(sort -u "$work/said" | wc -l) findings," \
	"$(comm -12 "$work/explained" "$work/unique" | wc -l) kinds of them explained," \
	"$(wc -l <"$work/new") not"
[ ! -s "$work/new" ]
