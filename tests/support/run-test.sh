#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-test.sh TEST [ARGUMENT]... - run one test program or script
#
# A test finds
#   srcdir, builddir      tops of the source and of the build tree, absolute
#   EXPVAR_DIR            a fresh directory on a tmpfs, for this test alone;
#                         no other EXPVAR_ variable of the library is set,
#                         but EXPVAR_SEARCH: other tests' segments are not found
#   EXPVAR_TEST_SECONDS   how long a stress program should run: 2 by default
#   LC_ALL=C, an empty standard input, and its caller's directory and PATH
# and exits with 0 passed, 77 skipped, 99 broken, anything else failed.
#
# The caller may set
#   EXPVAR_TEST_TIMEOUT   seconds until a test is killed: 300, 0 is for ever
#   EXPVAR_TEST_WRAPPER   a command to run programs (not scripts) under

if [ $# -eq 0 ]; then
	echo "usage: run-test.sh TEST [ARGUMENT]..." >&2
	exit 99
fi

unset EXPVAR_APP EXPVAR_MODE EXPVAR_GROUP EXPVAR_INSTANCE EXPVAR_FORK \
	EXPVAR_DISABLE EXPVAR_KEEP
export LC_ALL=C EXPVAR_SEARCH=directories
export EXPVAR_TEST_SECONDS="${EXPVAR_TEST_SECONDS:-2}"
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}" "${builddir:=$(pwd)}"
export srcdir builddir

EXPVAR_DIR=$(mktemp -d /dev/shm/expvar-test.XXXXXX 2>/dev/null) ||
	EXPVAR_DIR=$(mktemp -d) || exit 99
export EXPVAR_DIR

case $1 in
*.sh) # A script without its execute bit is run all the same.
	[ -x "$1" ] || set -- sh "$@" ;;
*)	# Unquoted: a command with its arguments.
	# shellcheck disable=SC2086
	set -- $EXPVAR_TEST_WRAPPER "$@" ;;
esac

# In the background, since a shell runs its traps only between commands. The
# shell ignores SIGINT there; timeout gives it back to the test.
timeout --kill-after=10 "${EXPVAR_TEST_TIMEOUT:-300}" "$@" </dev/null &
running=$!
trap 'kill "$running" 2>/dev/null' HUP INT TERM
trap 'rm -rf "$EXPVAR_DIR"' EXIT

wait "$running"
status=$?
# After a signal of ours the test is still ending.
wait "$running" 2>/dev/null
if [ "$status" -eq 124 ]; then
	echo "run-test.sh: timed out after ${EXPVAR_TEST_TIMEOUT:-300} s" >&2
fi
exit "$status"
