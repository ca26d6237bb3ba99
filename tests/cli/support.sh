# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# support.sh - what the scripts of this directory share; they source it
#
#   start APP <<EOF     publish what the commands say (tests/support/publish.c)
#                       as application APP; sets pid and path; if it is set,
#                       $commands is another way to write $work/commands
#   stop PID            end it in the orderly way
#   crash PID           kill it: its segment stays, dead
#   run ARGUMENT...     run expvar-dump; sets status, $work/out and $work/err
#   want_...            compare what the last run left; a difference fails the
#                       test, which goes on
#   finish              the last line of every script
#
# builddir is the top of the build tree, by default the current directory.
# EXPVAR_DIR is this test's own (tests/support/run-test.sh makes it).

builddir=$(cd "${builddir:-.}" && pwd) || exit 99
dump=$builddir/tools/expvar-dump
publisher=$builddir/tests/support/publish
for needed in "$dump" "$publisher"; do
	if [ ! -x "$needed" ]; then
		echo "skipped: no $needed"
		exit 77
	fi
done

# For what cannot be where a sanitizer is: its shadow memory goes beyond any
# RLIMIT_AS, and it needs system calls that the confined may not make.
not_under_sanitizers() {
	if grep -q -e '--enable-sanitizers=' "$builddir/config.status" 2>/dev/null
	then
		echo "skipped: not under sanitizers, which limits and figures rule out"
		exit 77
	fi
}

work=$(mktemp -d) || exit 99
own_dir=
if [ -z "$EXPVAR_DIR" ]; then
	own_dir=$(mktemp -d /dev/shm/expvar-test.XXXXXX) || exit 99
	EXPVAR_DIR=$own_dir
	export EXPVAR_DIR
fi
# Of processes nobody else's segments: other tests run at the same time.
export EXPVAR_SEARCH=directories
mkfifo "$work/said" || exit 99
pids=
failures=0
what="nothing ran yet"

# Numbers of processes that have ended are given out again, soon where many
# tests run: only one that has our mark is ours.
EXPVAR_TEST_OF=$work
export EXPVAR_TEST_OF
is_ours() {
	tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" |
		grep -qxF "EXPVAR_TEST_OF=$work"
} 2>/dev/null

clean_up() {
	for one in $pids; do
		is_ours "$one" && kill -KILL "$one" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$work" ${own_dir:+"$own_dir"}
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM

have() {
	command -v "$1" >/dev/null 2>&1
}

# The system's own, if it is there: the first in PATH may be a slow wrapper.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

start() {
	cat >"$work/commands" || exit 99
	EXPVAR_APP=$1 "$publisher" "${commands:-$work/commands}" >"$work/said" &
	pid=$!
	pids="$pids $pid"
	# shellcheck disable=SC2034
	read -r said path <"$work/said"
	if [ "$said" != ready ]; then
		echo "publisher of $1 is not ready" >&2
		exit 99
	fi
}

# forget PID: it has ended, and its number may soon be somebody else's
forget() {
	others=
	for one in $pids; do
		[ "$one" = "$1" ] || others="$others $one"
	done
	pids=$others
}

stop() {
	kill -TERM "$1"
	wait "$1" 2>/dev/null
	forget "$1"
}

crash() {
	kill -KILL "$1"
	wait "$1" 2>/dev/null
	forget "$1"
}

# Under a limit of time: nothing here may take longer.
run() {
	what="expvar-dump $*"
	timeout 60 "$dump" "$@" >"$work/out" 2>"$work/err"
	status=$?
}

# fail MESSAGE: notes a failure of the last run. In a file as well, since the
# end of a pipe is a shell of its own.
fail() {
	failures=$((failures + 1))
	echo "$what" >>"$work/failed"
	echo "FAILED: $what"
	echo "  $1"
	echo "  status $status"
	sed 's/^/  stdout: /' "$work/out" | cut -c 1-300 | head -n 8
	sed 's/^/  stderr: /' "$work/err" | cut -c 1-300 | head -n 8
}

# want_status N [N]...: any of them
want_status() {
	for one in "$@"; do
		[ "$status" -eq "$one" ] && return 0
	done
	fail "expected status $*"
}

# want_out: exactly what comes on standard input
want_out() {
	cat >"$work/wanted"
	cmp -s "$work/wanted" "$work/out" || {
		fail "expected another output:"
		diff "$work/wanted" "$work/out" | cut -c 1-300 | head -n 10
	}
}

want_same_out_as() {
	cmp -s "$1" "$work/out" || {
		fail "expected the output of $1:"
		diff "$1" "$work/out" | cut -c 1-300 | head -n 10
	}
}

want_no_out() {
	[ ! -s "$work/out" ] || fail "expected nothing on stdout"
}

want_no_err() {
	[ ! -s "$work/err" ] || fail "expected nothing on stderr"
}

# want_err PATTERN: some line matches; all begin with the program's name
want_err() {
	grep -q -e "$1" "$work/err" || fail "expected '$1' on stderr"
	want_named_err
}

# Lines of a list may be indented instead.
want_named_err() {
	head -n 1 "$work/err" | grep -q '^expvar-dump: ' ||
		fail "expected 'expvar-dump: ' before the message"
}

want_line() {
	grep -q -e "$1" "$work/out" || fail "expected a line with '$1'"
}

want_no_line() {
	grep -q -e "$1" "$work/out" && fail "expected no line with '$1'"
}

# Plain RFC 8259, or nothing at all.
want_json_or_nothing() {
	[ -s "$work/out" ] && want_json True
}

# want_json EXPRESSION: the output is one JSON document, strictly, and the
# Python expression about it, as d, is true; s is the text
want_json() {
	have "$python" || {
		echo "not checked, no python3: $1"
		return 0
	}
	"$python" - "$work/out" "$1" 2>"$work/python" <<'EOF' || {
import json, sys
def refuse(text):
    raise ValueError("no JSON: " + text)
def unique(pairs):
    if len({k for k, v in pairs}) < len(pairs):
        refuse("a key occurs twice")
    return dict(pairs)
s = open(sys.argv[1], "rb").read().decode("utf-8")
d = json.loads(s, parse_constant=refuse, object_pairs_hook=unique)
sys.exit(0 if eval("(" + sys.argv[2] + ")") else "not true: " + sys.argv[2])
EOF
		fail "$(tail -n 1 "$work/python")"
	}
}

# want_jq FILTER [ARGUMENT]...: jq reads the output, of whatever number of
# documents, and the last result of FILTER is true
want_jq() {
	have jq || {
		echo "not checked, no jq: $1"
		return 0
	}
	jq -e "$@" "$work/out" >"$work/jq" 2>&1 ||
		fail "not true: $1 $(tail -n 1 "$work/jq")"
}

finish() {
	if [ -s "$work/failed" ]; then
		echo "$(wc -l <"$work/failed") failures"
		exit 1
	fi
	exit 0
}
