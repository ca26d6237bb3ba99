#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-httpd-limits.sh - what clients and processes cannot do to expvar-httpd
. "$(dirname "$0")/support.sh"
not_under_sanitizers
. "$(dirname "$0")/httpd-support.sh"

have "$python" || {
	echo "skipped: no python3"
	exit 77
}

# Others may publish on this host.
app=web$$
start $app <<'EOF'
counter requests 42
func f
EOF

# ---- an answer serves those who ask at the same time ----

runs() {
	get "$1"
	sed -n 's/^"f": {"runs":\([0-9]*\)}.*/\1/p' "$work/out"
}
serve --cache 1h
first=$(runs /debug/vars?app=$app)
[ "$(runs /debug/vars?app=$app)" = "$first" ] || fail "expected the same answer again"
# Another question is another answer, and there is not room for any number.
for i in 1 2 3 4 5 6 7 8 9; do
	get "/debug/vars?app=none$i"
	want_status 404
done
[ "$(runs /debug/vars?app=$app)" != "$first" ] || fail "expected another answer"
get /metrics
want_header 'text/plain'
get /metrics -H 'Accept: application/openmetrics-text'
want_header 'openmetrics'
get /metrics
want_header 'text/plain'
end_server
want_status 0

serve --cache 1us
first=$(runs /debug/vars?app=$app)
[ "$(runs /debug/vars?app=$app)" != "$first" ] || fail "expected a later answer"
end_server
serve --cache 0 --refresh 0
first=$(runs /debug/vars?app=$app)
[ "$(runs /debug/vars?app=$app)" = "$first" ] || fail "expected no run with --refresh 0"
end_server

# ---- slow clients ----

# slow N SECONDS TEXT: N connections that say TEXT and nothing more. Prints
# whether another was answered, and how many were closed after SECONDS, or
# sooner if all were.
slow() {
	what="$1 clients that say '$3'"
	"$python" - "$url" "$@" "$app" >"$work/out" 2>"$work/err" <<'EOF'
import select, socket, sys, time, urllib.parse, urllib.request
url, count, seconds, text = sys.argv[1], *map(int, sys.argv[2:4]), sys.argv[4]
place = urllib.parse.urlsplit(url)
slow = set()
for i in range(count):
    s = socket.create_connection((place.hostname, place.port))
    s.sendall(text.encode())
    slow.add(s)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(url + "metrics", timeout=30) as reply:
    print(sys.argv[5] in reply.read().decode())
end, closed = time.monotonic() + seconds, 0
while slow and time.monotonic() < end:
    for s in select.select(slow, [], [], 0.1)[0]:
        try:
            data = s.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            slow.remove(s)
            closed += 1
print(closed)
EOF
	status=$?
	want_status 0
}

# 50 of them, and the 51st is served; they themselves have their time.
serve --timeout 300ms
for text in '' 'G' 'GET /metrics HTTP/1.1
Host: localhost
X-Slow: '; do
	slow 50 30 "$text"
	printf 'True\n50\n' | want_out
done
end_server
want_status 0

# More than are allowed: the oldest make room, as many as may stay do.
serve --max-connections 8 --timeout 1h
slow 40 1 'GET / HTTP/1.1
X-Slow: '
want_line '^True$'
want_line '^3[23]$'
end_server
want_status 0

# One that dribbles: every byte in time, the whole not.
serve --timeout 300ms
what="a client that dribbles"
"$python" - "$url" >"$work/out" 2>"$work/err" <<'EOF'
import socket, sys, time, urllib.parse
place = urllib.parse.urlsplit(sys.argv[1])
s = socket.create_connection((place.hostname, place.port))
start = time.monotonic()
try:
    while time.monotonic() - start < 30:
        s.sendall(b"G")
        time.sleep(0.05)
    print("still connected")
except ConnectionError:
    print("closed")
EOF
printf 'closed\n' | want_out
end_server

# One that asks again and again on a connection is not slow.
serve --timeout 2s
what="a client that stays"
"$python" - "$url" >"$work/out" 2>"$work/err" <<'EOF'
import http.client, sys, time, urllib.parse
place = urllib.parse.urlsplit(sys.argv[1])
c = http.client.HTTPConnection(place.hostname, place.port)
c.connect()
port = c.sock.getsockname()[1]
for i in range(12):
    c.request("GET", "/")
    assert c.getresponse().read()
    assert c.sock.getsockname()[1] == port
    time.sleep(0.2)
print("answered")
EOF
printf 'answered\n' | want_out
end_server

# ---- large answers ----

"$python" >"$work/many" <<'EOF'
for i in range(40000):
    print("int a_rather_long_name_of_a_variable_%d 1" % i)
EOF
serve --max-response 1M --cache 0
start many$$ <"$work/many"
many=$pid
get "/debug/vars?pid=$many"
want_status 503
want_line max-response
get /debug/vars?app=$app
want_status 200
# What is too large for all of /metrics is left out of it, the others are not.
get /metrics
want_status 200
want_line "^requests_total{app=\"$app\""
want_no_line 'a_rather'
get /metrics
end_server
want_status 0
# Who reads its messages is told, and once.
grep -c "expvar-httpd: .*expvar.many$$.*left out: too large" "$work/server-err" \
	>"$work/out"
printf '1\n' | want_out

# Nor does one that prints far more than it has take the place of others.
awk 'BEGIN {
	long = sprintf("%04000d", 0)
	print "map keys"
	for (i = 0; i < 300; i++) print "in keys int " i " 1"
	for (i = 0; i < 300; i++) print "alias " i long " keys"
}' >"$work/flood"
serve --max-response 1M --cache 0
start flood$$ <"$work/flood"
flood=$pid
get /metrics
want_status 200
want_line "^requests_total{app=\"$app\""
want_no_line flood
grep "expvar-httpd: flood$$: process $flood is left out" "$work/server-err" \
	>"$work/out" || fail "expected a message"
stop "$flood"
end_server
want_status 0

# Answers that nobody fetches are kept for a while; there is an end to that.
serve --max-response 3M --cache 0 --timeout 1h
what="clients that do not read"
"$python" - "$url" "$many" >"$work/out" 2>"$work/err" <<'EOF'
import socket, sys, urllib.parse
place = urllib.parse.urlsplit(sys.argv[1])
seen, kept = set(), []
for i in range(100):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    s.settimeout(30)
    s.connect((place.hostname, place.port))
    # Several on a connection, so that the kernel's buffers are full.
    s.sendall(b"GET /debug/vars?pid=%s HTTP/1.1\r\nHost: localhost\r\n\r\n" %
              sys.argv[2].encode() * 8)
    seen.add(s.recv(12)[-3:].decode())
    kept.append(s)
    if "503" in seen:
        break
print(*sorted(seen))
EOF
printf '200 503\n' | want_out
end_server
want_status 0

finish
