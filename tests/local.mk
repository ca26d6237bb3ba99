# SPDX-License-Identifier: MIT
#
# make check            everything below but the benchmarks
# make check-long       what searches, EXPVAR_TEST_SECONDS each, fuzzing with both
#                       engines, and the figures
# make check-valgrind   the programs that use Check, under valgrind
# make check-asan       everything, compiled with ASan and UBSan, in build-asan/
# make check-tsan       everything, compiled with TSan, in build-tsan/
# make check-analysis   cppcheck and gcc -fanalyzer
# make coverage         how much of the libraries the suite runs through
# make check-matrix     gcc and clang, -O0 to -O3 and LTO, with -Werror
# make fuzz             the fuzz targets with an engine, FUZZ_SECONDS each
# make bench            the benchmarks, one after the other
# make demo             the demonstration
#
# Every test runs through tests/support/run-test.sh, which says what a test
# finds in its environment. A new test is one line in one of these lists; a
# program of one file tests/.../NAME.c needs nothing else.

# Parts of expvar-top, where it is built.
if BUILD_TOP
top_tests = tests/unit/test-top-chart tests/unit/test-top-model \
	tests/unit/test-top-number tests/unit/test-top-paths
endif

# Programs that use Check, with the main() of tests/support/runner.c.
unit_tests = \
	tests/unit/test-arena \
	tests/unit/test-cells \
	tests/unit/test-confine \
	tests/unit/test-directory \
	tests/unit/test-dump-histogram \
	tests/unit/test-dump-metrics \
	tests/unit/test-dump-select \
	tests/unit/test-dump-table \
	tests/unit/test-dump-time \
	tests/unit/test-failures \
	tests/unit/test-fork \
	tests/unit/test-format-page \
	tests/unit/test-func \
	tests/unit/test-heap \
	tests/unit/test-histogram \
	tests/unit/test-hosts \
	tests/unit/test-index \
	tests/unit/test-interrupted \
	tests/unit/test-json \
	tests/unit/test-json-check \
	tests/unit/test-leavings \
	tests/unit/test-lifetime \
	tests/unit/test-names \
	tests/unit/test-loading \
	tests/unit/test-naming \
	tests/unit/test-plot \
	tests/unit/test-process \
	tests/unit/test-publish-faults \
	tests/unit/test-quiet \
	tests/unit/test-reader-adversary \
	tests/unit/test-reader-arguments \
	tests/unit/test-reader-crowd \
	tests/unit/test-reader-elsewhere \
	tests/unit/test-reader-enemy \
	tests/unit/test-reader-faults \
	tests/unit/test-reader-histogram \
	tests/unit/test-reader-hostile \
	tests/unit/test-reader-limits \
	tests/unit/test-reader-open \
	tests/unit/test-reader-pool \
	tests/unit/test-reader-tree \
	tests/unit/test-reader-values \
	tests/unit/test-record \
	tests/unit/test-region \
	tests/unit/test-rotor \
	tests/unit/test-sandboxes \
	tests/unit/test-sealed \
	tests/unit/test-settings \
	tests/unit/test-sigbus \
	tests/unit/test-string \
	tests/unit/test-surroundings \
	tests/unit/test-text \
	tests/unit/test-text-float \
	tests/unit/test-timer \
	$(top_tests) \
	tests/unit/test-utf8 \
	tests/unit/test-word

# Likewise: Go's rules, tested through the public functions alone.
conformance_tests = \
	tests/conformance/test-go-rules-document \
	tests/conformance/test-go-rules-func \
	tests/conformance/test-go-rules-int-float \
	tests/conformance/test-go-rules-iteration \
	tests/conformance/test-go-rules-map \
	tests/conformance/test-go-rules-string \
	tests/conformance/test-go-rules-threads

# Programs with a main() of their own. Those of tests/faults/ that search take
# longer, and all there is, in `make check-long`.
stress_tests = \
	tests/stress/stress-cost \
	tests/stress/stress-flips \
	tests/stress/stress-hurry \
	tests/stress/stress-publish \
	tests/stress/stress-torture
fault_tests = \
	tests/faults/test-instructions \
	tests/faults/test-kill \
	tests/faults/test-latency \
	tests/faults/test-memory \
	tests/faults/test-storm \
	tests/faults/test-syscalls
