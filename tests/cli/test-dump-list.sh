#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-list.sh - expvar-dump --list
. "$(dirname "$0")/support.sh"

start web <<'EOF'
int a 1
int b 2
in m int c 3
EOF
web=$pid
web_path=$path
start batch <<'EOF'
EOF
batch=$pid
batch_path=$path
crash "$batch"

for list in -l --list; do
	run $list
	want_status 0
	want_line "web.*$web.*alive.*$web_path"
	want_line "batch.*$batch.*dead.*$batch_path"
	want_no_err
done

# Only what a TARGET stands for; one that stands for nothing is named.
for target in web "$web" "$web_path" "$EXPVAR_DIR/../${EXPVAR_DIR##*/}/${web_path##*/}"; do
	run --list "$target"
	want_status 0
	want_line "web.*$web.*alive"
	want_no_line batch
	want_no_err
done
run --list web nosuch
want_status 1
want_line "web.*$web.*alive"
want_no_line batch
want_err 'nosuch: no segment'
run --list nosuch
want_status 4
want_no_out
want_err 'nosuch: no segment'
run --list -f json nosuch "$batch"
want_status 1
want_json 'len(d) == 1'
run --list "$EXPVAR_DIR/nosuch" web
want_status 1
want_line "web.*$web.*alive"
want_err 'nosuch: No such file'
run --list "$web_path" "$EXPVAR_DIR/./${web_path##*/}"
want_status 0
[ "$(grep -c " $web " "$work/out")" -eq 1 ] || fail "expected one line for $web"

# The entry of a segment is the object that has its path.
entry='[e for e in (d if isinstance(d, list) else d.values()) if e["path"] == "%s"][0]'
run --list -f json
want_status 0
# shellcheck disable=SC2059
web_entry=$(printf "$entry" "$web_path")
# shellcheck disable=SC2059
batch_entry=$(printf "$entry" "$batch_path")
want_json "($web_entry)['app'] == 'web' and ($web_entry)['pid'] == $web"
want_json "($web_entry)['state'] == 'alive'"
want_json "($web_entry)['variables'] == 4"
want_json "($web_entry)['bytes'] > 0"
want_json "($batch_entry)['state'] == 'dead' and ($batch_entry)['pid'] == $batch"

# What is no segment is no entry, whatever it is called.
echo "no segment" >"$EXPVAR_DIR/expvar.fake.1.0123456789abcdef"
mkdir "$EXPVAR_DIR/expvar.directory.1.0123456789abcdef"
mkfifo "$EXPVAR_DIR/expvar.fifo.1.0123456789abcdef"
ln -s "$web_path" "$EXPVAR_DIR/expvar.link.1.0123456789abcdef"
: >"$EXPVAR_DIR/unrelated"
run --list
want_line "web.*$web.*alive"
want_no_line "fake.*alive"
want_no_line unrelated
run --list -f json
want_json "($web_entry)['state'] == 'alive'"

# Names are the writer's words: no terminal escapes, no extra lines.
rm -r "$EXPVAR_DIR"/expvar.*.1.0123456789abcdef
start "$(printf 'evil\033[2J\nname')" <<'EOF'
EOF
run --list
want_status 0
tr -d '\n[:print:]' <"$work/out" | grep -q . &&
	fail "expected printable characters only"
[ "$(grep -c " $pid " "$work/out")" -eq 1 ] || fail "expected one line for $pid"
run --list -f json
want_status 0
want_json True

finish
