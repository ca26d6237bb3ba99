# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# plot-support.sh - what the tests of expvar-plot share; they source it behind
# support.sh
#
#   plot ARGUMENT...    run expvar-plot; sets status, $work/out and $work/err
#   lines APP PID INCARNATION FROM COUNT VALUES
#                       prints COUNT lines of ndjson, a minute apart, the first
#                       FROM minutes after midnight; in VALUES, %i is the number
#                       of the minute
#   block NAME          prints the first data block of that name
#   want_plot_err PATTERN   as want_err

plot=$builddir/tools/expvar-plot

plot() {
	what="expvar-plot $*"
	timeout 100 "$plot" "$@" >"$work/out" 2>"$work/err"
	status=$?
}

lines() {
	awk -v app="$1" -v pid="$2" -v incarnation="$3" -v from="$4" \
		-v count="$5" -v values="$6" 'BEGIN {
		for (i = from; i < from + count; i++) {
			text = values
			gsub(/%i/, i, text)
			printf "{\"time\":\"2026-11-%02dT%02d:%02d:00.000000000Z\"," \
				"\"boottime_ns\":%d000000000,\"boot_id\":\"b\"," \
				"\"app\":\"%s\",\"pid\":%d,\"incarnation\":\"%s\"," \
				"\"state\":\"alive\",\"values\":%s}\n",
				1 + int(i / 1440), int(i / 60) % 24, i % 60,
				1000 + i * 60, app, pid, incarnation, text
		}
	}'
}

block() {
	awk -v begin="\$$1 << EOD" '$0 == begin { on = 1; next }
		on && $0 == "EOD" { exit }
		on' "$work/out"
}

want_plot_err() {
	grep -q -e "$1" "$work/err" || fail "expected '$1' on stderr"
	grep -q -v '^expvar-plot: ' "$work/err" &&
		fail "expected 'expvar-plot: ' before each message"
}
