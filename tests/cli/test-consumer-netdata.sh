#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-consumer-netdata.sh - Netdata's go_expvar module reads /debug/vars
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/httpd-support.sh"
. "$(dirname "$0")/consumer-support.sh"

plugin=/usr/lib/netdata/plugins.d/python.d.plugin
need "$plugin" "netdata-plugins-python netdata-core"
need /usr/lib/netdata/python.d/go_expvar.chart.py netdata-plugins-python
need "$python" python3

# Others may publish on this host.
app=web$$
start $app <<'EOF'
counter requests 42
int queue.length 7
map http.status
in http.status add 200 5
float ratio 0.25
EOF
serve
mkdir -p "$work/netdata/python.d"
cat >"$work/netdata/python.d.conf" <<EOF
enabled: yes
default_run: no
go_expvar: yes
EOF
fleet netdata | sed "s|http://127.0.0.1:9654/|$url|; s|?app=web|?app=$app|" \
	>"$work/netdata/python.d/go_expvar.conf"
export NETDATA_USER_CONFIG_DIR="$work/netdata"
export NETDATA_STOCK_CONFIG_DIR="$work/netdata"
export NETDATA_LOCK_DIR="$work/netdata" NETDATA_LIB_DIR="$work/netdata"
export NETDATA_PLUGINS_DIR=/usr/lib/netdata/plugins.d NETDATA_UPDATE_EVERY=1
launch netdata "$python" "$plugin" go_expvar debug 1

set_to() {
	grep "^SET '*$1'* = " "$work/netdata.log" >"$work/out" &&
		tail -n 1 "$work/out" | grep -q "= $2\$"
}
await "a counter" set_to requests 42
await "a dot in a name" set_to queue 7
await "a key of a map" set_to ok 5
# Netdata stores floats as hundredths.
await "a float" set_to ratio '25\(\.0\)*'
await "memstats" set_to memstats_sys '[1-9][0-9]*'

finish
