#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-httpd-listen.sh - where expvar-httpd listens, how it begins and ends
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/httpd-support.sh"

want_err_line() {
	grep -q -e "$1" "$work/err" || fail "expected '$1' on stderr"
	grep -v '^http' "$work/err" | head -n 1 | grep -q '^expvar-httpd: ' ||
		fail "expected 'expvar-httpd: ' before the message"
}

# refused STATUS MESSAGE OPTION...: it does not run, and says why
refused() {
	wanted=$1
	message=$2
	shift 2
	what="expvar-httpd $*"
	timeout 10 "$httpd" "$@" >"$work/out" 2>"$work/err"
	status=$?
	want_status "$wanted"
	want_no_out
	want_err_line "$message"
}

# Others may publish on this host.
app=web$$
start $app <<'EOF'
counter requests 42
EOF

# ---- the command line ----

what="expvar-httpd --help"
"$httpd" --help >"$work/out" 2>"$work/err"
status=$?
want_status 0
want_no_err
want_line '^Usage: expvar-httpd'
awk 'length($0) > 80 { exit 1 }' "$work/out" || fail "expected 80 columns"
"$httpd" -V >"$work/out"
want_line '^expvar-httpd [0-9]'
"$httpd" --help >/dev/full 2>"$work/err"
status=$?
want_status 1

refused 2 'did you mean --listen' --lisen x
refused 2 'needs an argument: ADDRESS' --listen
refused 2 'takes no argument' --quiet=1
refused 2 'unknown option -z' -qz
refused 2 'only options are expected' web
refused 2 'is no time' --timeout soon
refused 2 'too long a time' --cache 9999999999999999h
refused 2 'must not be 0' --timeout 0
refused 2 'is no size' --max-response 1T
refused 2 'is no size' --max-response 99999999999999999999
refused 2 'too large' --max-response 2G
refused 2 'no number from 1' --max-connections 0
refused 2 'too large' --max-connections 100000
refused 2 'neither first nor full' --cmdline all
refused 2 'name is empty' --allow-host=
refused 2 'is no mode' --chmod 8
for address in '' : x 127.0.0.1 127.0.0.1: 127.0.0.1:x 127.0.0.1:65536 ::1:1 \
	'[::1]' '[127.0.0.1]:1' '[]:1' example.org:80 :80; do
	refused 2 'is no address' --unconfined --listen "$address"
done
refused 2 'path of a Unix socket' --unconfined --listen unix:
refused 2 'path of a Unix socket' --unconfined --listen \
	"unix:/$(printf '%0120d' 1)"
refused 2 'chmod is for a Unix socket' --unconfined --listen 127.0.0.1:0 \
	--chmod 600
refused 1 'No such file or directory' --unconfined --listen unix:/none/socket
if [ "$(id -u)" -eq 0 ]; then
	refused 2 'should not do so as root' --listen 127.0.0.1:0
fi

# ---- TCP ----

serve
get /
want_status 200
address=${url#http://}
refused 1 'in use' --unconfined --listen "${address%/}"
end_server
want_status 0
# At once again.
serve --listen "${address%/}"
what="SIGINT"
kill -INT "$server"
wait "$server"
status=$?
want_status 0
serve --listen localhost:0
get /
want_status 200
end_server
if [ "$(cat /proc/sys/net/ipv6/conf/lo/disable_ipv6 2>/dev/null)" = 0 ]; then
	serve --listen '[::1]:0'
	get /
	want_status 200
	end_server
else
	echo "not checked: no IPv6"
fi

# ---- Unix ----

socket=$work/socket
serve --listen "unix:$socket"
[ "$url" = "unix:$socket" ] || fail "expected unix:$socket, not $url"
[ "$(stat -c %a "$socket")" = 600 ] || fail "expected mode 600"
# Who may open it may call it anything.
get /debug/vars?app=$app -H 'Host: any.name'
want_status 200
refused 1 'in use' --unconfined --listen "unix:$work/socket"
[ -S "$work/socket" ] || fail "expected that it is still there"
end_server
want_status 0
[ ! -e "$work/socket" ] || fail "expected that it is gone"
# What one left that was killed is no hindrance; what is no socket is.
serve --listen "unix:$work/socket" --chmod 666
[ "$(stat -c %a "$work/socket")" = 666 ] || fail "expected mode 666"
crash "$server"
[ -S "$work/socket" ] || fail "expected that it is left"
serve --listen "unix:$work/socket"
# Another one's socket stays.
mv "$work/socket" "$work/moved"
: >"$work/socket"
end_server
want_status 0
[ -e "$work/socket" ] || fail "expected that it leaves what is not its own"
refused 1 'in use' --unconfined --listen "unix:$work/socket"
[ -f "$work/socket" ] || fail "expected that the file is still there"

what="--quiet"
"$httpd" --unconfined --quiet --listen "unix:$work/quiet" >"$work/quiet-out" \
	2>"$work/err" &
server=$!
pids="$pids $server"
url=unix:$work/quiet
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	get /
	[ "$status" = 000 ] || break
	sleep 0.1
done
want_status 200
[ ! -s "$work/quiet-out" ] || fail "expected nothing on stdout"
end_server
want_status 0
what="a full standard output"
timeout 10 "$httpd" --unconfined --listen 127.0.0.1:0 >/dev/full 2>"$work/err"
status=$?
want_status 1

# ---- from systemd ----

have "$python" || {
	echo "not checked, no python3: sockets from systemd"
	finish
}
cat >"$work/activate.py" <<'EOF'
import os, socket, sys
count, kind = sys.argv[1:3]
s = socket.socket()
s.bind(("127.0.0.1", 0))
if kind != "bound":
    s.listen()
print("http://127.0.0.1:%d/" % s.getsockname()[1], file=sys.stderr, flush=True)
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
pid = os.getpid() if kind != "other" else 1
os.environ.update(LISTEN_FDS=count, LISTEN_PID=str(pid))
os.execv(sys.argv[3], sys.argv[3:])
EOF
# activate COUNT KIND OPTION...: as systemd starts it, with a socket as fd 3
activate() {
	what="LISTEN_FDS=$1, $2"
	count=$1
	kind=$2
	shift 2
	timeout 10 "$python" "$work/activate.py" "$count" "$kind" "$httpd" \
		--unconfined "$@" >"$work/out" 2>"$work/err"
	status=$?
}
activate 2 listening
want_status 1
want_err_line 'one is expected'
activate 1 bound
want_status 1
want_err_line 'no listening socket'
activate 1 listening --listen=127.0.0.1:0
want_status 2
want_err_line 'handed over'
activate 1 listening --chmod=600
want_status 2
"$python" "$work/activate.py" 1 listening "$httpd" --unconfined >"$work/url" \
	2>"$work/socket-url" &
server=$!
pids="$pids $server"
read -r url <"$work/url"
what="a socket from systemd"
[ "$url" = "$(cat "$work/socket-url")" ] || fail "expected its address: $url"
get /metrics
want_status 200
want_line "^requests_total{app=\"$app\""
end_server
want_status 0
# Handed to another process, whose environment we only inherited.
"$python" "$work/activate.py" 1 other "$httpd" --unconfined \
	--listen 127.0.0.1:0 >"$work/url" 2>"$work/socket-url" &
server=$!
pids="$pids $server"
read -r url <"$work/url"
what="a socket for another process"
[ "$url" != "$(cat "$work/socket-url")" ] || fail "expected its own: $url"
get /
want_status 200
end_server
want_status 0

finish
