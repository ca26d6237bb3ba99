#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-httpd-completion.sh - what bash offers behind expvar-httpd
. "$(dirname "$0")/support.sh"
tool=expvar-httpd
[ -x "$builddir/tools/$tool" ] || {
	echo "skipped: no expvar-httpd (configured without libmicrohttpd)"
	exit 77
}
. "$(dirname "$0")/completion-support.sh"

offers expvar-httpd --ref
printf -- '--refresh\n' | want_out
offers expvar-httpd -
for option in -l --listen --allow-host --process -q -V --version; do
	want_line "^$option\$"
done
offers --cmdline f
printf 'first\nfull\n' | want_out
offers --listen 12
printf '127.0.0.1:9654\n' | want_out
# Arguments that could be anything are left to the user.
for previous in --cache --allow-host expvar-httpd; do
	offers $previous x
	want_no_line .
done

finish
