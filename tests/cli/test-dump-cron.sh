#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-cron.sh - the ready-made examples of docs/examples/
#
# The lines of expvar.cron are run as cron runs them: by `sh -c`, with nothing
# in the environment but what cron sets and what the file says, and from
# another directory. Only /var/log is another place. What else there is,
# logrotate and the units of systemd, is checked by the programs that read it.
. "$(dirname "$0")/support.sh"

examples=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/docs/examples
log=$work/log
mkdir "$work/bin" "$log" "$work/state"
# In a build tree the program may be a script that wants its own name.
printf '#!/bin/sh\nexec %s "$@"\n' "$dump" >"$work/bin/expvar-dump"
chmod 755 "$work/bin/expvar-dump"

# ---- cron ----

# The settings of the file come before its lines.
sed -n 's/^\([A-Z][A-Z]*\)=\(.*\)/\1=\2/p' "$examples/expvar.cron" >"$work/settings"
grep -v -e '^#' -e '^[A-Z]*=' -e '^$' "$examples/expvar.cron" >"$work/lines"
shell=$(sed -n 's/^SHELL=//p' "$work/settings")
cron_path=$(sed -n 's/^PATH=//p' "$work/settings")
what="docs/examples/expvar.cron"
: >"$work/out"
: >"$work/err"
status=0
[ "$shell" = /bin/sh ] || fail "expected SHELL=/bin/sh"
[ -n "$cron_path" ] || fail "expected a PATH"
[ -s "$work/lines" ] || fail "expected lines"
grep -v -E '^([*0-9/,-]+ ){5}root expvar-dump ' "$work/lines" | grep -q . &&
	fail "expected five fields, a user and a command in each line"
# A percent sign is the end of a line to cron.
grep -q '%' "$work/lines" && fail "expected no percent sign"

# cron NUMBER: runs that line; what it prints, cron would send
cron() {
	command=$(sed -n "$1p" "$work/lines" |
		sed -e 's/^\([^ ]* \)\{6\}//' -e "s|/var/log/expvar|$log|g")
	what="$command"
	: >"$work/err"
	(
		cd / && timeout 60 env -i HOME=/ LOGNAME=root SHELL="$shell" \
			PATH="$work/bin:$cron_path" EXPVAR_DIR="$EXPVAR_DIR" \
			EXPVAR_SEARCH=directories \
			"$shell" -c "$command" >"$work/out" 2>&1 </dev/null
	)
	status=$?
}

# Nothing runs: no mail, and a fact in the file. Others on this host may; of
# those that only their owners may read, mail would tell.
cron 1
[ "$(id -u)" -ne 0 ] || want_no_out
want_status 0 1 3 4
[ "$(wc -l <"$log/all.ndjson")" -ge 1 ] || fail "expected a line"
start web <<'EOF'
counter requests 10
describe requests 2 requests - help
func f
EOF
for line in 1 1 2; do
	cron $line
	want_no_out
	want_status 0 3
done
if have jq; then
	jq -e . "$log/all.ndjson" >/dev/null || fail "expected JSON lines"
	[ "$(jq -c 'select(.app == "web") | .values.requests' "$log/all.ndjson" |
		tr '\n' ' ')" = "10 10 " ] || fail "expected two lines of web"
	# By default a line is not longer than it must be.
	jq -e 'select(.app == "web") | .values | has("memstats") or
		has("cmdline") or has("expvar") | not' "$log/all.ndjson" \
		>/dev/null || fail "expected neither built-ins nor metadata"
	jq -e --arg key "web.$pid" '.[$key].requests == 10' "$log/now.json" \
		>/dev/null || fail "expected web in now.json"
fi
[ "$(stat -c %a "$log/all.ndjson" "$log/now.json" | tr '\n' ' ')" = "600 640 " ] ||
	fail "expected modes 600 and 640"
[ "$(ls -A "$log" | tr '\n' ' ')" = "all.ndjson now.json " ] ||
	fail "expected nothing else: $(ls -A "$log")"

# What does matter is mailed: the disk is full, in a way.
mv "$log" "$work/away"
command=$(sed -n 1p "$work/lines" | sed -e 's/^\([^ ]* \)\{6\}//' \
	-e "s|/var/log/expvar|$log|g")
what="$command, without the directory"
env -i PATH="$work/bin:$cron_path" EXPVAR_DIR="$EXPVAR_DIR" \
	EXPVAR_SEARCH=directories sh -c "$command" \
	>"$work/out" 2>"$work/err" </dev/null
status=$?
want_status 1
want_err 'cannot be'
mv "$work/away" "$log"

# ---- logrotate ----

sed "s|/var/log/expvar|$log|g" "$examples/expvar.logrotate" >"$work/rotate"
# It reads no file that others may write to.
chmod 644 "$work/rotate"
if have logrotate; then
	what="logrotate docs/examples/expvar.logrotate"
	lines=$(wc -l <"$log/all.ndjson")
	logrotate --force --state "$work/state/one" "$work/rotate" \
		>"$work/out" 2>"$work/err"
	status=$?
	want_status 0
	want_no_err
	[ ! -e "$log/all.ndjson" ] || fail "expected all.ndjson moved away"
	cron 1
	want_no_out
	[ "$(cat "$log"/all.ndjson-* | wc -l)" -eq "$lines" ] ||
		fail "expected the old lines in the old file"
	[ "$(wc -l <"$log/all.ndjson")" -ge 1 ] || fail "expected a new file"
else
	echo "not checked: no logrotate"
fi

# ---- systemd ----

if have systemd-analyze; then
	for unit in expvar-snapshot.service expvar-snapshot.timer \
		expvar-textfile.service; do
		sed "s|/usr/bin/expvar-dump|$work/bin/expvar-dump|" \
			"$examples/$unit" >"$work/state/$unit"
	done
	for unit in expvar-snapshot.service expvar-snapshot.timer \
		expvar-textfile.service; do
		what="systemd-analyze verify $unit"
		: >"$work/out"
		systemd-analyze verify --man=no "$work/state/$unit" \
			>"$work/err" 2>&1
		# It also complains of units of the host's, and of its own state.
		grep -F "$unit" "$work/err" >"$work/complaints" &&
			fail "$(cat "$work/complaints")"
	done
	# What they run is a command line that is understood.
	for unit in expvar-snapshot.service expvar-textfile.service; do
		arguments=$(sed -n 's/^ExecStart=[^ ]* //p' "$examples/$unit" |
			sed -e 's|/var/[^ ]*/|'"$log"'/|' \
				-e 's/--watch 15s/--watch 10ms --count 2/')
		# shellcheck disable=SC2086
		run $arguments
		want_status 0 3
		want_no_out
		want_no_err
	done
	grep -q '^requests_total' "$log/expvar.prom" ||
		fail "expected metrics in expvar.prom"
	[ "$(stat -c %a "$log/expvar.prom")" = 644 ] || fail "expected mode 644"
else
	echo "not checked: no systemd-analyze"
fi

finish
