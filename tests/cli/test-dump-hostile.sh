#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-hostile.sh - what the worst segments cost expvar-dump (R8)
#
# Every kind of hostile segment (tests/support/hostile.h) in every format, with
# metadata, with globs, merged: at most 50 ms and 64 MiB, and 1 us and 64 bytes for
# each variable the segment could hold. CPU time may be four times that, since
# other work runs beside it. Whatever comes is whole, and the others are printed.
# What is measured is the program, with its processes, not libtool's script.
#
#   SIZES="2 16"   MiB; default 2
#   VERBOSE=yes    prints what each took
. "$(dirname "$0")/support.sh"
not_under_sanitizers

maker=$builddir/tests/support/hostile-file
[ -x "$maker" ] || {
	echo "skipped: no $maker"
	exit 77
}
have "$python" || {
	echo "skipped: no python3, which measures"
	exit 77
}

# real COMMAND ARGUMENT...: with the program itself in place of the script that
# stands for it in a build tree, and takes as long as many a segment
real() {
	if [ -x "$builddir/libtool" ]; then
		"$builddir/libtool" --mode=execute \
			-dlopen "$builddir/lib/libexpvar-reader.la" "$@"
	else
		"$@"
	fi
}

cat >"$work/measure.py" <<'EOT'
import os, resource, subprocess, sys
out, err, limit_ms, limit_mib, verbose = sys.argv[1:6]
command = sys.argv[6:]
# What became this process had children of its own.
before = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(out, "wb") as o, open(err, "wb") as e:
    status = subprocess.run(command, stdout=o, stderr=e, timeout=120).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
ms = (used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime) * 1000
mib = used.ru_maxrss / 1024
if verbose:
    print("  %7.0f of %5.0f ms %6.1f of %6.1f MiB, status %d, %9d bytes: %s" % (
        ms, float(limit_ms), mib, float(limit_mib), status,
        os.path.getsize(out), " ".join(command[1:-1])), flush=True)
if ms > 4 * float(limit_ms):
    print("took %.0f ms of %s" % (ms, limit_ms), file=sys.stderr)
    sys.exit(100)
if mib > float(limit_mib):
    print("took %.1f MiB of %s" % (mib, limit_mib), file=sys.stderr)
    sys.exit(101)
sys.exit(status)
EOT

# costs FILE ARGUMENT...: as run, and no more than it may
costs() {
	file=$1
	shift
	variables=$(($(od -An -tu8 -j 48 -N 8 "$file") / 128))
	what="expvar-dump $* $kind"
	# The mapped file itself, which its writer pays, and libc.
	real "$python" "$work/measure.py" "$work/out" "$work/err" \
		$((50 + variables / 1000)) \
		$((64 + variables / 16384 + variables / 8192 + 4)) \
		"$VERBOSE" "$dump" "$@" "$file" 2>"$work/python"
	status=$?
	case $status in
	100 | 101) fail "$(tail -n 1 "$work/python")" ;;
	0 | 3 | 4) ;;
	1)	# Nothing, and why.
		want_no_out
		want_err . ;;
	*) fail "$(tail -n 1 "$work/python")" ;;
	esac
}

# hostile KIND MIB FILE: its writer's pid is in pid
hostile() {
	"$maker" "$1" "$2" "$3" >"$work/said" &
	pid=$!
	pids="$pids $pid"
	read -r said <"$work/said"
	[ "$said" = ready ] || exit 99
}

for size in ${SIZES:-2}; do
	for kind in $("$maker"); do
		[ -z "$VERBOSE" ] || echo "$kind, $size MiB"
		hostile "$kind" "$size" "$EXPVAR_DIR/$kind"
		for options in "" "-f pretty" "--meta" "-f ndjson" \
			"-f ndjson --meta" "-f csv" "-f openmetrics" \
			"-f prometheus" "-s **.x -x a*b*c" --merge; do
			set -f
			# shellcheck disable=SC2086
			costs "$EXPVAR_DIR/$kind" --no-builtins $options
			set +f
			case $options in
			"" | "-f pretty" | --m* | "-s"*) want_json_or_nothing ;;
			esac
		done
		rm "$EXPVAR_DIR/$kind"
		crash "$pid"
	done
done

# The others are still printed.
start web <<'EOT'
int n 1
EOT
web=$pid
hostile links 1 "$EXPVAR_DIR/expvar.links.1.0000000000000001"
run --no-builtins --all
want_status 1 3 0
want_json "d['web.$web'] == {'n': 1}"
run --no-builtins "$EXPVAR_DIR/expvar.links.1.0000000000000001" "$web"
want_status 3
want_json "d['web.$web'] == {'n': 1}"

finish
