#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-consumer-collectd.sh - collectd's curl_json reads /debug/vars
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/httpd-support.sh"
. "$(dirname "$0")/consumer-support.sh"

PATH=$PATH:/usr/sbin
need collectd collectd-core
need /usr/lib/collectd/curl_json.so collectd-core
ldd /usr/lib/collectd/curl_json.so | grep -q 'not found' && {
	echo "skipped: curl_json lacks a library (Debian: libyajl2)"
	exit 77
}

# Others may publish on this host.
app=web$$
start $app <<'EOF'
counter requests 42
int queue.length 7
map http.status
in http.status add 200 5
in http.status add 404 2
float ratio 0.25
EOF
serve
mkdir "$work/collectd"
cat >"$work/collectd/collectd.conf" <<EOF
Hostname "host"
FQDNLookup false
Interval 1
BaseDir "$work/collectd"
PIDFile "$work/collectd/pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin logfile
LoadPlugin csv
LoadPlugin curl_json
<Plugin logfile>
  File stderr
</Plugin>
<Plugin csv>
  DataDir "$work/collectd/csv"
  StoreRates false
</Plugin>
EOF
fleet collectd | sed "s|http://127.0.0.1:9654/|$url|; s|?app=web|?app=$app|" \
	>>"$work/collectd/collectd.conf"
launch collectd collectd -f -C collectd.conf

# value NAME NUMBER: in the last line of its file
value() {
	tail -q -n 1 "$work/collectd/csv/host/curl_json-web/$1"-20* 2>/dev/null |
		sed 's/^[^,]*,//' >"$work/out"
	awk -v wanted="$2" '{ found = ($1 + 0 == wanted) } END { exit !found }' \
		"$work/out"
}
await "a counter" value derive-requests 42
await "a dot in a name" value gauge-queue.length 7
await "a key of a map" value derive-http.status-200 5
await "another key of a map" value derive-http.status-404 2
await "a float" value gauge-ratio 0.25

finish
