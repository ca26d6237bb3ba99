#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-gc.sh - --gc removes what is proven dead and ours, and nothing else
. "$(dirname "$0")/support.sh"

# A start of the same program would do some of the tool's work.
EXPVAR_KEEP=1000
export EXPVAR_KEEP

# leave APP NUMBER: one more dead segment; sets left to its path
leave() {
	start "$1" <<EOT
int n $2
EOT
	crash "$pid"
	left=$path
}

# want_there FILE... and want_gone FILE...
want_there() {
	for file; do
		[ -e "$file" ] || fail "expected $file to be there"
	done
}
want_gone() {
	for file; do
		[ -e "$file" ] && fail "expected $file to be gone"
	done
}

# Whatever is in the usual directories is not this test's: only its own names.
app=gc-test

# ---- Nothing to do ----

run --gc $app
want_status 4
want_no_out

# ---- The newest are kept, of each application ----

oldest=$(leave $app 1 && echo "$left")
for number in 2 3 4; do
	sleep 0.01
	leave $app $number
	[ "$number" != 2 ] || second=$left
done
newest=$left
leave $app-other 1
other=$left
start $app <<'EOT'
int n 5
EOT
alive=$path
alive_pid=$pid

run --gc --dry-run $app $app-other
want_status 0
want_line "$oldest"
want_no_line "$second"
want_no_line "$other"
want_there "$oldest"
run --gc --dry-run -f json $app
want_status 0
want_json "len(d) == 1 and d[0]['path'] == '$oldest' and
	d[0]['state'] == 'dead'"
run --gc $app $app-other
want_status 0
want_no_err
want_line "$oldest"
want_gone "$oldest"
want_there "$second" "$newest" "$other" "$alive"
run --gc $app
want_status 0
want_no_out

run --gc --keep 1 $app
want_status 0
want_gone "$second"
want_there "$newest" "$other" "$alive"
run --gc --keep 0 $app $app-other
want_status 0
want_gone "$newest" "$other"
want_there "$alive"
run --no-builtins $app
want_status 0
printf '{\n"n": 5\n}\n' | want_out

# ---- What lives, or might, stays ----

# Replaced itself: the process is there, the lock is free.
start $app <<'EOT'
int n 6
exec sleep 1000
EOT
changed=$path
changed_pid=$pid
# A child keeps the mapping, and so the lock, of a program that is gone.
start $app <<'EOT'
int n 7
child
EOT
child=$(cat "/proc/$pid/task/$pid/children")
pids="$pids $child"
crash "$pid"
kept=$path
run --list -f json "$path"
want_json "'lock is held' in d[0]['evidence'] and d[0]['state'] == 'unknown'"
# No segment, but called like one.
garbage=$EXPVAR_DIR/expvar.$app.999999.0123456789abcdef
head -c 10000 /dev/zero >"$garbage"
link=$EXPVAR_DIR/expvar.$app.999998.0123456789abcdef
ln -s "$alive" "$link"
run --gc --keep 0 $app
want_status 0
want_no_out
want_there "$alive" "$changed" "$kept" "$garbage" "$link"
crash "$changed_pid"
run --gc --keep 0 $app
want_status 0
want_gone "$changed"
want_there "$alive" "$kept" "$garbage" "$link"
rm "$garbage" "$link"

# Kept on request after an orderly end: dead, too.
start $app <<'EOT'
init keep-file
int n 8
EOT
stop "$pid"
want_there "$path"
run --gc --keep 0 "$path"
want_status 0
want_gone "$path"

# ---- Whose ----

if [ "$(id -u)" -eq 0 ] && have setpriv; then
	chmod 1777 "$EXPVAR_DIR"
	leave $app 9
	chmod 444 "$left"
	what="expvar-dump --gc as another user"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$dump" --gc \
		--keep 0 $app >"$work/out" 2>"$work/err"
	status=$?
	want_status 0
	want_no_out
	want_there "$left"
	# As of another's program: root removes that as well.
	chown 65534 "$left"
	run --gc --keep 0 $app
	want_status 0
	want_gone "$left"
	# In a directory that cannot be written even root says so.
	if unshare -m true 2>/dev/null; then
		leave $app 10
		what="expvar-dump --gc in a read-only directory"
		unshare -m --propagation private sh -c '
			mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&
				exec "$2" --gc --keep 0 "$3"' sh "$EXPVAR_DIR" \
			"$dump" $app >"$work/out" 2>"$work/err"
		status=$?
		want_status 1
		want_no_out
		want_err "[Rr]ead-only"
		want_there "$left"
	fi
fi
stop "$alive_pid"

# ---- Usage ----

wrong() {
	run "$@"
	want_status 2
	want_no_out
	want_named_err
}
wrong --dry-run
wrong --keep 1
wrong --gc --keep
wrong --gc --keep -1
wrong --gc --keep x
wrong --gc --keep 18446744073709551615
wrong --gc --list
wrong --gc -f csv
wrong --gc --select 'a*'

finish
