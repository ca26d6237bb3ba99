# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# httpd-support.sh - what the tests of expvar-httpd share; they source it
# behind support.sh
#
#   serve OPTION...     start expvar-httpd on a free port of 127.0.0.1, or where
#                       --listen says; sets server and url; what it says on
#                       standard error goes to $work/server-err
#   get PATH [CURL]...  ask for it; sets status to that of HTTP, 000 if there
#                       was no answer, $work/out, and $work/headers without CRs
#   want_header REGEX   one of the headers matches
#   end_server          SIGTERM; sets status to its exit status

httpd=$builddir/tools/expvar-httpd
if [ ! -x "$httpd" ]; then
	echo "skipped: no expvar-httpd (configured without libmicrohttpd)"
	exit 77
fi
have curl || {
	echo "skipped: no curl"
	exit 77
}
mkfifo "$work/url" || exit 99
# What the environment says of proxies is not meant for us.
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY

serve() {
	what="expvar-httpd $*"
	listen="--listen=127.0.0.1:0"
	for one in "$@"; do
		case $one in
		--listen | --listen=*) listen= ;;
		esac
	done
	"$httpd" --unconfined ${listen:+"$listen"} "$@" >"$work/url" \
		2>"$work/server-err" &
	server=$!
	pids="$pids $server"
	url=
	read -r url <"$work/url"
	[ -n "$url" ] || {
		status=none
		: >"$work/out"
		cp "$work/server-err" "$work/err"
		fail "it does not listen"
		finish
	}
}

get() {
	what="GET $1"
	where=${url%/}$1
	socket=
	case $url in
	unix:*) socket=${url#unix:} where=http://localhost$1 ;;
	esac
	shift
	: >"$work/out"
	status=$(curl -q -s -g --max-time 60 -o "$work/out" -D "$work/raw" \
		-w '%{http_code}' ${socket:+--unix-socket "$socket"} "$@" \
		"$where" 2>"$work/err")
	tr -d '\r' <"$work/raw" >"$work/headers"
}

want_header() {
	grep -q -i -e "$1" "$work/headers" || {
		fail "expected a header '$1'"
		sed 's/^/  header: /' "$work/headers"
	}
}

end_server() {
	what="the end of expvar-httpd"
	kill -TERM "$server"
	wait "$server"
	status=$?
}
