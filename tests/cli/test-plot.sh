#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-plot.sh - what expvar-plot draws, as the script that gnuplot gets
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/plot-support.sh"

# want_block NAME: has exactly the lines on standard input
want_block() {
	block "$1" >"$work/block"
	cmp -s - "$work/block" || {
		fail "expected another block $1:"
		head -n 20 "$work/block"
	}
}

# seconds MINUTE: since 1970, as the script has them
seconds() {
	echo "$((1793491200 + $1 * 60)).000000"
}

# pairs TIME VALUE...: seconds of the minute and the value
pairs() {
	while [ $# -gt 0 ]; do
		echo "$(seconds "$1") $2"
		shift 2
	done
}

# ---- what snapshots are ----

cd "$work" || exit 99
lines web 1 a 0 4 '{"n": %i, "text": "7", "list": [1], "map": {"k": 1%i}}' >a
plot -f gnuplot a
want_status 0
want_no_err
pairs 0 10 1 11 2 12 3 13 | want_block line0
want_line "^set label 1 'map.k'"
want_line "^set label 1 'n'"
want_no_line "'text'"
want_no_line list
want_line "title 'web.1'"

# The same by the other format, in a pipe, compressed, and with a torn end.
cat >table.csv <<'EOT'
time,boottime_ns,boot_id,app,pid,instance,incarnation,state,map.k,n [bytes],"text"
2026-11-01T00:00:00.000000000Z,1000000000000,b,web,1,,a,alive,10,0,7x
2026-11-01T00:01:00.000000000Z,1060000000000,b,web,1,,a,alive,11,1,"a,b"
2026-11-01T00:02:00.000000000Z,1120000000000,b,web,1,,a,alive,12,2,
2026-11-01T00:03:00.000000000Z,1180000000000,b,web,1,,a,alive,13,3,
EOT
plot -f gnuplot -s map table.csv
want_status 0
pairs 0 10 1 11 2 12 3 13 | want_block line0
plot -f gnuplot -s n table.csv
want_line "^set ylabel 'bytes'"
what="standard input"
"$plot" -f gnuplot -s n - <a >"$work/out" 2>"$work/err"
status=$?
want_status 0
pairs 0 0 1 1 2 2 3 3 | want_block line0
if have gzip && "$plot" -f gnuplot /dev/null 2>&1 | grep -q . &&
	! grep -q 'zlib *no' "$builddir/config.log"
then
	head -n 2 a | gzip >a.gz
	tail -n 2 a | gzip >>a.gz
	plot -f gnuplot -s n a.gz
	want_status 0
	pairs 0 0 1 1 2 2 3 3 | want_block line0
	head -c $(($(wc -c <a.gz) - 20)) a.gz >torn.gz
	plot -f gnuplot -s n torn.gz
	want_status 3
	want_plot_err "torn.gz: is torn"
fi
head -c $(($(wc -c <a) - 20)) a >torn
plot -f gnuplot -s n torn
want_status 3
want_plot_err '^expvar-plot: torn: 1 of its lines are no snapshots$'
pairs 0 0 1 1 2 2 | want_block line0

# Files in any order, also such as overlap.
sed -n '1p;3p' a >b
sed -n '2p;4p' a >c
plot -f gnuplot -s n c b
want_status 0
pairs 0 0 1 1 2 2 3 3 | want_block line0

# ---- rates, on the clock that is not set ----

plot -f gnuplot -r map a
want_status 0
pairs 1 0.0166666667 2 0.0166666667 3 0.0166666667 | want_block line0
want_line "^set ylabel 'per second'"
sed 's/00:02:00/07:02:00/;s/00:03:00/07:03:00/' a >moved
plot -f gnuplot -r map moved
pairs 1 0.0166666667 422 0.0166666667 423 0.0166666667 >"$work/wanted"
block line0 | grep -v '^$' | cmp -s - "$work/wanted" ||
	fail "expected rates that do not follow the wall clock"
# Beyond 2^53, too.
lines web 1 a 0 3 '{"n": 900719925474099%i}' >large
plot -f gnuplot -r n large
pairs 1 0.0166666667 2 0.0166666667 | want_block line0

# ---- gaps and restarts ----

{
	lines web 1 a 0 4 '{"n": %i}'
	lines web 2 b 4 4 '{"n": %i}'
	lines web 2 b 20 4 '{"n": %i}'
} >lives
plot -f gnuplot lives
want_status 0
{
	pairs 0 0 1 1 2 2 3 3
	echo
	pairs 4 4 5 5 6 6 7 7
	echo
	pairs 20 20 21 21 22 22 23 23
} | want_block line0
want_line "^set arrow 1 from \"$(seconds 4 | cut -c 1-14)\",graph 0"
want_no_line '^set arrow 2'
want_line "title 'web, 2 lives'"
want_line "title 'restart'"
plot -f gnuplot -r n lives
{
	pairs 1 0.0166666667 2 0.0166666667 3 0.0166666667
	echo
	pairs 5 0.0166666667 6 0.0166666667 7 0.0166666667
	echo
	pairs 21 0.0166666667 22 0.0166666667 23 0.0166666667
} | want_block line0
# What was not there breaks the line, however short that was; and so does a
# variable that was not there, a value that is null, and what is dead.
{
	lines web 1 a 0 2 '{"n": %i, "m": 1%i}'
	echo '{"time":"2026-11-01T00:01:30Z","boottime_ns":1,"boot_id":"b","app":"web","state":"not running"}'
	lines web 1 a 2 1 '{"n": %i}'
	lines web 1 a 3 1 '{"n": %i, "m": null}'
	lines web 1 a 4 2 '{"n": %i, "m": 1%i}'
	lines web 1 a 6 9 '{"n": 5, "m": 15}' | sed 's/"alive"/"dead"/'
} >holes
plot -f gnuplot -s n holes
{
	pairs 0 0 1 1
	echo
	pairs 2 2 3 3 4 4 5 5
} | want_block line0
plot -f gnuplot -s m holes
{
	pairs 0 10 1 11
	echo
	pairs 4 14 5 15
} | want_block line0

# Who lives at the same time has a line of its own.
{
	lines web 1 a 0 8 '{"n": 1%i}'
	lines web 2 b 2 2 '{"n": 2%i}'
	lines web 3 c 5 3 '{"n": 3%i}'
	lines mailer 4 d 0 8 '{"n": 4%i}'
} >several
plot -f gnuplot several
want_line "title 'web.1'"
want_line "title 'web.3'"
want_line "title 'mailer.4'"
[ "$(block line1 | grep -c .)" -eq 5 ] || fail "expected 5 values of web.3"
plot -f gnuplot -t mailer several
want_no_line "title 'web"
plot -f gnuplot -t 3 several
want_line "title 'web.3'"
[ "$(grep -c '^\$line' "$work/out")" -eq 1 ] || fail "expected one line"
plot -f gnuplot --from 2026-11-01T00:06 --to 2026-11-01T00:07 -t 1 several
pairs 6 16 7 17 | want_block line0

# ---- histograms and units ----

lines web 1 a 0 3 '{"h": {"count":%i,"sum":1,"min":1,"max":9,"mean":4,"p50":1%i,"p90":2%i,"p99":3%i,"p999":4%i,"p9999":5}, "expvar": {"x": 1, "descriptions": {"h": {"unit": "ns"}, "c": {"kind": "counter", "unit": "s"}}}, "c": %i}' >histogram
plot -f gnuplot histogram
want_status 0
[ "$(grep -c '^set label 1' "$work/out")" -eq 2 ] || fail "expected 2 charts"
{
	echo "$(seconds 0) 10 20"
	echo "$(seconds 1) 11 21"
	echo "$(seconds 2) 12 22"
} >"$work/wanted"
block band1_1 >"$work/block"
[ -s "$work/block" ] || block band0_1 >"$work/block"
cmp -s "$work/wanted" "$work/block" || fail "expected a band from p50 to p90"
want_line "title 'to p999'"
want_line "^set ylabel 'ns'"
want_line "^set ylabel 'ms per second'"
plot -f gnuplot -r h histogram
[ "$(grep -c '^set label 1' "$work/out")" -eq 1 ] || fail "expected the count"
want_line "^set label 1 'h.count'"

# ---- choosing charts ----

lines web 1 a 0 9 '{"a": %i, "b": {"x": %i, "y": %i, "z": 1}}' >charts
plot -f gnuplot charts
[ "$(grep -c '^set label 1' "$work/out")" -eq 3 ] ||
	fail "expected no chart of what does not change"
plot -f gnuplot -s 'b' -x '**.y' charts
[ "$(grep -c '^set label 1' "$work/out")" -eq 2 ] || fail "expected 2 charts"
want_no_line b.y
plot -f gnuplot -x b charts
[ "$(grep -c '^set label 1' "$work/out")" -eq 1 ] || fail "expected 1 chart"
plot -f gnuplot --charts 2 charts
want_plot_err '^expvar-plot: 1 charts more are left out'
plot -q -f gnuplot --charts 2 charts
want_no_err
plot -f gnuplot --together -s b charts
[ "$(grep -c '^set label 1' "$work/out")" -eq 1 ] || fail "expected 1 chart"
want_line "title 'web.1 b.y'"
plot -f gnuplot --log --size 800x200 --title 'Night & day' charts
want_line '^set logscale y'
want_line 'size 800,'
want_line "title 'Night & day'"

# ---- messages ----

plot
want_status 2
want_plot_err 'a FILE is missing (see expvar-plot --help)$'
usage() {
	pattern=$1
	shift
	plot "$@" a
	want_status 2
	want_plot_err "$pattern"
	want_no_out
}
usage "--format: 'jpeg' is not known; known are png, svg, html and gnuplot" -f jpeg
usage '--html does not go with --format png' --html -f png
usage "--size: '10x10' is no size" --size 10x10
usage "--size: '100x100x' is no size" --size 100x100x
usage "--from: 'noon' is no time" --from noon
usage '--to is not after --from' --from 2026-11-25 --to 2026-11-24
usage '--charts: at most 1000' --charts 1001
usage "--select: 'a.': ends in" -s 'a\'
usage "unknown" --nonsense
plot -f gnuplot none
want_status 1
want_plot_err '^expvar-plot: none: No such file or directory$'
plot -f gnuplot none a
want_status 1
want_line "title 'web.1'"
plot -f gnuplot .
want_status 1
plot -f gnuplot -s nothing a
want_status 4
want_plot_err '^expvar-plot: nothing to draw: no number matches$'
want_no_out
plot -f gnuplot -t nobody a
want_status 4
want_plot_err 'no snapshot matches$'
: >empty
plot -f gnuplot empty
want_status 4
want_plot_err 'there are no snapshots$'
plot --help
want_status 0
want_line '^Usage: expvar-plot'
plot --version
want_status 0
plot -f gnuplot -o out.gp --chmod 640 a
want_status 0
want_no_out
[ "$(stat -c %a out.gp)" = 640 ] || fail "expected mode 640"

# gnuplot that is not there, or fails. (What is built may be a script that needs
# the rest of PATH.)
mkdir bin
printf '#!/bin/sh\nexit 127\n' >bin/gnuplot
chmod 755 bin/gnuplot
PATH=$work/bin:$PATH
plot a
want_status 1
want_plot_err 'gnuplot cannot be run: is it installed?'
want_no_out
printf '#!/bin/sh\necho "line 3: it rains" >&2\nexit 1\n' >bin/gnuplot
plot a
want_status 1
want_plot_err '^expvar-plot: gnuplot failed: line 3: it rains$'

finish