fuzz_tests = \
	tests/fuzz/fuzz-api \
	tests/fuzz/fuzz-dump \
	tests/fuzz/fuzz-json \
	tests/fuzz/fuzz-reader
# The explorer of the memory model, and its models; larger in check-long.
model_tests = tests/model/test-models
bench_programs = \
	tests/bench/bench-bare \
	tests/bench/bench-dump \
	tests/bench/bench-host \
	tests/bench/bench-malloc \
	tests/bench/bench-reader \
	tests/bench/bench-start \
	tests/bench/bench-text \
	tests/bench/bench-update

# Programs that scripts run.
test_drivers = \
	tests/conformance/document-driver \
	tests/conformance/text-driver \
	tests/faults/host \
	tests/support/allocate \
	tests/support/hostile-file \
	tests/support/moving \
	tests/support/publish \
	tests/support/silent

# Scripts; one of the benchmarks runs all the others.
test_scripts = \
	tests/build/test-32-bit.sh \
	tests/build/test-dialects.sh \
	tests/build/test-exports.sh \
	tests/build/test-headers.sh \
	tests/build/test-labels.sh \
	tests/build/test-layers.sh \
	tests/build/test-man.sh \
	tests/build/test-recipes.sh \
	tests/build/test-readme-example.sh \
	tests/build/test-reliability.sh \
	tests/cli/test-consumer-collectd.sh \
	tests/cli/test-consumer-jq.sh \
	tests/cli/test-consumer-netdata.sh \
	tests/cli/test-consumer-pcp.sh \
	tests/cli/test-consumer-prometheus.sh \
	tests/cli/test-dump-append.sh \
	tests/cli/test-dump-check.sh \
	tests/cli/test-dump-completion.sh \
	tests/cli/test-dump-containers.sh \
	tests/cli/test-dump-cron.sh \
	tests/cli/test-dump-csv.sh \
	tests/cli/test-dump-damaged.sh \
	tests/cli/test-dump-dead.sh \
	tests/cli/test-dump-diff.sh \
	tests/cli/test-dump-document.sh \
	tests/cli/test-dump-funcs.sh \
	tests/cli/test-dump-gc.sh \
	tests/cli/test-dump-hostile.sh \
	tests/cli/test-dump-large.sh \
	tests/cli/test-dump-list.sh \
	tests/cli/test-dump-merge.sh \
	tests/cli/test-dump-meta.sh \
	tests/cli/test-dump-metrics.sh \
	tests/cli/test-dump-ndjson.sh \
	tests/cli/test-dump-output.sh \
	tests/cli/test-dump-process.sh \
	tests/cli/test-dump-select.sh \
	tests/cli/test-dump-targets.sh \
	tests/cli/test-dump-terminal.sh \
	tests/cli/test-dump-usage.sh \
	tests/cli/test-dump-watch.sh \
	tests/cli/test-install.sh \
	tests/cli/test-memstats.sh \
	tests/cli/test-plot.sh \
	tests/cli/test-plot-completion.sh \
	tests/cli/test-plot-pictures.sh \
	tests/cli/test-dump-why.sh \
	tests/cli/test-run.sh \
	tests/cli/test-run-programs.sh \
	tests/cli/test-run-usage.sh \
	tests/cli/test-systemd.sh \
	tests/cli/test-httpd-completion.sh \
	tests/cli/test-top-completion.sh \
	tests/cli/test-top-hostile.sh \
	tests/cli/test-top-lives.sh \
	tests/cli/test-top-plain.sh \
	tests/cli/test-top-screen.sh \
	tests/cli/test-top-spreadsheet.sh \
	tests/cli/test-httpd-limits.sh \
	tests/cli/test-httpd-listen.sh \
	tests/cli/test-httpd-page.sh \
	tests/cli/test-httpd-requests.sh \
	tests/conformance/test-document-against-go.sh \
	tests/conformance/test-format-page-alone.sh \
	tests/conformance/test-text-against-go.sh \
	tests/stress/test-soak.sh
bench_scripts = tests/bench/run.sh

