#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-memstats.sh - memstats from outside, from inside and under expvar-run:
# what expvarmon, Metricbeat, Telegraf, Netdata, Datadog and OpenTelemetry's
# receiver need, field by field; and what docs/memstats.md says
. "$(dirname "$0")/support.sh"

have "$python" || {
	echo "skipped: no python3"
	exit 77
}

# want_floor: the document on standard output has what all of them can live with
want_floor() {
	"$python" - "$work/out" 2>"$work/python" <<'EOF' || fail "$(tail -n 1 "$work/python")"
import json, re, sys
fields = """Alloc TotalAlloc Sys Lookups Mallocs Frees HeapAlloc HeapSys HeapIdle
HeapInuse HeapReleased HeapObjects StackInuse StackSys MSpanInuse MSpanSys
MCacheInuse MCacheSys BuckHashSys GCSys OtherSys NextGC LastGC PauseTotalNs
PauseNs PauseEnd NumGC NumForcedGC GCCPUFraction EnableGC DebugGC
BySize""".split()
sizes = [0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208,
    224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512, 576, 640, 704, 768,
    896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200,
    3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240,
    10880, 12288, 13568, 14336, 16384, 18432]

class Literal(str):
    "a number as it is written"

text = open(sys.argv[1], encoding="utf-8").read()
d = json.loads(text, parse_int=Literal, parse_float=Literal)
# Metricbeat, Splunk: arguments, all of them text, and a first one.
assert isinstance(d["cmdline"], list) and d["cmdline"], "cmdline"
assert all(type(a) is str for a in d["cmdline"]), "cmdline is no text"
m = d["memstats"]
assert list(m) == fields, "fields: %s" % list(m)
def number(value, what):
    # Go's decoders want integers as plain decimals, of 63 bits.
    assert isinstance(value, Literal), what
    assert re.fullmatch("0|[1-9][0-9]*", value), "%s: %s" % (what, value)
    assert int(value) <= 2**63 - 1, "%s: %s" % (what, value)
    return int(value)
for name in fields:
    if name in ("PauseNs", "PauseEnd"):
        # A ring by NumGC; expvarmon, Netdata, Datadog and OpenTelemetry.
        assert len(m[name]) == 256, name
        assert all(number(v, name) == 0 for v in m[name])
    elif name == "BySize":
        assert [number(c["Size"], name) for c in m[name]] == sizes, name
        assert all(list(c) == ["Size", "Mallocs", "Frees"] for c in m[name])
        assert all(number(c["Frees"], name) <= number(c["Mallocs"], name)
            for c in m[name])
    elif name in ("EnableGC", "DebugGC"):
        assert m[name] is False, name
    elif name == "GCCPUFraction":
        assert float(m[name]) == 0, name
    else:
        number(m[name], name)
n = {k: int(v) for k, v in m.items() if isinstance(v, Literal) and "." not in v}
# expvarmon takes a PauseTotalNs that falls for a restart; so it never rises.
assert n["PauseTotalNs"] == n["NumGC"] == n["NumForcedGC"] == 0
assert n["Alloc"] == n["HeapAlloc"] and n["Lookups"] == 0
assert n["HeapObjects"] <= n["Mallocs"]
assert n["HeapSys"] == n["HeapIdle"] + n["HeapInuse"], "HeapSys"
assert n["HeapReleased"] <= n["HeapIdle"], "HeapReleased"
parts = "HeapSys StackSys MSpanSys MCacheSys BuckHashSys GCSys OtherSys".split()
assert n["Sys"] == sum(n[p] for p in parts), "Sys is no sum"
EOF
}

# ---- from outside ----

start plain <<'EOF'
int n 1
EOF
run "$pid"
want_floor
want_json 'd["memstats"]["Sys"] > 0 and d["memstats"]["HeapInuse"] > 0'
want_json 'd["memstats"]["Mallocs"] == d["memstats"]["Alloc"] == 0'
plain=$pid

# ---- from inside ----

