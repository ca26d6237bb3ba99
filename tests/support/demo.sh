#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh [DIRECTORY] - a real program, looked at while it runs
#
# Starts docs/examples/treewalk on DIRECTORY (/usr), dumps it with expvar-dump
# while it scans and at its end, compares its totals with find's, and stops it.
#
#   builddir=DIR    top of the build tree; default: the current directory
#   EXPVAR_DIR=DIR  where to publish; default: a directory of its own in
#                   /dev/shm, removed at the end
#
# Exit 0 all as it should be, 1 not.

tree=${1:-/usr}
builddir=${builddir:-$(pwd)}
treewalk=$builddir/docs/examples/treewalk
dump=$builddir/tools/expvar-dump
pid=
own_directory=
export LC_ALL=C

say() {
	printf '\n%s\n' "$*"
}

die() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

clean() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$work" ${own_directory:+"$own_directory"}
}

# find's totals: files and bytes
count() {
	find "$tree" -xdev -type f -printf '%s\n' 2>/dev/null |
		awk '{ bytes += $1 } END { printf "%d files, %.0f bytes\n", NR, bytes }'
}

# value NAME: prints one variable
value() {
	"$dump" --get "$1" "$pid"
}

# show OPTION...: prints the command and what it shows
show() {
	printf '  $ expvar-dump %s\n' "$*"
	"$dump" "$@" >"$work/shown" || die "expvar-dump: exit status $?"
	sed 's/^/    /' "$work/shown"
}

for program in "$treewalk" "$dump"; do
	[ -x "$program" ] || die "$program: not built; run make first"
done
[ -d "$tree" ] || die "$tree: no such directory"
tree=$(cd "$tree" && pwd -P) || die "$tree: cannot enter it"
work=$(mktemp -d) || exit 1
trap clean EXIT
trap 'exit 1' HUP INT TERM
if [ -z "${EXPVAR_DIR:-}" ]; then
	EXPVAR_DIR=$(mktemp -d /dev/shm/expvar-demo.XXXXXX) ||
		die "no private directory in /dev/shm; set EXPVAR_DIR to one on a tmpfs"
	own_directory=$EXPVAR_DIR
fi
export EXPVAR_DIR

before=$(count)

"$treewalk" --wait --threads 8 "$tree" </dev/null &
pid=$!
say "treewalk scans $tree with eight threads, and publishes what it finds:"
tries=0
until [ -n "$(value state 2>"$work/messages")" ]; do
	kill -0 "$pid" 2>/dev/null || die "treewalk ended"
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || { cat "$work/messages"; die "treewalk publishes nothing"; }
	sleep 0.05
done
show --list "$pid"

say "Some of its variables, while it runs. files_per_second is a Func: treewalk computes
it when we ask. Path and size of the largest file belong together at any moment."
for _ in 1 2; do
	sleep 0.3
	show -f pretty -s files -s bytes -s directory -s largest \
		-s files_per_second "$pid"
	[ "$(value state)" = scanning ] || break
done

tries=0
until [ "$(value state)" = "done" ]; do
	kill -0 "$pid" 2>/dev/null || die "treewalk ended"
	tries=$((tries + 1))
	[ "$tries" -lt 600 ] || die "the scan takes more than a minute"
	sleep 0.1
done

say "The scan is over. Everything there is, with what is known of the process:"
show -f pretty --meta --no-builtins "$pid"

published="$(value files) files, $(value bytes) bytes"
after=$(count)
say "Is that right?"
printf '    %-18s %s\n' published "$published" "find counts" "$after"
result=0
if [ "$published" = "$after" ] || [ "$published" = "$before" ]; then
	echo "    The same."
elif [ "$before" != "$after" ]; then
	echo "    find counted $before before: $tree is changing."
else
	echo "    They differ, and should not."
	result=1
fi

kill -TERM "$pid"
wait "$pid"
status=$?
stopped=$pid pid=
[ "$status" -eq 0 ] || die "treewalk: exit status $status"
"$dump" --list 2>/dev/null | grep "treewalk.$stopped\." &&
	die "treewalk left its segment behind"
say "treewalk was stopped by SIGTERM, and its segment is gone. Next:"
cat <<TEXT
    README.md                    what this is, and a program of 20 lines
    docs/examples/treewalk.c     the program you have just seen
    include/expvar/expvar.h      all functions, and what each promises
    ./bootstrap check            the tests
Try it yourself, in two terminals:
    $treewalk --wait / &
    $dump treewalk
TEXT
exit "$result"
