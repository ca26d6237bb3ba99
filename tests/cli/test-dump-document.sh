#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-document.sh - the document, byte for byte; built-ins; -f pretty
. "$(dirname "$0")/support.sh"

# ---- Every type; Go's layout ----

start types <<'EOF'
string text Hello, <World> & "all"
int zero 0
int negative -9223372036854775808
float whole 1e6
float small 0.00001
float nan nan
counter requests 18446744073709551615
in statuses add 404 2
in statuses add 200 40
in statuses in deep float x 0.5
in statuses null none
map empty
null null
histogram sizes 1 2 3
histogram unused
record last backup\x2d1 123456789012 0.5
func computed
fail failing
alias again statuses
EOF
cat >"$work/types" <<'EOF'
{
"again": {"200": 40, "404": 2, "deep": {"x": 0.5}, "none": null},
"computed": {"runs":1},
"empty": {},
"failing": null,
"last": {"job":"backup-1","bytes":123456789012,"ratio":0.5,"level":-1,"done":true},
"nan": null,
"negative": -9223372036854775808,
"null": null,
"requests": 18446744073709551615,
"sizes": {"count":3,"sum":6,"min":1,"max":3,"mean":2,"p50":2,"p90":3,"p99":3,"p999":3,"p9999":3},
"small": 1e-05,
"statuses": {"200": 40, "404": 2, "deep": {"x": 0.5}, "none": null},
"text": "Hello, \u003cWorld\u003e \u0026 \"all\"",
"unused": {"count":0,"sum":0,"min":0,"max":0,"mean":0,"p50":0,"p90":0,"p99":0,"p999":0,"p9999":0},
"whole": 1e+06,
"zero": 0
}
EOF
run --no-builtins --refresh 10s "$pid"
want_status 0
want_same_out_as "$work/types"
want_no_err
run --no-builtins --refresh 0 -f json "$pid"
want_status 0
want_same_out_as "$work/types"

# Pretty: the same document, in more lines.
run --no-builtins --refresh 0 -f pretty "$pid"
want_status 0
want_json 'd["statuses"]["deep"] == {"x": 0.5} and list(d) == sorted(d)'
want_json 'len(d) == 16 and s.count("\n") > 25 and s.endswith("}\n")'
run --no-builtins --refresh 0 --format=pretty "$pid"
want_status 0
want_json 'd["last"]["level"] == -1'
stop "$pid"

# ---- The empty document, and names of all sorts ----

start nothing <<'EOF'
EOF
run --no-builtins "$pid"
want_status 0
printf '{\n\n}\n' | want_out
stop "$pid"

start hostile <<'EOF'
int z\x22\x5c\x0a\x01 1
int \x3c\x26\x3e 2
int \xff\xfe 3
int \xc3\xa9 4
int \e 5
int a\x20b 6
int 10 7
int 9 8
int B 9
int a 10
in a.b in \xe2\x80\xa8 int /' 11
string bad \xed\xa0\x80\xf0\x9f\x98\x80\x00\x7f
int expvars 12
EOF
run --no-builtins hostile
want_status 0
{
	printf '{\n"": 5,\n"10": 7,\n"9": 8,\n'
	printf '"\\u003c\\u0026\\u003e": 2,\n"B": 9,\n"a": 10,\n"a b": 6,\n'
	printf '"a.b": {"\\u2028": {"/'"'"'": 11}},\n'
	printf '"bad": "\357\277\275\357\277\275\357\277\275\360\237\230\200\\u0000\177",\n'
	printf '"expvars": 12,\n"z\\"\\\\\\n\\u0001": 1,\n'
	printf '"\303\251": 4,\n"\357\277\275\357\277\275": 3\n}\n'
} | want_out
want_json 'len(d) == 13'
stop "$pid"

# ---- Built-ins: there, sorted among the others, unless turned off (S1, X18) --

start builtins <<'EOF'
int a 1
int d 2
int z 3
EOF
run "$pid"
want_status 0
want_json 'list(d) == ["a", "cmdline", "d", "memstats", "z"]'
want_json "d['cmdline'] == ['$publisher', '$work/commands']"
want_line "^\"cmdline\": \\[\"[^ ]*\",\"[^ ]*\"\\],\$"
want_json 'list(d["memstats"]) == """Alloc TotalAlloc Sys Lookups Mallocs Frees
	HeapAlloc HeapSys HeapIdle HeapInuse HeapReleased HeapObjects StackInuse
	StackSys MSpanInuse MSpanSys MCacheInuse MCacheSys BuckHashSys GCSys
	OtherSys NextGC LastGC PauseTotalNs PauseNs PauseEnd NumGC NumForcedGC
	GCCPUFraction EnableGC DebugGC BySize""".split()'
want_json 'all(isinstance(v, int) and 0 <= v < 2 ** 63
	for k, v in d["memstats"].items()
	if k not in ("PauseNs", "PauseEnd", "BySize", "GCCPUFraction"))'
want_json 'len(d["memstats"]["PauseNs"]) == len(d["memstats"]["PauseEnd"]) == 256'
want_json 'len(d["memstats"]["BySize"]) == 61 and
	all(list(b) == ["Size", "Mallocs", "Frees"] for b in d["memstats"]["BySize"])'
want_json 'd["memstats"]["Sys"] > 0'
# One line each: without them the rest is the document without built-ins.
grep -v -e '^"cmdline": \[.*\],$' -e '^"memstats": {.*},$' \
	"$work/out" >"$work/without"
run --no-builtins "$pid"
want_status 0
want_same_out_as "$work/without"
run --builtins "$pid"
want_status 0
want_json 'list(d) == ["a", "cmdline", "d", "memstats", "z"]'
run -f pretty "$pid"
want_json 'list(d) == ["a", "cmdline", "d", "memstats", "z"]'
stop "$pid"

# An application's own variables of these names win, and stay.
start own <<'EOF'
int cmdline 5
string memstats mine
EOF
run "$pid"
want_status 0
printf '{\n"cmdline": 5,\n"memstats": "mine"\n}\n' | want_out
run --no-builtins "$pid"
want_status 0
printf '{\n"cmdline": 5,\n"memstats": "mine"\n}\n' | want_out
stop "$pid"

# Arguments that are too long for the header's room.
commands=$work/$(printf '%1700s' '' | sed 's|.|./|g')commands
start long <<'EOF'
int n 1
EOF
run "$pid"
want_status 0
want_json "d['cmdline'] == ['$publisher', '$commands'] and d['n'] == 1"
stop "$pid"
commands=

# The library can leave the arguments out, or all but the first.
start secret <<'EOF'
init no-cmdline
EOF
run "$pid"
want_status 0
want_no_line "$work/commands"
stop "$pid"
start secret <<'EOF'
init cmdline-name
EOF
run "$pid"
want_status 0
want_json "d['cmdline'] == ['$publisher']"
stop "$pid"

# ---- Removed variables leave it ----

start removed <<'EOF'
int a 1
in m int x 2
in m int y 3
int b 4
alias c b
remove b
in m remove x
EOF
run --no-builtins removed
want_status 0
printf '{\n"a": 1,\n"m": {"y": 3}\n}\n' | want_out

finish
