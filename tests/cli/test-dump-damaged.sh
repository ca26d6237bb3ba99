#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-damaged.sh - files that are no segment, another one's, or damaged
#
#   ROUNDS=N  how many randomly damaged segments (default 150)
#   SEED=N    to repeat them
. "$(dirname "$0")/support.sh"

# unreadable FILE: status 1 and a message that names it; no output, no waiting
unreadable() {
	run "$1"
	want_status 1
	want_no_out
	want_err "${1##*/}"
}

# ---- No segment at all ----

run "$work/no-such-file"
want_status 1 4
want_no_out
want_err no-such-file
: >"$work/empty"
unreadable "$work/empty"
echo "some text" >"$work/text"
unreadable "$work/text"
head -c 100000 /dev/zero >"$work/zeros"
unreadable "$work/zeros"
head -c 100000 /dev/urandom >"$work/random"
unreadable "$work/random"
mkdir "$work/directory"
unreadable "$work/directory"
mkfifo "$work/fifo"
unreadable "$work/fifo"
unreadable /dev/zero
unreadable /dev/null

# ---- A good one, to be damaged ----

start victim <<'EOF'
int first 1
string text abcdefgh
in map add k 2
in map in inner add l 3
record record job 4 0.5
histogram histogram 5 6
counter counter 7
float float 8.5
func func
alias link map
null none
EOF
run --no-builtins --refresh 10s "$pid"
want_status 0
cp "$work/out" "$work/whole"
crash "$pid"
good=$path
bad=$EXPVAR_DIR/bad

# As long as the good one, whose committed part (format.md 3.1) has no holes:
# cp might make some.
size=$(stat -c %s "$good")
committed=$(od -An -tu8 -j 48 -N 8 "$good")

# damage OFFSET BYTES: a copy with other bytes (as printf knows them) there
damage() {
	rm -f "$bad"
	head -c "$((committed))" "$good" >"$bad" || exit 99
	truncate -s "$size" "$bad" || exit 99
	# shellcheck disable=SC2059
	printf "$2" | dd of="$bad" bs=1 seek="$1" conv=notrunc status=none ||
		exit 99
}

damage 0 ''
run --no-builtins "$bad"
want_status 0
want_same_out_as "$work/whole"

# The header: offsets of docs/format.md 3.1.
damage 0 'X'
unreadable "$bad"
damage 8 '\001\002\003\004'
unreadable "$bad"
damage 12 '\002\000' # major 2
unreadable "$bad"
want_err '[Vv]ersion'
damage 14 '\001\000' # minor 1: fine
run --no-builtins "$bad"
want_status 0
want_same_out_as "$work/whole"
damage 20 '\040' # 32 bits
unreadable "$bad"
damage 24 '\001' # an unknown incompatible feature
unreadable "$bad"
damage 32 '\377' # unknown compatible ones: fine
run --no-builtins "$bad"
want_status 0
want_same_out_as "$work/whole"
damage 40 '\000\020' # another size than the file's
unreadable "$bad"
damage 48 '\377\377\377\377\377\377\377\177' # committed beyond the end
unreadable "$bad"
damage 48 '\001\000\000\000\000\000\000\000' # committed within the header
unreadable "$bad"
damage 64 '\377\377\377\377\377\377\377\377' # data_offset
unreadable "$bad"
damage 72 '\001' # line_size
unreadable "$bad"
damage 84 '\377\377\377\377' # block_count
unreadable "$bad"

# Cut off: never a signal.
for short in 100 4096 8192 20000; do
	damage 0 ''
	truncate -s $short "$bad"
	unreadable "$bad"
done
damage 0 ''
truncate -s +4096 "$bad"
unreadable "$bad"
# Other names of a segment.
rm -f "$bad"
ln -s "$good" "$bad"
unreadable "$bad"
rm -f "$bad"

# ---- One value is damaged: null, the others are printed, status 3 ----

# unit_of NAME: offset of the unit with that name (docs/format.md 5)
unit_of() {
	at=$(grep -a -o -b -e "$1" "$good" | sed -n 's/:.*//p' |
		awk '$1 % 128 == 56 { print $1 - 56; exit }')
	[ "$at" ] || exit 99
	echo "$at"
}

