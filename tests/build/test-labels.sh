#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every ordered access names its pair, and docs/memory-model.md lists it: each
# label of the page has a releasing and an acquiring side in the code, and the
# code uses no label that the page does not have.

set -u
cd "${srcdir:-$(dirname "$0")/../..}" || exit 99
page=docs/memory-model.md
failed=0

listed=$(sed -n 's/^| \([A-Z][0-9]\) |.*/\1/p' "$page" | sort -u)
used=$(grep -rhoE '\[[A-Z][0-9]\]' lib include | tr -d '[]' | sort -u)

for label in $used; do
	echo "$listed" | grep -qx "$label" || {
		echo "[$label] is used in the code and not listed in $page"
		failed=1
	}
done
for label in $listed; do
	for side in 'release|fence' 'acquire|fence'; do
		grep -rqE "\[$label\].{0,12}($side)" lib || {
			echo "[$label]: nothing in lib/ says \"[$label] ${side%%|*}\""
			failed=1
		}
	done
done
echo "$(echo "$listed" | wc -l) labels listed, $(echo "$used" | wc -l) used"
exit $failed
