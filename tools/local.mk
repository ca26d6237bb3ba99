# SPDX-License-Identifier: MIT
#
# The tools see <expvar/reader.h> and their own files only, and link the shared
# reader library only: what they can do, any program can do.
TOOLS_CPPFLAGS = $(PUBLIC_CPPFLAGS) -I$(top_srcdir)/tools -D_GNU_SOURCE=

# What the tools share: it knows no command line.
noinst_LTLIBRARIES += tools/libtools.la
tools_libtools_la_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_libtools_la_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS)
tools_libtools_la_LIBADD = $(ZLIB_LIBS)
tools_libtools_la_SOURCES = \
	tools/common/buffer.c \
	tools/common/buffer.h \
	tools/common/combine.c \
	tools/common/combine.h \
	tools/common/command.c \
	tools/common/command.h \
	tools/common/csv.c \
	tools/common/csv.h \
	tools/common/diff.c \
	tools/common/diff.h \
	tools/common/file.c \
	tools/common/file.h \
	tools/common/flatten.c \
	tools/common/flatten.h \
	tools/common/get.c \
	tools/common/get.h \
	tools/common/gzip.c \
	tools/common/gzip.h \
	tools/common/histogram.c \
	tools/common/histogram.h \
	tools/common/html.c \
	tools/common/html.h \
	tools/common/json.c \
	tools/common/json.h \
	tools/common/keys.c \
	tools/common/line.c \
	tools/common/line.h \
	tools/common/mallocs.c \
	tools/common/mallocs.h \
	tools/common/memstats.c \
	tools/common/memstats.h \
	tools/common/merge.c \
	tools/common/merge.h \
	tools/common/message.c \
	tools/common/message.h \
	tools/common/meta.c \
	tools/common/meta.h \
	tools/common/metric-name.c \
	tools/common/metric-name.h \
	tools/common/metrics-add.c \
	tools/common/metrics-collect.c \
	tools/common/metrics-names.c \
	tools/common/metrics-parts.h \
	tools/common/metrics-print.c \
	tools/common/metrics-sample.c \
	tools/common/metrics.h \
	tools/common/names.c \
	tools/common/names.h \
	tools/common/objects.c \
	tools/common/objects.h \
	tools/common/output.c \
	tools/common/output.h \
	tools/common/pretty.c \
	tools/common/process.c \
	tools/common/process.h \
	tools/common/procfs.c \
	tools/common/procfs.h \
	tools/common/rate.c \
	tools/common/rate.h \
	tools/common/render.c \
	tools/common/render.h \
	tools/common/sanitized.h \
	tools/common/saved.c \
	tools/common/saved.h \
	tools/common/select.c \
	tools/common/select.h \
	tools/common/sha256.c \
	tools/common/sha256.h \
	tools/common/sink-append.c \
	tools/common/sink-lock.c \
	tools/common/sink-parts.h \
	tools/common/sink-rotate.c \
	tools/common/sink-tail.c \
	tools/common/sink.c \
	tools/common/sink.h \
	tools/common/suggest.c \
	tools/common/suggest.h \
	tools/common/table-file.c \
	tools/common/table-file.h \
	tools/common/table.c \
	tools/common/table.h \
	tools/common/targets-json.c \
	tools/common/targets-json.h \
	tools/common/targets.c \
	tools/common/targets.h \
	tools/common/time.c \
	tools/common/time.h \
	tools/common/timeout.c \
	tools/common/timeout.h \
	tools/common/units.c \
	tools/common/units.h \
	tools/common/utf8.c \
	tools/common/utf8.h \
	tools/common/visit.c \
	tools/common/visit.h \
	tools/confine/access.c \
	tools/confine/apart.c \
	tools/confine/apart.h \
	tools/confine/channel.c \
	tools/confine/channel.h \
	tools/confine/confine-parts.h \
	tools/confine/confine.c \
	tools/confine/confine.h \
	tools/confine/filter.c \
	tools/confine/privileges.c

