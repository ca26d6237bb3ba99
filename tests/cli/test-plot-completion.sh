#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-plot-completion.sh - what bash offers behind expvar-plot
. "$(dirname "$0")/support.sh"
tool=expvar-plot
. "$(dirname "$0")/completion-support.sh"

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
