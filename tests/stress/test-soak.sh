#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-soak.sh - a snapshot after the other, for long, grows no memory in any tool
#
# All tools that stay read programs that change, start and end meanwhile, a
# hundred times a second. Their anonymous memory and their descriptors are
# compared: after the first quarter of the time, and at the end. The time is
# EXPVAR_TEST_SECONDS; 36 seconds make as many snapshots as an hour has seconds.
# Files are rotated, so that they do not grow for ever either; expvar-top, which
# remembers looks, remembers few.
#
# It prints a line for each tool. SOAK_INTERVAL is another time between two
# snapshots (default 10ms).
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/support.sh"
not_under_sanitizers

seconds=${EXPVAR_TEST_SECONDS:-2}
interval=${SOAK_INTERVAL:-10ms}
# Of all rounds of three quarters of the time together. What malloc() keeps
# depends on the sizes that come by.
growth_kb=256
[ "$seconds" -ge 10 ] || growth_kb=2048
files=$work/files
mkdir "$files"
: >"$work/out"
: >"$work/err"
status=none

# ---- what is read ----

for one in 1 2 3; do
	start "web$one" <<'EOF_'
int requests 17
counter bytes 123456
float load 0.5
string state running since this morning
histogram latency 1 20 300 4000 50000
in http counter 200 7
in http counter 404 8
func now 1
record job job 42 0.5 3
EOF_
done
# Comes and goes; named as before, and of another life.
cat >"$work/guest-commands" <<'EOF_'
int n 1
string text of a program that does not live for long
EOF_
cat >"$work/guests" <<'EOF_'
while :; do
	EXPVAR_APP=guest timeout -s KILL 0.3 "$@" >/dev/null 2>&1
done
EOF_
sh "$work/guests" "$publisher" "$work/guest-commands" &
pids="$pids $!"

# ---- who reads ----

# watch NAME OPTION...: expvar-dump, again and again
names=
watch() {
	name=$1
	shift
	"$dump" --watch "$interval" --refresh 1ms -q "$@" >/dev/null \
		2>>"$work/watch-err" &
	eval "tool_$name=$!"
	names="$names $name"
	pids="$pids $!"
}
watch json --all
watch pretty --all -f pretty --meta
watch ndjson --all -f ndjson --meta -o "$files/all.ndjson" --append \
	--rotate 1M --keep 2
watch gzip web1 -f ndjson -o "$files/web.ndjson.gz" --append --rotate 1M --keep 2
watch csv web2 -f csv -o "$files/web.csv" --append --rotate 1M --keep 2
watch prometheus --all -f prometheus -o "$files/all.prom"
watch openmetrics --all -f openmetrics
watch rate --all --rate
watch merge --merge web1 web2
watch dead --dead --all
watch missing nosuch -f ndjson

if [ -x "$builddir/tools/expvar-top" ]; then
	"$builddir/tools/expvar-top" --plain -i "$interval" --history 60 \
		--refresh 1ms --record "$files/top.ndjson" --rotate 1M --keep 2 \
		>/dev/null 2>>"$work/watch-err" &
	tool_top=$!
	names="$names top"
	pids="$pids $!"
fi

asker=
if [ -x "$builddir/tools/expvar-httpd" ] && have "$python"; then
	mkfifo "$work/url"
	"$builddir/tools/expvar-httpd" --unconfined --listen 127.0.0.1:0 \
		>"$work/url" 2>"$work/server-err" &
	tool_httpd=$!
	names="$names httpd"
	pids="$pids $!"
	read -r url <"$work/url"
	# New connections, kept ones, and what is wrong.
	"$python" - "$url" <<'EOF_' >"$work/asked" 2>"$work/asker-err" &
import http.client, signal, sys, time, urllib.parse
place = urllib.parse.urlparse(sys.argv[1]).netloc
paths = ["/debug/vars?app=web1", "/metrics", "/", "/nosuch", "/debug/vars",
         "/debug/vars?app=nosuch", "/metrics?x=%00"]
asked = 0
def end(*_):
    print(asked)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
kept = None
while True:
    if asked % 50 == 0:
        kept = http.client.HTTPConnection(place, timeout=60)
    for connection in kept, http.client.HTTPConnection(place, timeout=60):
        try:
            connection.request("GET", paths[asked % len(paths)])
            connection.getresponse().read()
        except OSError:
            kept = http.client.HTTPConnection(place, timeout=60)
        asked += 1
        if connection is not kept:
            connection.close()
    time.sleep(0.005)
EOF_
	asker=$!
	pids="$pids $asker"
fi

# ---- how much they have ----

# all_of PID: itself and its children
all_of() {
	echo "$1"
	cat /proc/[0-9]*/stat 2>/dev/null |
		sed -n "s/^\([0-9]*\) (.*) . $1 .*/\1/p"
}

# anonymous_kb PID, descriptors PID: of both processes, where it is divided
anonymous_kb() {
	for one in $(all_of "$1"); do
		sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' \
			"/proc/$one/status" 2>/dev/null
	done | awk '{ sum += $1 } END { print sum + 0 }'
}
descriptors() {
	for one in $(all_of "$1"); do
		ls "/proc/$one/fd" 2>/dev/null
	done | wc -l
}

# look WHEN: notes both for each tool
look() {
	for name in $names; do
		eval "tool=\$tool_$name"
		kill -0 "$tool" 2>/dev/null || fail "$name has ended: $(
			cat "$work/watch-err" "$work/server-err" 2>/dev/null |
				tail -n 3)"
	done
	for name in $names; do
		eval "tool=\$tool_$name"
		echo "$name $(anonymous_kb "$tool") $(descriptors "$tool")"
	done >"$work/$1"
}

what="the soak"
sleep "$(awk "BEGIN { print $seconds / 4 }")"
look early
sleep "$(awk "BEGIN { print $seconds * 3 / 4 }")"
look late

[ -z "$asker" ] || {
	kill -TERM "$asker"
	wait "$asker"
	echo "expvar-httpd answered $(cat "$work/asked") requests"
}
echo "name kB-early kB-late descriptors-early descriptors-late"
join "$work/early" "$work/late" 2>/dev/null ||
	paste -d ' ' "$work/early" "$work/late"
paste -d ' ' "$work/early" "$work/late" >"$work/both"
while read -r name early_kb early_fds _ late_kb late_fds; do
	what="$name, for $seconds s"
	[ $((late_kb - early_kb)) -le "$growth_kb" ] ||
		fail "its memory grew from $early_kb to $late_kb kB"
	# Some are open at the moment.
	[ $((late_fds - early_fds)) -le 24 ] ||
		fail "descriptors: from $early_fds to $late_fds"
done <"$work/both"
du -sk "$files" | awk '$1 > 20000 { exit 1 }' || fail "its files grow for ever"

finish
