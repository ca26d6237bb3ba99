#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-plot-pictures.sh - PNG, SVG and a report, by gnuplot; and what hostile
# files do to them
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/plot-support.sh"

have gnuplot || {
	echo "skipped: no gnuplot"
	exit 77
}
have "$python" || {
	echo "skipped: no python3"
	exit 77
}
cd "$work" || exit 99

# want_picture FILE: what it is called, it is
cat >picture.py <<'EOF2'
import base64, re, struct, sys, xml.dom.minidom
data = open(sys.argv[1], "rb").read()
if sys.argv[1].endswith(".png"):
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
    assert data[-8:-4] == b"IEND", "torn"
    width, height = struct.unpack(">II", data[16:24])
    assert width == 1000 and height >= 300, (width, height)
elif sys.argv[1].endswith(".svg"):
    d = xml.dom.minidom.parseString(data)
    assert d.documentElement.tagName == "svg"
    assert not d.getElementsByTagName("script"), "a script"
else:
    import hashlib, html.parser
    text = data.decode("utf-8")
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)[1]
    style = re.search("<style>(.*?)</style>", text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "'sha256-" + digest + "'" in policy, policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    allowed = {"html": {"lang"}, "meta": {"charset", "http-equiv", "content", "name"},
        "figure": {"class", "id"}, "img": {"alt", "src"}, "a": {"href"},
        "p": {"class"}, "div": {"class"}, "td": {"class"}, "th": {"class"}}
    plain = {"head", "title", "style", "body", "h1", "h2", "table", "tr", "nav",
        "figcaption"}
    class Check(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag in plain or tag in allowed, tag
            for name, value in attrs:
                assert name in allowed.get(tag, ()), (tag, name)
                if name == "src":
                    start = "data:image/svg+xml;base64,"
                    assert value.startswith(start)
                    xml.dom.minidom.parseString(base64.b64decode(value[len(start):]))
                if name == "href":
                    assert re.fullmatch("#c[0-9]+", value), value
    Check().feed(text)
EOF2
want_picture() {
	"$python" picture.py "$1" 2>python || fail "$1: $(tail -n 1 python)"
}

# ---- as usual ----

{
	lines web 1 a 0 50 '{"n": %i, "h": {"count":%i,"sum":1,"min":1,"max":9,"mean":4,"p50":1%i,"p90":2%i,"p99":3%i,"p999":4%i,"p9999":5}}'
	lines web 2 b 60 50 '{"n": %i}'
} >a
for format in png svg html; do
	plot -o out.$format a
	want_status 0
	want_no_err
	want_no_out
	want_picture out.$format
done
plot a
want_status 0
cp out stdout.png
want_picture stdout.png
cmp -s stdout.png out.png || fail "expected the same picture"
grep -q 'Restarts' out.html || fail "expected a table of processes"
plot --html -o report a
want_status 0
cmp -s report out.html || fail "expected the same report"
plot --log -o log.png a
want_status 0
want_picture log.png
# One value, values that are all the same, all zero, negative, beyond measure.
for value in 0 -3 1e300 5e-324; do
	lines web 1 a 0 1 "{\"n\": $value}" >one
	plot -o one.png one
	want_status 0
	want_picture one.png
	lines web 1 a 0 5 "{\"n\": $value}" >same
	plot --log -o same.png same
	want_status 0
	want_picture same.png
done

# The one of README.md.
"${srcdir:-$top}/docs/pictures/plot.sh" "$plot" "$work/readme.svg" >out 2>err
status=$?
what="docs/pictures/plot.sh"
want_status 0
want_no_err
"$python" - readme.svg <<'EOF2' || fail "expected an SVG"
import sys, xml.dom.minidom
assert len(xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName("path")) > 50
EOF2

# ---- hostile ----

# Whatever gets a chance makes the file `pwned`.
cat >evil.py <<'EOF2'
import json
names = ["'; system('touch pwned'); '", "'", "''", "''; !touch pwned",
    "`touch pwned`", "\"; !touch pwned", "EOD\n!touch pwned\n",
    "\nEOD\nsystem \"touch pwned\"\n", "@GPVAL_VERSION", "x\\n\\'",
    "\\", "$(touch pwned)", "%s%n%d", "{/Symbol a}^2_3", "a\u202eb\u0000c",
    "<script>fetch('/')</script>", "<img src=x onerror=alert(1)>", "]]>",
    "\"><svg onload=alert(1)>", "&lt;&amp;&#39;", "<!--", "</style>", "",
    ".", " ", "\ud800", "\u00e4" * 300]
for i in range(30):
    values = {name: i * n for n, name in enumerate(names, 1)}
    values["deep"] = eval("{'a':" * 150 + "1" + "}" * 150)
    values["expvar"] = {"descriptions": {n: {"unit": m, "kind": "gauge"}
        for n, m in zip(names, reversed(names))}}
    for app in names if i < 2 else names[:3]:
        print(json.dumps({"time": "2026-01-01T00:%02d:00Z" % i,
            "boottime_ns": i * 60 * 10**9, "boot_id": names[0], "app": app,
            "pid": names[i % 5], "instance": names[i % 3],
            "incarnation": names[i % 7], "state": "alive", "values": values}))
EOF2
"$python" evil.py >evil
for format in png svg html; do
	plot -q --charts 40 -o evil.$format evil
	want_status 0
	want_picture evil.$format
done
plot -q --charts 30 --together --title "'; system('touch pwned'); '" \
	-o evil-title.svg evil
want_status 0
want_picture evil-title.svg
[ ! -e pwned ] || fail "a command of the file was run"

# Bytes changed, left out and repeated: whatever comes, no crash.
cat >mutate.py <<'EOF2'
import random, sys
random.seed(int(sys.argv[2]))
data = bytearray(open(sys.argv[1], "rb").read()[:20000])
for _ in range(random.randrange(1, 40)):
    at = random.randrange(len(data))
    what = random.randrange(4)
    if what == 0:
        data[at] = random.choice(b"{}[]\",:\\0e-.n\n\0\xff9")
    elif what == 1:
        del data[at:at + random.randrange(60)]
    elif what == 2:
        data[at:at] = data[at:at + random.randrange(200)]
    else:
        data[at:at] = random.choice([b"1e999", b"-", b"99999999999999999999",
            b"\"" * 9, b"{" * 500, b"[" * 500, b"9999-99-99T99:99:99Z",
            b"time,boottime_ns,boot_id,app,pid,instance,incarnation,state\n"])
sys.stdout.buffer.write(data)
EOF2
cat >evil.csv <<'EOT'
time,boottime_ns,boot_id,app,pid,instance,incarnation,state,a,"""b,"" [<b>]","'; !touch pwned [ns]"
2026-11-01T00:00:00.000000000Z,1000000000000,b,web,1,,a,alive,10,0,7
2026-11-01T00:01:00.000000000Z,1060000000000,b,web,1,,a,alive,11,1,"a,b"
2026-11-01T00:02:00.000000000Z,,,"'; !touch pwned",x,,a,alive,12,2,nan,inf,0x7
EOT
seed=1
while [ "$seed" -le 8 ]; do
	for file in evil evil.csv; do
		"$python" mutate.py $file $seed >mutant
		plot -q -f gnuplot mutant
		want_status 0 1 3 4
	done
	seed=$((seed + 1))
done
plot -q -f svg -o mutant.svg mutant
want_status 0 1 3 4
[ ! -e pwned ] || fail "a command of the file was run"

# ---- progress, on a terminal only ----

plot -f gnuplot a
want_no_err
cat >terminal.py <<'EOF2'
import os, pty, sys, time
# Half of the file comes late: there is something to wait for.
data = open(sys.argv[2], "rb").read()
r, w = os.pipe()
out = b""
pid, fd = pty.fork()
if pid == 0:
    os.close(w)
    os.dup2(r, 0)
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    os.execv(sys.argv[1], [sys.argv[1], "-f", "gnuplot", "-"])
os.close(r)
feeder = os.fork()
if feeder == 0:
    os.write(w, data)
    time.sleep(1)
    for i in range(4):
        os.write(w, data)
    os._exit(0)
os.close(w)
while True:
    try:
        more = os.read(fd, 65536)
    except OSError:
        break
    if not more:
        break
    out += more
os.waitpid(feeder, 0)
os.waitpid(pid, 0)
sys.stdout.buffer.write(out)
EOF2
lines web 1 a 0 1000 '{"n": %i}' >long
what="progress on a terminal"
"$python" terminal.py "$plot" long | tr '\r' '\n' >"$work/out"
want_line '^[0-9]* snapshots  [0-9]* MB'

finish
