#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-plot-completion.sh - what bash offers behind expvar-plot
. "$(dirname "$0")/support.sh"
. "$(dirname "$0")/plot-support.sh"

have bash || {
	echo "skipped: no bash"
	exit 77
}
script=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tools/completion/expvar-plot

# offers PREVIOUS CURRENT: what is offered goes to $work/out, a line each
offers() {
	what="completion of '$2' behind '$1'"
	status=0
	bash --norc -c '. "$1" && _expvar_plot "$2" "$4" "$3" &&
		printf "%s\n" "${COMPREPLY[@]}"' bash "$script" "$plot" "$1" \
		"$2" >"$work/out" 2>"$work/err" || status=$?
	want_no_err
}

offers expvar-plot --ht
printf -- '--html\n' | want_out
offers expvar-plot -
for option in -s --select -r --rate -o --output --together --version; do
	want_line "^$option\$"
done
offers --format s
printf 'svg\n' | want_out
: >"$work/all.ndjson"
for previous in expvar-plot --html -q -o --output; do
	offers $previous "$work/al"
	printf '%s\n' "$work/all.ndjson" | want_out
done
# Arguments that could be anything are left to the user.
for previous in -s --rate --size --title --from --charts; do
	offers $previous "$work/al"
	want_no_line .
done

finish
