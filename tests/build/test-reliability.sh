#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-reliability.sh - docs/reliability.md against the tests it names: every
# file is there, and mentions the number of the row; no number has two rows, and
# none is missing.

set -u
cd "${srcdir:-$(dirname "$0")/../..}" || exit 99
page=docs/reliability.md
failed=0

rows=$(sed -n 's/^| \([WRT][0-9]*\) |.*/\1/p' "$page")
for id in $(echo "$rows" | sort | uniq -d); do
	echo "$id has two rows"
	failed=1
done
for id in $(seq -f W%g 22) $(seq -f R%g 16) $(seq -f T%g 13); do
	echo "$rows" | grep -qx "$id" || {
		echo "$id has no row"
		failed=1
	}
done
for id in $rows; do
	files=$(sed -n "/^| $id |/s/.*| \([^|]*\) |\$/\1/p" "$page" |
		grep -oE 'tests/[a-zA-Z0-9/_.-]+')
	[ -n "$files" ] || {
		echo "$id names no test"
		failed=1
	}
	for file in $files; do
		grep -qsE "(^|[^A-Z0-9])$id([^0-9]|\$)" "$file" || {
			echo "$id: $file is not there, or does not mention it"
			failed=1
		}
	done
done
echo "$(echo "$rows" | wc -l) rows"
exit $failed
