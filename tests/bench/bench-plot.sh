#!/bin/sh
# SPDX-License-Identifier: MIT
#
# bench-plot.sh [--quick] - what a million snapshots take
#
# A file of 1,000,000 lines of ndjson with 10 numbers each, as it is and
# compressed: the wall time and the memory of expvar-plot, without gnuplot's.
# --quick: 50,000 lines. The target is the memory.
#
# Needs srcdir and builddir (run-test.sh sets them), and python3.

: "${builddir:=$(pwd)}"
lines=1000000
[ "$1" != --quick ] || lines=50000
plot=$builddir/tools/expvar-plot
[ ! -x "$builddir/tools/.libs/expvar-plot" ] ||
	plot=$builddir/tools/.libs/expvar-plot
LD_LIBRARY_PATH=$builddir/lib/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
command -v python3 >/dev/null || {
	echo "without expvar-plot: no python3"
	exit 0
}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

awk -v lines="$lines" 'BEGIN {
	for (i = 0; i < lines; i++) {
		printf "{\"time\":\"2026-%02d-%02dT%02d:%02d:%02d.000000000Z\"," \
			"\"boottime_ns\":%d000000000,\"boot_id\":" \
			"\"8ded0aac-704f-474e-9750-b9235a6e4111\",\"app\":\"mailer\"," \
			"\"pid\":%d,\"incarnation\":\"bfedbc8b13%06x\"," \
			"\"state\":\"alive\",\"values\":{\"a\": %d, \"b\": %d, " \
			"\"c\": {\"x\": %d, \"y\": 1.5, \"z\": %d}, \"queue\": %d, " \
			"\"sent\": %d, \"t\": 3, \"u\": 12345678}}\n",
			1 + int(i / 86400) % 12, 1 + int(i / 3600 / 24) % 28,
			int(i / 3600) % 24, int(i / 60) % 60, i % 60, i * 30,
			5000 + int(i / 50000), int(i / 50000), i, i * 2, i % 50,
			i % 7, i % 100, i % 50000 * 3
	}
}' >"$work/all.ndjson"
gzip -1 -k "$work/all.ndjson" 2>/dev/null

for file in "$work/all.ndjson" "$work/all.ndjson.gz"; do
	[ -f "$file" ] || continue
	python3 - "$plot" "$file" "$lines" <<'EOT'
import os, resource, subprocess, sys, time
plot, file, lines = sys.argv[1:]
begin = time.monotonic()
subprocess.run([plot, "-q", "-f", "gnuplot", file], check=True,
    stdout=subprocess.DEVNULL)
took = time.monotonic() - begin
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print("expvar-plot, %s snapshots, %.0f MB%s: %.1f s, %.0f MiB (target: 64 MiB)" %
    (lines, os.path.getsize(file) / 1e6, " compressed" if file.endswith("gz")
     else "", took, memory))
EOT
done
