#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-recipes.sh - the recipes of the fuzz targets: each says what it is in its
# first line, has a name that says what is expected, and is in the README

set -u
cd "${srcdir:-$(dirname "$0")/../..}/tests/fuzz/recipes" || exit 99
failed=0

for file in */*; do
	case $file in
	*/good-*.txt | */bad-*.txt | */unsupported-*.txt) ;;
	*)	echo "$file: not good-, bad- or unsupported-, or not .txt"
		failed=1 ;;
	esac
	sentence=$(sed -n '1s/^# \(.*\.\)$/\1/p' "$file")
	[ -n "$sentence" ] || {
		echo "$file: does not begin with a sentence"
		failed=1
	}
	# Nothing but text, and no file that somebody would have to decode.
	LC_ALL=C grep -q '[^ -~]' "$file" && {
		echo "$file: is not plain text"
		failed=1
	}
	grep -qxF -- "- \`$file\`: $sentence" README.md || {
		echo "README.md: missing: - \`$file\`: $sentence"
		failed=1
	}
done
[ "$(grep -c '^- `' README.md)" -eq "$(ls */* | wc -l)" ] || {
	echo "README.md: lists what is not there"
	failed=1
}
exit $failed
