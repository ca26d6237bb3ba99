#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-large.sh - what is honest is printed whole, however dense it is (R8)
#
# What a hostile segment may cost is bounded by counting (test-dump-hostile.sh);
# no bound may cut a program's own values: the densest there are of each kind, in
# every format.
. "$(dirname "$0")/support.sh"

have "$python" || {
	echo "skipped: no python3"
	exit 77
}

cat >"$work/count.py" <<'EOT'
# FORMAT VALUES FAMILIES LINES FILE: as many as there are, and nothing is null
import csv, json, sys
form, values, families, lines, path = sys.argv[1:]
csv.field_size_limit(1 << 30)
text = open(path, encoding="utf-8", newline="").read()
def leaves(value):
    if isinstance(value, dict):
        return sum(leaves(v) for v in value.values())
    assert value is not None, "a value is null"
    return 1
if form in ("json", "pretty"):
    found, wanted = leaves(json.loads(text)), int(values)
elif form == "ndjson":
    line = json.loads(text)
    assert "incomplete" not in line, "it is said to be incomplete"
    found, wanted = leaves(line["values"]), int(values)
elif form == "csv":
    names, row = csv.reader(text.split("\n")[:-1], strict=True)
    assert len(names) == len(row) and "" not in row[8:], "a cell is empty"
    found, wanted = len(names) - 8, int(values)
else:
    rows = text.split("\n")[:-1]
    heads = sum(1 for row in rows if row.startswith("# TYPE ")) - 1
    assert heads == int(families), "%d families" % heads
    found = sum(1 for row in rows if row[0] != "#") - 1
    wanted = int(lines)
assert found == wanted, "%d of %d" % (found, wanted)
EOT

# whole APP VALUES FAMILIES LINES: all of them, in every format
whole() {
	for format in json pretty ndjson csv openmetrics prometheus; do
		run --no-builtins -f "$format" "$1"
		want_status 0
		want_no_err
		"$python" "$work/count.py" "$format" "$2" "$3" "$4" \
			"$work/out" 2>"$work/python" ||
			fail "$(tail -n 1 "$work/python")"
	done
	run --no-builtins --merge "$1"
	want_status 0
	"$python" "$work/count.py" json "$2" "$3" "$4" "$work/out" \
		2>"$work/python" || fail "$(tail -n 1 "$work/python")"
}

# Fields: an entry in a schema, a name, and one byte in each of four versions.
"$python" -c 'for i in range(220): print("flags r%d 1000" % i)' >"$work/many"
start flags <"$work/many"
whole flags 220000 220000 220000
stop "$pid"

# Each byte takes six, and four versions.
"$python" -c '
for i in range(40): print("string s%d %s" % (i, "\\x01" * 65000))
' >"$work/many"
start texts <"$work/many"
whole texts 40 0 0
stop "$pid"

# Lines: 36 of each.
"$python" -c '
for i in range(600): print("histogram h%d 1 1000 1000000 4000000000" % i)
' >"$work/many"
start histograms <"$work/many"
whole histograms 6000 600 21600
stop "$pid"

# Names: as many as there can be of the longest that need no memory of their own.
"$python" -c '
for i in range(20000): print("int %05d%s %d" % (i, "n" * 67, i))
' >"$work/many"
start names <"$work/many"
whole names 20000 20000 20000

finish
