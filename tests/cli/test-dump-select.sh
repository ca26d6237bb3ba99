#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-dump-select.sh - --select, --exclude and --get
. "$(dirname "$0")/support.sh"

start web <<'EOF'
int n 1
string name Mike "<M>"
float x 2.5
in http add get 3
in http add post 4
in http in codes add 200 5
in http in codes add 404 6
in https add get 7
int a.b 8
in a add b 9
in a add c.d 10
null nothing
EOF

# wanted ARGUMENT... = EXPECTED: the document, without its line ends
wanted() {
	expected=
	for argument in "$@"; do
		shift
		if [ "$argument" = = ]; then
			expected=$1
			shift
			break
		fi
		set -- "$@" "$argument"
	done
	run --no-builtins "$@" web
	want_status 0
	got=$(tr -d '\n' <"$work/out")
	[ "$got" = "$expected" ] || fail "expected $expected"
}

wanted -s n = '{"n": 1}'
wanted --select n --select x = '{"n": 1,"x": 2.5}'
wanted --select=n = '{"n": 1}'
# A star stops at a dot, two do not; a matched map comes whole.
wanted -s 'http.*' = \
	'{"http": {"codes": {"200": 5, "404": 6}, "get": 3, "post": 4}}'
wanted -s http = \
	'{"http": {"codes": {"200": 5, "404": 6}, "get": 3, "post": 4}}'
wanted -s 'http.codes.*' = '{"http": {"codes": {"200": 5, "404": 6}}}'
wanted -s http.codes.404 = '{"http": {"codes": {"404": 6}}}'
wanted -s '*.get' = '{"http": {"get": 3},"https": {"get": 7}}'
wanted -s '**.404' = '{"http": {"codes": {"404": 6}}}'
wanted -s 'http**' = '{"http": {"codes": {"200": 5, "404": 6}, "get": 3, "post": 4},"https": {"get": 7}}'
wanted -s '*.20?' -s n = '{"n": 1}'
wanted -s '*.*.20?' = '{"http": {"codes": {"200": 5}}}'
wanted -s 'n*' = '{"n": 1,"name": "Mike \"\u003cM\u003e\"","nothing": null}'
# A dot in a name is written \. - else it is the one between map and key.
wanted -s 'a\.b' = '{"a.b": 8}'
wanted -s a.b = '{"a": {"b": 9}}'
wanted -s 'a.c\.d' = '{"a": {"c.d": 10}}'
# Exclusion wins over selection.
wanted -s 'http.*' -x http.codes = '{"http": {"get": 3, "post": 4}}'
wanted -s http -x '*.get' --exclude '**.404' = \
	'{"http": {"codes": {"200": 5}, "post": 4}}'
wanted -x 'http*' -x 'a*' -x 'n*' = '{"x": 2.5}'
wanted -s http --exclude=http.codes.200 = \
	'{"http": {"codes": {"404": 6}, "get": 3, "post": 4}}'

# Nothing is selected.
run --no-builtins -s no-such-variable web
want_status 4
want_json_or_nothing
run --no-builtins -s http -x '**' web
want_status 4
want_json_or_nothing

# Built-ins are selected like others.
run -s n web
want_status 0
want_json 'd == {"n": 1}'
run -s cmdline web
want_status 0
want_json 'list(d) == ["cmdline"]'
run -x memstats -x cmdline -s n -s x web
want_status 0
want_json 'd == {"n": 1, "x": 2.5}'

# ---- One raw value ----

# got PATH EXPECTED
got() {
	run --get "$1" web
	want_status 0
	printf '%s\n' "$2" | want_out
	want_no_err
}

got n 1
got x 2.5
got name 'Mike "<M>"'
got http.get 3
got http.codes.404 6
got http.codes '{"200": 5, "404": 6}'
got 'a\.b' 8
got a.b 9
got 'a.c\.d' 10
got nothing null
run --get=n web
want_status 0
echo 1 | want_out
for missing in m http.put http.get.deeper a.c.d; do
	run --get "$missing" web
	want_status 4
	want_no_out
	want_named_err
done
# Nobody has the empty name here; that it can be asked for is not promised.
run --get '' web
want_status 2 4
want_no_out

finish
