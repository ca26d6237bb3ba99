# SPDX-License-Identifier: MIT
#
# The tools see <expvar/reader.h> and their own files only, and link the shared
# reader library only: what they can do, any program can do.
TOOLS_CPPFLAGS = $(PUBLIC_CPPFLAGS) -D_GNU_SOURCE=

# NEEDSWORK: as soon as tools/expvar-dump.c is there:
#
# bin_PROGRAMS += tools/expvar-dump
# tools_expvar_dump_CPPFLAGS = $(TOOLS_CPPFLAGS)
# tools_expvar_dump_LDADD = lib/libexpvar-reader.la
# tools_expvar_dump_SOURCES = tools/expvar-dump.c
