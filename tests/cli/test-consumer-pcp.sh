#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-consumer-pcp.sh - PCP's openmetrics agent reads /metrics
#
# Of PCP only a pmcd of our own with that one agent runs, in the foreground,
# with a name space, a port, and directories of its own.
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/httpd-support.sh"
. "$(dirname "$0")/consumer-support.sh"

need /etc/pcp.conf pcp
need pminfo pcp
need "$python" python3
pmcd=/usr/lib/pcp/bin/pmcd
agent=/usr/lib/pcp/pmdas/openmetrics/pmdaopenmetrics.python
need "$pmcd" pcp
need "$agent" pcp
"$python" -c 'import pcp.pmda, requests' 2>/dev/null || {
	echo "skipped: no python3-pcp or python3-requests"
	exit 77
}

# Others may publish on this host.
app=web$$
start $app <<'EOF'
counter requests 42
describe requests 2 requests \e how many there were
int queue 7
float ratio 0.25
EOF
serve
mkdir -p "$work/pcp/config.d" "$work/pcp/config/pmda"
fleet pcp-url | sed "s|http://127.0.0.1:9654/|$url|" >"$work/pcp/config.d/expvar.url"
cat >"$work/pcp/pmcd.conf" <<EOF
openmetrics 144 pipe binary notready env PCP_VAR_DIR=$work/pcp $python $agent -d 144 -c $work/pcp/config.d -l $work/pcp/agent.log
EOF
cat >"$work/pcp/names" <<EOF
root {
	openmetrics	144:*:*
}
EOF
port=$("$python" -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
launch pcp "$pmcd" -f -A -i 127.0.0.1 -p "$port" -s "$work/pcp/socket" \
	-c pmcd.conf -n names -l pmcd-messages -U "$(id -un)"

# value METRIC NUMBER: of ours
value() {
	pminfo -h "127.0.0.1:$port" -f "openmetrics.expvar.$1" >"$work/out" 2>&1
	grep "app:$app" "$work/out" | grep -q "value $2\$"
}
await "a counter" value requests_total 42
await "a gauge" value queue 7
await "a float" value ratio 0.25

finish
