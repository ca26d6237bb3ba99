#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-document-against-go.sh - our document against that of the installed Go
#
# The same random variables are published by Go's own expvar and by ours; what
# Go prints, what expvar_json() prints, and what expvar-dump prints of the
# running process must be equal byte for byte:
#
#   newest    names, strings and numbers of all sorts; Go's text is rendered by
#             the newest rules where an old Go has others (see go/document.go)
#   handler   only what every Go prints alike: Go's handler, verbatim
#
#   builddir=DIR   top of the build tree; default: the current directory
#   SIZE=N         about how many variables (default 5000)
#   ROUNDS=N       how many descriptions of each sort (default 2)
#   SEED=N         to repeat a run; the seed in use is always printed
#
# Exit 0 all equal, 1 a difference, 77 something is not here, 99 it is broken.

here=$(cd "$(dirname "$0")" && pwd) || exit 99
builddir=$(cd "${builddir:-.}" && pwd) || exit 99
driver=$builddir/tests/conformance/document-driver
dump=$builddir/tools/expvar-dump
size=${SIZE:-5000}
rounds=${ROUNDS:-2}
seed=${SEED:-$(date +%s)}

skip() {
	echo "skipped: no $1"
	exit 77
}

command -v go >/dev/null 2>&1 || skip "go command"
command -v python3 >/dev/null 2>&1 || skip "python3 command"
[ -x "$driver" ] || skip "$driver"
[ -x "$dump" ] || skip "$dump"

work=$(mktemp -d) || exit 99
own_dir=
if [ -z "$EXPVAR_DIR" ]; then
	EXPVAR_DIR=$(mktemp -d /dev/shm/expvar-test.XXXXXX) || exit 99
	own_dir=$EXPVAR_DIR
	export EXPVAR_DIR
fi
trap 'rm -rf "$work" ${own_dir:+"$own_dir"}' EXIT
trap 'exit 99' HUP INT TERM

# Everything go might write goes to $work, and it must not ask the network.
export HOME="$work" GOPATH="$work/path" GOCACHE="$work/cache" GOTMPDIR="$work"
export XDG_CONFIG_HOME="$work" XDG_CACHE_HOME="$work"
export GO111MODULE=off GOFLAGS=-mod=mod GOENV=off GOPROXY=off GOTOOLCHAIN=local

go build -o "$work/document" "$here/go/document.go" || exit 99
mkfifo "$work/hold" "$work/said" || exit 99

differ() {
	echo "seed $1 $2: $4 and $3 differ:"
	diff "$work/$3" "$work/$4" | cut -c 1-300 | head -n 10
	cp "$work/description" "$work/$3" "$work/$4" "${KEEP:-$work}/"
	failures=1
}

# compare SEED newest|handler [plain]
compare() {
	# shellcheck disable=SC2086
	python3 "$here/make-description.py" "$size" "$1" ${3:-} \
		>"$work/description" || exit 99
	"$work/document" "$2" <"$work/description" >"$work/go" || exit 99

	"$driver" "$work/description" "$work/json" <"$work/hold" \
		>"$work/said" &
	pid=$!
	exec 3>"$work/hold"
	read -r said <"$work/said"
	if [ "$said" != ready ]; then
		echo "seed $1 $2: not everything could be published"
		exit 1
	fi
	# Time enough for the Funcs, even under a sanitizer on a busy machine.
	"$dump" --no-builtins --refresh 20s "$pid" >"$work/dump"
	status=$?
	exec 3>&-
	wait "$pid" || exit 99

	if [ "$status" -ne 0 ]; then
		echo "seed $1 $2: expvar-dump ended with status $status"
		failures=1
	fi
	cmp -s "$work/go" "$work/json" || differ "$1" "$2" go json
	cmp -s "$work/go" "$work/dump" || differ "$1" "$2" go dump
	lines=$((lines + $(wc -l <"$work/go")))
}

echo "seed $seed, $rounds rounds, $size variables, $(go version)"
failures=0
lines=0
round=0
while [ "$round" -lt "$rounds" ]; do
	compare $((seed + round)) newest
	compare $((seed + round)) handler plain
	round=$((round + 1))
done
# Two empty documents would be equal, too.
if [ "$lines" -lt $((size * rounds / 10)) ]; then
	echo "$0: only $lines lines to compare" >&2
	exit 99
fi
[ "$failures" -eq 0 ] && echo "all equal: $lines lines of top-level variables"
exit "$failures"
