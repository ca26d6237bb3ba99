#!/bin/sh
# SPDX-License-Identifier: MIT
#
# page.sh - makes docs/pictures/page.png, which README.md shows
#
#   docs/pictures/page.sh [BUILD-DIRECTORY [FILE [SECONDS]]]
#
# treewalk scans the root file system again and again; a browser looks for a while. Needs
# chromium, chromium-driver and python3-selenium.
set -e
build=${1:-build}
file=${2:-$(dirname "$0")/page.png}
seconds=${3:-60}
EXPVAR_DIR=$(mktemp -d)
export EXPVAR_DIR
trap 'kill $walker $server 2>/dev/null; wait; rm -rf "$EXPVAR_DIR"' EXIT
trap 'exit 1' HUP INT TERM

(
	trap 'kill $!; exit' TERM
	while :; do
		"$build/docs/examples/treewalk" -j 1 / &
		wait
	done
) &
walker=$!
mkfifo "$EXPVAR_DIR/url"
"$build/tools/expvar-httpd" --unconfined --listen 127.0.0.1:0 \
	>"$EXPVAR_DIR/url" &
server=$!
read -r url <"$EXPVAR_DIR/url"

TMPDIR=$EXPVAR_DIR /usr/bin/python3 - "$url" "$file" "$seconds" <<'EOT'
import sys, time
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
url, file, seconds = sys.argv[1:]
options = Options()
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1320,1030"):
    options.add_argument(argument)
browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
    options=options)
try:
    browser.get(url + "#app=treewalk&rate=files&value=queued"
        "&quantiles=read_latency")
    time.sleep(float(seconds))
    chart = browser.find_elements("css selector", ".chart canvas")[0]
    ActionChains(browser).move_to_element_with_offset(chart, 60, -20).perform()
    time.sleep(0.5)
    browser.save_screenshot(file)
finally:
    browser.quit()
EOT
