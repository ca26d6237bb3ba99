#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-man.sh - the manual pages against what they describe
#
#   - every public function is in the NAME and in the SYNOPSIS of one page, and
#     every function named there exists;
#   - every page is in the build's list, refers to pages that exist, has lines
#     of at most 80 bytes, and renders without a warning;
#   - the pages of the tools have the options that --help has, and
#     no others;
#   - the variables of the environment that the libraries read are in ENVIRONMENT
#     of libexpvar(3) and of the tools;
#   - expvar-format(5) says what docs/format.md says.
#
# Exit 0 all is well, 1 something is wrong, 77 all else is well, but neither
# groff nor mandoc is here to render a page.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$PWD}
cd "$srcdir" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
: >"$work/found"

complain() {
	echo "$*" >>"$work/found"
}

# none WHAT: complains of every line on standard input
none() {
	sed "s|^|$1: |" >>"$work/found"
}

# section NAME PAGE...: the lines of a section, each as PAGE LINE
section() {
	wanted=$1
	shift
	awk -v wanted="$wanted" '
	FNR == 1 { inside = 0 }
	/^\.Sh / { inside = ($0 == ".Sh " wanted); next }
	inside { page = FILENAME; sub(/.*\//, "", page); print page, $0 }' "$@"
}

# ---- functions ----

# What is called in a header but not word.h, which is not for programs. Names
# that end in an underscore are helpers of inline functions.
for header in include/expvar/*.h; do
	[ "$header" = include/expvar/word.h ] ||
		sed -e 's|/\*.*\*/||' -e '/\/\*/,/\*\//d' "$header"
done | grep -oE '(^|[^A-Za-z0-9_])expvar_[a-z0-9_]+\(' |
	sed -e 's/^[^e]//' -e 's/(//' |
	grep -vE '_$|_fn$|^expvar_word' | sort -u >"$work/functions"
[ -s "$work/functions" ] || complain "no function found in the headers"

section NAME docs/man/*.3 | sed -n 's/\.Nm \([^ ]*\).*/\1/p' |
	sort >"$work/entries"
uniq -d <"$work/entries" | awk '{ print $2 }' | none "twice in NAME"
awk '{ print $2 }' "$work/entries" | sort >"$work/named"
uniq -d <"$work/named" | none "in NAME of two pages"
grep -v '^libexpvar$' "$work/named" | sort -u >"$work/named-functions"
comm -23 "$work/functions" "$work/named-functions" | none "in no page's NAME"
comm -13 "$work/functions" "$work/named-functions" | none "in NAME, not in a header"

section SYNOPSIS docs/man/*.3 |
	sed -n 's/^\([^ ]*\) \.F[no] \(expvar_[a-z0-9_]*\).*/\1 \2/p' |
	grep -v '_fn$' | sort >"$work/synopses"
grep -v ' libexpvar$' "$work/entries" >"$work/entries-functions"
comm -23 "$work/entries-functions" "$work/synopses" | none "in NAME, not in SYNOPSIS"
comm -13 "$work/entries-functions" "$work/synopses" | none "in SYNOPSIS, not in NAME"

# ---- pages ----

for page in docs/man/*; do
	grep -qsF "$page" docs/local.mk ||
		complain "$page: not in docs/local.mk"
	awk 'length($0) > 80 { print FILENAME ":" FNR }' "$page" |
		none "a line of more than 80 bytes"
done

# A page is called by its file or by what its NAME says. Pages of the system
# are not looked for.
{
	find docs/man -name '*.[1-9]' | sed 's|.*/\(.*\)\.\([1-9]\)|\1 \2|'
	section NAME docs/man/* | sed -n 's/^.*\.\([1-9]\) \.Nm \([^ ]*\).*/\2 \1/p'
} | sort -u >"$work/pages"
sed -n 's/.*\.*Xr \([a-z_-]*expvar[a-z_-]*\) \([0-9]\).*/\1 \2/p' docs/man/* |
	sort -u | comm -23 - "$work/pages" | none "reference to no page"

# ---- tools ----

for page in docs/man/*.1 docs/man/*.8; do
	tool=$(basename "${page%.?}")
	[ -x "$builddir/tools/$tool" ] || continue
	"$builddir/tools/$tool" --help >"$work/help" || complain "$tool --help"
	# In examples there may be other tools.
	sed -i '/^Examples:/,/^$/d' "$work/help"
	grep -oE '(^|[ ,/])--[a-z][a-z-]*' "$work/help" | sed 's/^[^-]//' |
		sort -u >"$work/help-options"
	sed 's/\\-/-/g' "$page" |
		sed -n 's/^\.It Fl \(.*\)/ \1/p' |
		grep -oE ' -[a-z][a-z-]+' | sed 's/^ /-/' | sort -u >"$work/man-options"
	comm -23 "$work/help-options" "$work/man-options" |
		none "$tool: in --help, not in the page"
	comm -13 "$work/help-options" "$work/man-options" |
		none "$tool: in the page, not in --help"
done

# ---- environment ----

# environment SOURCE PAGE...: what it reads is described there
environment() {
	sed -n 's/.*secure_getenv("\([A-Z_]*\)").*/\1/p' "$1" >"$work/read"
	[ -s "$work/read" ] || complain "$1: reads no environment"
	shift
	for page; do
		section ENVIRONMENT "docs/man/$page" | grep '\.It Ev' |
			grep -oE 'EXPVAR_[A-Z]+' | sort >"$work/described"
		sort "$work/read" | comm -23 - "$work/described" |
			none "$page: not in ENVIRONMENT"
	done
}
environment lib/publish/settings.c libexpvar.3
environment lib/read/discover.c expvar-dump.1 expvar-httpd.8 expvar-top.1