bin_PROGRAMS += tools/expvar-dump
tools_expvar_dump_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_expvar_dump_LDADD = tools/libtools.la lib/libexpvar-reader.la
tools_expvar_dump_SOURCES = \
	tools/expvar-dump.c \
	tools/dump/apart.c \
	tools/dump/apart.h \
	tools/dump/check.c \
	tools/dump/check.h \
	tools/dump/choose.c \
	tools/dump/choose.h \
	tools/dump/compare.c \
	tools/dump/compare.h \
	tools/dump/format.c \
	tools/dump/format.h \
	tools/dump/gc.c \
	tools/dump/gc.h \
	tools/dump/history.c \
	tools/dump/history.h \
	tools/dump/list.c \
	tools/dump/list.h \
	tools/dump/options-check.c \
	tools/dump/options.c \
	tools/dump/options.h \
	tools/dump/print-csv.c \
	tools/dump/print-json.c \
	tools/dump/print-metrics.c \
	tools/dump/print-ndjson.c \
	tools/dump/read.c \
	tools/dump/run.c \
	tools/dump/run.h \
	tools/dump/status.h \
	tools/dump/why.c \
	tools/dump/why.h

# A library, so that its parts are tested one by one.
noinst_LTLIBRARIES += tools/libplot.la
tools_libplot_la_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_libplot_la_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS)
tools_libplot_la_LIBADD = $(ZLIB_LIBS) -lm
tools_libplot_la_SOURCES = \
	tools/plot/charts.c \
	tools/plot/charts.h \
	tools/plot/data.c \
	tools/plot/data.h \
	tools/plot/gnuplot.c \
	tools/plot/gnuplot.h \
	tools/plot/history.c \
	tools/plot/history.h \
	tools/plot/input.c \
	tools/plot/input.h \
	tools/plot/lives.c \
	tools/plot/options.c \
	tools/plot/options.h \
	tools/plot/progress.c \
	tools/plot/progress.h \
	tools/plot/record.c \
	tools/plot/record.h \
	tools/plot/report.c \
	tools/plot/report.h \
	tools/plot/scale.c \
	tools/plot/scale.h \
	tools/plot/script.c \
	tools/plot/script.h \
	tools/plot/series.c \
	tools/plot/series.h \
	tools/plot/source.c \
	tools/plot/source.h \
	tools/plot/variables.c

bin_PROGRAMS += tools/expvar-plot
tools_expvar_plot_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_expvar_plot_LDADD = tools/libplot.la tools/libtools.la \
	lib/libexpvar-reader.la
tools_expvar_plot_SOURCES = tools/expvar-plot.c

bin_PROGRAMS += tools/expvar-run
tools_expvar_run_CPPFLAGS = $(TOOLS_CPPFLAGS) \
	-DLIBRARY_DIRECTORY='"$(libdir)"'
# It reads no segments. Not the shared library, of which libtool would make a
# script that changes the environment the program is to have.
tools_expvar_run_LDADD = tools/libtools.la lib/libread.la lib/libcommon.la
tools_expvar_run_SOURCES = \
	tools/expvar-run.c \
	tools/run/elf.c \
	tools/run/elf.h \
	tools/run/options.c \
	tools/run/options.h \
	tools/run/preload.c \
	tools/run/preload.h \
	tools/run/program.c \
	tools/run/program.h
# Where ncurses is there. What needs no terminal is a library, for the tests.
if BUILD_TOP
noinst_LTLIBRARIES += tools/libtop.la
tools_libtop_la_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_libtop_la_SOURCES = \
	tools/top/canvas.c \
	tools/top/canvas.h \
	tools/top/chart.c \
	tools/top/chart.h \
	tools/top/describe.c \
	tools/top/dots.c \
	tools/top/dots.h \
	tools/top/keys.h \
	tools/top/model.c \
	tools/top/model.h \
	tools/top/number.c \
	tools/top/number.h \
	tools/top/options.c \
	tools/top/options.h \
	tools/top/paths.c \
	tools/top/paths.h \
	tools/top/plain.c \
	tools/top/plain.h \
	tools/top/read.c \
	tools/top/record.c \
	tools/top/record.h \
	tools/top/rows.c \
	tools/top/rows.h \
	tools/top/sample.c \
	tools/top/series.c \
	tools/top/series.h \
	tools/top/source.c \
	tools/top/source.h \
	tools/top/text.c \
	tools/top/text.h \
	tools/top/variable.c \
	tools/top/variable.h \
	tools/top/view-chart.c \
	tools/top/view-help.c \
	tools/top/view-keys.c \
	tools/top/view-parts.h \
	tools/top/view-processes.c \
	tools/top/view-table.c \
	tools/top/view.c \
	tools/top/view.h

