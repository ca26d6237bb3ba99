#!/bin/sh
# SPDX-License-Identifier: MIT
#
# matrix.sh - build with gcc and clang at -O0 to -O3 and with link-time
# optimisation, warnings as errors, and run a short part of the suite each
#
# T12. Trees $builddir/build-matrix-*; MATRIX names some of the cells, such as
# "gcc-O3 clang-lto"; by default all. Run it as `make check-matrix`.

set -u
cells=${MATRIX:-gcc-O0 gcc-O1 gcc-O2 gcc-O3 gcc-lto clang-O0 clang-O1 clang-O2 clang-O3 clang-lto}
jobs=$(nproc 2>/dev/null || echo 1)
# What leans on orderings, on the layout, on inlining, on exported symbols.
programs="tests/unit/test-word tests/unit/test-text-float
	tests/unit/test-rotor tests/unit/test-cells
	tests/unit/test-reader-values tests/unit/test-reader-tree
	tests/unit/test-fork tests/stress/stress-publish tests/fuzz/fuzz-reader
	tests/fuzz/fuzz-api tests/fuzz/fuzz-json"
scripts="tests/cli/test-dump-document.sh tests/build/test-exports.sh"
drivers="tests/support/publish tests/conformance/document-driver"
failed=0 passed=0 skipped=0

# configure_cell NAME: what configure is told
configure_cell() {
	compiler=${1%-*}
	set -- "matrix-$1" "${1##*-}"
	case $compiler-$2 in
	gcc-lto)
		set -- "$1" CFLAGS='-O2 -g -flto=auto' AR=gcc-ar NM=gcc-nm \
			RANLIB=gcc-ranlib ;;
	clang-lto)
		set -- "$1" CFLAGS='-O2 -g -flto=thin' AR=llvm-ar NM=llvm-nm \
			RANLIB=llvm-ranlib LDFLAGS=-fuse-ld=lld ;;
	*)	set -- "$1" CFLAGS="-$2 -g" ;;
	esac
	sh "$srcdir/tests/support/other-tree.sh" "$@" CC="$compiler" \
		--enable-werror
}

# run_cell NAME: 0, or 77 if its tools are not there
run_cell() {
	tree=$builddir/build-matrix-$1
	command -v "${1%-*}" >/dev/null || return 77
	[ "$1" != clang-lto ] || command -v ld.lld >/dev/null || return 77
	configure_cell "$1" >"$tree.log" 2>&1 || return 1
	make -C "$tree" -j"$jobs" >>"$tree.log" 2>&1 || return 1
	# Only those programs are built; all of the libraries and tools are.
	# shellcheck disable=SC2086
	make -C "$tree" -j"$jobs" check TESTS="$(echo $programs $scripts)" \
		check_PROGRAMS="$(echo $programs $drivers)" EXPVAR_TEST_SECONDS=1 CK_TIMEOUT_MULTIPLIER=4 \
		>>"$tree.log" 2>&1
}

for cell in $cells; do
	start=$(date +%s)
	run_cell "$cell"
	case $? in
	0)	passed=$((passed + 1)) result=ok ;;
	77)	skipped=$((skipped + 1)) result="skipped: not installed" ;;
	*)	failed=$((failed + 1)) result="FAILED: $builddir/build-matrix-$cell.log"
		grep -E 'error:|^(FAIL|ERROR):|undefined' \
			"$builddir/build-matrix-$cell.log" | head -n 20 ;;
	esac
	echo "$cell: $result, $(($(date +%s) - start)) s"
done
echo "$passed builds passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
