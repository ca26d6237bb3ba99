#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every ordered access of the library has a label, docs/memory-model.md lists
# it, and the models of tests/model/ have the same access: a function of the
# same name with the same operation and label. The models' own test shows that
# none of them is superfluous.

set -u
cd "${srcdir:-$(dirname "$0")/../..}" || exit 99
page=docs/memory-model.md
failed=0
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# "function label operation" of each ordered access; no label is "-".
in_library() {
	find lib include tools -name '*.[ch]' ! -name word.h ! -name load.h |
		sort | xargs awk '
	FNR == 1 || /^}/ { label = "-" }
	/^[A-Za-z_].*\(/ && !/^typedef/ {
		match($0, /[A-Za-z_0-9]+\(/)
		function_name = substr($0, RSTART, RLENGTH - 1)
	}
	match($0, /\[[A-Z][0-9]\] (release|acquire|fence)/) {
		label = substr($0, RSTART + 1, 2)
	}
	match($0, /expvar_(word32|word64|wordptr|fence)_[a-z_]+\(/) ||
	match($0, /read_acquire(32|64)\(/) {
		operation = substr($0, RSTART, RLENGTH - 1)
		sub(/expvar_(word32_|word64_|wordptr_)?/, "", operation)
		sub(/read_acquire(32|64)/, "load_acquire", operation)
		if (operation ~ /_(acquire|release|acq_rel)$/)
			print function_name, label, operation
	}'
}

in_models() {
	awk '
	/^[A-Za-z_].*\(/ {
		match($0, /[A-Za-z_0-9]+\(/)
		function_name = substr($0, RSTART, RLENGTH - 1)
	}
	match($0, /[a-z_]+_(acquire|release|acq_rel)\(/) {
		operation = substr($0, RSTART, RLENGTH - 1)
		if (operation ~ /^await_(cas|exchange)/)
			operation = substr(operation, 7)
		sub(/^await(_other)?_/, "load_", operation)
	}
	match($0, /"[A-Z][0-9]"\)/) {
		print function_name, substr($0, RSTART + 1, 2), operation
	}' tests/model/*.[ch]
}

in_library | sort -u >"$work/library"
in_models | sort -u >"$work/models"
sed -n 's/^| \([A-Z][0-9]\) |.*/\1/p' "$page" | sort -u >"$work/listed"
cut -d' ' -f2 "$work/library" | grep -v '^-$' | sort -u >"$work/used"

if grep ' - ' "$work/library"; then
	echo "have no label"
	failed=1
fi
if ! diff "$work/listed" "$work/used"; then
	echo "<: in $page, not in the code; >: in the code, not in $page"
	failed=1
fi
if ! diff "$work/library" "$work/models"; then
	echo "<: in the code, not in tests/model/; >: in tests/model/ alone"
	failed=1
fi
# A mention anywhere else must be of something, too.
for label in $(grep -rhoE '\[[A-Z][0-9]\]' lib include docs | tr -d '[]' |
	sort -u); do
	grep -qx "$label" "$work/listed" || {
		echo "[$label] is mentioned and not listed in $page"
		failed=1
	}
done
echo "$(wc -l <"$work/listed") labels, $(wc -l <"$work/library") accesses"
exit $failed