start inside <<'EOF'
memstats
memstats
EOF
run --refresh 10s "$pid"
want_status 0
want_floor
want_json 'd["libexpvar"]["allocator"] in ("glibc", "")'
want_json 'd["memstats"]["Sys"] > d["memstats"]["HeapSys"]'
if grep -q 'HAVE_MALLINFO2' "$builddir/config.status" 2>/dev/null &&
	! grep -q -e '--enable-sanitizers=' "$builddir/config.status"; then
	want_json '0 < d["memstats"]["Alloc"] <= d["memstats"]["HeapSys"]'
	want_json 'd["libexpvar"]["memstats_ns"] > 0'
fi
# Beside it there may be a sanitizer's.
cat "/proc/$pid/task"/*/comm >"$work/out"
[ "$(grep -cx expvar "$work/out")" = 1 ] || fail "expected one thread of ours"
# Twice at once is one answer.
run --refresh 10s --get memstats.Sys "$pid"
want_status 0

start by-flag <<'EOF'
init memstats
EOF
run --refresh 10s "$pid"
want_floor
want_json '"allocator" in d["libexpvar"]'

# As the environment says, but for a program that was given other rights.
EXPVAR_MEMSTATS=1
export EXPVAR_MEMSTATS
start by-environment <<'EOF'
int n 1
EOF
EXPVAR_MEMSTATS=0
start not-by-environment <<'EOF'
int n 1
EOF
unset EXPVAR_MEMSTATS
run --refresh 10s by-environment
want_floor
want_json '"allocator" in d["libexpvar"]'
run not-by-environment
want_json '"libexpvar" not in d'

# The program's own comes first, whatever it is.
start own <<'EOF'
int memstats 7
EOF
run "$pid"
want_json 'd["memstats"] == 7'

# ---- other allocators, as the distribution has them ----

preloaded() {
	LD_PRELOAD=$1
	export LD_PRELOAD
	start "$2" <<'EOF'
memstats
EOF
	unset LD_PRELOAD
}
if ! grep -q -e '--enable-sanitizers=' "$builddir/config.status" 2>/dev/null; then
	for library in jemalloc:libjemalloc.so.2 tcmalloc:libtcmalloc_minimal.so.4 \
		mimalloc:libmimalloc.so.2; do
		name=${library%%:*}
		file=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p)
		file=$(echo "$file" | sed -n "s|.*[	 ]${library#*:} .*=> ||p" | head -n 1)
		[ -n "$file" ] || {
			echo "not here: ${library#*:}"
			continue
		}
		preloaded "$file" "$name"
		run --refresh 10s "$name"
		want_status 0
		want_floor
		want_json "d['libexpvar']['allocator'] == '$name'"
		want_json '0 < d["memstats"]["HeapInuse"] <= d["memstats"]["HeapSys"]'
		[ "$name" = mimalloc ] ||
			want_json '0 < d["memstats"]["Alloc"] <= d["memstats"]["HeapSys"]'
	done

	# ---- under expvar-run ----

	"$builddir/tools/expvar-run" -a counted -- \
		"$builddir/tests/support/allocate" leak 1000 -- work 100 -- wait &
	counted=$!
	pids="$pids $counted"
	tries=0
	until [ "$("$dump" -q --get memstats.Frees counted 2>/dev/null)" = 100 ] ||
		[ $tries -ge 200 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	run counted
	want_status 0
	want_floor
	want_json 'd["memstats"]["Mallocs"] == 1100 and d["memstats"]["Frees"] == 100'
	want_json 'd["memstats"]["HeapObjects"] == 1000'
	want_json 'd["memstats"]["Alloc"] == 104000'
	want_json 'sum(c["Mallocs"] - c["Frees"]
		for c in d["memstats"]["BySize"] if c["Size"] == 112) == 1000'
fi

# ---- by HTTP, for those that ask by it ----

if [ -x "$builddir/tools/expvar-httpd" ] && have curl; then
	# shellcheck source=tests/cli/httpd-support.sh
	. "$(dirname "$0")/httpd-support.sh"
	serve
	for one in $plain $counted; do
		get "/debug/vars?pid=$one"
		want_status 200
		want_floor
		want_header '^Content-Type: application/json'
	done
	# expvarmon's default variables.
	want_json 'all(isinstance(d["memstats"][v], int) for v in
		("Alloc", "Sys", "HeapAlloc", "HeapInuse", "PauseTotalNs", "NumGC"))'
fi

finish