EXTRA_DIST += $(test_scripts) $(bench_scripts) \
	tests/bench/bench-go.sh \
	tests/bench/bench-httpd.sh \
	tests/bench/bench-plot.sh \
	tests/bench/bench-mmv.c \
	tests/bench/bench-prometheus.py \
	tests/bench/bench-top.sh \
	tests/bench/go/bench.go \
	tests/cli/completion-support.sh \
	tests/cli/consumer-support.sh \
	tests/cli/httpd-support.sh \
	tests/cli/plot-support.sh \
	tests/cli/run-support.sh \
	tests/cli/support.sh \
	tests/cli/top-support.sh \
	tests/conformance/README.md \
	tests/conformance/format-reader.py \
	tests/conformance/go-rules.h \
	tests/conformance/go/document.go \
	tests/conformance/go/text.go \
	tests/conformance/make-description.py \
	tests/fuzz/afl-mutator.c \
	tests/fuzz/campaign.sh \
	tests/fuzz/driver.c \
	tests/fuzz/engine.c \
	tests/fuzz/recipes \
	tests/support/demo.sh \
	tests/support/analysis-explained.txt \
	tests/support/analysis.sh \
	tests/support/coverage-validators.txt \
	tests/support/coverage.py \
	tests/support/coverage.sh \
	tests/support/matrix.sh \
	tests/support/other-tree.sh \
	tests/support/run-test.sh \
	tests/support/text-float-table.py \
	tests/unit/number.h tests/unit/publishing.h

TEST_EXTENSIONS = .sh
RUN_TEST = $(SHELL) $(abs_top_srcdir)/tests/support/run-test.sh
LOG_COMPILER = $(RUN_TEST)
SH_LOG_COMPILER = $(RUN_TEST)

# Absolute, since a test may change its directory.
TEST_SETTINGS = srcdir='$(abs_top_srcdir)'; builddir='$(abs_top_builddir)'; \
	CC='$(CC)'; export srcdir builddir CC;
AM_TESTS_ENVIRONMENT = $(TEST_SETTINGS)

TESTS =
check_PROGRAMS =
check_LIBRARIES =
check_LTLIBRARIES =

if BUILD_TESTS
TESTS += $(unit_tests) $(conformance_tests) $(stress_tests) $(fault_tests) \
	$(model_tests) $(test_scripts)
check_PROGRAMS += $(unit_tests) $(conformance_tests) $(stress_tests) \
	$(fault_tests) $(model_tests) $(fuzz_tests) $(test_drivers) \
	$(bench_programs)

# What all of them are linked with: the parts of the libraries instead of the
# libraries, so that internals are within reach.
check_LIBRARIES += tests/libsupport.a
# A module for dlopen(): the path only tells libtool to make a shared one.
check_LTLIBRARIES += tests/support/tls-hog.la
tests_support_tls_hog_la_SOURCES = tests/support/tls-hog.c
tests_support_tls_hog_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-rpath /nowhere
tests_support_tls_hog_la_LIBADD =
tests_libsupport_a_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_libsupport_a_SOURCES = \
	tests/support/capture.c tests/support/capture.h \
	tests/support/child.h \
	tests/support/hostile.c tests/support/hostile.h \
	tests/support/mkseg.c tests/support/mkseg.h \
	tests/support/random.c \
	tests/support/runner.c tests/support/runner.h \
	tests/support/sample.c tests/support/sample.h \
	tests/support/instrumented.h \
	tests/support/wrap-syscall.h \
	tests/support/wrap.h
LDADD = tests/libsupport.a lib/libpublish.la lib/libread.la lib/libcommon.la \
	$(URCU_LIBS) $(CHECK_LIBS) $(PTHREAD_LIBS)

# Of the library these have nothing but the names.
tests_model_test_models_SOURCES = \
	tests/model/cells.c \
	tests/model/directory.c \
	tests/model/explorer.c tests/model/explorer.h \
	tests/model/func.c \
	tests/model/growth.c \
	tests/model/heap.c \
	tests/model/histogram.c \
	tests/model/index.c \
	tests/model/litmus.c tests/model/litmus.h \
	tests/model/lock.c \
	tests/model/malloc.c \
	tests/model/memory.c tests/model/memory.h \
	tests/model/models.h \
	tests/model/process.c \
	tests/model/publish.c \
	tests/model/rotor.c tests/model/rotor.h \
	tests/model/sigbus.c \
	tests/model/stack.c tests/model/stack.h \
	tests/model/test-models.c \
	tests/model/timer.c \
	tests/model/units.h \
	tests/model/variable.c \
	tests/model/version.h
tests_model_test_models_LDADD =

