#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-text-against-go.sh - our float texts against those of the installed Go
#
#   builddir=DIR   top of the build tree; default: two levels above this script
#   COUNT=N        how many values (default 200000)
#   SEED=N         to repeat a run; the seed in use is always printed
#
# Exit 0 all equal, 1 a difference, 77 no Go here, 99 something is broken.

here=$(cd "$(dirname "$0")" && pwd) || exit 99
driver=${builddir:-$here/../..}/tests/conformance/text-driver
count=${COUNT:-200000}
seed=${SEED:-$(date +%s)}

if ! command -v go >/dev/null 2>&1; then
	echo "skipped: no go command"
	exit 77
fi
if [ ! -x "$driver" ]; then
	echo "$0: $driver: not built" >&2
	exit 99
fi

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

# Everything go might write goes to $work, and it must not ask the network.
export HOME="$work" GOPATH="$work/path" GOCACHE="$work/cache" GOTMPDIR="$work"
export XDG_CONFIG_HOME="$work" XDG_CACHE_HOME="$work"
export GO111MODULE=off GOFLAGS=-mod=mod GOENV=off GOPROXY=off GOTOOLCHAIN=local

go build -o "$work/text" "$here/go/text.go" || exit 99
echo "seed $seed, $count values, $(go version)"

"$driver" "$count" "$seed" >"$work/patterns" || exit 99
"$driver" <"$work/patterns" >"$work/ours" || exit 99
"$work/text" <"$work/patterns" >"$work/go" || exit 99

# Two empty files would be equal, too.
if [ "$(wc -l <"$work/ours")" -ne "$count" ]; then
	echo "$0: expected $count lines from $driver" >&2
	exit 99
fi
if cmp -s "$work/ours" "$work/go"; then
	echo "all equal"
	exit 0
fi
echo "pattern, ours, Go's (first 20 differences):"
paste -d '|' "$work/patterns" "$work/ours" "$work/go" |
	awk -F '|' '$2 != $3' | head -n 20
exit 1
