#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-run-usage.sh - expvar-run: options, what it refuses, what it says (W25 in docs/reliability.md)
. "$(dirname "$0")/support.sh"

run_program=$builddir/tools/expvar-run
allocate=$builddir/tests/support/allocate
try() {
	what="expvar-run $*"
	timeout 60 "$run_program" "$@" >"$work/out" 2>"$work/err"
	status=$?
}
want_err() {
	grep -q -e "^expvar-run: .*$1" "$work/err" ||
		fail "expected '$1' on stderr"
	want_no_out
}

for help in -h --help; do
	try $help
	want_status 0
	want_no_err
	for option in app children directory keep library help version; do
		want_line "--$option"
	done
	want_line '^Examples'
	want_line '--get libexpvar-malloc\.sizes sort'
	want_line '^Exit status'
done
for version in -V --version; do
	try $version
	want_status 0
	want_line '^expvar-run '
done
try --help >/dev/full
try
want_status 125
want_err 'no PROGRAM'
try --
want_status 125
try --children=yes true
want_status 125
want_err 'takes no argument'
try --chidren true
want_status 125
want_err 'did you mean --children'
try -a
want_status 125
want_err 'needs an argument'
try --library "$work" true
want_status 125
try --library nothing true
want_status 125
want_err 'is no path'
try --library "$work/nothing.so" true
want_status 125
want_err 'No such file'
mkdir "$work/a b"
: >"$work/a b/l.so"
try --library "$work/a b/l.so" true
want_status 125
want_err 'blanks or colons'
: >"$work/l.so"
try --library "$work/l.so" true
want_status 125
want_err 'l.so'

try nothing-that-exists
want_status 127
want_err 'nothing-that-exists: No such file'
try ''
want_status 127
try "$work/nothing"
want_status 127
printf 'x' >"$work/closed"
chmod 600 "$work/closed"
try "$work/closed"
want_status 126
want_err 'Permission denied'
try "$work"
want_status 126
# In PATH, behind one that cannot be run.
mkdir "$work/first" "$work/second"
printf 'x' >"$work/first/program"
cp "$allocate" "$work/second/program"
what="PATH"
PATH=$work/first:$work/second:$PATH "$run_program" program exit 5
status=$?
grep -q -e '--enable-sanitizers=' "$builddir/config.status" || want_status 5
PATH=$work/first "$run_program" program 2>"$work/err"
status=$?
want_status 126

# ---- what bash offers ----

completion=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tools/completion/expvar-run
# offers WORD...: for the last one
offers() {
	what="completion of expvar-run $*"
	status=0
	# shellcheck disable=SC2016
	bash --norc -c '
		script=$1 tool=$2
		shift 2
		. "$script"
		COMP_WORDS=("$tool" "$@") COMP_CWORD=$#
		_expvar_run "$tool" "${*: -1}" "${COMP_WORDS[$# - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$completion" "$run_program" \
		"$@" >"$work/out" 2>"$work/err"
}
if have bash; then
	offers --ch
	printf -- '--children\n' | want_out
	offers -
	for option in -a --app --keep -V; do
		want_line "^$option\$"
	done
	offers ech
	want_line '^echo$'
	offers --keep -- ech
	want_line '^echo$'
	: >"$work/data"
	offers -a name cat "$work/dat"
	want_line "^$work/data\$"
	offers --app ''
	want_no_line .
fi

# ---- programs that cannot be counted ----

# patch FILE OFFSET BYTES: a copy of our program that looks like another
patched() {
	cp "$allocate" "$work/$1"
	printf '%b' "$3" |
		dd of="$work/$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
	try "$work/$1" exit 0
	want_status 125
}
patched 32-bit 4 '\001'
want_err 'another kind of processor, or a 32-bit one'
patched foreign 18 '\363\000'
want_err 'another kind of processor'
sed 's|/lib64/ld-linux-x86-64.so.2|/lib64/ld-other-x86-64.so.9|' "$allocate" \
	>"$work/other-libc"
chmod +x "$work/other-libc"
if ! cmp -s "$allocate" "$work/other-libc"; then
	try "$work/other-libc"
	want_status 125
	want_err 'another C library'
fi
echo 'int main(void) { return 0; }' >"$work/static.c"
if ${CC:-cc} -static -o "$work/static" "$work/static.c" 2>/dev/null; then
	try "$work/static"
	want_status 125
	want_err 'a static program'
	printf '#!%s\n' "$work/static" >"$work/script"
	chmod +x "$work/script"
	try "$work/script"
	want_status 125
	want_err 'static: is a static program'
fi
if gcc -fsanitize=address -o "$work/asan" "$work/static.c" 2>/dev/null; then
	try "$work/asan"
	want_status 125
	want_err 'AddressSanitizer'
fi
if [ "$(id -u)" = 0 ]; then
	cp "$allocate" "$work/setuid"
	chown 12345 "$work/setuid"
	chmod 4755 "$work/setuid"
	try "$work/setuid" exit 0
	case $(findmnt -n -o OPTIONS -T "$work" 2>/dev/null) in
	*nosuid*) ;;
	*)	want_status 125
		want_err 'a setuid or setgid program' ;;
	esac
	chown 0:12345 "$work/setuid"
	chmod 2755 "$work/setuid"
	try "$work/setuid" exit 0
	case $(findmnt -n -o OPTIONS -T "$work" 2>/dev/null) in
	*nosuid*) ;;
	*)	want_status 125 ;;
	esac
fi
# CAP_NET_RAW; to root it adds nothing, so somebody else runs it.
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
make_capable() {
	cp "$allocate" "$1" && chmod 755 "$work" "$1" &&
		"$python" -c 'import os, sys
os.setxattr(sys.argv[1], "security.capability",
            bytes([1, 0, 0, 2, 0, 0x20]) + bytes(14))' "$1" 2>/dev/null
}
case $(findmnt -n -o OPTIONS -T "$work" 2>/dev/null) in
*nosuid*) ;;
*)	if [ "$(id -u)" = 0 ] && have setpriv && make_capable "$work/capable" &&
		nobody "$run_program" --version >"$work/out" 2>&1; then
		what="a program with capabilities"
		nobody timeout 60 "$run_program" "$work/capable" exit 0 \
			>"$work/out" 2>"$work/err"
		status=$?
		want_status 125
		want_err 'has capabilities of its own'
	fi ;;
esac
# The kernel's to say.
printf '\177ELF and nothing else' >"$work/broken"
chmod +x "$work/broken"
try "$work/broken"
want_status 126 125 127
printf '#!\n' >"$work/empty"
chmod +x "$work/empty"
try "$work/empty"
want_status 0 126 127

finish
