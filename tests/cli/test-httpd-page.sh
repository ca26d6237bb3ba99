#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-httpd-page.sh - the page of expvar-httpd in a real browser
#
# Chromium, driven by its driver. What programs publish means harm; what they
# and the server do while somebody looks is to end and to begin again.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/support.sh"
not_under_sanitizers
. "$(dirname "$0")/httpd-support.sh"

app=page$$

# ---- who gets it, and what it is made of ----

start $app <<'EOT'
counter requests 42
EOT
serve --cache 0
html='Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
get / -H "$html"
want_status 200
want_header '^Content-Type: text/html; charset=utf-8$'
want_header "^Content-Security-Policy: default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]*'; style-src 'sha256-[A-Za-z0-9+/=]*'; connect-src 'self'; "
grep -i '^content-security-policy' "$work/headers" | grep -q unsafe &&
	fail "expected nothing unsafe in the policy"
[ "$(wc -l <"$work/headers")" -le 12 ] || fail "too many headers"
want_line '<script>'
# Those without scripts have the index.
sed -n '/<noscript>/,/<\/noscript>/p' "$work/out" | grep -q ">$app</a>" ||
	fail "expected the index for those without scripts"
# Nothing from elsewhere, no way from text to elements.
want_no_line 'https*://'
want_no_line '//[a-z]*\.[a-z]'
want_no_line ' style="'
want_no_line ' on[a-z]*="'
grep -n -E 'innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function' \
	"$top"/tools/httpd/page/*.js && fail "expected no such call in the page"
for accept in '*/*' 'text/plain' 'application/json' 'text/html;q=0' ''; do
	get / -H "Accept: $accept"
	what="Accept: $accept"
	want_status 200
	want_no_line '<script>'
	want_line "<a href=\"/debug/vars?app=$app&amp;pid=$pid\">$app</a>"
done

# ---- what it asks for ----

get /processes
want_status 200
want_header '^Content-Type: application/json; charset=utf-8$'
want_json "[p['state'] for p in d['processes'] if p['app'] == '$app'] == ['alive']"
get "/debug/vars?app=$app&meta=1"
want_json "d['expvar']['app'] == '$app' and d['requests'] == 42"
get "/debug/vars?app=$app&meta=0"
want_json "'expvar' not in d"
get "/debug/vars?app=$app"
want_json "'expvar' not in d"
end_server
stop "$pid"

# ---- in a browser ----

browser=/usr/bin/chromium
driver=/usr/bin/chromedriver
if [ ! -x $browser ] || [ ! -x $driver ] ||
	! "$python" -c 'import selenium' 2>"$work/err"
then
	[ ! -s "$work/failed" ] || finish
	echo "skipped: no chromium, chromium-driver or python3-selenium"
	exit 77
fi

cat >"$work/look.py" <<'EOT'
import json, os, signal, subprocess, sys, time
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

publisher, httpd, work, app, browser_path, driver_path = sys.argv[1:]
started = []

# Threads of the browser are many where tests run together: all has time.
def until(what, condition):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            result = condition()
            if result:
                return result
        except Exception as error:
            what = what.split(" (")[0] + " (%r)" % error
        time.sleep(0.1)
    sys.exit("in vain: " + what + "\n" + page_text()[:2000])

def start(name, commands):
    path = os.path.join(work, "commands-" + str(len(started)))
    with open(path, "wb") as file:
        file.write(commands)
    process = subprocess.Popen([publisher, path], stdout=subprocess.PIPE,
        env=dict(os.environ, EXPVAR_APP=name))
    started.append(process)
    assert process.stdout.readline().startswith(b"ready")
    return process

def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait()

def serve(listen):
    process = subprocess.Popen([httpd, "--unconfined", "--cache", "0", "--listen",
        listen], stdout=subprocess.PIPE)
    started.append(process)
    return process, process.stdout.readline().decode().strip()

def page_text():
    return browser.execute_script("return document.body.innerText")

def rows():
    return browser.execute_script("""return Object.fromEntries(
        [...document.querySelectorAll("#rows .row:not([hidden])")].map(row =>
            [row.children[1].textContent,
            [...row.children].map(cell => cell.textContent)]))""")

def click_row(name):
    browser.execute_script("""[...document.querySelectorAll("#rows .row")].find(
        row => row.children[1].textContent === arguments[0]).click()""", name)

def choose(name):
    return browser.execute_script("""
        const one = [...document.querySelectorAll(".process")].find(
            one => one.querySelector("b").textContent === arguments[0]);
        one?.click();
        return Boolean(one)""", name)

