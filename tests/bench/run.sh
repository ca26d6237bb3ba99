#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh [--json FILE] [--quick] - all benchmarks in one go: what `make bench` runs
#
# Builds what is there to compare with (Go's expvar, PCP's MMV library, Python's
# prometheus_client) and says what is missing, then runs the programs of
# tests/bench/ one after the other; bench-update and bench-dump ask the peers
# between their own runs. docs/performance.md says what the numbers mean.
#
# Needs srcdir and builddir (run-test.sh sets them), and a quiet machine.

: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}" "${builddir:=$(pwd)}"
here=$srcdir/tests/bench
programs=$builddir/tests/bench

json=
quick=
while [ $# -gt 0 ]; do
	case $1 in
	--json) json=$2; shift 2 ;;
	--quick) quick=--quick; shift ;;
	*)	echo "usage: run.sh [--json FILE] [--quick]" >&2
		exit 2 ;;
	esac
done

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

# ---- who there is to compare with ----

go_peer=
if srcdir=$srcdir sh "$here/bench-go.sh" --build "$work/go" 2>"$work/go.log"
then
	go_peer="--peer go=$work/go"
else
	echo "without Go: $(head -n 1 "$work/go.log")"
fi

mmv_peer=
# Its library is linked by the name it is installed under without libpcp3-dev.
# shellcheck disable=SC2086
if ${CC:-cc} -std=gnu11 -O2 -D_GNU_SOURCE= $CPPFLAGS -o "$work/mmv" \
	"$here/bench-mmv.c" "$here/bench.c" "$here/bench-child.c" \
	-lpcp_mmv -l:libpcp.so.3 -lpthread 2>"$work/mmv.log"
then
	mkdir -p "$work/pcp/mmv"
	PCP_TMP_DIR=$work/pcp
	export PCP_TMP_DIR
	mmv_peer="--peer mmv=$work/mmv"
else
	echo "without PCP's MMV (Debian: libpcp-mmv1-dev and libpcp3-dev):" \
		"$(grep -m 1 -E 'error|cannot find' "$work/mmv.log")"
fi

python_peer=
for python in python3 /usr/bin/python3; do
	"$python" -c 'import prometheus_client' 2>/dev/null || continue
	mkdir -p "$work/prometheus"
	PROMETHEUS_MULTIPROC_DIR=$work/prometheus
	export PROMETHEUS_MULTIPROC_DIR
	{	echo '#!/bin/sh'
		echo "exec $python '$here/bench-prometheus.py' \"\$@\""
	} >"$work/python"
	chmod +x "$work/python"
	python_peer="--peer python=$work/python"
	break
done
[ -n "$python_peer" ] ||
	echo "without Python's client (Debian: python3-prometheus-client)"

# ---- ours; a program of the build tree may be a script around the real one ----

real()
{
	if [ -x "$(dirname "$1")/.libs/$(basename "$1")" ]; then
		echo "$(dirname "$1")/.libs/$(basename "$1")"
	else
		echo "$1"
	fi
}

# For the real ones.
LD_LIBRARY_PATH=$builddir/lib/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

status=0
echo
# shellcheck disable=SC2086
"$(real "$programs/bench-update")" $quick --json "$work/update.json" \
	$go_peer $mmv_peer $python_peer || status=1

echo
dump=$(real "$builddir/tools/expvar-dump")
if [ -x "$dump" ]; then
	# shellcheck disable=SC2086
	"$(real "$programs/bench-dump")" $quick --json "$work/dump.json" \
		$go_peer "$dump" || status=1
	echo
	"$(real "$programs/bench-host")" $quick --json "$work/host.json" \
		"$dump" || status=1
else
	echo "without expvar-dump: it is not built"
fi

echo
"$(real "$programs/bench-malloc")" $quick --json "$work/malloc.json" \
	"$builddir/lib/.libs/libexpvar-malloc.so" \
	"$programs/.libs/forward-malloc.so" "$builddir/tools/expvar-run" ||
	status=1

echo
echo "Text functions, ns a call"
"$(real "$programs/bench-text")" || status=1
echo
echo "A snapshot inside one process, and with its JSON"
"$(real "$programs/bench-reader")" || status=1

echo
# shellcheck disable=SC2086
sh "$here/bench-httpd.sh" $quick || status=1
sh "$here/bench-plot.sh" $quick || status=1

if [ -n "$go_peer" ]; then
	echo
	echo "Go's own benchmarks ($(go version | cut -d ' ' -f 3))"
	"$work/go" list | tee "$work/go.txt"
fi

# ---- one JSON of all ----

if [ -n "$json" ]; then
	{	printf '{"update": '
		cat "$work/update.json"
		printf ', "dump": '
		cat "$work/dump.json" 2>/dev/null || echo null
		printf ', "host": '
		cat "$work/host.json" 2>/dev/null || echo null
		printf ', "malloc": '
		cat "$work/malloc.json" 2>/dev/null || echo null
		printf ', "go": ['
		[ -f "$work/go.txt" ] && awk '{
			printf "%s\n {\"name\": \"%s\", \"procs\": %s, \"ns\": %s, \"bytes\": %s}",
				(NR > 1 ? "," : ""), $1, $2, $4, $6 }' "$work/go.txt"
		echo ']}'
	} >"$json" || status=1
fi
exit $status
