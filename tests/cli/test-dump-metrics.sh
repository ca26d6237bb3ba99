#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-metrics.sh - expvar-dump --format openmetrics and prometheus
#
# Both as text here; that Prometheus and a strict parser take them, whatever
# programs publish, is at the end.
. "$(dirname "$0")/support.sh"

# want_series TEXT: a line that begins so, whatever the process's labels are
want_series() {
	sed -E 's/\{app="[^"]*",(pid|instance_name)="[^"]*",?/{/' "$work/out" |
		grep -q -x -F -e "$1" || fail "expected the series: $1"
}

start web <<'EOF'
counter requests 42
describe requests 2 requests - how many "there" \ were
int queue.length 7
describe queue.length 1 items - waiting
int plain -5
float nan nan
float inf inf
string text no metric
counter rx_total 2000
describe rx_total 2 KiB - received
histogram latency_ns 0 100 1023 1024 2000000 200000000000
describe latency_ns 0 ns - took
histogram sizes 63 64 70000
describe sizes 0 bytes - sizes
histogram batch 1 2 3
int timeout 1500
describe timeout 1 ms - waits
int 7zip 1
int a.b 1
int a_b 2
map http.status
in http.status add 200 5
in http.status add \x22\x5c\x0a\xff 1
describe http.status 2 \e code by code
map lib
in lib counter hits 3
in lib describe hits 2 \e \e hits of the library
in lib int size 4
map peers
in peers in alice int rx 1
in peers in alice int tx 2
describe peers 1 bytes peer,way bytes
int negative -1
describe negative 2 \e \e a counter that is none
record job abc 77 0.5
func f
fail broken
int expvar_process_info 9
EOF
web=$pid
web_path=$path

run -f openmetrics web
want_status 0
want_no_err
[ "$(tail -n 1 "$work/out")" = '# EOF' ] || fail "expected # EOF at the end"
grep -q -x "expvar_process_info{app=\"web\",pid=\"$web\",incarnation=\"${web_path##*.}\"} 1" \
	"$work/out" || fail "expected the line with the incarnation"
