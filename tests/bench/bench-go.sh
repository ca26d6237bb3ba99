#!/bin/sh
# SPDX-License-Identifier: MIT
#
# bench-go.sh [--build FILE] - Go's expvar, for comparison
#
# Compiles tests/bench/go without network and without the caller's caches, into
# FILE if that is given; else prints what its own benchmarks say.
# Exits with 77 if there is no Go.

: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"

if ! command -v go >/dev/null 2>&1; then
	echo "bench-go.sh: no Go here (Debian: golang-go)" >&2
	exit 77
fi

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

out=$work/bench
[ "$1" = --build ] && out=$2

if ! GO111MODULE=off GOCACHE=$work/cache GOPATH=$work/path GOFLAGS='' \
	GOTOOLCHAIN=local go build -o "$out" "$srcdir/tests/bench/go/bench.go"
then
	echo "bench-go.sh: Go cannot compile tests/bench/go" >&2
	exit 99
fi
[ "$1" = --build ] && exit 0

go version
"$out" list
for count in 1000 10000 100000; do
	# Publishing the mixture of 100,000 takes Go half a minute.
	echo "document of $count variables: $("$out" document $count) ns each"
done
echo "publishing 10000: $("$out" publish 10000) ns each"