# The libraries once more, in which each shared access may give way, and what
# was removed is reused at once. Both are one program; the other one is in a
# hurry.
torture = tests/stress/stress-torture.c \
	tests/stress/torture.h \
	tests/stress/torture-values.c \
	tests/stress/torture-watch.c \
	tests/stress/yield.h
YIELD_CPPFLAGS = -DEXPVAR_STRESS_YIELD -include $(top_srcdir)/tests/stress/yield.h
check_LIBRARIES += tests/libyield.a
tests_libyield_a_CPPFLAGS = $(AM_CPPFLAGS) $(URCU_CFLAGS) \
	$(YIELD_CPPFLAGS) -DLIMBO_BATCH=2u -DQUARANTINE_NS=0u
tests_libyield_a_SOURCES = tests/stress/yield.c tests/stress/yield.h \
	$(lib_libpublish_la_SOURCES) $(lib_libread_la_SOURCES) \
	$(lib_libcommon_la_SOURCES)
tests_stress_stress_torture_CPPFLAGS = $(AM_CPPFLAGS) $(YIELD_CPPFLAGS)
tests_stress_stress_torture_SOURCES = $(torture)
tests_stress_stress_torture_LDADD = tests/libyield.a tests/libsupport.a \
	$(URCU_LIBS) $(CHECK_LIBS) $(PTHREAD_LIBS)
tests_stress_stress_hurry_SOURCES = $(torture) tests/stress/yield.c

# The reader once more, with a hook at each of its loads.
tests_unit_test_reader_adversary_SOURCES = \
	tests/unit/test-reader-adversary.c $(lib_libread_la_SOURCES)
tests_unit_test_reader_adversary_CPPFLAGS = $(AM_CPPFLAGS) \
	-DEXPVAR_READ_ADVERSARY=
tests_unit_test_reader_adversary_LDADD = tests/libsupport.a \
	lib/libpublish.la lib/libcommon.la \
	$(URCU_LIBS) $(CHECK_LIBS) $(PTHREAD_LIBS)

# Some of the libraries' calls go to these tests, which count or change them.
tests_unit_test_interrupted_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=madvise,--wrap=nanosleep,--wrap=read,--wrap=syscall
tests_unit_test_names_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=linkat,--wrap=openat,--wrap=renameat2
tests_unit_test_reader_crowd_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fstatat
tests_unit_test_reader_open_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=syscall

# The libraries' calls go to these tests, which refuse them one by one.
tests_unit_test_publish_faults_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=mmap,--wrap=mremap,--wrap=madvise,--wrap=mlock,--wrap=open \
	-Wl,--wrap=openat,--wrap=fstat,--wrap=fstatat,--wrap=fstatfs,--wrap=stat \
	-Wl,--wrap=ftruncate,--wrap=fchmod,--wrap=fchown,--wrap=fcntl,--wrap=linkat \
	-Wl,--wrap=renameat2,--wrap=unlinkat,--wrap=read,--wrap=getcwd \
	-Wl,--wrap=getrandom,--wrap=getrlimit,--wrap=inotify_init1 \
	-Wl,--wrap=inotify_add_watch,--wrap=pthread_create \
	-Wl,--wrap=pthread_atfork,--wrap=pthread_attr_init \
	-Wl,--wrap=pthread_key_create,--wrap=pthread_setspecific
tests_unit_test_reader_faults_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc,--wrap=strdup \
	-Wl,--wrap=strndup,--wrap=mmap,--wrap=fstatfs,--wrap=fstat,--wrap=stat \
	-Wl,--wrap=fstatat,--wrap=lseek,--wrap=pread,--wrap=read \
	-Wl,--wrap=fdopendir,--wrap=open,--wrap=fcntl,--wrap=syscall

# Without the libraries: expvar-run brings them along.
tests_support_allocate_LDADD = $(PTHREAD_LIBS)

