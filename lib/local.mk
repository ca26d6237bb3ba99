# SPDX-License-Identifier: MIT
#
# Two libraries from three parts. The parts are convenience libraries, so that
# the tests can reach what the libraries hide:
#
#   common + publish -> libexpvar            (needs liburcu-bp)
#   common + read    -> libexpvar-reader     (needs nothing but libc)
#
# A new source file is one line in one of the lists below.

pkginclude_HEADERS = \
	include/expvar/cells.h \
	include/expvar/expvar.h \
	include/expvar/func.h \
	include/expvar/reader-host.h \
	include/expvar/reader-values.h \
	include/expvar/reader.h \
	include/expvar/word.h

noinst_LTLIBRARIES += lib/libcommon.la lib/libpublish.la lib/libread.la

lib_libcommon_la_CPPFLAGS = $(LIBRARY_CPPFLAGS)
lib_libcommon_la_SOURCES = \
	lib/common/anchor.h \
	lib/common/json-check.c lib/common/json-check.h \
	lib/common/layout.h \
	lib/common/size-classes.h \
	lib/common/quantile.c lib/common/quantile.h \
	lib/common/text-digits.h \
	lib/common/text-float-table.h \
	lib/common/text-float.c \
	lib/common/text-number.c \
	lib/common/text-quote.c \
	lib/common/text.h \
	lib/common/utf8.c lib/common/utf8.h \
	lib/common/util.h

lib_libpublish_la_CPPFLAGS = $(LIBRARY_CPPFLAGS) $(URCU_CFLAGS)
lib_libpublish_la_SOURCES = \
	lib/publish/allocator.c \
	lib/publish/allocator.h \
	lib/publish/any.c \
	lib/publish/arena.c \
	lib/publish/arena.h \
	lib/publish/bell.c \
	lib/publish/cells.c \
	lib/publish/cells.h \
	lib/publish/describe.c \
	lib/publish/describe.h \
	lib/publish/directory.c \
	lib/publish/directory.h \
	lib/publish/document.c \
	lib/publish/error.c \
	lib/publish/exports.c \
	lib/publish/file.c \
	lib/publish/file.h \
	lib/publish/fork.c \
	lib/publish/func.c \
	lib/publish/func.h \
	lib/publish/futex.h \
	lib/publish/heap.c \
	lib/publish/heap.h \
	lib/publish/identity.c \
	lib/publish/identity.h \
	lib/publish/index.c \
	lib/publish/index-find.h \
	lib/publish/index.h \
	lib/publish/json.c \
	lib/publish/json.h \
	lib/publish/leavings.c \
	lib/publish/leavings.h \
	lib/publish/limbo.c \
	lib/publish/lock.c \
	lib/publish/lock.h \
	lib/publish/memstats.c \
	lib/publish/naming.c \
	lib/publish/nesting.c \
	lib/publish/note.c \
	lib/publish/note.h \
	lib/publish/private.c \
	lib/publish/process.c \
	lib/publish/process.h \
	lib/publish/publish.c \
	lib/publish/rcu.c \
	lib/publish/rcu.h \
	lib/publish/record-print.c \
	lib/publish/record.h \
	lib/publish/region.c \
	lib/publish/region.h \
	lib/publish/rotor-set.h \
	lib/publish/rotor.c \
	lib/publish/rotor.h \
	lib/publish/scratch.h \
	lib/publish/sealed.c \
	lib/publish/segment.c \
	lib/publish/segment.h \
	lib/publish/settings.c \
	lib/publish/sigbus.c \
	lib/publish/sorted.c \
	lib/publish/sorted.h \
	lib/publish/stack.h \
	lib/publish/thread.c \
	lib/publish/thread.h \
	lib/publish/value-counter.c \
	lib/publish/value-histogram.c \
	lib/publish/value-map.c \
	lib/publish/value-record.c \
	lib/publish/value-scalar.c \
	lib/publish/timer.c \
	lib/publish/timer.h \
	lib/publish/value-string.c \
	lib/publish/variable.c \
	lib/publish/variable.h \
	lib/publish/version.h

