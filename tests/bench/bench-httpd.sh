#!/bin/sh
# SPDX-License-Identifier: MIT
#
# bench-httpd.sh [--quick] - what a scrape of many processes takes
#
# 100 processes of 1,000 variables each (850 counters, 100 numbers, 50
# histograms): the wall time of one GET from expvar-httpd, the least and the
# largest of ten, and its memory; and the CPU time of expvar-dump --all, the
# least of five. --quick: 10 processes. Targets are those of 100.
#
# Needs srcdir and builddir (run-test.sh sets them), curl, and a quiet machine.

: "${builddir:=$(pwd)}"
processes=100
[ "$1" != --quick ] || processes=10

real()
{
	if [ -x "$(dirname "$1")/.libs/$(basename "$1")" ]; then
		echo "$(dirname "$1")/.libs/$(basename "$1")"
	else
		echo "$1"
	fi
}

LD_LIBRARY_PATH=$builddir/lib/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
httpd=$(real "$builddir/tools/expvar-httpd")
dump=$(real "$builddir/tools/expvar-dump")
publish=$(real "$builddir/tests/support/publish")
for needed in "$httpd" "$publish"; do
	[ -x "$needed" ] || {
		echo "without expvar-httpd: no $needed"
		exit 0
	}
done
command -v curl >/dev/null || {
	echo "without expvar-httpd: no curl"
	exit 0
}

work=$(mktemp -d) || exit 99
EXPVAR_DIR=$(mktemp -d /dev/shm/expvar-bench.XXXXXX) || exit 99
export EXPVAR_DIR
pids=
clean_up()
{
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null
	wait
	rm -rf "$work" "$EXPVAR_DIR"
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM

awk 'BEGIN {
	for (i = 0; i < 850; i++) print "counter requests_" i " " i
	for (i = 0; i < 50; i++) print "int queue_" i " " i
	for (i = 0; i < 50; i++) print "float ratio_" i " 0." i
	for (i = 0; i < 50; i++) print "histogram latency_" i " 1000 20000 300000"
}' >"$work/commands"
mkfifo "$work/said"
i=0
while [ $i -lt $processes ]; do
	EXPVAR_APP=app$((i % 10)) "$publish" "$work/commands" >"$work/said" &
	first=${first:-$!}
	pids="$pids $!"
	read -r _ <"$work/said"
	i=$((i + 1))
done
"$httpd" --unconfined --cache 0 --listen 127.0.0.1:0 >"$work/said" &
server=$!
pids="$pids $server"
read -r url <"$work/said"

verdict()
{
	awk -v least="$1" -v limit="$2" -v all="$processes" 'BEGIN {
		print all != 100 ? "" : least <= limit ? "met" : "missed" }'
}

# scrape NAME LIMIT CURL...
scrape()
{
	name=$1
	limit=$2
	shift 2
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		curl -q -s -o "$work/out" -w '%{time_total}\n' "$@"
	done | sort -n >"$work/times"
	least=$(head -n 1 "$work/times")
	printf '%-32s %s s to %s s, %9d bytes  <=%s s %s\n' "$name" "$least" \
		"$(tail -n 1 "$work/times")" "$(wc -c <"$work/out")" "$limit" \
		"$(verdict "$least" "$limit")"
}

echo "expvar-httpd, $processes processes of 1,000 variables: wall time of a GET"
scrape "/metrics, text" 1 "${url}metrics"
scrape "/metrics, OpenMetrics" 1 -H 'Accept: application/openmetrics-text' \
	"${url}metrics"
scrape "/debug/vars?pid=" 1 "${url}debug/vars?pid=$first"
printf '%-32s %s\n' "its memory at its peak" \
	"$(sed -n 's/^VmHWM:[[:blank:]]*//p' "/proc/$server/status")"

for format in json prometheus; do
	for _ in 1 2 3 4 5; do
		# The last line of times: user and system time of children.
		sh -c '"$@"; times' sh "$dump" --all -q -f "$format" \
			-o "$work/all" | tail -n 1
	done | sed 's/[ms]/ /g' |
		awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }' | sort -n >"$work/times"
	least=$(head -n 1 "$work/times")
	printf '%-32s %s s of CPU  <=0.5 s %s\n' \
		"expvar-dump --all -f $format" "$least" "$(verdict "$least" 0.5)"
done
