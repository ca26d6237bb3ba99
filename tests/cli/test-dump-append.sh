#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-append.sh - files that are added to: --append, --keep, --rotate, .gz
#
# Several at once, ends that were torn, columns that do not do any more.
. "$(dirname "$0")/support.sh"

start web <<'EOF'
counter requests 10
string s "a,b"
EOF
web=$pid
mkdir "$work/files"
file=$work/files/web.ndjson

# only NAME...: these are the files there are, and no others
only() {
	[ "$(ls "$work/files" | tr '\n' ' ')" = "$* " ] ||
		fail "expected $*, there is: $(ls "$work/files")"
}

# add [OPTION]...: one more line, without a word
add() {
	run -f ndjson -o "$file" --append "$@" web
	want_status 0
	want_no_out
}

# lines FILE N: that many, each of which is whole
lines() {
	[ "$(wc -l <"$1")" -eq "$2" ] || fail "expected $2 lines in $1"
	! have jq || jq -e . "$1" >/dev/null 2>&1 || fail "expected JSON in $1"
}

add
lines "$file" 1
[ "$(stat -c %a "$file")" = 600 ] || fail "expected mode 0600"
add --chmod 644
add
lines "$file" 3
# The mode is for what is made; what is there belongs to whoever made it.
[ "$(stat -c %a "$file")" = 600 ] || fail "expected mode 0600 still"
only web.ndjson
run -w 10ms -n 3 -f ndjson -o "$file" --append web
want_status 0
lines "$file" 6
# Added to, not replaced: who reads it goes on reading.
inode=$(stat -c %i "$file")
add
[ "$(stat -c %i "$file")" = "$inode" ] || fail "expected the same file"
# Who is not there is a line as well.
run -q -f ndjson -o "$file" --append nobody
want_status 4
want_no_err
lines "$file" 8

# ---- a header that is longer than what is read of a file at first ----

seq 1 2500 | sed 's/.*/int a_rather_long_name_of_the_variable_number_& &/' \
	>"$work/wide"
start wide <"$work/wide"
for table in "$work/files/wide.csv" "$work/files/wide.csv.gz"; do
	for one in 1 2; do
		run -q -f csv -o "$table" --append wide
		want_status 0
		want_no_err
	done
	case $table in
	*.gz) zcat "$table" ;;
	*) cat "$table" ;;
	esac | awk -F, '{ if (NF != 2508) exit 1 } END { if (NR != 3) exit 1 }' ||
		fail "expected a header and two rows of 2508 columns in $table"
done
stop "$pid"
rm -f "$work/files"/wide.*

# ---- several at once ----

rm -f "$file"
writers=
for one in 1 2 3 4 5; do
	"$dump" -w 5ms -n 25 -f ndjson -o "$file" --append web 2>>"$work/writers" &
	writers="$writers $!"
done
# And some that move the file away; what they add alone makes several files.
for one in 6 7 8 9; do
	"$dump" -w 5ms -n 25 -f ndjson -o "$file" --append --keep 500 \
		--rotate 4K web 2>>"$work/writers" &
	writers="$writers $!"
done
for one in $writers; do
	wait "$one" || fail "a writer failed: $(head -n 3 "$work/writers")"
