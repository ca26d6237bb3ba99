#!/bin/sh
# SPDX-License-Identifier: MIT
#
# coverage.sh - how much of the libraries the suite runs through
#
# T11. Builds with --coverage in $builddir/build-coverage, runs the suite, and
# fails if less than 95 % of the lines of lib/ were run, or a branch of what
# validates a segment was not (coverage-validators.txt). Run it as
# `make coverage`, which says what COVERAGE_TESTS and COVERAGE_KEEP are.

set -u
srcdir=$(cd "$srcdir" && pwd) builddir=$(cd "$builddir" && pwd)
export srcdir builddir
tree=$builddir/build-coverage
wanted=95
failed=0

command -v gcovr >/dev/null || {
	echo "skipped: no gcovr here"
	exit 0
}
# Children that end by _exit() say what they ran if __gcov_dump() is there.
sh "$srcdir/tests/support/other-tree.sh" coverage CC=gcc \
	CFLAGS='-O0 -g --coverage' LDFLAGS='-Wl,-u,__gcov_dump' || exit 99
[ "${COVERAGE_KEEP:-}" = 1 ] || find "$tree" -name '*.gcda' -delete
# Programs only: what counts calls or runs the tools in their sandbox finds the
# counters' own calls in the way, and the libraries are what is asked for.
"${MAKE:-make}" -C "$tree" check TESTS="$COVERAGE_TESTS" \
	EXPVAR_TEST_TIMEOUT=600 CK_TIMEOUT_MULTIPLIER=4 || failed=1
# But what looks at other processes, and libexpvar-malloc, need those of scripts,
# which run them as other users, too. There the counting itself complains, of
# files it may not write, and where nothing should be said; so what these scripts
# find is not asked for here, only what they ran through.
chmod -R a+w "$tree"
for script in test-dump-containers test-dump-why test-run; do
	builddir=$tree timeout 300 sh "$srcdir/tests/cli/$script.sh" \
		>/dev/null 2>&1
done

cd "$tree" || exit 99
find . -name '*conftest*' -delete
# Errors: where children are killed, calls return more or less often than they
# were made; those lines of gcov's are not asked for.
gcovr --gcov-ignore-parse-errors --root "$srcdir" --object-directory . --filter "$srcdir/lib/" \
	--json coverage.json . >gcovr.log 2>&1 || {
	cat gcovr.log
	exit 99
}
python3 "$srcdir/tests/support/coverage.py" coverage.json \
	"$srcdir/tests/support/coverage-validators.txt" "$srcdir" "$wanted" ||
	failed=1
exit $failed
