#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-csv.sh - expvar-dump --format csv: a row for each snapshot
. "$(dirname "$0")/support.sh"

have "$python" || {
	echo "skipped: no python3"
	exit 77
}

# want_rows EXPRESSION: about rows, a list of dictionaries, and names, the
# header; every row is one line
want_rows() {
	"$python" - "$work/out" "$1" 2>"$work/python" <<'EOF' ||
import csv, sys
text = open(sys.argv[1], encoding="utf-8", newline="").read()
lines = text.split("\n")
assert lines.pop() == "", "does not end with a newline"
reader = list(csv.reader(lines, strict=True))
assert len(reader) == len(lines), "a row is not one line"
names = reader[0]
assert len(set(names)) == len(names), "two columns have one name"
assert all(len(r) == len(names) for r in reader), "rows differ in length"
rows = [dict(zip(names, r)) for r in reader[1:]]
sys.exit(0 if eval("(" + sys.argv[2] + ")") else "not true: " + sys.argv[2])
EOF
		fail "$(tail -n 1 "$work/python")"
}

start web <<'EOF'
counter requests 18446744073709551615
describe requests 2 requests - how many
int n -9223372036854775808
float ratio 0.1
float nan nan
string plain hello
string comma a,b "c"
string lines two\x0alines
string formula =1+1
string empty
int time 5
histogram took 100 2000
describe took 0 ns - how long
map codes
in codes add 200 3
in codes add a.b 4
describe codes 2 replies code by code
record job abc 77 0.5
func f
fail broken
null z
EOF
web=$pid

run -f csv web
want_status 0
want_no_err
want_rows 'len(rows) == 1'
want_rows 'names[:8] == ["time", "boottime_ns", "boot_id", "app", "pid",
	"instance", "incarnation", "state"]'
want_rows 'rows[0]["app"] == "web" and rows[0]["pid"] == "'"$web"'"'
want_rows 'rows[0]["state"] == "alive" and len(rows[0]["time"]) == 29'
# Raw numbers, units in the header.
want_rows 'rows[0]["requests [requests]"] == "18446744073709551615"'
want_rows 'rows[0]["n"] == "-9223372036854775808"'
want_rows 'rows[0]["ratio"] == "0.1"'
want_rows 'rows[0]["took.count"] == "2" and rows[0]["took.sum [ns]"] == "2100"'
want_rows '1984 <= int(rows[0]["took.p99 [ns]"]) <= 2000'
want_rows 'rows[0]["codes.200 [replies]"] == "3"'
want_rows 'rows[0]["codes.a\\.b [replies]"] == "4"'
want_rows 'rows[0]["job.bytes"] == "77" and rows[0]["job.done"] == "true"'
want_rows 'rows[0]["f.runs"] == "1"'
# Missing is empty.
want_rows 'rows[0]["nan"] == rows[0]["broken"] == rows[0]["z"] == ""'
grep -q ',"",' "$work/out" || fail 'expected "" for the empty string'
# Text: quoted as it must be, a row stays a line, nothing is a formula.
want_rows 'rows[0]["plain"] == "hello" and rows[0]["comma"] == "a,b \"c\""'
want_rows 'rows[0]["lines"] == "\"two\\nlines\"" and
	rows[0]["formula"] == "\"=1+1\""'
# A variable that is called as a column of ours.
want_rows 'rows[0]["values.time"] == "5"'
want_rows '"cmdline" not in names'
run -f csv --builtins -s 'memstats.Sys' web
want_rows 'int(rows[0]["memstats.Sys"]) > 0'

# Several: all columns, empty where a process has none, a row for who is gone.
start batch <<'EOF'
int other 1
int took 7
EOF
run -f csv web batch nobody
want_status 1
want_rows 'len(rows) == 3'
want_rows '[r for r in rows if r["app"] == "nobody"][0]["state"] == "not running"'
want_rows '[r for r in rows if r["app"] == "batch"][0]["n"] == ""'
want_rows '[r for r in rows if r["app"] == "batch"][0]["took"] == "7"'
want_rows '[r for r in rows if r["app"] == "web"][0]["other"] == ""'

run -f csv --meta web
want_status 2
want_no_out
run -f csv -s 'no.*' web
want_status 4
want_rows 'len(rows) == 1 and len(names) == 8'

finish
