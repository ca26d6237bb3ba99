#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-consumer-prometheus.sh - Prometheus, by expvar-httpd and by the files of
# node_exporter's textfile collector, across a restart of the program
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/httpd-support.sh"
. "$(dirname "$0")/consumer-support.sh"

need prometheus prometheus
need jq jq
node_exporter=$(command -v prometheus-node-exporter)

# ---- the rules ----

fleet rules >"$work/rules.yml"
if have promtool; then
	what="promtool check rules"
	status=none
	promtool check rules "$work/rules.yml" >"$work/out" 2>"$work/err" ||
		fail "the rules are wrong"
	want_line 'SUCCESS: 3 rules'
	cat >"$work/rules-test.yml" <<'EOF'
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'expvar_process_info{instance="a", app="web", pid="1", incarnation="1"}'
        values: '1+0x3 stale'
      - series: 'expvar_process_info{instance="a", app="ok", pid="2", incarnation="2"}'
        values: '1+0x30'
      - series: 'requests_total{instance="a", app="ok", pid="2"}'
        values: '0+60x30'
    alert_rule_test:
      - {alertname: ExpvarProcessGone, eval_time: 3m, exp_alerts: []}
      - alertname: ExpvarProcessGone
        eval_time: 8m
        exp_alerts:
          - exp_labels: {severity: page, instance: a, app: web}
            exp_annotations: {summary: "web on a publishes no more"}
      - {alertname: ExpvarProcessRestarts, eval_time: 8m, exp_alerts: []}
    promql_expr_test:
      - expr: app:requests:rate5m
        eval_time: 10m
        exp_samples:
          - {labels: 'app:requests:rate5m{instance="a", app="ok"}', value: 1}
  - interval: 1m
    input_series:
EOF
	for life in 1 2 3 4 5 6; do
		echo "      - series: 'expvar_process_info{instance=\"a\", app=\"web\", instance_name=\"x\", incarnation=\"$life\"}'"
		echo "        values: '_x$life 1 stale'"
	done >>"$work/rules-test.yml"
	cat >>"$work/rules-test.yml" <<'EOF'
    alert_rule_test:
      - alertname: ExpvarProcessRestarts
        eval_time: 9m
        exp_alerts:
          - exp_labels: {instance: a, app: web}
            exp_annotations: {summary: "web on a has had 6 lives in 15 minutes"}
EOF
	what="promtool test rules"
	promtool test rules "$work/rules-test.yml" >"$work/out" 2>"$work/err" ||
		fail "the rules do not do what they are for"
else
	echo "not checked, no promtool: the rules"
fi

# ---- what is published ----

# Others may publish on this host.
app=web$$
EXPVAR_INSTANCE=blue
export EXPVAR_INSTANCE
publish() {
	start $app <<EOF
counter requests $1
describe requests 2 requests \e how many there were
int queue 7
float ratio 0.25
map replies
in replies add 200 5
in replies add 404 2
describe replies 2 \e code by status
histogram latency 1000000 2000000 3000000
describe latency 0 ns \e took
EOF
}

# What cron does every minute.
mkdir "$work/textfile"
fleet cron | sed -e 's|^.*root expvar-dump|"$dump"|' \
	-e 's|/var/lib/prometheus/node-exporter|"$work/textfile"|' >"$work/cron"
snapshot() {
	# shellcheck disable=SC1091
	. "$work/cron" >"$work/out" 2>"$work/err"
	status=$?
	what="the line of cron"
	# Unquoted: others may publish, so it is one of two.
	# shellcheck disable=SC2086
	want_status $1
	[ -f "$work/textfile/expvar.prom" ] || fail "expected its file"
}

# ---- all of them run ----

# listens NAME: sets address to where it says that it does
listens() {
	address=$(sed -n 's/.*[Ll]istening on.*address=\([0-9.:]*\).*/\1/p' \
		"$work/$1.log" | head -n 1)
	[ -n "$address" ]
}

# job NAME TARGET: as docs/fleet.md has it, but often, and only of ours
job() {
	fleet "$1" | sed "s/127.0.0.1:9[0-9]*/$2/; s/15s/200ms/"
	cat <<EOF
    metric_relabel_configs:
      - {source_labels: [app], regex: $app, action: keep}
EOF
}

publish 1000
first=$pid
snapshot 0
serve --cache 0
jobs=expvar
config=$work/prometheus.yml
target=${url#http://}
job prometheus "${target%/}" >"$config"
if [ -n "$node_exporter" ]; then
	launch node "$node_exporter" --web.listen-address=127.0.0.1:0 \
		--collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$work/textfile"
	await "node_exporter listens" listens node
	jobs="expvar node"
	job prometheus-textfile "$address" >>"$config"
else
	echo "not checked, no prometheus-node-exporter: its textfile collector"
fi
echo "rule_files: [$work/rules.yml]" >>"$config"
launch prometheus prometheus --config.file="$config" \
	--storage.tsdb.path=data --web.listen-address=127.0.0.1:0
await "Prometheus listens" listens prometheus
prometheus=$address

# ask EXPRESSION: the answer of Prometheus' API, a line "JOB VALUE" a series
ask() {
	curl -q -s -G "http://$prometheus/api/v1/query" \
		--data-urlencode "query=$1" |
		jq -r '.data.result[]? | .metric.job + " " + .value[1]' |
		sort >"$work/out"
}

# is EXPRESSION VALUE: of every way in, it has that value
is() {
	ask "$1"
	for job in $jobs; do
		echo "$job $2"
	done | cmp -s - "$work/out"
}

# ---- the numbers ----

await "requests of the first run" is "requests_total{app=\"$app\"}" 1000
await "a gauge" is 'queue{instance_name="blue"}' 7
await "a float" is 'ratio' 0.25
await "a map" is 'replies_total{code="404"}' 2
await "all of a map" is 'sum by (job) (replies_total)' 7
await "a histogram's count" is 'latency_seconds_count' 3
await "a histogram's sum" is 'latency_seconds_sum' 0.006
await "a histogram's buckets" is \
	'sum by (job) (latency_seconds_bucket{le="+Inf"})' 3

# Of OpenMetrics it keeps the name without _total.
described() {
	curl -q -s "http://$prometheus/api/v1/metadata" | jq -r '.data |
		(.requests, .requests_total)[]? | .type + " " + .help' |
		sort -u >"$work/out"
	grep -q '^counter .*how many there were' "$work/out"
}
await "its type and help" described

# ---- a restart ----

scrapes() {
	ask "count_over_time(queue{job=\"expvar\"}[1m]) >= $1"
	[ -s "$work/out" ]
}
await "some scrapes" scrapes 8
stop "$first"
snapshot "0 4"
publish 10
snapshot 0
await "requests of the second run" is "requests_total{app=\"$app\"}" 10
await "one restart" is 'resets(requests_total[1m])' 1
await "two lives" is 'count by (job) (count by (job, incarnation) (last_over_time(expvar_process_info[1m])))' 2
# 10 since the restart. What Prometheus extrapolates to a minute is some times
# that; 990 or -990 would be the wrong rate.
what="the increase across the restart"
ask 'increase(requests_total[1m]) < 300 and increase(requests_total[1m]) >= 10'
[ "$(wc -l <"$work/out")" -eq "$(echo "$jobs" | wc -w)" ] || {
	ask 'increase(requests_total[1m])'
	fail "expected 10 or a little more"
}

# ---- the end ----

crash "$pid"
snapshot "0 4"
gone() {
	ask 'requests_total'
	[ ! -s "$work/out" ]
}
await "a dead process has no series" gone
await "the servers are still there" is 'up == 1' 1

finish
