#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-httpd-requests.sh - what expvar-httpd answers, and whom
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/httpd-support.sh"

# Others may publish on this host: ours are called so, and nothing is said of
# how many there are.
app=web$$

# Answers are compared with what happened since the last one.
serve --cache 0 --cmdline full
full=$url
serve --cache 0
short=$url

# ---- nothing runs ----

get /debug/vars
want_status 404 200 409
[ "$status" -ne 404 ] || want_line '^no process publishes variables$'
get /metrics
want_status 200
get /metrics -H 'Accept: application/openmetrics-text'
[ "$(tail -n 1 "$work/out")" = '# EOF' ] || fail "expected # EOF"
get /
want_status 200

# ---- one process ----

start $app <<'EOF'
counter requests 42
describe requests 2 \e \e how many
float ratio 1e+06
string text <&>"\x0aX-Evil: 1
map http.status
in http.status add 200 5
histogram latency_ns 0 100 1023
describe latency_ns 0 ns \e took
func f
EOF
web=$pid

# To the byte what expvar-dump prints; memstats may change between the two.
url=$full
for path in /debug/vars?app=$app "/debug/vars?pid=$web" \
	"/debug/vars?app=$app&pid=$web&other=1" /debug/%76ars?app=$app; do
	get "$path"
	want_status 200
	grep -v -e '^"memstats"' -e '^"f"' "$work/out" >"$work/got"
	grep -q '^"f": {"runs":[0-9]*}' "$work/out" || fail "expected the Func"
	grep -q '^"memstats": {"Alloc":' "$work/out" || fail "expected memstats"
	run $app
	grep -v -e '^"memstats"' -e '^"f"' "$work/out" >"$work/printed"
	cmp -s "$work/got" "$work/printed" || {
		fail "expected $path to be the same"
		diff "$work/got" "$work/printed"
	}
done
get /debug/vars
want_status 200 409
get /debug/vars?app=$app
want_header '^Content-Type: application/json; charset=utf-8$'
want_header "^Content-Length: $(wc -c <"$work/out")\$"
want_json 'd["cmdline"][0].endswith("publish") and len(d["cmdline"]) == 2'
want_jq '.requests == 42 and .memstats.NumGC == 0'

url=$short
get /debug/vars?app=$app
want_json 'len(d["cmdline"]) == 1 and d["cmdline"][0].endswith("publish")'

# Each request asks the Funcs.
first=$(sed -n 's/^"f": {"runs":\([0-9]*\)}.*/\1/p' "$work/out")
get /debug/vars?app=$app
second=$(sed -n 's/^"f": {"runs":\([0-9]*\)}.*/\1/p' "$work/out")
[ "$second" -gt "$first" ] || fail "expected another run of f: $first, $second"

# ---- metrics ----

get /metrics
want_status 200
want_no_line process_threads
want_header '^Content-Type: text/plain; version=0.0.4; charset=utf-8$'
ours() {
	grep "app=\"$app\"" "$work/out" | grep -v '^f_runs'
}
ours >"$work/got"
[ "$(wc -l <"$work/got")" -gt 5 ] || fail "expected more of $app"
run -f prometheus --all
ours >"$work/printed"
cmp -s "$work/got" "$work/printed" || fail "expected /metrics to be the same"
open='^Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8$'
plain='^Content-Type: text/plain; version=0.0.4; charset=utf-8$'
accepts() {
	get /metrics -H "Accept: $2"
	what="Accept: $2"
	want_header "$1"
}
# Prometheus 2.42, and what else there may be.
accepts "$open" 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
want_line '^# UNIT'
want_line '^# EOF$'
accepts "$open" 'Application/OpenMetrics-Text ; q=0.5 , text/plain;q=0.4'
accepts "$open" 'application/openmetrics-text;version="1.0.0"'
accepts "$plain" 'application/openmetrics-text;version=0.0.1,text/plain;q=0.1'
accepts "$plain" 'application/openmetrics-text;q=0.3,text/plain;q=0.31'
accepts "$plain" 'application/openmetrics-text;q=0'
accepts "$plain" 'application/openmetrics-text;q=x'
accepts "$plain" 'text/html,*/*;q=0.8'
accepts "$plain" ',;,=;q=,'
accepts "$plain" ''

# ---- several processes, and names that mean harm ----

