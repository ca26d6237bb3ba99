# SPDX-License-Identifier: MIT
#
# The tools see <expvar/reader.h> and their own files only, and link the shared
# reader library only: what they can do, any program can do.
TOOLS_CPPFLAGS = $(PUBLIC_CPPFLAGS) -D_GNU_SOURCE=

bin_PROGRAMS += tools/expvar-dump
tools_expvar_dump_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_expvar_dump_LDADD = lib/libexpvar-reader.la
tools_expvar_dump_SOURCES = \
	tools/expvar-dump.c \
	tools/dump/buffer.c \
	tools/dump/buffer.h \
	tools/dump/document.c \
	tools/dump/document.h \
	tools/dump/found.c \
	tools/dump/found.h \
	tools/dump/get.c \
	tools/dump/get.h \
	tools/dump/json.c \
	tools/dump/json.h \
	tools/dump/list.c \
	tools/dump/list.h \
	tools/dump/memstats.c \
	tools/dump/memstats.h \
	tools/dump/message.c \
	tools/dump/message.h \
	tools/dump/meta.c \
	tools/dump/meta.h \
	tools/dump/options.c \
	tools/dump/options.h \
	tools/dump/output.c \
	tools/dump/output.h \
	tools/dump/pretty.c \
	tools/dump/select.c \
	tools/dump/select.h \
	tools/dump/status.h \
	tools/dump/suggest.c \
	tools/dump/suggest.h \
	tools/dump/targets.c \
	tools/dump/targets.h \
	tools/dump/time.c \
	tools/dump/time.h

# What the host needs beside the programs.
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_tmpfiles_DATA = tools/host/expvar.conf
