#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-consumer-jq.sh - jq reads every format that is JSON
. "$(dirname "$0")/support.sh"

have jq || {
	echo "skipped: no jq"
	exit 77
}

# Others may publish on this host.
app=web$$
start $app <<'EOF'
counter requests 18446744073709551615
string text <&>"\x5c\x0a\x01\xff\xe2\x80\xa8
int \x01q\x22 1
float nan nan
float small 1e-300
map m
in m map n
in m in n int k -9223372036854775808
histogram latency 0 1000 18446744073709551615
record job abc 77 0.5
func f
fail broken
EOF

for format in json pretty; do
	run -f $format $app
	want_jq '.m.n.k < 0 and .latency.count == 3 and .nan == null and
		.broken == null and .f.runs >= 1 and .text[0:4] == "<&>\"" and
		.["\u0001q\""] == 1 and .small == 1e-300'
	run -f $format --meta $app
	want_jq '.expvar.app == $app' --arg app $app
	run -f $format --all
	want_jq '.[$key].m.n.k < 0' --arg key "$app.$pid"
	run -f $format --list
	want_jq 'map(select(.app == $app)) | length == 1' --arg app $app
done
run -f ndjson -w 10ms -n 3 $app
want_jq -s 'length == 3 and all(.values.m.n.k < 0)'
run -f ndjson --meta --all
want_jq -s 'length >= 1'
run -f ndjson nothing$$
want_jq -s 'length == 1'

finish