done
cat "$work"/files/* >"$work/all"
lines "$work/all" 225
[ "$(ls "$work/files" | wc -l)" -gt 5 ] || fail "expected several files"
[ -s "$work/writers" ] && fail "expected nothing said: $(head -n 3 "$work/writers")"
rm -f "$work"/files/*

# A lock that is kept is no reason to wait for ever, and nothing is lost.
if have flock; then
	add
	(
		exec 9>>"$file"
		flock 9
		exec sleep 30
	) &
	locker=$!
	pids="$pids $locker"
	sleep 0.3
	run -f ndjson -o "$file" --append --timeout 300ms web
	want_status 1
	want_err 'timed out'
	lines "$file" 1
	kill "$locker" 2>/dev/null
	wait "$locker" 2>/dev/null
	# Moved away while somebody waits: he adds to the new one.
	(
		exec 9>>"$file"
		flock 9
		: >"$work/locked"
		until [ -e "$work/waiting" ]; do sleep 0.05; done
		sleep 0.5
		mv "$file" "$work/moved"
	) &
	until [ -e "$work/locked" ]; do sleep 0.05; done
	: >"$work/waiting"
	add
	wait "$!"
	lines "$file" 1
	lines "$work/moved" 1
	rm -f "$file"
fi

# ---- torn ends ----

# torn TEXT: an end that a crash left; it goes, and a line comes
torn() {
	rm -f "$file"
	add
	cp "$file" "$work/before"
	printf "$1" >>"$file"
	run -f ndjson -o "$file" --append web
	want_status 0
	want_err 'torn'
	lines "$file" 2
	cmp -s -n "$(wc -c <"$work/before")" "$work/before" "$file" ||
		fail "expected the first line as it was"
	printf "$1" >>"$file"
	run -q -f ndjson -o "$file" --append web
	want_no_err
	lines "$file" 3
}
torn '{'
torn '{"tim'
torn '{"time":"2026-01-01T00:00:00.000000000Z","boottime_ns":12'
# What is left when a machine stops.
torn '\000\000\000\000\000\000\000\000'
torn '{"time":"2026\000\000\000\000'
# A file that is nothing but that.
printf '{"time":' >"$file"
add
lines "$file" 1
# Somebody else's text is not ours to remove.
printf 'a note of mine' >"$file"
add
[ "$(head -n 1 "$file")" = "a note of mine" ] || fail "expected the note"
[ "$(wc -l <"$file")" -eq 2 ] || fail "expected a newline behind the note"

# A full disk: the file is as it was.
add
cp "$file" "$work/before"
if [ -w /dev/full ]; then
	run -f ndjson -o /dev/full --append web
	want_status 1
	want_err 'pace'
fi
# A limit on the size of files is a full disk for one process.
while [ "$(wc -c <"$file")" -lt 900 ]; do
	tail -n 1 "$work/before" >>"$file"
done
cp "$file" "$work/before"
(
	ulimit -f 2 2>/dev/null || exit 0
	for one in 1 2; do
		run -f ndjson -o "$file" --append web
		want_status 1
	done
	cmp -s "$file" "$work/before" || fail "expected the file as it was"
)

# ---- csv ----

csv=$work/files/web.csv
rm -f "$file"
run -f csv -o "$csv" --append web
run -f csv -o "$csv" --append web
want_status 0
[ "$(wc -l <"$csv")" -eq 3 ] || fail "expected a header and two rows"
[ "$(grep -c '^time,' "$csv")" -eq 1 ] || fail "expected one header"
printf '2026-01-01T00:00:00.000000000Z,12' >>"$csv"
run -q -f csv -o "$csv" --append web
want_no_err
[ "$(wc -l <"$csv")" -eq 4 ] || fail "expected the torn row gone"
# One of less columns: empty cells.
start less <<'EOF'
counter requests 1
EOF
run -f csv -o "$csv" --append less
want_status 0
tail -n 1 "$csv" | grep -q ',1,$' || fail "expected an empty cell at the end"
stop "$pid"
# One of more: said, or a new file.
start more <<'EOF'
counter requests 1
int depth 5
EOF
more=$pid
run -f csv -o "$csv" --append more
want_status 3
want_err "depth"
[ "$(wc -l <"$csv")" -eq 6 ] || fail "expected the row without it"
run -q -f csv -o "$csv" --append --keep 3 more
want_status 0
want_no_err
only web.csv web.csv.1
head -n 1 "$csv" | grep -q depth || fail "expected a column for depth"
[ "$(wc -l <"$csv.1")" -eq 6 ] || fail "expected the old rows in $csv.1"
run -w 10ms -n 2 -q -f csv -o "$csv" --append --keep 3 more
[ "$(wc -l <"$csv")" -eq 4 ] || fail "expected no further file"
# Another file of that name is left alone.
printf 'a,b\n1,2' >"$csv"
cp "$csv" "$work/before"
run -f csv -o "$csv" --append web
want_status 1
want_err 'no table'
want_no_out
head -c 7 "$csv" | cmp -s -n 7 - "$work/before" || fail "expected $csv as it was"
stop "$more"

# ---- documents ----

json=$work/files/web.json
rm -f "$work"/files/*
run --no-builtins -o "$json" --append web
run --no-builtins -o "$json" --append web
want_status 0
! have jq || [ "$(jq -c .requests "$json" | tr '\n' ' ')" = "10 10 " ] ||
	fail "expected two documents"
printf '{\n"requests": 1' >>"$json"
run -q --no-builtins -o "$json" --append web
want_no_err
! have jq || [ "$(jq -c .requests "$json" | tr '\n' ' ')" = "10 10 10 " ] ||
	fail "expected three documents"
run --get requests -o "$work/files/numbers" --append web
run --get requests -o "$work/files/numbers" --append web
printf '10\n10\n' | cmp -s - "$work/files/numbers" || fail "expected two numbers"

# ---- earlier files ----

rm -f "$work"/files/*
for round in 1 2 3 4 5; do
	run --get requests -o "$work/files/n" --keep 2 web
	want_status 0
	echo "$round" >"$work/files/n"
done
run --get requests -o "$work/files/n" --keep 2 web
only n n.1 n.2
[ "$(cat "$work/files/n.1" "$work/files/n.2" | tr '\n' ' ')" = "5 4 " ] ||
	fail "expected the last ones, the newest first: $(head "$work"/files/*)"
[ "$(stat -c %h "$work/files/n")" -eq 1 ] || fail "expected one name a file"
run --get no-such-thing -o "$work/files/n" --keep 2 web
only n n.1 n.2

# ---- gzip ----

rm -f "$work"/files/*
gz=$work/files/web.ndjson.gz
run -f ndjson -o "$gz" web
if [ "$status" -eq 2 ]; then
	want_err 'without zlib'
	echo "not checked: built without zlib"
	finish
fi
want_status 0
have gzip || finish

# gz_lines N: gzip and, strictly, Python read that many
gz_lines() {
	gzip -dc "$gz" >"$work/plain" 2>"$work/err" || fail "gzip refuses it"
	lines "$work/plain" "$1"
	! have "$python" || "$python" -c 'import gzip, sys
gzip.open(sys.argv[1]).read()' "$gz" 2>"$work/err" || fail "Python refuses it"
}

gz_lines 1
run -f ndjson -o "$gz" --append web
run -f ndjson -o "$gz" --append web
want_status 0
gz_lines 3
# What others compressed is read on, too.
gzip -c "$work/plain" >"$gz"
run -f ndjson -o "$gz" --append web
gz_lines 4
# A torn member hides all that follows: it goes.
run -f ndjson -o "$gz" --append web
size=$(wc -c <"$gz")
for cut in 1 2 7 8 9 20 100; do
	cp "$gz" "$work/whole.gz"
	truncate -s $((size - cut)) "$gz"
	run -q -f ndjson -o "$gz" --append web
	want_status 0
	gz_lines 5
	cp "$work/whole.gz" "$gz"
done
printf '\037\213\010\004\000' >>"$gz"
run -f ndjson -o "$gz" --append web
want_err torn
gz_lines 6
# Of the right length, but zeros in the end.
size=$(wc -c <"$gz")
run -f ndjson -o "$gz" --append web
full=$(wc -c <"$gz")
truncate -s $((full - 30)) "$gz"
truncate -s "$full" "$gz"
run -f ndjson -o "$gz" --append web
want_status 0
gz_lines 7
# What is no gzip file is left alone.
echo "a text" >"$gz"
run -f ndjson -o "$gz" --append web
want_status 1
want_err 'no gzip'
[ "$(cat "$gz")" = "a text" ] || fail "expected the text"
rm -f "$gz"
for one in 1 2 3; do
	run -f csv -o "$work/files/t.csv.gz" --append web
	want_status 0
done
[ "$(gzip -dc "$work/files/t.csv.gz" | wc -l)" -eq 4 ] ||
	fail "expected a header and three rows"
run -f json -o "$work/files/t.json.gz" --keep 2 web
run -f json -o "$work/files/t.json.gz" --keep 2 web
only t.csv.gz t.json.1.gz t.json.gz
run -f ndjson -o "$gz" web
run --diff "$gz" "$gz"
want_status 0
want_json 'd["changes"] == {}'

# ---- wrong usage ----

for wrong in '--append web' '--keep 3 web' '-o - --append web' \
	"-o $file --rotate 1M web" "-o $file --append --rotate 1M web" \
	"-o $file --keep x web" \
	"-o $file --append --keep 2 --rotate 5X web" \
	"-o $file --append -f openmetrics web" "-o $file --append --list"; do
	# shellcheck disable=SC2086
	run $wrong
	want_status 2
	want_no_out
	want_named_err
done
ln -s "$work/elsewhere" "$work/files/link"
run -f ndjson -o "$work/files/link" --append web
want_status 1
want_err 'symbolic link'
[ ! -e "$work/elsewhere" ] || fail "expected nothing made elsewhere"

finish
