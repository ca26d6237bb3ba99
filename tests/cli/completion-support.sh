# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# completion-support.sh - what the tests of completion share; they source it
# behind support.sh, with the tool's name in $tool
#
#   offers PREVIOUS CURRENT   what is offered goes to $work/out, a line each

have bash || {
	echo "skipped: no bash"
	exit 77
}
completion=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tools/completion/$tool

offers() {
	what="completion of '$2' behind '$1'"
	status=0
	bash --norc -c '. "$1" && "_$5" "$2" "$4" "$3" &&
		printf "%s\n" "${COMPREPLY[@]}"' bash "$completion" \
		"$builddir/tools/$tool" "$1" "$2" \
		"$(echo "$tool" | tr - _)" >"$work/out" 2>"$work/err" || status=$?
	want_no_err
}
