#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-format-page-alone.sh - a reader written from docs/format.md alone reads
#
# format-reader.py shares nothing with the libraries but that page. Documents,
# identity, liveness and metadata must be those that expvar-dump finds: of every
# type, of random documents, after a crash, and while a writer does not rest.
#
#   SIZE=N   about how many random variables (default 2000)
#   SEED=N   to repeat a run; the seed in use is printed

# shellcheck source=tests/cli/support.sh
. "${srcdir:-.}/tests/cli/support.sh"
have "$python" || {
	echo "skipped: no python3 command"
	exit 77
}
here=$srcdir/tests/conformance
driver=$builddir/tests/conformance/document-driver
seed=${SEED:-$(date +%s)}

# read_alone ARGUMENT...: what the other reader finds, into $work/alone
read_alone() {
	what="format-reader.py $*"
	timeout 100 "$python" "$here/format-reader.py" "$@" >"$work/alone" \
		2>"$work/err"
	status=$?
}

# want_same: both readers print the same document of the segment at rest
want_same() {
	read_alone "$1"
	run --no-builtins --refresh 0 -q "$1"
	want_status "$2"
	want_same_out_as "$work/alone"
	read_alone "$1"
	want_status "$2"
}

# want_fact EXPRESSION: true of the facts f and of the meta-data e
want_fact() {
	"$python" -c "import json, sys
f = json.load(open(sys.argv[1])); e = json.load(open(sys.argv[2]))['expvar']
sys.exit(not ($1))" "$work/alone" "$work/out" || fail "not true: $1"
}

# --- every type
long=$(printf '%0100d' 7)
start one-of-each <<COMMANDS
int a -5
int $long 9223372036854775807
int \\e 0
float half 0.5
float large 1e21
float small -1e-7
float nan nan
float zero -0.0
string s <b> \\xff\\xfe "quoted" \\x01\\x7f
string empty
string longer $long$long$long$long$long$long$long$long$long$long
counter c 18446744073709551615
histogram h 1 2 3 100 100000 63 64 65
histogram h-giants 18446744073709551615 9223372036854775807
histogram h-empty
record r job 18446744073709551615 1.5
record r2 a-job-with-a-long-name 0 1e-9
map m
in m int x 3
in m map n
in m add k\\xc3\\xa9 2
in m histogram h 7
null nothing
func runs
fail fails
alias again m
alias again-c c
alias again-runs runs
remove half
describe a 1 bytes label Some help.
describe m 0 ns peer
COMMANDS
want_same "$path" 0
read_alone --refresh "$path"
want_status 0
grep -q '^"runs": {"runs":1}' "$work/alone" || fail "the Func did not run"
want_same "$path" 0
read_alone --facts "$path"
run --meta --refresh 0 "$path"
want_fact "f['state'] == 'alive' == e['writer']['state']"
want_fact "f['app'] == 'one-of-each' and f['pid'] == e['pid'] == $pid"
want_fact "f['incarnation'] == e['incarnation']"
want_fact "f['library'] == e['writer']['library']"
want_fact "f['variables'] == e['segment']['variables']"
want_fact "f['committed'] == e['segment']['committed_bytes']"
want_fact "f['cmdline'][0] == '$publisher'"
want_fact "[f['descriptions'][n]['unit'] for n in 'am'] == ['bytes', 'ns']"
want_fact "f['descriptions']['again'] == f['descriptions']['m']"
want_fact "f['descriptions']['a']['help'] == 'Some help.' and
    f['descriptions']['a']['label'] == 'label' and
    f['descriptions']['a']['kind'] == 1"

# --- after a crash; in an event loop; kept at an orderly end
crash "$pid"
want_same "$path" 0
read_alone --facts "$path"
run --meta --refresh 0 "$path"
want_fact "f['state'] == 'dead' == e['writer']['state']"
start kept <<COMMANDS
init keep-file
int i 1
COMMANDS
stop "$pid"
want_same "$path" 0
read_alone --facts "$path"
grep -q '"state": "dead"' "$work/alone" || fail "kept, and not dead"

# --- a writer that does not rest; where loads are not reordered, see there
if [ "$(uname -m)" = x86_64 ]; then
	start busy <<-COMMANDS
	busy b
	COMMANDS
	for _ in 1 2 3 4 5 6 7 8; do
		read_alone "$path"
		want_status 0 3
		cp "$work/alone" "$work/out"
		want_json "all(v is None or set(v) <= {v[:1]} if k == 'text'
		    else v in (0, len(k)) for k, v in (d['b'] or {}).items())"
	done
	stop "$pid"
fi

# --- what is no segment
head -c 20000 /dev/zero >"$work/zeros"
read_alone "$work/zeros"
want_status 1
head -c 8192 "$dump" >"$work/short"
read_alone "$work/short"
want_status 1

# --- a random document
echo "seed $seed"
"$python" "$here/make-description.py" "${SIZE:-2000}" "$seed" \
	>"$work/description" || exit 99
mkfifo "$work/hold" || exit 99
EXPVAR_APP=random "$driver" "$work/description" "$work/json" <"$work/hold" \
	>"$work/said" &
pid=$!
pids="$pids $pid"
exec 3>"$work/hold"
read -r said <"$work/said"
[ "$said" = ready ] || exit 99
path=$(echo "$EXPVAR_DIR"/expvar.random.*)
read_alone --refresh "$path"
want_status 0
cp "$work/json" "$work/out"
want_same_out_as "$work/alone"
[ "$(wc -l <"$work/json")" -gt 200 ] || exit 99
exec 3>&-
wait "$pid" || exit 99
forget "$pid"
finish
