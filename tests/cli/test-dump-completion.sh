#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-completion.sh - what bash offers behind expvar-dump
. "$(dirname "$0")/support.sh"
tool=expvar-dump
. "$(dirname "$0")/completion-support.sh"

start web <<'EOF'
int n 1
EOF

offers expvar-dump --f
printf -- '--format\n' | want_out
offers expvar-dump -
for option in -a --all --select -o --output --get --version; do
	want_line "^$option\$"
done
offers --format ''
for format in json pretty ndjson csv openmetrics prometheus; do
	want_line "^$format\$"
done
offers -f open
printf 'openmetrics\n' | want_out
offers expvar-dump we
want_line '^web$'
offers expvar-dump "$pid"
want_line "^$pid\$"
: >"$work/snapshot.json"
offers -o "$work/snap"
want_line "^$work/snapshot.json\$"
# Arguments that could be anything are left to the user.
offers --timeout ''
want_no_line .
offers --get w
want_no_line .

finish