[ "$(grep -c "${web_path##*.}" "$work/out")" -eq 1 ] ||
	fail "expected the incarnation in one line only"
grep -q "^requests_total{app=\"web\",pid=\"$web\"} 42\$" "$work/out" ||
	fail "expected labels app and pid"
# Kinds, units, help.
want_line '^# TYPE requests counter$'
want_line '^# HELP requests how many \\"there\\" \\\\ were$'
want_line '^# TYPE queue_length_items gauge$'
want_line '^# UNIT queue_length_items items$'
want_series 'queue_length_items{} 7'
want_line '^# TYPE plain unknown$'
want_series 'plain{} -5'
want_series 'nan{} NaN'
want_series 'inf{} +Inf'
want_no_line '^text'
want_series 'rx_bytes_total{} 2.048e+06'
want_line '^# UNIT rx_bytes bytes$'
want_series 'timeout_seconds{} 1.5'
# Names.
want_series '_7zip{} 1'
want_series 'a_b{} 1'
want_series 'a_b_value{} 2'
want_line '^# HELP a_b a\\\\.b$'
want_series 'expvar_process_info_value{} 9'
# Histograms: what is counted up to a boundary is exact.
want_line '^# TYPE latency_seconds histogram$'
want_series 'latency_seconds_bucket{le="1.023e-06"} 3'
want_series 'latency_seconds_bucket{le="2.047e-06"} 4'
want_series 'latency_seconds_bucket{le="0.002097151"} 5'
want_series 'latency_seconds_bucket{le="68.719476735"} 5'
want_series 'latency_seconds_bucket{le="+Inf"} 6'
want_series 'latency_seconds_count{} 6'
want_series 'latency_seconds_sum{} 200.002002147'
want_series 'sizes_bytes_bucket{le="63.0"} 1'
want_series 'sizes_bytes_bucket{le="127.0"} 2'
want_series 'batch_bucket{le="0.0"} 0'
want_series 'batch_bucket{le="1.0"} 1'
want_series 'batch_bucket{le="3.0"} 3'
# Maps: labels, or a name for what has a description of its own.
want_line '^# TYPE http_status counter$'
want_series 'http_status_total{code="200"} 5'
want_series 'http_status_total{code="\"\\\n\\xff"} 1'
want_series 'lib_hits_total{} 3'
want_series 'lib{key="size"} 4'
want_series 'peers_bytes{peer="alice",way="rx"} 1'
want_series 'peers_bytes{peer="alice",way="tx"} 2'
# What a counter cannot be.
want_line '^# TYPE negative_total unknown$'
want_series 'negative_total{} -1'
want_series 'job_bytes{} 77'
want_series 'job_done{} 1'
want_series 'f_runs{} 1'
want_no_line '^broken'
want_no_line memstats
# Times would stop a textfile collector.
grep -v '^#' "$work/out" | grep -q -v -E '^[a-zA-Z_0-9]+\{.*\} [^ ]+$' &&
	fail "expected one value a line, and no time"

run -f prometheus web
want_status 0
cp "$work/out" "$work/one.prom"
want_no_line '# EOF'
want_no_line '# UNIT'
want_line '^# TYPE requests_total counter$'
want_line '^# TYPE plain untyped$'
want_series 'requests_total{} 42'
want_line '^# TYPE expvar_process_info gauge$'
want_line '^# HELP requests_total how many "there" \\\\ were$'

# ---- several processes ----

# The same name, of another type: series keep their names, the type is given up.
EXPVAR_INSTANCE=blue
export EXPVAR_INSTANCE
start batch <<'EOF'
int requests 1
int latency_seconds 2
counter plain 3
EOF
batch=$pid
run -f openmetrics --all
want_status 0 1 3
want_line "^requests_total{app=\"web\",pid=\"$web\"} 42\$"
want_line '^requests{app="batch",instance_name="blue"} 1$'
want_line '^# TYPE requests_total unknown$'
want_line '^latency_seconds{app="batch",instance_name="blue"} 2$'
want_line '^# TYPE latency_seconds_bucket unknown$'
want_line '^plain_total{app="batch",instance_name="blue"} 3$'
want_line "^expvar_process_info{app=\"batch\",instance_name=\"blue\",pid=\"$batch\","
grep -v '^#' "$work/out" | sed 's/{.*//' | uniq | sort | uniq -d |
	grep -v -E '_(bucket|sum|count)$' | grep -q . &&
	fail "expected the series of a name together"
cp "$work/out" "$work/several"
# One instance twice: each is still one series.
start batch <<'EOF'
int requests 2
EOF
unset EXPVAR_INSTANCE
run -f prometheus -s requests --all
want_line "^requests{app=\"batch\",instance_name=\"blue\",pid=\"$batch\"} 1\$"
want_line "^requests{app=\"batch\",instance_name=\"blue\",pid=\"$pid\"} 2\$"
grep -v '^#' "$work/out" | sed 's/ [^ ]*$//' | sort | uniq -d | grep -q . &&
	fail "expected every series once"
stop "$pid"
stop "$batch"

# ---- built-ins, selection, the dead ----

run -f prometheus --builtins -s memstats.HeapSys -s plain web
want_status 0
want_series 'plain{} -5'
grep -q '^memstats_heap_sys{' "$work/out" || fail "expected memstats_heap_sys"
want_no_line memstats_sys
run -f prometheus -s 'no.*' web
want_status 4
run -f openmetrics --meta web
want_status 2
run -f openmetrics --get plain web
want_status 2

file=$work/metrics.prom
run -f prometheus -o "$file" web
want_status 0
grep -q '^requests_total' "$file" || fail "expected $file"
run -f openmetrics web
cp "$work/out" "$work/one"
crash "$web"
# What is dead is not exported, by no name, and leaves no old file behind.
run -f prometheus -o "$file" web
want_status 4
[ -f "$file" ] && [ ! -s "$file" ] || fail "expected an empty $file"
run -f prometheus "$web_path"
want_no_out
run -f openmetrics "$web_path"
printf '# EOF\n' | want_out
# Others may publish on this host.
run -f openmetrics --all
want_no_line 'app="web"'
[ "$(tail -n 1 "$work/out")" = '# EOF' ] || fail "expected # EOF at the end"
run -f openmetrics --dead web
want_status 2
want_no_out

# ---- what reads it ----

what="strict parser"
if "$python" -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
	for text in "$work/one" "$work/several"; do
		"$python" - "$text" 2>"$work/err" <<'EOF' || fail "$text is refused"
import sys
from prometheus_client.openmetrics import parser
families = list(parser.text_string_to_metric_families(open(sys.argv[1]).read()))
assert len(families) > 20
EOF
	done
else
	echo "not checked: no python3-prometheus-client"
fi
# Of three that would have one name, the third is told apart by a number that is
# the same in every run.
start clash <<'EOF'
int a-b 1
int a.b 2
int a_b 3
EOF
run -f prometheus clash
want_status 0
want_line '^a_b_[0-9a-f]*{.*} 3$'
cp "$work/out" "$work/clash"
run -f prometheus clash
want_same_out_as "$work/clash"
what="promtool check metrics"
if have promtool; then
	# Names a linter has nothing to say about.
	start clean <<'EOF'
counter requests 42
describe requests 2 requests - how many
histogram latency 100 2000
describe latency 0 ns - took
int queue 1
describe queue 1 items - waiting
int untyped 2
map status
in status add 200 1
describe status 2 replies code by code
record job abc 77 0.5
func f
EOF
	run -f prometheus --builtins clean
	want_status 0
	promtool check metrics <"$work/out" >"$work/err" 2>&1 ||
		fail "promtool: $(head -n 1 "$work/err")"
	# Whatever the names are, it can read them; of style it may complain.
	promtool check metrics <"$work/one.prom" >"$work/err" 2>&1
	[ $? -ne 1 ] || fail "promtool: $(head -n 1 "$work/err")"
else
	echo "not checked: no promtool (package prometheus)"
fi

finish