# These test parts of the tools.
tests_unit_test_confine_LDADD = tools/libtools.la $(LDADD)
tests_unit_test_dump_histogram_LDADD = tools/libtools.la $(LDADD)
tests_unit_test_dump_metrics_LDADD = tools/libtools.la $(LDADD)
tests_unit_test_dump_select_LDADD = tools/libtools.la $(LDADD)
tests_unit_test_dump_table_LDADD = tools/libtools.la $(LDADD)
tests_unit_test_dump_time_LDADD = tools/libtools.la $(LDADD)
tests_unit_test_plot_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tools
tests_unit_test_plot_LDADD = tools/libplot.la tools/libtools.la $(LDADD)
if BUILD_TOP
top_flags = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -I$(top_srcdir)/tools
top_libs = tools/libtop.la tools/libtools.la $(LDADD) -lm
tests_unit_test_top_chart_CPPFLAGS = $(top_flags)
tests_unit_test_top_chart_LDADD = $(top_libs)
tests_unit_test_top_model_CPPFLAGS = $(top_flags)
tests_unit_test_top_model_LDADD = $(top_libs)
tests_unit_test_top_number_CPPFLAGS = $(top_flags)
tests_unit_test_top_number_LDADD = $(top_libs)
tests_unit_test_top_paths_CPPFLAGS = $(top_flags)
tests_unit_test_top_paths_LDADD = $(top_libs)
endif

# The program that faults are put to; what a user has, so the shared library,
# and no wrapper of libtool's around it.
fault_scenario = tests/faults/phases.h \
	tests/faults/scenario.c tests/faults/scenario.h
tests_faults_host_SOURCES = tests/faults/host.c $(fault_scenario)
tests_faults_host_LDADD = lib/libexpvar.la $(PTHREAD_LIBS)
tests_faults_host_LDFLAGS = $(AM_LDFLAGS) -no-install
tests_support_silent_LDADD = lib/libexpvar.la $(PTHREAD_LIBS)
tests_support_silent_LDFLAGS = $(AM_LDFLAGS) -no-install
tests_faults_test_memory_SOURCES = tests/faults/test-memory.c \
	tests/faults/budget.h $(fault_scenario)
tests_faults_test_syscalls_SOURCES = tests/faults/test-syscalls.c \
	tests/faults/budget.h tests/faults/phases.h \
	tests/faults/sweep.c tests/faults/sweep.h

tests_support_moving_LDADD = lib/libexpvar.la -lm

# A fuzz target has the main() of tests/fuzz/driver.c, or that of an engine.
check_LIBRARIES += tests/libfuzz.a
tests_libfuzz_a_SOURCES = \
	tests/fuzz/fuzz.h \
	tests/fuzz/image.c tests/fuzz/image.h \
	tests/fuzz/image-mutate.c \
	tests/fuzz/image-recipe.c \
	tests/fuzz/isolate.c tests/fuzz/isolate.h \
	tests/fuzz/mutate.c \
	tests/fuzz/strict-json.c tests/fuzz/strict-json.h \
	tests/fuzz/text.c
if BUILD_FUZZING
fuzz_main = tests/fuzz/engine.c
else
fuzz_main = tests/fuzz/driver.c
TESTS += $(fuzz_tests)
endif
fuzz_libs = tests/libfuzz.a tests/libsupport.a

tests_fuzz_fuzz_api_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_api_SOURCES = tests/fuzz/fuzz-api.c $(fuzz_main) \
	tests/fuzz/api-calls.h \
	tests/fuzz/api-check.c \
	tests/fuzz/api-lives.c \
	tests/fuzz/api-model.c tests/fuzz/api-model.h \
	tests/fuzz/api-names.c \
	tests/fuzz/api-new.c \
	tests/fuzz/api-updates.c
tests_fuzz_fuzz_api_LDADD = $(fuzz_libs) $(LDADD) -lm
# The tool as it is, but for the name of its main().
check_LIBRARIES += tests/libdump.a
tests_libdump_a_CPPFLAGS = $(tools_expvar_dump_CPPFLAGS) -Dmain=expvar_dump_main
tests_libdump_a_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_libdump_a_SOURCES = $(tools_expvar_dump_SOURCES)
tests_fuzz_fuzz_dump_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_dump_SOURCES = tests/fuzz/fuzz-dump.c $(fuzz_main)
tests_fuzz_fuzz_dump_LDADD = $(fuzz_libs) tests/libdump.a tools/libtools.la \
	lib/libread.la lib/libcommon.la $(PTHREAD_LIBS)
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c $(fuzz_main)
tests_fuzz_fuzz_json_LDADD = $(fuzz_libs) $(LDADD)

# The reading library with loads that the input answers.
check_LIBRARIES += tests/libadversary.a
tests_libadversary_a_CPPFLAGS = $(LIBRARY_CPPFLAGS) -DEXPVAR_READ_ADVERSARY
tests_libadversary_a_SOURCES = $(lib_libread_la_SOURCES)
tests_fuzz_fuzz_reader_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_reader_SOURCES = tests/fuzz/fuzz-reader.c $(fuzz_main)
tests_fuzz_fuzz_reader_LDADD = $(fuzz_libs) tests/libadversary.a \
	lib/libcommon.la $(PTHREAD_LIBS)

