#!/bin/sh
# SPDX-License-Identifier: MIT
#
# plot.sh - makes docs/pictures/plot.svg, which README.md shows
#
#   docs/pictures/plot.sh [EXPVAR-PLOT [FILE]]
#
# Two processes of a made-up program over a day: one is restarted, and for an
# hour there are no snapshots. The same numbers every time.
set -e
plot=${1:-build/tools/expvar-plot}
file=${2:-$(dirname "$0")/plot.svg}

awk '
function noise() { seed = (seed * 1103515245 + 12345) % 2147483648
	return seed / 2147483648 }
function wave(i) { return 1.15 + sin((i - 35) / 144 * 6.2832) }
function print_line(i, pid, life, n, bytes, ns) {
	printf "{\"time\":\"2026-11-25T%02d:%02d:00Z\",\"boottime_ns\":%d000000000," \
		"\"boot_id\":\"b\",\"app\":\"web\",\"pid\":%d,\"incarnation\":\"%s\"," \
		"\"state\":\"alive\",\"values\":{%s\"latency\":{\"count\":%d,\"p50\":%d," \
		"\"p90\":%d,\"p99\":%d,\"p999\":%d},\"memory\":%d,\"requests\":%d}}\n",
		int(i / 6), i % 6 * 10, i * 600, pid, life,
		described++ ? "" : "\"expvar\":{\"descriptions\":{" \
		"\"requests\":{\"kind\":\"counter\"},\"latency\":{\"unit\":\"ns\"}," \
		"\"memory\":{\"unit\":\"bytes\"}}},",
		n, ns, ns * 1.9, ns * 4.2, ns * 7, bytes, n
}
BEGIN {
	seed = 7
	for (i = 0; i < 144; i++) {
		load = wave(i)
		if (i == 75) { a = 0; grown = 0; pid = 300; life = "2" }
		a += int(600 * load * (40 + 8 * noise()))
		b += int(600 * load * (25 + 5 * noise()))
		grown += load * noise() * 600000
		if (i > 102 && i < 109)
			continue
		print_line(i, 4711 + pid, "a" life, a, 60e6 + grown,
			2e6 * load * (1 + 0.3 * noise()))
		if (i > 30)
			print_line(i, 4790, "b", b, 48e6 + i * 18000,
				1.6e6 * load * (1 + 0.3 * noise()))
	}
}' | "$plot" -q -t web --size 900x230 --charts 3 -f svg \
	-s memory -s latency -r requests -o "$file" --chmod 644 -
