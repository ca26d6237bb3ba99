#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-targets.sh - which segments are dumped, and in which shape
. "$(dirname "$0")/support.sh"

# This test owns EXPVAR_DIR, but not /run/expvar and /dev/shm.
run --list
# What may not be read is unknown, and said with another exit status.
is_alone=$(grep -q -e alive -e unknown "$work/out" || echo yes)

# ---- Nothing there ----

if [ "$is_alone" ]; then
	run
	want_status 4
	want_no_out
	want_err .
fi
run no-such-application
want_status 4
want_no_out
want_err no-such-application
run --newest no-such-application
want_status 4
want_no_out
# This shell runs, but publishes nothing; and a process that cannot be.
run $$
want_status 4
want_no_out
want_err "$$"
run 999999999
want_status 4
want_no_out
want_err 999999999

# ---- One ----

start web <<'EOF'
int n 1
EOF
web1=$pid
web1_path=$path
printf '{\n"n": 1\n}\n' >"$work/web1"
for target in "$web1" web "$web1_path"; do
	run --no-builtins "$target"
	want_status 0
	want_same_out_as "$work/web1"
	want_no_err
done
(
	failures=0
	cd "$EXPVAR_DIR" || exit
	run --no-builtins "./${web1_path##*/}"
	want_status 0
	want_same_out_as "$work/web1"
	exit "$failures"
)
failures=$((failures + $?))
if [ "$is_alone" ]; then
	run --no-builtins
	want_status 0
	want_same_out_as "$work/web1"
else
	echo "not checked: no target, since other segments live on this host"
fi
# A name is the whole name.
run we
want_status 4
run web1
want_status 4
run 'we*'
want_status 4

# ---- Several ----

sleep 0.1
start web <<'EOF'
int n 2
EOF
web2=$pid
web2_path=$path
start batch <<'EOF'
in jobs int done 3
EOF
batch=$pid

run --no-builtins web
want_status 2
want_no_out
want_err "$web1"
want_err "$web2"
grep -q "expvar\.batch" "$work/err" && fail "batch does not match"
run --no-builtins
want_status 2
want_no_out
want_err "$batch"

run --no-builtins --newest web
want_status 0
printf '{\n"n": 2\n}\n' | want_out
run --no-builtins "$web1"
want_status 0
want_same_out_as "$work/web1"

# Two targets, or --all, make one object of documents.
run --no-builtins "$web1" "$batch"
want_status 0
want_json "d == {'web.$web1': {'n': 1}, 'batch.$batch': {'jobs': {'done': 3}}}"
want_json 'list(d) == sorted(d)'
run --no-builtins "$web2_path" batch
want_status 0
want_json "d == {'web.$web2': {'n': 2}, 'batch.$batch': {'jobs': {'done': 3}}}"
run --no-builtins -f pretty "$web1" "$batch"
want_status 0
want_json "d == {'web.$web1': {'n': 1}, 'batch.$batch': {'jobs': {'done': 3}}}"
for all in -a --all; do
	run --no-builtins $all
	want_status 0 1
	want_json "d['web.$web1'] == {'n': 1} and d['web.$web2'] == {'n': 2}
		and d['batch.$batch'] == {'jobs': {'done': 3}}"
done
[ "$is_alone" ] && want_json 'len(d) == 3'
run -a
want_json "list(d['web.$web1']) == ['cmdline', 'memstats', 'n']"
# The same one twice is one: keys are unique.
run --no-builtins "$web1" "$web1_path"
want_status 0 2
want_json_or_nothing
# One that is missing does not hide the others.
run --no-builtins "$web1" no-such-application "$batch"
want_status 1 4
want_err no-such-application
want_json "d == {'web.$web1': {'n': 1}, 'batch.$batch': {'jobs': {'done': 3}}}"

# ---- Dead ones: by path always, by name and in --all with --dead ----

crash "$batch"
run --no-builtins batch
want_status 4
want_no_out
want_err batch
run --no-builtins --dead batch
want_status 0
printf '{\n"jobs": {"done": 3}\n}\n' | want_out
run --no-builtins --all
want_json "'batch.$batch' not in d and not any(k.startswith('batch.$batch') for k in d)"
run --no-builtins --all --dead
want_json "[v for k, v in d.items() if k.startswith('batch.$batch.')] == [{'jobs': {'done': 3}}]"
want_json "d['web.$web1'] == {'n': 1}"
for segment in "$EXPVAR_DIR"/expvar.batch.*; do
	incarnation=${segment##*.}
done
want_json "'batch.$batch.$incarnation' in d"

# An orderly end leaves nothing.
stop "$web1"
stop "$web2"
run --dead web
want_status 4
[ -e "$web1_path" ] && fail "$web1_path is still there"

# ---- Permission is not absence ----

start private <<'EOF'
int n 1
EOF
chmod 600 "$path"
if [ "$(id -u)" -eq 0 ] && have setpriv &&
	setpriv --reuid=65534 --regid=65534 --clear-groups "$dump" --version \
		>/dev/null 2>&1; then
	chmod 755 "$EXPVAR_DIR"
	as_root=$dump
	cat >"$work/nobody" <<EOF
#!/bin/sh
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$dump" "\$@"
EOF
	chmod 755 "$work/nobody"
	dump=$work/nobody
	for target in "$path" "$pid" private; do
		run --no-builtins "$target"
		want_status 1
		want_no_out
		want_err '[Pp]ermission'
	done
	dump=$as_root
else
	echo "not checked: reading as another user"
fi

# A name that is no name of a file is the application's all the same.
odd="$(printf 'web@1 \303\244(%s)' "$(printf '%050d' 0)")"
start "$odd" <<'EOF'
int a 7
EOF
run --get a "$odd"
want_status 0
want_line '^7$'
run --list "$odd"
want_status 0
want_line " $pid "
run --get a "web@1 "
want_status 4
run --get a "web_1_"
want_status 4

# Sealed memory has no name; its path leads through /proc. As root, too, where
# another process opens it.
start sealed <<'EOF'
init sealed
int a 8
EOF
run --get a "$path"
want_status 0
want_line '^8$'
stop "$pid"
run --get a "$path"
want_status 1
want_no_out

finish
