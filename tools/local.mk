# SPDX-License-Identifier: MIT
#
# The tools see <expvar/reader.h> and their own files only, and link the shared
# reader library only: what they can do, any program can do.
TOOLS_CPPFLAGS = $(PUBLIC_CPPFLAGS) -I$(top_srcdir)/tools -D_GNU_SOURCE=

# What the tools share: it knows no command line.
noinst_LTLIBRARIES += tools/libtools.la
tools_libtools_la_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_libtools_la_SOURCES = \
	tools/common/buffer.c \
	tools/common/buffer.h \
	tools/common/get.c \
	tools/common/get.h \
	tools/common/json.c \
	tools/common/json.h \
	tools/common/keys.c \
	tools/common/memstats.c \
	tools/common/memstats.h \
	tools/common/message.c \
	tools/common/message.h \
	tools/common/meta.c \
	tools/common/meta.h \
	tools/common/output.c \
	tools/common/output.h \
	tools/common/pretty.c \
	tools/common/render.c \
	tools/common/render.h \
	tools/common/select.c \
	tools/common/select.h \
	tools/common/suggest.c \
	tools/common/suggest.h \
	tools/common/targets.c \
	tools/common/targets.h \
	tools/common/time.c \
	tools/common/time.h \
	tools/confine/access.c \
	tools/confine/channel.c \
	tools/confine/channel.h \
	tools/confine/confine.c \
	tools/confine/confine.h \
	tools/confine/confine-parts.h \
	tools/confine/filter.c \
	tools/confine/privileges.c

bin_PROGRAMS += tools/expvar-dump
tools_expvar_dump_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_expvar_dump_LDADD = tools/libtools.la lib/libexpvar-reader.la
tools_expvar_dump_SOURCES = \
	tools/expvar-dump.c \
	tools/dump/apart.c \
	tools/dump/apart.h \
	tools/dump/choose.c \
	tools/dump/choose.h \
	tools/dump/document.c \
	tools/dump/document.h \
	tools/dump/list.c \
	tools/dump/list.h \
	tools/dump/options.c \
	tools/dump/options.h \
	tools/dump/status.h

# What the host needs beside the programs.
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_tmpfiles_DATA = tools/host/expvar.conf