bin_PROGRAMS += tools/expvar-top
tools_expvar_top_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_expvar_top_CFLAGS = $(AM_CFLAGS) $(NCURSESW_CFLAGS)
tools_expvar_top_LDADD = tools/libtop.la tools/libtools.la \
	lib/libexpvar-reader.la $(NCURSESW_LIBS) -lm
tools_expvar_top_SOURCES = \
	tools/expvar-top.c \
	tools/top/run.c \
	tools/top/run.h \
	tools/top/screen.c \
	tools/top/screen.h
endif

# Where libmicrohttpd is there.
if BUILD_HTTPD
bin_PROGRAMS += tools/expvar-httpd
tools_expvar_httpd_CPPFLAGS = $(TOOLS_CPPFLAGS)
tools_expvar_httpd_CFLAGS = $(AM_CFLAGS) $(MICROHTTPD_CFLAGS)
tools_expvar_httpd_LDADD = tools/libtools.la lib/libexpvar-reader.la \
	$(MICROHTTPD_LIBS)
tools_expvar_httpd_SOURCES = \
	tools/expvar-httpd.c \
	tools/httpd/answer.c \
	tools/httpd/answer.h \
	tools/httpd/cache.c \
	tools/httpd/cache.h \
	tools/httpd/connections.c \
	tools/httpd/connections.h \
	tools/httpd/headers.c \
	tools/httpd/headers.h \
	tools/httpd/listen.c \
	tools/httpd/listen.h \
	tools/httpd/options.c \
	tools/httpd/options.h \
	tools/httpd/page-index.c \
	tools/httpd/page-metrics.c \
	tools/httpd/page-monitor.c \
	tools/httpd/page-processes.c \
	tools/httpd/page-text.h \
	tools/httpd/page-vars.c \
	tools/httpd/pages.h \
	tools/httpd/request.c \
	tools/httpd/server.c \
	tools/httpd/server.h

# The page is three texts in C: what is between, the style, the script.
httpd_page_scripts = \
	tools/httpd/page/text.js \
	tools/httpd/page/model.js \
	tools/httpd/page/chart.js \
	tools/httpd/page/view.js \
	tools/httpd/page/main.js
httpd_page = tools/httpd/page/page.html tools/httpd/page/style.css \
	$(httpd_page_scripts)
EXTRA_DIST += $(httpd_page)
CLEANFILES += tools/httpd/page-text.c
nodist_tools_expvar_httpd_SOURCES = tools/httpd/page-text.c
httpd_quote = sed -e 's/[\\"]/\\&/g' -e 's/^/"/' -e 's/$$/\\n"/'
tools/httpd/page-text.c: $(httpd_page) Makefile
	$(AM_V_GEN)$(MKDIR_P) tools/httpd && cd $(srcdir) && { \
	echo '#include "httpd/page-text.h"' && \
	echo 'const char httpd_page_html[] =' && \
	$(httpd_quote) tools/httpd/page/page.html && \
	echo '; const char httpd_page_style[] =' && \
	$(httpd_quote) tools/httpd/page/style.css && \
	echo '; const char httpd_page_script[] = "\"use strict\";\n"' && \
	cat $(httpd_page_scripts) | $(httpd_quote) && echo ';'; } \
	>$(abs_builddir)/tools/httpd/page-text.new && \
	cd $(abs_builddir)/tools/httpd && mv page-text.new page-text.c

# The units are examples as well: there they say where Debian has the program.
systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = tools/host/expvar-httpd.service \
	tools/host/expvar-httpd.socket
CLEANFILES += $(nodist_systemdunit_DATA)
$(nodist_systemdunit_DATA): Makefile
	$(AM_V_GEN)$(MKDIR_P) tools/host && \
	sed 's|/usr/bin/|$(bindir)/|' \
		$(top_srcdir)/docs/examples/$(@F) >$@.new && mv $@.new $@
tools/host/expvar-httpd.service: docs/examples/expvar-httpd.service
tools/host/expvar-httpd.socket: docs/examples/expvar-httpd.socket
endif

# What the host needs beside the programs.
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_tmpfiles_DATA = tools/host/expvar.conf
# The group that /run/expvar has.
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = tools/host/sysusers/expvar.conf

# The name of a file says for which command it is.
completiondir = $(datadir)/bash-completion/completions
dist_completion_DATA = tools/completion/expvar-dump \
	tools/completion/expvar-httpd \
	tools/completion/expvar-plot \
	tools/completion/expvar-run \
	tools/completion/expvar-top
