#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-containers.sh - processes of other namespaces, and segments that no
# directory has (R12)
. "$(dirname "$0")/support.sh"
# Everything on this host is looked for: so nothing is said of how much there is.
unset EXPVAR_SEARCH

have unshare || {
	echo "skipped: no unshare"
	exit 77
}
chmod 755 "$work"
echo "int n 1" >"$work/one"

# may COMMAND...: whether that works here
may() {
	"$@" true >/dev/null 2>&1 && return 0
	echo "not checked, refused here: $*"
	return 1
}

# start_in APP COMMAND...: a publisher below COMMAND, which makes a child in new
# namespaces; sets pid, as it is seen here, and path, as it is seen there
start_in() {
	app=$1
	shift
	EXPVAR_APP=$app EXPVAR_DIR=/dev/shm "$@" >"$work/said" 2>"$work/start-err" &
	outer=$!
	pids="$pids $outer"
	said=
	read -r said path <"$work/said"
	[ "$said" = ready ] || {
		echo "publisher of $app is not ready: $(cat "$work/start-err")" >&2
		exit 99
	}
	pid=$(cat /proc/[0-9]*/stat 2>/dev/null |
		sed -n "s/^\([0-9]*\) (.*) . $outer .*/\1/p")
	[ "$pid" ] || exit 99
	pids="$pids $pid"
}

# as_run COMMAND...: run as somebody else
as_run() {
	own=$dump
	dump=$work/as
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$*" "$own" >"$dump"
	chmod 755 "$dump"
}

new="unshare --pid --fork --kill-child --mount-proc"
# shellcheck disable=SC2016
own_shm='mount -t tmpfs tmpfs /dev/shm && exec "$0" "$1"'
user="setpriv --reuid=65534 --regid=65534 --clear-groups"
[ "$(id -u)" -eq 0 ] || user=

# ---- a container with a /dev/shm of its own, for root ----

