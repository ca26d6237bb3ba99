#!/bin/sh
# SPDX-License-Identifier: MIT
#
# campaign.sh ENGINE SECONDS TARGET... - fuzz with an engine, one after the other
#
# ENGINE is libfuzzer, afl, or driver (none: mutation at random, which needs no
# instrumentation and runs several times as many inputs). The first two have a
# build tree of their own, where they keep what they found worth keeping:
#	$builddir/build-fuzz-ENGINE/corpus/TARGET
#	$builddir/build-fuzz-ENGINE/findings/TARGET
# What fails is printed as a recipe. Run it as `make fuzz`, which says how.

set -u
engine=$1 seconds=$2
shift 2
tree=$builddir/build-fuzz-$engine
jobs=$(nproc 2>/dev/null || echo 1)
failed=0

say() {
	printf '%s\n' "$*"
}

build() {
	case $engine in
	libfuzzer)
		sh "$srcdir/tests/support/other-tree.sh" "fuzz-$engine" \
			CC=clang CFLAGS='-O1 -g' --enable-fuzzing \
			--enable-sanitizers=address,undefined ;;
	afl)
		command -v afl-clang-fast >/dev/null || {
			say "no afl-clang-fast here (Debian: afl++)" >&2
			exit 77
		}
		AFL_QUIET=1 sh "$srcdir/tests/support/other-tree.sh" \
			"fuzz-$engine" CC=afl-clang-fast CFLAGS='-O2 -g' \
			--enable-fuzzing ;;
	esac || exit 99
	programs=
	for target in "$@"; do
		programs="$programs tests/fuzz/fuzz-$target"
	done
	# shellcheck disable=SC2086
	AFL_QUIET=1 make -C "$tree" -s -j"$jobs" $programs || exit 99
	[ "$engine" != afl ] ||
		clang -shared -fPIC -O2 -D_GNU_SOURCE= \
			-I"$srcdir/include" -I"$srcdir/lib/common" \
			-I"$srcdir/lib" -I"$srcdir/tests" \
			-o "$tree/mutate-image.so" \
			"$srcdir/tests/fuzz/afl-mutator.c" \
			"$srcdir/tests/fuzz/image.c" \
			"$srcdir/tests/fuzz/image-mutate.c" \
			"$srcdir/tests/fuzz/mutate.c" || exit 99
}

# What an earlier campaign found and does not fail any more.
forget_mended() {
	for file in "$tree/findings/$1"/*; do
		[ -f "$file" ] || continue
		timeout 20 "$tree/tests/fuzz/fuzz-$1" "$file" >/dev/null 2>&1 ||
			continue
		say "# fuzz-$1, $engine: mended: $file"
		rm "$file"
	done
}

# Prints what engines leave behind, with the program that reads recipes.
show_findings() {
	for file in "$tree/findings/$1"/*; do
		[ -f "$file" ] || continue
		failed=1
		say "# fuzz-$1, $engine: $file"
		"$builddir/tests/fuzz/fuzz-$1" -p "$file"
	done
}

run_libfuzzer() {
	"$tree/tests/fuzz/fuzz-$1" -max_len=65536 -timeout=10 -rss_limit_mb=4096 \
		-max_total_time="$seconds" -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$tree/findings/$1/" "$tree/corpus/$1" \
		>"$tree/$1.log" 2>&1 || failed=1
	count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$tree/$1.log")
	say "fuzz-$1: libFuzzer: ${count:-0} executions in $seconds s," \
		"$(ls "$tree/corpus/$1" | wc -l) inputs kept"
}

run_afl() {
	out=$tree/afl/$1
	mutator=
	[ "$1" != reader ] || mutator=$tree/mutate-image.so
	mkdir -p "$tree/afl"
	rm -rf "$out"
	AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
		AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_IGNORE_PROBLEMS=1 \
		AFL_CUSTOM_MUTATOR_LIBRARY=$mutator \
		afl-fuzz -i "$tree/corpus/$1" -o "$out" -V "$seconds" -t 10000 \
		-- "$tree/tests/fuzz/fuzz-$1" >"$tree/$1.log" 2>&1 || failed=1
	stats=$out/default/fuzzer_stats
	find "$out/default/crashes" "$out/default/hangs" -name 'id*' \
		-exec cp {} "$tree/findings/$1/" \; 2>/dev/null
	say "fuzz-$1: AFL++: $(sed -n 's/^execs_done *: *//p' "$stats")" \
		"executions in $seconds s," \
		"$(sed -n 's/^corpus_count *: *//p' "$stats") inputs kept"
}

[ "$engine" = driver ] || build "$@"
for target in "$@"; do
	if [ "$engine" = driver ]; then
		"$builddir/tests/fuzz/fuzz-$target" -s "$seconds" \
			-r "$(date +%s)" || failed=1
		continue
	fi
	mkdir -p "$tree/corpus/$target" "$tree/findings/$target"
	"$builddir/tests/fuzz/fuzz-$target" -c "$tree/corpus/$target" || exit 99
	forget_mended "$target"
	"run_$engine" "$target"
	show_findings "$target"
done
exit $failed