def chips():
    return browser.execute_script("""return [...document.querySelectorAll(
        ".chip .name")].map(chip => chip.textContent)""")

# Pixels that are not transparent, of one colour: 0 to 2 are red, green, blue.
def painted(selector):
    return browser.execute_script("""
        const canvas = document.querySelector(arguments[0]);
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width,
            canvas.height).data;
        let count = 0;
        for (let i = 3; i < data.length; i += 4)
            count += data[i] > 0;
        return count;""", selector)

def background():
    return browser.execute_script(
        "return getComputedStyle(document.body).backgroundColor")

def check_harmless():
    found = browser.execute_script("""return {
        pwned: String(window.pwned),
        elements: document.querySelectorAll(
            "img, iframe, object, embed, svg, b b, marquee, form").length,
        scripts: document.scripts.length,
        styles: document.querySelectorAll("style, link[rel=stylesheet]").length,
        handlers: document.querySelectorAll("[onerror], [onload], [onclick]").length,
        proto: String(({}).polluted)}""")
    assert found == {"pwned": "undefined", "elements": 0, "scripts": 1,
        "styles": 1, "handlers": 0, "proto": "undefined"}, found

def complaints():
    return [entry["message"] for entry in browser.get_log("browser")
        if entry["level"] == "SEVERE"]

def want_no_complaints():
    found = complaints()
    assert not found, found