as_root=$dump
# shellcheck disable=SC2086
if [ "$(id -u)" -eq 0 ] && may $new &&
	may sh -c 'for f in /proc/self/map_files/*; do exec <"$f"; done'; then
	start_in "contained-$$" $new sh -c "$own_shm" "$publisher" "$work/one"
	inside=$pid
	for how in "" --unconfined; do
		run $how --get n "$inside"
		want_status 0
		echo 1 | want_out
		run $how --no-builtins "$inside"
		want_status 0
		run $how --get n "contained-$$"
		want_status 0
		run $how --list "$inside"
		want_status 0
		want_line "contained-$$  *$inside/1  *alive"
		run $how --list
		want_line "contained-$$  *$inside/1  *alive"
		run $how -f json --list "contained-$$"
		want_status 0
		want_json "d[0]['pid'] == $inside and d[0]['pid_in_namespace'] == 1
			and not d[0]['pid_is_ours'] and d[0]['state'] == 'alive'"
		run $how --no-builtins --all -s n
		want_json "d['contained-$$.$inside'] == {'n': 1}"
		run $how --no-builtins --meta "$inside"
		want_json "d['expvar']['pid'] == $inside
			and d['expvar']['pid_in_namespace'] == 1"
		run $how -f ndjson "$inside"
		want_json "d['pid'] == $inside"
	done
	run -f prometheus "contained-$$"
	want_line "^n{app=\"contained-$$\",pid=\"$inside\"} 1"
	# Told not to look, as other tests are.
	EXPVAR_SEARCH=directories
	export EXPVAR_SEARCH
	run --list
	want_no_line "contained-$$"
	run "$inside"
	want_status 4
	unset EXPVAR_SEARCH
	# Its own number is its own only.
	kill -KILL "$inside"
	wait "$outer" 2>/dev/null
	run --get n "contained-$$"
	want_status 4
	want_no_out

	# Two of number 1 that share a directory.
	mkdir "$work/shm"
	mount -t tmpfs tmpfs "$work/shm" && mounted=yes
	if [ "$mounted" ]; then
		share="mount --bind $work/shm /dev/shm && exec \"\$0\" \"\$1\""
		start_in "twins-$$" $new sh -c "$share" "$publisher" "$work/one"
		first=$pid
		start_in "twins-$$" $new sh -c "$share" "$publisher" "$work/one"
		second=$pid
		directory=$EXPVAR_DIR
		EXPVAR_DIR=$work/shm
		for how in "" --unconfined; do
			run $how --list "twins-$$"
			want_status 0
			want_line "twins-$$  *$first/1  *alive .*$work/shm/"
			want_line "twins-$$  *$second/1  *alive .*$work/shm/"
			[ "$(grep -c "twins-$$ " "$work/out")" -eq 2 ] ||
				fail "expected two lines"
			run $how --get n "$second"
			want_status 0
			run $how --no-builtins "$first" "$second"
			want_json "sorted(d) == sorted(['twins-$$.$first', 'twins-$$.$second'])"
			run $how --get n "twins-$$"
			want_status 2
			want_err "$first/1"
		done
		kill -KILL "$first"
		run --get n "$first"
		want_status 4
		want_no_out
		kill -KILL "$second"
		EXPVAR_DIR=$directory
		umount -l "$work/shm"
	fi

	# A file without a name, and one where nobody searches.
	start "unlinked-$$" <"$work/one"
	rm "$path"
	mkdir "$EXPVAR_DIR/elsewhere"
	EXPVAR_DIR=$EXPVAR_DIR/elsewhere
	start "astray-$$" <"$work/one"
	EXPVAR_DIR=${EXPVAR_DIR%/*}
	for app in "unlinked-$$" "astray-$$"; do
		run --get n "$app"
		want_status 0
		run --list
		want_line "^$app  *[0-9]*  *alive"
	done
	run --get n "$pid"
	want_status 0

	# What is on no tmpfs is not even touched: the file of a FUSE that
	# never answers would keep root waiting.
	if [ "$(stat -f -c %T "$work")" != tmpfs ] && have "$python"; then
		cp "$(ls "$EXPVAR_DIR/elsewhere"/*)" "$work/on-disk"
		chmod 600 "$work/on-disk"
		cat >"$work/hold" <<'EOF_'
import fcntl, mmap, struct, sys, time
file = open(sys.argv[1], "r+b")
fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 1, 0))
mapping = mmap.mmap(file.fileno(), 4096)
print("ready x", flush=True)
time.sleep(300)
EOF_
		"$python" "$work/hold" "$work/on-disk" >"$work/said" &
		holder=$!
		pids="$pids $holder"
		read -r said path <"$work/said"
		[ "$said" = ready ] || exit 99
		run --list
		want_no_line "/proc/$holder/"
		run --list "$holder"
		want_no_line "/proc/$holder/"
	fi

	# Who may not look is told so.
	if may $user "$dump" --version; then
		start_in "closed-$$" $new sh -c "$own_shm" "$publisher" \
			"$work/one"
		as_run $user
		run "$pid"
		want_status 1 4
		want_no_out
		want_err "$pid: "
		grep -q -i -e 'running' "$work/err" &&
			fail "asked whether it runs"
		run --list
		want_err 'publish where this user may not look'
		run --all
		want_err 'this user may'
		run -q --list
		grep -q 'user may not look' "$work/err" &&
			fail "a note in spite of -q"
		dump=$as_root
	fi
else
	echo "not checked: containers, as root"
fi

# ---- as an ordinary user ----

# shellcheck disable=SC2086
if may $user "$dump" --version && may $user unshare -Ur; then
	[ "$(id -u)" -ne 0 ] || as_run $user
	if may $user $new -Ur; then
		start_in "rootless-$$" $user $new -Ur sh -c "$own_shm" \
			"$publisher" "$work/one"
		run --get n "$pid"
		want_status 0
		run --list "$pid"
		want_line "rootless-$$  *$pid/1  *alive .*/proc/.*/root/dev/shm/"
		run --no-builtins --all -s n
		want_json "d['rootless-$$.$pid'] == {'n': 1}"
	fi
	printf 'init sealed\nint n 2\n' >"$work/sealed"
	start_in "sealed-$$" sh -c '"$@" & wait' sh \
		$user "$publisher" "$work/sealed"
	run --get n "$pid"
	want_status 0
	run --list "sealed-$$"
	want_status 0
	want_line "sealed-$$  *$pid  *alive .*/proc/$pid/"
else
	echo "not checked: containers, as an ordinary user"
fi

finish
