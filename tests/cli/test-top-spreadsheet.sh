#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-top-spreadsheet.sh - what --record writes opens in a spreadsheet: numbers
# as numbers, times as times, text as it is
#
# LibreOffice makes a workbook of it without being told anything; what is in
# there is asked of its XML. expvar-dump writes the same.
. "$(dirname "$0")/top-support.sh"

have soffice || {
	echo "skipped: no soffice (Debian: libreoffice-calc-nogui)"
	exit 77
}
have "$python" || {
	echo "skipped: no python3, which looks into the workbook"
	exit 77
}

start web <<'EOF'
counter requests 123456789012
int n -5
float ratio 0.125
float large 1e+300
string text 2024 and more
string date 1/2
string formula =1+1
string empty
histogram lat 1000 1000 9000
describe lat 0 us \e latency
EOF
top --plain -n 3 -i 100ms --record "$work/r.csv" web
want_status 0
want_no_err
stop "$pid"

what="soffice --convert-to xlsx"
# A profile of its own: nobody else's settings, and no other soffice is asked.
HOME=$work timeout 200 soffice --headless \
	"-env:UserInstallation=file://$work/profile" --convert-to xlsx \
	--outdir "$work" "$work/r.csv" >"$work/out" 2>"$work/err"
status=$?
if [ ! -s "$work/r.xlsx" ]; then
	echo "skipped: soffice does not run here: $(tail -n 1 "$work/err")"
	exit 77
fi
"$python" - "$work/r.xlsx" "$work/r.csv" <<'EOF' || fail "expected a table"
import csv, datetime, sys, zipfile
import xml.etree.ElementTree as xml

ns = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
book = zipfile.ZipFile(sys.argv[1])
part = lambda name: xml.fromstring(book.read("xl/" + name))
strings = ["".join(t.text or "" for t in s.iter("{%s}t" % ns["m"]))
           for s in part("sharedStrings.xml").findall("m:si", ns)]
styles = part("styles.xml")
formats = {f.get("numFmtId"): f.get("formatCode")
           for f in styles.findall(".//m:numFmt", ns)}
used = [formats.get(x.get("numFmtId"), "")
        for x in styles.findall("m:cellXfs/m:xf", ns)]

def column(reference):
    number = 0
    for c in reference:
        if c.isalpha():
            number = number * 26 + ord(c) - 64
    return number - 1

def cells(row):
    for cell in row.findall("m:c", ns):
        value = cell.find("m:v", ns)
        if value is not None:
            is_text = cell.get("t") == "s"
            yield column(cell.get("r")), (
                strings[int(value.text)] if is_text else float(value.text),
                is_text, used[int(cell.get("s", 0))], cell.find("m:f", ns))

rows = [dict(cells(r))
        for r in part("worksheets/sheet1.xml").findall(".//m:row", ns)]
written = list(csv.reader(open(sys.argv[2], newline="")))
assert len(rows) == len(written) == 5, len(rows)
header = written[0]
texts = {"boot_id", "app", "incarnation", "state", "text", "formula"}
for got, row in zip(rows[1:], written[1:]):
    for at, name in enumerate(header):
        if not row[at]:
            assert at not in got, name
            continue
        value, is_text, shown, formula = got[at]
        assert formula is None, name
        if name == "time":
            assert not is_text and "yy" in shown and "ss" in shown, shown
            day = datetime.datetime(1899, 12, 30)
            read = day + datetime.timedelta(days=value)
            said = datetime.datetime.fromisoformat(row[at][:26])
            assert abs(read - said) < datetime.timedelta(seconds=0.01), read
        elif name in texts:
            # An incarnation may have digits only, or be 12e34567...
            assert name == "incarnation" or is_text, name
        elif name != "date" and name != "empty":
            # It keeps 15 digits.
            wanted = float(row[at])
            assert not is_text and abs(value - wanted) <= abs(wanted) * 1e-14, name
named = dict(zip(header, written[1]))
assert named["requests"] == "123456789012" and named["large"] == "1e+300"
assert "lat.p99 [us]" in named
EOF

finish