# One source: a program with the library, and without.
tests_bench_bench_bare_CPPFLAGS = $(AM_CPPFLAGS) -DBENCH_BARE
tests_bench_bench_bare_SOURCES = tests/bench/bench-start.c
tests_bench_bench_bare_LDADD = $(PTHREAD_LIBS)
tests_bench_bench_start_SOURCES = tests/bench/bench-start.c
tests_bench_bench_start_LDADD = lib/libexpvar.la $(PTHREAD_LIBS)

# These measure what programs get: the shared libraries.
bench_harness = \
	tests/bench/bench-child.c tests/bench/bench-report.c \
	tests/bench/bench.c tests/bench/bench.h \
	tests/bench/update-calls.c tests/bench/update-calls.h
tests_bench_bench_dump_SOURCES = tests/bench/bench-dump.c $(bench_harness)
tests_bench_bench_dump_LDADD = lib/libexpvar.la $(PTHREAD_LIBS) -lm
tests_bench_bench_host_SOURCES = tests/bench/bench-host.c $(bench_harness)
tests_bench_bench_host_LDADD = tests/libsupport.a lib/libexpvar.la \
	$(PTHREAD_LIBS) -lm
# Without the libraries: one of two is preloaded.
tests_bench_bench_malloc_SOURCES = tests/bench/bench-malloc.c \
	tests/bench/bench-child.c tests/bench/bench-report.c \
	tests/bench/bench.c tests/bench/bench.h
tests_bench_bench_malloc_LDADD = $(PTHREAD_LIBS) -lm
check_LTLIBRARIES += tests/bench/forward-malloc.la
tests_bench_forward_malloc_la_SOURCES = tests/bench/forward-malloc.c
tests_bench_forward_malloc_la_CFLAGS = $(AM_CFLAGS) -fno-builtin-malloc \
	-fno-builtin-free
tests_bench_forward_malloc_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-rpath /nowhere
tests_bench_forward_malloc_la_LIBADD =
tests_bench_bench_update_SOURCES = \
	tests/bench/bench-update.c tests/bench/bench-update.h \
	tests/bench/update-counts.c tests/bench/update-memory.c \
	tests/bench/update-reader.c $(bench_harness)
tests_bench_bench_update_LDADD = \
	lib/libexpvar.la lib/libexpvar-reader.la $(PTHREAD_LIBS) -lm
endif

# A test that needs more time than usual takes it from the variables that
# run-test.sh knows, so that `make check-long EXPVAR_TEST_SECONDS=3600` works.
LONG_ENGINES = libfuzzer=clang afl=afl-clang-fast
long_tests = $(model_tests) $(stress_tests) $(fault_tests) $(fuzz_tests) \
	tests/stress/test-soak.sh
check-long: all
	@seconds=$${EXPVAR_TEST_SECONDS:-120}; status=0; \
	$(MAKE) check TESTS='$(long_tests)' EXPVAR_TEST_SECONDS=$$seconds \
		EXPVAR_TEST_TIMEOUT=$$((seconds * 3 + 900)) || status=$$?; \
	for test in $(long_tests); do \
		printf '%s:\n' $$test; \
		grep -vE '^(PASS|FAIL|SKIP) ' $${test%.sh}.log | \
			tail -n 14 | sed 's/^/    /'; \
	done; \
	for engine in $(LONG_ENGINES); do \
		command -v $${engine#*=} >/dev/null || { \
			echo "$${engine%=*}: skipped, no $${engine#*=}"; continue; }; \
		$(MAKE) -s fuzz FUZZ_ENGINE=$${engine%=*} \
			FUZZ_SECONDS=$$seconds || status=1; \
	done; exit $$status

VALGRIND = valgrind --quiet --error-exitcode=98 --leak-check=full \
	--errors-for-leak-kinds=definite
check-valgrind: all
	@command -v valgrind >/dev/null || { echo "no valgrind here" >&2; exit 1; }
	$(MAKE) check TESTS='$(unit_tests) $(conformance_tests)' EXPVAR_TEST_WRAPPER='$(VALGRIND)' \
		EXPVAR_TEST_TIMEOUT=1800 CK_TIMEOUT_MULTIPLIER=20

