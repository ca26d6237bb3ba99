#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-systemd.sh - what the settings of a systemd unit do to writer and reader
#
# systemd is not needed: each setting is made of the same mounts and limits that
# it makes. Needs root, or a user namespace in which to be root. The names of the
# parts are those of docs/reliability.md 5.
# shellcheck disable=SC2034
. "$(dirname "$0")/support.sh"
not_under_sanitizers

# in_namespace SCRIPT [ARGUMENT]...: runs it with mounts of its own
if unshare -m true 2>/dev/null; then
	unshare="unshare -m"
elif unshare -Urm true 2>/dev/null; then
	unshare="unshare -Urm"
else
	echo "skipped: no mounts of one's own here"
	exit 77
fi
in_namespace() {
	# shellcheck disable=SC2086
	$unshare --propagation private sh -c "$@"
}

# writer APP SCRIPT: as start, with one variable; SCRIPT makes the mounts before
writer() {
	printf 'int n 1\nfunc f\n' >"$work/commands"
	EXPVAR_APP=$1 in_namespace "$2; exec \"\$@\"" sh "$publisher" \
		"$work/commands" >"$work/said" &
	job=$!
	read -r said path <"$work/said"
	[ "$said" = ready ] || {
		echo "publisher of $1 is not ready"
		exit 99
	}
	# expvar.APP.PID.INCARNATION: the job is a shell around it.
	pid=${path%.*}
	pid=${pid##*.}
	pids="$pids $pid"
}

# The pipe must have lost one writer before the next one opens it.
end_writer() {
	kill -TERM "$pid"
	wait "$job" 2>/dev/null
	forget "$pid"
}

# run_in SCRIPT ARGUMENT...: as run, with mounts; SCRIPT makes them before
run_in() {
	mounts=$1
	shift
	what="expvar-dump $* after $mounts"
	in_namespace "$mounts; exec timeout 60 \"\$@\"" sh "$dump" "$@" \
		>"$work/out" 2>"$work/err"
	status=$?
}

# why PID REGEX: what --why names as the cause
why() {
	run --why "$1"
	want_status 1
	grep -q -e "$2" "$work/out" || fail "expected '$2' on stdout"
}

# ---- PrivateTmp: a segment is out of sight only in a directory below /tmp ----

# Another directory stands for /tmp, in which this test itself may be.
mkdir "$work/tmp"
tmp="mount -t tmpfs tmpfs '$work/tmp'"
before=$EXPVAR_DIR
writer private "$tmp"
run --no-builtins --refresh 10s "$pid"
want_status 0
want_json 'd["n"] == 1 and d["f"] == {"runs": 1}'
run_in "$tmp" --no-builtins "$pid"
want_status 0
end_writer
EXPVAR_DIR=$work/tmp/segments
writer hidden "$tmp; mkdir '$EXPVAR_DIR'"
run "$pid"
want_status 4
want_no_out
want_err "why"
why "$pid" "of another mount namespace"
end_writer
EXPVAR_DIR=$before

# ---- ProtectSystem=strict, ReadOnlyPaths: the next directory is taken ----

mkdir "$work/read-only"
EXPVAR_DIR=$work/read-only
writer protected "mount --bind '$work/read-only' '$work/read-only'
	mount -o remount,bind,ro '$work/read-only'"
case $path in
/run/expvar/* | /dev/shm/*) ;;
*) fail "expected the segment in one of the usual directories: $path" ;;
esac
run --no-builtins "$pid"
want_status 0
want_json 'd["n"] == 1'
end_writer
EXPVAR_DIR=$before
# The reader's file is another matter.
start web <<'EOT'
int n 1
EOT
web=$pid
run_in "mount --bind '$work/read-only' '$work/read-only'
	mount -o remount,bind,ro '$work/read-only'" \
	-o "$work/read-only/file" web
want_status 1
want_no_out
want_err "[Rr]ead-only"

# ---- RemoveIPC: the name goes, the program does not notice ----

start forgotten <<'EOT'
int n 1
EOT
cp "$path" "$work/copy" 2>/dev/null
rm "$path"
run "$pid"
want_status 4
want_no_out
want_err "why"
why "$pid" "file was removed"
kill -0 "$pid" || fail "expected the program to live on"
stop "$pid"

# ---- ProtectProc=invisible (hidepid=2) ----

proc='mount -t proc -o hidepid=2 proc /proc'
if in_namespace "$proc" 2>/dev/null; then
	writer hidepid "$proc"
	run --no-builtins --refresh 10s "$pid"
	want_status 0
	want_json 'd["f"] == {"runs": 1}'
	end_writer
	# Another user sees that the lock is held, and not the process.
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$EXPVAR_DIR"
		chmod 444 "$EXPVAR_DIR"/expvar.web.*
		run_in "$proc; setpriv=setpriv" --list web
		user='setpriv --reuid=65534 --regid=65534 --clear-groups'
		mkdir "$work/user"
		what="expvar-dump as another user with hidepid=2"
		in_namespace "$proc; exec $user \"\$@\"" sh "$dump" --list \
			-f json web >"$work/out" 2>"$work/err"
		status=$?
		want_status 0
		want_json 'd[0]["state"] == "alive" and
			"cannot be checked" in d[0]["evidence"]'
	fi
else
	echo "not checked: no /proc of one's own here"
fi

# ---- ProcSubset=pid: no boot id, for whom it is missing ----

proc='mount -t proc -o subset=pid proc /proc'
if in_namespace "$proc" 2>/dev/null; then
	writer subset "$proc"
	run --no-builtins --refresh 10s "$pid"
	want_status 0
	run_in "$proc" --no-builtins "$pid"
	want_status 0
	want_json 'd["n"] == 1'
	run_in "$proc" --list -f json subset
	want_json 'd[0]["state"] == "alive"'
	end_writer
fi

# ---- CapabilityBoundingSet=: root that may not change its user ----

if [ "$(id -u)" -eq 0 ] && have setpriv; then
	what="expvar-dump without capabilities"
	setpriv --bounding-set=-all --inh-caps=-all "$dump" --no-builtins web \
		>"$work/out" 2>"$work/err"
	status=$?
	want_status 0
	want_json 'd == {"n": 1}'
	want_no_err
fi
stop "$web"

finish