# ---- expvar-format(5) ----

# Word by word from section 1 on, marks and layout left out.
words() {
	tr -cs 'A-Za-z0-9' '\n' | tr '[:upper:]' '[:lower:]' | grep .
}
sed -n '/^## 1\. /,$p' docs/format.md |
	sed -E -e '/^\|[-|]*\|$/d' -e 's/^[0-9]+\. //' | words >"$work/format-md"
awk '
/^\.Sh SEE ALSO/ { exit }
/^\.Sh 1\. / { inside = 1 }
!inside || /^\.\\"/ || /^\.(Bl|El|It|Bd|Ed|Pp|TE)/ { next }
/^\.TS/ { layout = 1; next }
layout { if (/\.$/) layout = 0; next }
{
	sub(/^\.(Sh|Ss|Va|Ql|Dv|Em|Pa|Pq Va|Pq Ql) /, "")
	gsub(/\\f[IP]|T\{|T\}/, "")
	gsub(/\\e/, "\\")
	print
}' docs/man/expvar-format.5 | words >"$work/format-5"
[ -s "$work/format-md" ] || complain "docs/format.md has no section 1"
diff "$work/format-md" "$work/format-5" | sed -n 's/^[<>0-9]/&/p' | head -n 20 |
	none "format.md (<) and expvar-format(5) (>)"

# ---- rendering ----

rendered=no
if command -v groff >/dev/null; then
	rendered=yes
	for width in 72 78 120; do
		for page in docs/man/*; do
			groff -t -mandoc -ww -Tutf8 -rLL=${width}n -z "$page" 2>&1
		done
	done | sort -u | none "groff"
fi
if command -v mandoc >/dev/null; then
	rendered=yes
	mandoc -T lint -W warning docs/man/* 2>&1 | none "mandoc"
fi

echo "$(wc -l <"$work/functions") functions, $(wc -l <"$work/pages") entries"
cat "$work/found"
[ ! -s "$work/found" ] || exit 1
if [ "$rendered" = no ]; then
	echo "skipped: neither groff nor mandoc to render the pages"
	exit 77
fi