# In build trees of their own below this one: tests/support/other-tree.sh.
OTHER_TREE = MAKE='$(MAKE)'; export MAKE; $(TEST_SETTINGS) \
	$(SHELL) '$(abs_top_srcdir)/tests/support/other-tree.sh'
ASAN_COMPILERS = clang $(CC)
check-asan:
	@$(MAKE) check-sanitized SANITIZED=asan \
		SANITIZERS=address,undefined COMPILERS='$(ASAN_COMPILERS)'
check-tsan:
	@$(MAKE) check-sanitized SANITIZED=tsan \
		SANITIZERS=thread COMPILERS=clang

check-sanitized:
	@echo 'int main(void) { return 0; }' >probe.c; \
	for compiler in $(COMPILERS) none; do \
		$$compiler -fsanitize=$(SANITIZERS) -o probe probe.c \
			2>/dev/null && break; \
	done; \
	rm -f probe probe.c; \
	test $$compiler != none || { \
		echo "no compiler for -fsanitize=$(SANITIZERS): tried $(COMPILERS)" >&2; \
		exit 1; }; \
	$(OTHER_TREE) $(SANITIZED) CC=$$compiler CFLAGS='-O1 -g' \
		--enable-sanitizers=$(SANITIZERS)
	$(MAKE) -C build-$(SANITIZED) check EXPVAR_TEST_TIMEOUT=600 \
		CK_TIMEOUT_MULTIPLIER=5

check-analysis:
	@URCU_CFLAGS='$(URCU_CFLAGS)'; export URCU_CFLAGS; $(TEST_SETTINGS) \
	$(SHELL) '$(abs_top_srcdir)/tests/support/analysis.sh'

# `make coverage COVERAGE_TESTS=tests/unit/test-text COVERAGE_KEEP=1` adds
# one test to what was counted before.
COVERAGE_TESTS = $(unit_tests) $(conformance_tests) $(stress_tests) \
	$(fuzz_tests)
COVERAGE_KEEP =
coverage:
	@MAKE='$(MAKE)'; export MAKE; \
	COVERAGE_TESTS='$(COVERAGE_TESTS)'; export COVERAGE_TESTS; \
	COVERAGE_KEEP='$(COVERAGE_KEEP)'; export COVERAGE_KEEP; \
	$(TEST_SETTINGS) \
	$(SHELL) '$(abs_top_srcdir)/tests/support/coverage.sh'

# `make check-matrix MATRIX=gcc-O3`
MATRIX =
check-matrix:
	@MAKE='$(MAKE)'; MATRIX='$(MATRIX)'; export MAKE MATRIX; \
	$(TEST_SETTINGS) \
	$(SHELL) '$(abs_top_srcdir)/tests/support/matrix.sh'

# `make fuzz FUZZ_ENGINE=afl FUZZ_TARGETS=reader FUZZ_SECONDS=3600`; engines:
# libfuzzer, afl, driver. See tests/fuzz/campaign.sh.
FUZZ_ENGINE = libfuzzer
FUZZ_TARGETS = api dump json reader
FUZZ_SECONDS = 300
fuzz: all $(fuzz_tests)
	@MAKE='$(MAKE)'; EXPVAR_TEST_TIMEOUT=0; export MAKE EXPVAR_TEST_TIMEOUT; \
	$(TEST_SETTINGS) $(RUN_TEST) \
		'$(abs_top_srcdir)/tests/fuzz/campaign.sh' \
		$(FUZZ_ENGINE) $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# One after the other: a benchmark wants the machine for itself. `make bench
# BENCH_FLAGS="--json FILE"` writes the figures to a file, too.
bench: all $(bench_programs)
	@$(TEST_SETTINGS) EXPVAR_TEST_TIMEOUT=0; export EXPVAR_TEST_TIMEOUT; \
	$(RUN_TEST) '$(abs_top_srcdir)'/$(bench_scripts) $(BENCH_FLAGS)

demo: all
	@$(TEST_SETTINGS) '$(abs_top_srcdir)/tests/support/demo.sh'

clean-local: clean-deb
	-rm -rf build-asan build-coverage build-tsan build-fuzz-* build-matrix-*

.PHONY: bench check-analysis check-asan check-long \
	check-matrix check-sanitized check-tsan check-valgrind coverage demo fuzz