lib_libread_la_CPPFLAGS = $(LIBRARY_CPPFLAGS)
lib_libread_la_SOURCES = \
	lib/read/access.c lib/read/access.h \
	lib/read/cells.c \
	lib/read/copy-units.c \
	lib/read/copy-version.c \
	lib/read/copy.h \
	lib/read/discover.c \
	lib/read/elsewhere.c \
	lib/read/error.c \
	lib/read/find.c \
	lib/read/guard.c lib/read/guard.h \
	lib/read/header.c \
	lib/read/histogram.c \
	lib/read/info.c \
	lib/read/item.c \
	lib/read/liveness.c \
	lib/read/load.h \
	lib/read/mapped.c lib/read/mapped.h \
	lib/read/open.c \
	lib/read/pool.c lib/read/pool.h \
	lib/read/processes.c lib/read/processes.h \
	lib/read/quote.c \
	lib/read/reader.h \
	lib/read/record.c \
	lib/read/refresh.c \
	lib/read/scan.h \
	lib/read/size-class.c \
	lib/read/snapshot-json.c \
	lib/read/snapshot.c lib/read/snapshot.h \
	lib/read/sort.c lib/read/sort.h \
	lib/read/tree.c \
	lib/read/walk.c lib/read/walk.h \
	lib/read/why.c

# Version-info is CURRENT:REVISION:AGE, and not the version of the package. At
# each release, since the last one:
#   - any change of the code:                 REVISION + 1
#   - interfaces were added:                  CURRENT + 1, AGE + 1, REVISION = 0
#   - interfaces were changed or removed:     CURRENT + 1, AGE = 0, REVISION = 0
# The last case renames the library file, so it needs a reason and a NEWS entry.
lib_LTLIBRARIES += lib/libexpvar.la lib/libexpvar-reader.la

lib_libexpvar_la_SOURCES =
lib_libexpvar_la_LIBADD = lib/libpublish.la lib/libcommon.la \
	$(URCU_LIBS) $(PTHREAD_LIBS)
lib_libexpvar_la_LDFLAGS = $(AM_LDFLAGS) $(LIBRARY_LDFLAGS) \
	-version-info 1:0:0 -no-undefined \
	-Wl,--version-script=$(top_srcdir)/lib/libexpvar.map
# The version-info is here, too.
EXTRA_lib_libexpvar_la_DEPENDENCIES = lib/libexpvar.map lib/local.mk

lib_libexpvar_reader_la_SOURCES =
lib_libexpvar_reader_la_LIBADD = lib/libread.la lib/libcommon.la
lib_libexpvar_reader_la_LDFLAGS = $(AM_LDFLAGS) $(LIBRARY_LDFLAGS) \
	-version-info 1:0:0 -no-undefined \
	-Wl,--version-script=$(top_srcdir)/lib/libexpvar-reader.map
EXTRA_lib_libexpvar_reader_la_DEPENDENCIES = lib/libexpvar-reader.map lib/local.mk

# What is preloaded into programs: a user of libexpvar like any other.
lib_LTLIBRARIES += lib/libexpvar-malloc.la
lib_libexpvar_malloc_la_CPPFLAGS = $(LIBRARY_CPPFLAGS)
# The compiler shall not take our malloc() for one whose habits it knows.
lib_libexpvar_malloc_la_CFLAGS = $(AM_CFLAGS) -fno-builtin-malloc \
	-fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free
lib_libexpvar_malloc_la_SOURCES = \
	lib/malloc/block.h \
	lib/malloc/count.c lib/malloc/count.h \
	lib/malloc/malloc.c \
	lib/malloc/next.c lib/malloc/next.h \
	lib/malloc/parts.h \
	lib/malloc/publish.c \
	lib/malloc/start.c
lib_libexpvar_malloc_la_LIBADD = lib/libexpvar.la $(PTHREAD_LIBS)
lib_libexpvar_malloc_la_LDFLAGS = $(AM_LDFLAGS) $(LIBRARY_LDFLAGS) \
	-module -avoid-version -no-undefined \
	-Wl,--version-script=$(top_srcdir)/lib/libexpvar-malloc.map
EXTRA_lib_libexpvar_malloc_la_DEPENDENCIES = lib/libexpvar-malloc.map

pkgconfig_DATA = lib/libexpvar.pc lib/libexpvar-reader.pc

EXTRA_DIST += lib/libexpvar-malloc.map lib/libexpvar.map lib/libexpvar-reader.map