# incomplete NAME: after damage, the document is the whole one but for NAME
incomplete() {
	run --no-builtins "$bad"
	want_status 3
	sed "s/^\"$1\": .*[^,]\(,*\)\$/\"$1\": null\1/" "$work/whole" |
		want_out
	rm -f "$bad"
}

damage $(($(unit_of text) + 8)) '\377\377\377\377\001\000\000\000'
incomplete text
damage $(($(unit_of record) + 8)) '\001\000\000\000\001\000\000\000'
incomplete record
damage $(($(unit_of record) + 40)) '\377\377\377\377'
incomplete record
damage $(($(unit_of func) + 8)) '\377\377\377\177\377\377\377\377'
incomplete func
damage $(($(unit_of counter) + 8)) '\377\377\377\377\377\377\377\377'
incomplete counter
damage $(($(unit_of histogram) + 8)) '\000\000\000\000'
incomplete histogram
damage $(($(unit_of float) + 1)) '\143' # type 99
incomplete float
damage $(($(unit_of link) + 8)) '\001\000\000\000\001\000\000\000'
run --no-builtins "$bad"
want_status 0 3
want_json 'd["first"] == 1 and d.get("link") is None'
# --get of what is missing.
damage $(($(unit_of text) + 8)) '\377\377\377\377\001\000\000\000'
run --get text "$bad"
want_status 3
run --get first "$bad"
want_json 'd == 1'

# A map that is its own parent ends nobody up in a circle.
unit=$(unit_of inner)
generation=$(od -An -tu1 -j $((unit + 4)) -N 1 "$good")
damage $((unit + 16)) "$(printf '\\%03o\\%03o\\%03o\\000\\%03o\\000\\000\\000' \
	$((unit / 128 % 256)) $((unit / 32768 % 256)) $((unit / 8388608)) \
	$((generation)))"
run --no-builtins "$bad"
want_status 0 3
want_json 'd["first"] == 1'

# Several targets: a damaged one does not hide the others.
damage 0 'X'
start healthy <<'EOF'
int n 1
EOF
run --no-builtins "$bad" "$pid"
want_status 1
want_json "d == {'healthy.$pid': {'n': 1}}"

# ---- Random damage: valid JSON or nothing, and an honest status ----

have "$python" || finish
"$python" - "$dump" "$good" "$bad" "${ROUNDS:-150}" "${SEED:-$(date +%s)}" <<'EOF' ||
import json, os, random, subprocess, sys

dump, good, bad, rounds, seed = sys.argv[1:]
rng = random.Random(int(seed))
print("seed", seed)
# The sparse file's data; its holes stay holes.
data, at = [], 0
with open(good, "rb") as f:
    size = os.fstat(f.fileno()).st_size
    while at < size:
        try:
            begin = os.lseek(f.fileno(), at, os.SEEK_DATA)
        except OSError:
            break
        at = os.lseek(f.fileno(), begin, os.SEEK_HOLE)
        f.seek(begin)
        data.append((begin, f.read(at - begin)))

used = [b + j for b, t in data for j in range(0, len(t), 8) if any(t[j:j + 8])]

def refuse(text):
    raise ValueError(text)

failures = 0
for i in range(int(rounds)):
    if os.path.exists(bad):
        os.unlink(bad)
    with open(bad, "wb") as f:
        f.truncate(size)
        for begin, text in data:
            f.seek(begin)
            f.write(text)
        # Few or many bytes, mostly where there is something.
        for j in range(rng.choice((1, 1, 3, 10, 100))):
            f.seek(rng.choice(used) + rng.randrange(8))
            f.write(bytes([rng.choice((0, 1, 2, 0x7F, 0x80, 0xFF, rng.randrange(256)))]))
    done = subprocess.run([dump, "--no-builtins", "--meta", bad], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    problem = None
    if done.returncode not in (0, 1, 3):
        problem = "status %d" % done.returncode
    elif done.returncode == 1 and not done.stderr:
        problem = "no message"
    elif done.returncode != 1 and not done.stdout:
        problem = "no document"
    if done.stdout:
        try:
            json.loads(done.stdout.decode("utf-8"), parse_constant=refuse)
        except ValueError as e:
            problem = "no JSON: %s" % e
    if problem:
        failures += 1
        print("FAILED: round %d: %s: %r" % (i, problem, done.stderr[:200]))
sys.exit(1 if failures else 0)
EOF
	failures=$((failures + 1))

finish