options = Options()
options.binary_location = browser_path
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--window-size=1300,2400", "--no-first-run",
        "--user-data-dir=" + os.path.join(work, "profile")):
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(service=Service(driver_path), options=options)
try:
    evil = [b"<img\\x20src=x\\x20onerror='pwned=1'>",
        b"<script>pwned=1</script>", b"</script><script>pwned=1</script>",
        b"\\\"><svg\\x20onload=pwned=1>", b"__proto__", b"constructor",
        b"javascript:pwned=1", b"a\\xe2\\x80\\xaeb", b"%3Cb%3E&lt;b&gt;",
        b"x'\\\"`${pwned=1}", b"toString", b"a\\x00b"]
    evil = [name.replace(b"\\\"", b"\"") for name in evil]
    plain = b"""counter requests 42
describe requests 2 \\e \\e how many
int queue 7
float ratio 0.5
string version 1.2 <b>
int bytes 1048576
describe bytes 1 bytes \\e \\e
histogram latency 1000 2000 3000000
describe latency 0 ns \\e took
map http.status
in http.status add 200 5
int large 9007199254740993
func f
"""
    hostile = plain + b"".join(b"int %s %d\nstring %s.text %s\n" %
        (name, i, name, name) for i, name in enumerate(evil)) + \
        b"map __proto__m\nin __proto__m add polluted 1\n"
    main = start(app, hostile)
    # Others' processes may be there, too.
    other_app = "<img src=x onerror=pwned=1>" + app
    other = start(other_app, plain)
    server, url = serve("127.0.0.1:0")
    listen = url.split("//")[1].strip("/")

    # What is published is there, as people read it.
    browser.get(url + "#app=" + app)
    until("rows", lambda: "requests" in rows())
    row = rows()
    assert row["requests"][2] == "42", row["requests"]
    assert row["bytes"][2] == "1\u00a0MiB", row["bytes"]
    assert row["large"][2] == "9,007,199,254,740,993", row["large"]
    assert row["version"][2] == "1.2 <b>", row["version"]
    assert row["http.status.200"][2] == "5"
    assert row["latency"][2].startswith("p50 1."), row["latency"]
    assert "a\\u202eb" in row, "text that turns around is written out"
    assert evil[0].decode().replace("\\x20", " ") in row, list(row)
    assert "memstats.NumGC" not in row
    until("the name of the application", lambda: browser.execute_script(
        "return document.querySelector('#about strong').textContent") == app)

    # Half the waiting.
    browser.execute_script("""const interval = document.querySelector("#interval");
        interval.value = "500";
        interval.dispatchEvent(new Event("change"))""")

    # The filter, by its key.
    body = browser.find_element("css selector", "body")
    body.send_keys("/")
    browser.switch_to.active_element.send_keys("LAT")
    until("the filter", lambda: list(rows()) == ["latency"])
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    until("no filter", lambda: "requests" in rows())
    browser.find_element("id", "builtins").click()
    until("built-ins", lambda: "cmdline" in rows())
    browser.find_element("id", "builtins").click()

    # Charts of what is picked, and the cursor.
    for name in chips():
        click_row(name)
    until("no chips", lambda: not chips())
    click_row("queue")
    click_row("latency")
    until("chips", lambda: sorted(chips()) == ["latency", "queue"])
    until("a chart", lambda: painted(".chart canvas") > 100)
    until("a sparkline", lambda: painted("#rows .row.picked canvas") > 3)
    charts = browser.find_elements("css selector", ".chart canvas")
    assert len(charts) == 2, len(charts)
    def point():
        chart = browser.find_elements("css selector", ".chart canvas")[0]
        ActionChains(browser).move_to_element_with_offset(chart,
            chart.size["width"] // 2 - 15, 5).perform()
        return "queue" in browser.find_element("id", "tip").text and \
            "7" in browser.find_element("id", "tip").text
    until("the cursor", point)
    assert "queue" in browser.execute_script("return location.hash")

    # Dark and light.
    seen = set()
    for name in "light", "dark":
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": name}]})
        until(name, lambda: browser.execute_script(
            "return document.documentElement.dataset.theme") == name)
        seen.add(background())
    assert len(seen) == 2, seen
    assert len(browser.get_screenshot_as_png()) > 10000

    # Nothing that was published did anything, and nothing complained.
    check_harmless()
    want_no_complaints()
    choose(other_app)
    until("the other process", lambda: browser.execute_script(
        "return document.querySelector('#about strong').textContent") == other_app)
    until("its rows", lambda: rows().get("queue"))
    check_harmless()
    choose(app)

    # The program ends, and begins again: the same line goes on.
    until("the first", lambda: chips() == ["queue", "latency"])
    end(main)
    until("its end", lambda: "ended; last values" in page_text())
    assert rows()["queue"][2] == "7"
    main = start(app, hostile.replace(b"queue 7", b"queue 9"))
    until("its new life", lambda: rows()["queue"][2] == "9")
    assert "restarts seen\n1" in page_text() or "restarts seen 1" in page_text(), \
        page_text()[:500]
    assert sorted(chips()) == ["latency", "queue"]

    # The server ends, and begins again.
    end(server)
    until("no server", lambda: "does not answer" in page_text())
    assert rows()["queue"][2] == "9"
    server, _ = serve(listen)
    until("the server again", lambda: page_text().count("live"))
    # A browser says what could not be fetched; we know.
    complaints()

    # After a reload what was picked is there.
    browser.refresh()
    until("the same picks", lambda: sorted(chips()) == ["latency", "queue"])

    # The policy holds, whatever gets into the page.
    browser.execute_script("""
        const script = document.createElement("script");
        try { script.text = "window.pwned = 1"; } catch (error) { }
        document.body.append(script);
        script.remove();
        const box = document.createElement("div");
        try { box.innerHTML = "<img src=x onerror='window.pwned=1'>"; }
        catch (error) { }
        document.body.append(box);
        box.remove();
        window.fetched = "no";
        fetch("http://localhost:1/").catch(error => window.fetched = "refused");
        """)
    until("a refused fetch", lambda: browser.execute_script(
        "return window.fetched") == "refused")
    check_harmless()
    assert any("Content Security Policy" in text for text in complaints())

    # Many variables: as many rows as are seen.
    end(other)
    many = start("many" + app, b"".join(b"int bulk.%05d %d\n" % (i, i)
        for i in range(10000)))
    until("many", lambda: choose("many" + app))
    until("their rows", lambda: browser.find_element("id",
        "variable-count").text == "10000 variables")
    assert browser.execute_script(
        "return document.querySelectorAll('#rows .row').length") < 100
    browser.execute_script("document.querySelector('#scroll').scrollTop = 30 * 9000")
    until("row 9000", lambda: "bulk.09005" in rows())
    took = browser.execute_script("""const begin = performance.now();
        for (let i = 0; i < 10; i++) show();
        return (performance.now() - begin) / 10""")
    print("10,000 variables: %.1f ms to show" % took)
    want_no_complaints()
finally:
    browser.quit()
    for process in started:
        process.kill()
EOT
what="the page in a browser"
TMPDIR=$work HOME=$work timeout 240 "$python" "$work/look.py" "$publisher" \
	"$httpd" "$work" "$app" "$browser" "$driver" >"$work/out" 2>"$work/err"
status=$?
tail -n 3 "$work/out"
[ "$status" -eq 0 ] || {
	fail "$(tail -n 12 "$work/err")"
}

finish
