#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-install.sh - `make install` puts all in place, the programs there work,
# and `make uninstall` leaves nothing
. "$(dirname "$0")/support.sh"

make=${MAKE:-make}
have "$make" || {
	echo "skipped: no make"
	exit 77
}
[ -f "$builddir/Makefile" ] || exit 99
# Those of the make that runs the tests are not for ours.
unset MAKEFLAGS MFLAGS MAKELEVEL
root=$work/root
status=none
: >"$work/out"
: >"$work/err"

# value NAME: of the Makefile, as in `prefix`
value() {
	printf 'print-it:\n\t@echo $(%s)\n' "$1" >"$work/print.mk"
	"$make" -s -C "$builddir" -f Makefile -f "$work/print.mk" print-it
}
prefix=$(value prefix)
bindir=$(value bindir)
libdir=$(value libdir)
mandir=$(value mandir)
completiondir=$(value completiondir)

what="make install"
"$make" -C "$builddir" install DESTDIR="$root" >"$work/install" 2>&1 ||
	fail "it fails: $(tail -n 3 "$work/install")"

# there FILE...: installed, and not empty
there() {
	for one in "$@"; do
		[ -s "$root$one" ] || fail "expected $one"
	done
}

there "$libdir/libexpvar.so" "$libdir/libexpvar.so.1" \
	"$libdir/libexpvar-reader.so" "$libdir/libexpvar-reader.so.1" \
	"$libdir/pkgconfig/libexpvar.pc" \
	"$libdir/pkgconfig/libexpvar-reader.pc" \
	"$bindir/expvar-dump" \
	"$prefix/lib/tmpfiles.d/expvar.conf" \
	"$prefix/lib/sysusers.d/expvar.conf"
for header in "$srcdir"/include/expvar/*.h; do
	there "$prefix/include/expvar/${header##*/}"
done
for page in "$srcdir"/docs/man/*; do
	there "$mandir/man${page##*.}/${page##*/}"
done
# Every program has a page and completion.
for program in "$root$bindir"/*; do
	name=${program##*/}
	[ -s "$root$mandir/man1/$name.1" ] ||
		[ -s "$root$mandir/man8/$name.8" ] || fail "no page for $name"
	# A server is started by its unit.
	[ -s "$root$prefix/lib/systemd/system/$name.service" ] ||
		there "$completiondir/$name"
done
if [ -x "$root$bindir/expvar-httpd" ]; then
	there "$prefix/lib/systemd/system/expvar-httpd.service" \
		"$prefix/lib/systemd/system/expvar-httpd.socket"
	grep -q "^ExecStart=$bindir/expvar-httpd" \
		"$root$prefix/lib/systemd/system/expvar-httpd.service" ||
		fail "the unit starts another program"
fi
# Nothing leads back to where it was built, or to where it is now.
grep -r -l -I -F -e "$builddir" -e "$root" "$root" >"$work/leads" &&
	fail "these name the build tree: $(cat "$work/leads")"
if have readelf; then
	for one in "$root$bindir"/* "$root$libdir"/*.so; do
		readelf -d "$one" 2>/dev/null | grep -E 'R(UN)?PATH' |
			grep -q -F -e "$builddir" -e "$root" &&
			fail "$one has a RUNPATH of the build tree"
	done
fi

# ---- what is installed works ----

if ! grep -q -e '--enable-sanitizers=' "$builddir/config.status"; then
	LD_LIBRARY_PATH=$root$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	export LD_LIBRARY_PATH
	for program in "$root$bindir"/*; do
		what="$program --version"
		"$program" --version >"$work/out" 2>"$work/err" ||
			fail "it does not run"
	done
	if have "${CC:-cc}" && have pkg-config; then
		what="a program with the installed header and library"
		PKG_CONFIG_SYSROOT_DIR=$root
		PKG_CONFIG_PATH=$root$libdir/pkgconfig
		export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_PATH
		# shellcheck disable=SC2046,SC2086
		${CC:-cc} -o "$work/hello" "$srcdir/docs/examples/hello.c" \
			$(pkg-config --cflags --libs libexpvar) \
			2>"$work/err" || fail "it does not compile"
		# It stays as long as its input does.
		mkfifo "$work/input"
		exec 9<>"$work/input"
		"$work/hello" >"$work/hello-out" 2>&1 <"$work/input" &
		pids="$pids $!"
		dump=$root$bindir/expvar-dump
		tries=0
		until run --no-builtins "$!" && [ "$status" -eq 0 ] ||
			[ "$tries" -gt 200 ]; do
			tries=$((tries + 1))
			sleep 0.05
		done
		want_status 0
		want_json 'len(d) > 0'
	fi
fi

# ---- Debian's packages: each file is in one ----

packages=$srcdir/build-aux/debian
if [ "$prefix" = /usr/local ]; then
	# As the packages have it: /usr, and a directory for the architecture.
	mkdir -p "$work/debian/tmp/usr/lib/arch"
	cp -R "$root/usr/local/." "$work/debian/tmp/usr"
	rm -f "$work/debian/tmp/usr/lib"/*.la
	mv "$work/debian/tmp/usr/lib"/*.so* "$work/debian/tmp/usr/lib/pkgconfig" \
		"$work/debian/tmp/usr/lib/arch"
	what="the packages' lists of files"
	(cd "$work" && sh "$packages/expvar-tools.install") >"$work/tools"
	(
		cd "$work/debian/tmp" || exit
		find . ! -type d | sed 's|^\./||' | sort >"$work/all"
		for list in "$packages"/lib*.install; do
			while read -r pattern; do
				# shellcheck disable=SC2086
				find $pattern ! -type d
			done <"$list"
		done
	) >"$work/others"
	sort "$work/tools" "$work/others" >"$work/packaged"
	cmp -s "$work/all" "$work/packaged" ||
		fail "not each file is in one package: $(
			diff "$work/all" "$work/packaged" | head -n 5)"
	for list in "$packages"/*.docs "$packages"/*.examples; do
		while read -r pattern; do
			# shellcheck disable=SC2086
			(cd "$srcdir" && ls -d $pattern) >/dev/null 2>&1 ||
				fail "$list: nothing is called $pattern"
		done <"$list"
	done
fi

# ---- and goes again ----

what="make uninstall"
"$make" -C "$builddir" uninstall DESTDIR="$root" >"$work/uninstall" 2>&1 ||
	fail "it fails: $(tail -n 3 "$work/uninstall")"
find "$root" ! -type d >"$work/left"
[ ! -s "$work/left" ] || fail "left: $(head -n 5 "$work/left")"

finish
