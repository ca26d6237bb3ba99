#!/bin/sh
# SPDX-License-Identifier: MIT
#
# other-tree.sh NAME CONFIGURE-OPTION... - configure $builddir/build-NAME
#
# A build tree of its own, for other compilers and flags; does nothing if it is
# there already. Sources that are configured in place cannot be configured
# again elsewhere; then a copy of them can.

set -e
name=$1
shift
tree=$builddir/build-$name
source=$srcdir

mkdir -p "$tree"
if [ -f "$srcdir/config.status" ]; then
	source=$tree/source
	"${MAKE:-make}" -C "$builddir" distdir \
		distdir="build-$name/source" >/dev/null
fi
[ ! -f "$tree/Makefile" ] || exit 0
cd "$tree"
exec "$source/configure" --quiet "$@"
