#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-output.sh - where the document goes: -o, a full or closed stdout
# shellcheck disable=SC2034
. "$(dirname "$0")/support.sh"

start web <<'EOF'
int n 1
EOF
printf '{\n"n": 1\n}\n' >"$work/wanted-file"
mkdir "$work/files"
file=$work/files/document.json

# want_file: the file is whole, and nothing else is left beside it
want_file() {
	cmp -s "$work/wanted-file" "$file" || fail "expected another $file"
	[ "$(ls -A "$work/files")" = document.json ] ||
		fail "left behind: $(ls -A "$work/files")"
}

for option in -o --output; do
	rm -f "$file"
	run --no-builtins $option "$file" web
	want_status 0
	want_no_out
	want_no_err
	want_file
	[ "$(stat -c %a "$file")" = 600 ] || fail "expected mode 0600"
done
(
	failures=0
	cd "$work/files" && run --no-builtins -o document.json web
	want_status 0
	want_file
	exit "$failures"
)
failures=$((failures + $?))
run --no-builtins -o "$file" --chmod 644 web
want_status 0
want_file
[ "$(stat -c %a "$file")" = 644 ] || fail "expected mode 0644"
(
	failures=0
	umask 077
	run --no-builtins -o "$file" --chmod 664 web
	want_status 0
	[ "$(stat -c %a "$file")" = 664 ] || fail "expected mode 0664"
	exit "$failures"
)
failures=$((failures + $?))

# Replaced, never written into: who has the old file open still has it whole.
echo "an old and much longer text that nothing should remain of" >"$file"
ln "$file" "$work/old"
run --no-builtins -o "$file" web
want_status 0
want_file
grep -q "^an old" "$work/old" || fail "expected the old file untouched"

# When there is nothing to write, the old file stays.
run --no-builtins -o "$file" no-such-application
want_status 4
want_file
run --no-builtins -o "$file" -s no-such-variable web
want_status 4
run --no-builtins -o "$file" web
want_file

# Where it cannot be written.
run --no-builtins -o "$work/no-such-directory/document.json" web
want_status 1
want_no_out
want_err no-such-directory
run --no-builtins -o "$work/files" web
want_status 1
want_no_out
want_err .
run --no-builtins --chmod 9 -o "$file" web
want_status 2
want_file

# ---- stdout ----

what="expvar-dump web >/dev/full"
: >"$work/out"
"$dump" --no-builtins web >/dev/full 2>"$work/err"
status=$?
want_status 1
want_err '[Nn]o space'
what="expvar-dump web >&-"
"$dump" --no-builtins web >&- 2>"$work/err"
status=$?
want_status 1
want_err .
what="expvar-dump --help >/dev/full"
"$dump" --help >/dev/full 2>"$work/err"
status=$?
want_status 1
what="expvar-dump --list >/dev/full"
"$dump" --list >/dev/full 2>"$work/err"
status=$?
want_status 1
# stderr closed is no reason to fail, and gets nothing of the document.
what="expvar-dump web 2>&-"
: >"$work/err"
"$dump" --no-builtins web >"$work/out" 2>&-
status=$?
want_status 0
want_same_out_as "$work/wanted-file"
# A reader who goes away ends it without a word.
"$dump" web 2>"$work/err" | true
[ ! -s "$work/err" ] || fail "expected nothing on stderr of a broken pipe"

# R14: a document that no pipe holds, to who is slow, goes away, or never reads.
awk 'BEGIN { for (i = 0; i < 60; i++) {
	printf "string s%d ", i
	for (j = 0; j < 4000; j++) printf "0123456789\303\244"
	print "" } }' >"$work/large"
start large <"$work/large"
run --no-builtins large
want_status 0
want_json 'len(d) == 60 and all(len(v) > 40000 for v in d.values())'
cp "$work/out" "$work/wanted-large"
mkfifo "$work/pipe"
what="expvar-dump large to who is slow"
"$dump" --no-builtins large >"$work/pipe" 2>"$work/err" &
slow=$!
(sleep 1; exec cat) <"$work/pipe" >"$work/out"
wait "$slow"
status=$?
want_status 0
want_same_out_as "$work/wanted-large"
want_no_err
what="expvar-dump large to who goes away"
"$dump" --no-builtins large >"$work/pipe" 2>"$work/err" &
slow=$!
head -c 100 <"$work/pipe" >/dev/null
wait "$slow"
status=$?
: >"$work/out"
want_status 1
want_no_err
what="expvar-dump large to who never reads"
sleep 20 <>"$work/pipe" &
sleeper=$!
timeout 60 "$dump" --no-builtins --timeout 1s large >"$work/pipe" 2>"$work/err"
status=$?
kill "$sleeper"
want_status 1
want_err 'timed out'
what="expvar-dump large >/dev/full"
"$dump" --no-builtins large >/dev/full 2>"$work/err"
status=$?
want_status 1
want_err '[Nn]o space'
run --no-builtins -o "$work/large-file" large
want_status 0
cmp -s "$work/wanted-large" "$work/large-file" || fail "expected it in the file"

# ---- quiet ----

run -q --no-builtins web
want_status 0
want_same_out_as "$work/wanted-file"
run --quiet --no-builtins web
want_status 0
want_no_err
run --timeout 5s --no-builtins web
want_status 0
want_same_out_as "$work/wanted-file"

finish
