#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dialects.sh - the headers' assembler code does the same in each dialect,
# model of code and position that hosts are compiled with

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$PWD}
library=$builddir/lib/.libs
if grep -q -e '--enable-sanitizers=' "$builddir/config.status"; then
	echo "skipped: under sanitizers there is no assembler code"
	exit 77
fi

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
export EXPVAR_DIR="$work" LD_LIBRARY_PATH="$library"
failed=0 compiled=0

cat >"$work/host.c" <<'C'
#include <expvar/expvar.h>
#include <stdio.h>

int main(void)
{
	struct expvar_counter *counter = expvar_counter_new("counter");
	struct expvar_histogram *histogram = expvar_histogram_new("histogram");
	char json[4096];
	uint64_t i;

	for (i = 0; i < 1000; i++) {
		expvar_counter_inc(counter);
		expvar_counter_add(counter, i);
		expvar_histogram_record(histogram, i << 20);
		expvar_histogram_record_n(histogram, UINT64_MAX, 2);
	}
	printf("%llu ", (unsigned long long)expvar_counter_get(counter));
	if (expvar_json(expvar_var_of(histogram), json, sizeof(json)) <
	    sizeof(json))
		puts(json);
	return 0;
}
C

# check COMPILER OPTION...: what the program says is what it said first
check() {
	command -v "$1" >/dev/null 2>&1 || return 0
	# A compiler may lack an option, but then for any program.
	echo 'int main(void) { return 0; }' >"$work/any.c"
	"$@" -o "$work/any" "$work/any.c" 2>/dev/null || {
		echo "passed over: $*"
		return 0
	}
	compiled=$((compiled + 1))
	"$@" -Werror -Wall -I"$srcdir/include" -o "$work/host" \
		"$work/host.c" -L"$library" -lexpvar &&
		"$work/host" >"$work/out" || {
		echo "failed: $*"
		failed=1
		return
	}
	[ -e "$work/expected" ] || cp "$work/out" "$work/expected"
	cmp -s "$work/out" "$work/expected" || {
		echo "failed: $*:"
		cat "$work/expected" "$work/out"
		failed=1
		return
	}
	echo "ok: $*"
}

for compiler in gcc clang; do
	check $compiler -O0
	check $compiler -O2
	check $compiler -O2 -masm=intel
	check $compiler -O0 -masm=intel
	check $compiler -O2 -masm=intel -fPIC -pie
	check $compiler -O2 -fno-pie -no-pie
	check $compiler -O2 -mcmodel=medium
	check $compiler -O2 -mcmodel=large
	check $compiler -O3 -flto
done
[ "$compiled" -gt 0 ] || {
	echo "skipped: neither gcc nor clang"
	exit 77
}
exit $failed