start '<b>"x' <<'EOF'
int \x0aHTTP/1.1\x20200 1
string <script> </script>
EOF
evil=$pid
# What the name is to be is the program's affair; what it is, the list says.
run --list -f json
evil_app=$(sed -n "s/.*\"app\":\"\(.*\)\",\"pid\":$evil,.*/\1/p" "$work/out")
[ -n "$evil_app" ] || fail "expected the other process"
get /debug/vars
want_status 409
want_header '^Content-Type: text/plain; charset=utf-8$'
want_line '^[0-9]* processes match'
want_line "^/debug/vars?app=$app&pid=$web\$"
evil_url=$(grep "pid=$evil\$" "$work/out")
get "${evil_url%&*}"
want_status 200 409
get "$evil_url"
want_status 200
want_json 'len(d) == 4'
get "/debug/vars?app=$app"
want_status 200
want_jq '.requests == 42'
get "/debug/vars?app=$app&pid=$evil"
want_status 404
# What stands behind a NUL is part of the name, too.
for one in "app=$app%00x" "app=$app%00" "app=$app&pid=$web%00"; do
	get "/debug/vars?$one"
	want_status 400 404
done
get /debug/vars?app=w%1bb
want_status 404
want_line "^no process of an application 'w.x1bb' publishes variables\$"
for bad in pid= pid=0 pid=-1 pid=1x pid=/dev; do
	get "/debug/vars?$bad"
	want_status 400
done
get "/debug/vars?pid=1$web$web"
want_status 404
get /metrics
want_line "app=\"$app\""
want_line "pid=\"$evil\""
get /
want_status 200
want_header '^Content-Type: text/html; charset=utf-8$'
want_line "<a href=\"/debug/vars?app=$app&amp;pid=$web\">$app</a>"
want_line "pid=$evil\">"
want_no_line '<b>'

# Two of one name: they are told apart by their pids.
start $app <<'EOF'
counter requests 1
EOF
get /debug/vars?app=$app
want_status 409
get "/debug/vars?app=$app&pid=$pid"
want_jq '.requests == 1'
# A dead one is no choice.
crash "$pid"
get /debug/vars?app=$app
want_status 200
want_jq '.requests == 42'
get "/debug/vars?pid=$pid"
want_status 404

# ---- methods, paths, headers ----

get /metrics -I
want_status 200
want_header '^Content-Length: [1-9]'
cmp -s "$work/out" "$work/raw" || fail "expected no body"
for method in POST PUT DELETE OPTIONS TRACE PATCH FOO; do
	get /metrics -X "$method" -d 'some body'
	want_status 405
	want_header '^Allow: GET, HEAD$'
done
get /metrics -X GET -d 'a body nobody reads'
want_status 200
for path in /x /metrics/ /debug/vars/ /debug //metrics /../etc/passwd \
	/%0d%0aX-Evil:%201; do
	get "$path" --path-as-is
	want_status 404
	grep -q -i 'x-evil' "$work/headers" && fail "expected no such header"
done
for path in / /metrics /debug/vars?app=$app /none; do
	get "$path"
	want_header '^X-Content-Type-Options: nosniff$'
	want_header "^Content-Security-Policy: default-src 'none'"
	want_header '^Cross-Origin-Resource-Policy: same-origin$'
	want_header '^Cache-Control: no-store$'
	# The status, ten of ours, the empty line.
	[ "$(wc -l <"$work/headers")" -le 12 ] || fail "too many headers"
done

# ---- names this host is asked by ----

host() {
	wanted=$1
	shift
	for host in "$@"; do
		get / -H "Host: $host"
		what="Host: $host"
		want_status "$wanted"
	done
}
host 200 localhost LOCALHOST:80 127.0.0.1:9654 10.1.2.3 '[::1]:1' '[fe80::1]'
host 421 evil.example localhost.evil.example 127.0.0.1.evil.example \
	127.0.0.1:80:80 'localhost:x' '[::1' '[evil]' '[::1]x' 1 0x7f.1 \
	"$(printf '%0300d' 1)"
want_no_line web
get / -0 -H Host:
want_status 200
if have "$python"; then
	what="two Host headers"
	"$python" - "$url" >"$work/out" 2>"$work/err" <<'EOF'
import socket, sys, urllib.parse
place = urllib.parse.urlsplit(sys.argv[1])
s = socket.create_connection((place.hostname, place.port))
s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
print(s.recv(12).decode())
EOF
	printf 'HTTP/1.1 421\n' | want_out
fi
serve --allow-host web1.example --allow-host Other
host 200 web1.example WEB1.EXAMPLE:80 other localhost
host 421 web2.example web1.example.
serve '--allow-host=*'
host 200 anything.at.all

# ---- what the kernel knows ----

serve --process
get "/debug/vars?app=$app"
want_json 'd["process"]["state"] == "alive" and d["process"]["threads"] > 0'
get /metrics
want_line "^process_threads{app=\"$app\""

finish
