# SPDX-License-Identifier: MIT
#
# Manuals, and the examples: compiled as a user would, linked with the shared
# library, not installed. A new manual page is one line in dist_man_MANS.
dist_man_MANS += \
	docs/man/expvar-dump.1 \
	docs/man/expvar-format.5 \
	docs/man/expvar-httpd.8 \
	docs/man/expvar-plot.1 \
	docs/man/expvar-run.1 \
	docs/man/expvar-top.1 \
	docs/man/expvar_counter.3 \
	docs/man/expvar_func.3 \
	docs/man/expvar_histogram.3 \
	docs/man/expvar_init.3 \
	docs/man/expvar_int.3 \
	docs/man/expvar_map.3 \
	docs/man/expvar_memstats.3 \
	docs/man/expvar_reader.3 \
	docs/man/expvar_reader_access.3 \
	docs/man/expvar_record.3 \
	docs/man/expvar_string.3 \
	docs/man/expvar_timer.3 \
	docs/man/expvar_var.3 \
	docs/man/libexpvar.3

EXTRA_DIST += docs/examples/expvar-httpd.service \
	docs/examples/expvar-httpd.socket
EXTRA_DIST += docs/architecture.md docs/fleet.md docs/format.md docs/memory-model.md \
	docs/memstats.md \
	docs/performance.md docs/reliability.md
EXTRA_DIST += docs/snapshots.md docs/pictures/page.png \
	docs/pictures/page.sh docs/pictures/plot.sh docs/pictures/plot.svg
EXTRA_DIST += docs/pictures/screen-to-svg.py docs/pictures/top.sh \
	docs/pictures/top.svg

# Ready-made, to be installed by whoever wants them.
EXTRA_DIST += docs/examples/expvar.cron docs/examples/expvar.logrotate \
	docs/examples/expvar-snapshot.service \
	docs/examples/expvar-snapshot.timer \
	docs/examples/expvar-textfile.service

noinst_PROGRAMS += docs/examples/hello docs/examples/treewalk
docs_examples_hello_CPPFLAGS = $(PUBLIC_CPPFLAGS)
docs_examples_hello_LDFLAGS = $(AM_LDFLAGS) -no-install
docs_examples_hello_LDADD = lib/libexpvar.la
docs_examples_treewalk_CPPFLAGS = $(PUBLIC_CPPFLAGS)
docs_examples_treewalk_LDFLAGS = $(AM_LDFLAGS) -no-install
docs_examples_treewalk_LDADD = lib/libexpvar.la $(PTHREAD_LIBS)
