#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-why.sh - expvar-dump --why: each cause by its name
. "$(dirname "$0")/support.sh"
unset EXPVAR_SEARCH

silent=$builddir/tests/support/silent
[ -x "$silent" ] || {
	echo "skipped: no $silent"
	exit 77
}
chmod 755 "$work"

# silence [VARIABLE=VALUE]... CASE [DIRECTORY]: starts it; sets pid
silence() {
	: >"$work/silent"
	# Unquoted: a command, or nothing.
	# shellcheck disable=SC2086
	env $as "$silent" "$@" >"$work/silent" &
	outer=$!
	pids="$pids $outer"
	until [ -s "$work/silent" ] || ! kill -0 "$outer" 2>/dev/null; do
		sleep 0.01
	done
	said=
	read -r said pid <"$work/silent"
	[ "$said" = ready ] || exit 99
	pids="$pids $pid"
}

# because STATUS PATTERN: the answer for pid
because() {
	run --why "$pid"
	want_status "$1"
	want_line "^$pid: $2"
	want_no_err
	[ "$(wc -l <"$work/out")" -eq 1 ] || fail "expected one line"
}

# Whether this user may look into his processes (yama).
silence none
run --why "$pid"
traced=yes
grep -q 'may trace' "$work/out" && {
	traced=
	echo "not checked: what only who may trace a process can see"
}

# ---- it publishes ----

silence variable
because 0 'it publishes: .*expvar\.silent.*, 1 variables'
first=$pid
start web <<'EOF_'
int n 1
EOF_
because 0 'it publishes: .*expvar\.web.*, 1 variables'
run --why "$first" "$pid"
want_status 0
want_line "^$first: it publishes"
want_line "^$pid: it publishes"
run --why "$first" 999999999
want_status 4
want_line "^$first: it publishes"
want_line '^999999999: there is no such process'

# ---- it does not ----

if [ "$traced" ]; then
	silence none
	because 4 'libexpvar is loaded, but the program created no variable'
	silence fini
	because 4 'the program ended publishing: expvar_fini()'
	silence fork
	because 4 'a forked child, .*EXPVAR_FORK=zero'
	# The first directory that is said to be to blame is the one it was told.
	silence directory "$work/nosuch"
	because 4 "its segment could not be made in $work/nosuch: No such file"
fi
# Whoever may read its environment.
as=EXPVAR_DISABLE=1
silence variable
because 4 '.*EXPVAR_DISABLE is set in its environment'
as=
# Without libexpvar.
sleep 300 &
pid=$!
pids="$pids $pid"
# Until it is sleep, and no shell any more.
until [ "$(cat "/proc/$pid/comm")" = sleep ]; do
	sleep 0.01
done
because 4 'libexpvar is not loaded'
# Became another program.
start changed <<'EOF_'
int n 1
exec sleep 300
EOF_
until [ "$(cat "/proc/$pid/comm")" = sleep ]; do
	sleep 0.01
done
because 4 'it became another program (exec)'

# ---- it has ended ----

start gone <<'EOF_'
int n 1
EOF_
crash "$pid"
because 4 'there is no such process; one of that number left .*expvar\.gone.*--dead'
# A zombie: its parent sleeps. It ends when that is no shell any more, which
# might still ask for its end.
cat >"$work/ends-late" <<'EOF_'
until [ "$(cat "/proc/$PPID/comm")" = sleep ]; do
	sleep 0.01
done
EOF_
(
	exec 3>"$work/zombie-said"
	sh -c 'sh "$1" & echo $! >&3; exec sleep 300' sh "$work/ends-late" &
	echo $! >"$work/zombie-parent"
)
pids="$pids $(cat "$work/zombie-parent")"
until grep -q . "$work/zombie-said" && pid=$(cat "$work/zombie-said") &&
	grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do
	sleep 0.01
done
because 4 'it has ended, .*zombie'

# ---- it publishes, and something is in the way ----

if [ "$(id -u)" -eq 0 ] && have setpriv &&
	setpriv --reuid=65534 --regid=65534 --clear-groups "$dump" --version \
		>/dev/null 2>&1; then
	chmod 755 "$EXPVAR_DIR"
	user="setpriv --reuid=65534 --regid=65534 --clear-groups"
	silence variable
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$user" "$dump" >"$work/nobody"
	chmod 755 "$work/nobody"
	as_root=$dump
	dump=$work/nobody
	because 1 'it publishes, but this user may not read its segment'
	silence none
	because 1 'this user may not look into it (Permission denied); its owner, uid 0, and root may'
	# His own.
	mkdir "$EXPVAR_DIR/his" "$EXPVAR_DIR/other"
	chown 65534 "$EXPVAR_DIR/his" "$EXPVAR_DIR/other"
	as="$user env EXPVAR_DIR=$EXPVAR_DIR/other"
	silence variable
	because 1 "it publishes where nobody looks, in $EXPVAR_DIR/other; EXPVAR_DIR is $EXPVAR_DIR here; name the path: $EXPVAR_DIR/other/expvar"
	silence unlink
	because 1 'its \(file was removed\|segment has no name\)'
	# A sanitizer has the signal for itself.
	if [ "$traced" ] && ! grep -q -e '--enable-sanitizers=' \
		"$builddir/config.status" 2>/dev/null; then
		silence truncate
		because 4 'its segment was truncated by somebody else'
	fi
	dump=$as_root
	# Root finds these.
	silence unlink
	because 0 "it publishes: /proc/$pid/map_files/"
	as=
else
	echo "not checked: other users"
fi

# ---- wrong usage ----

for wrong in "--why" "--why web" "--why 0" "--why --list 1" "--why -f json 1" \
	"--why --all"; do
	# shellcheck disable=SC2086
	run $wrong
	want_status 2
	want_no_out
	want_named_err
done

finish
