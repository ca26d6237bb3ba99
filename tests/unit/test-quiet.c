/* SPDX-License-Identifier: MIT */
/*
 * test-quiet.c - what the library does not do to its host
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "unit/publishing.h"

struct fields {
	uint64_t a;
	char b[40];
};

static const struct expvar_field fields[] = {
	EXPVAR_FIELD(struct fields, a, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct fields, b, EXPVAR_FIELD_CHARS),
};

static struct all {
	struct expvar_int *i;
	struct expvar_float *f;
	struct expvar_string *s;
	struct expvar_map *m;
	struct expvar_counter *c;
	struct expvar_histogram *h;
	struct expvar_record *r;
} all;

static void make_all(void)
{
	all.i = expvar_int_new("int");
	all.f = expvar_float_new("float");
	all.s = expvar_string_new("string");
	all.m = expvar_map_new("map");
	all.c = expvar_counter_new("counter");
	all.h = expvar_histogram_new("histogram");
	all.r = expvar_record_new("record", fields, 2);
}

/* Every update there is. The key of the map is known. */
static void update_all(uint64_t i)
{
	struct fields values = { i, "text" };
	static const char text[128] = "0123456789";

	expvar_int_add(all.i, 1);
	expvar_int_set(all.i, (int64_t)i);
	expvar_float_add(all.f, 0.5);
	expvar_float_set(all.f, 1);
	expvar_string_set(all.s, text);
	expvar_string_setn(all.s, text, i % 129);
	expvar_map_add(all.m, "key", 1);
	expvar_map_add_float(all.m, "real", 1);
	expvar_counter_inc(all.c);
	expvar_counter_add(all.c, i);
	expvar_histogram_record(all.h, i << i % 60);
	expvar_histogram_record_n(all.h, i, 3);
	expvar_record_set(all.r, &values);
}

static void make_known(void)
{
	make_all();
	update_all(1);
}

static int filter_everything(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT_OF(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int update_filtered(void *first_touch)
{
	publishing_start_with(0, 0);
	make_all();
	expvar_map_add(all.m, "key", 1); /* a first look-up registers with RCU */
	expvar_map_add_float(all.m, "real", 1);
	if (!first_touch)
		update_all(1);
	if (filter_everything())
		return 77;
	for (uint64_t i = 0; i < 100000; i++)
		update_all(i);
	expvar_counter_get(all.c);
	syscall(SYS_exit_group, 0);
	return 1;
}

static void expect_no_call(void *first_touch)
{
	int status;

	if (is_instrumented())
		return;
	expvar_fini();
	status = in_child(update_filtered, first_touch);
	ck_assert_msg(status == 0 || status == 77, "status %d", status);
}

START_TEST(no_update_makes_a_system_call)
{
	expect_no_call(NULL);
}
END_TEST

START_TEST(not_even_a_threads_first_touch_makes_one)
{
	expect_no_call(&all);
}
END_TEST

START_TEST(updates_cause_no_page_fault_and_no_switch)
{
	struct rusage before, after;
	long faults = 0, switches = 1;

	make_known();
	for (uint64_t i = 0; i < 1000; i++)
		update_all(i);
	/* others may cause a switch; a system call of ours always would */
	for (int tries = 0; switches && tries < 20; tries++) {
		getrusage(RUSAGE_THREAD, &before);
		for (uint64_t i = 0; i < 20000; i++)
			update_all(i);
		getrusage(RUSAGE_THREAD, &after);
		faults += after.ru_minflt - before.ru_minflt +
			  after.ru_majflt - before.ru_majflt;
		switches = after.ru_nvcsw - before.ru_nvcsw;
	}
	ck_assert_int_eq(switches, 0);
	if (!is_instrumented())
		ck_assert_int_eq(faults, 0);
}
END_TEST

START_TEST(updates_and_successful_calls_leave_errno_alone)
{
	static const char text[60000];

	for (int i = 0; i < 300; i++) {
		struct expvar_int *v;

		errno = 1234;
		make_known();
		update_all((uint64_t)i);
		v = expvar_int_new("another");
		expvar_unpublish(&v->var);
		expvar_release(&v->var);
		free(text_of(NULL));
		ck_assert_int_eq(errno, 1234);
	}
	expvar_string_setn(all.s, text, sizeof(text));
	ck_assert_int_eq(errno, 1234);
	ck_assert_int_eq(expvar_thread_ready(), 0);
	ck_assert_int_eq(errno, 1234);
	expvar_fini();
	ck_assert_int_eq(errno, 1234);
}
END_TEST

struct surroundings {
	mode_t mask;
	char directory[4096];
	sigset_t signals;
	struct rlimit limits[RLIM_NLIMITS];
	struct sigaction actions[65];
	int cancel;
	int descriptors;
	int threads;
};

static int entries_of(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static void look_around(struct surroundings *s)
{
	memset(s, 0, sizeof(*s));
	s->mask = umask(022);
	umask(s->mask);
	ck_assert_ptr_nonnull(getcwd(s->directory, sizeof(s->directory)));
	pthread_sigmask(SIG_SETMASK, NULL, &s->signals);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &s->limits[i]);
	for (int i = 1; i < 65; i++)
		sigaction(i, NULL, &s->actions[i]);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->cancel);
	pthread_setcancelstate(s->cancel, NULL);
	s->descriptors = entries_of("/proc/self/fd");
	s->threads = entries_of("/proc/self/task");
}

static void expect_same(const struct surroundings *before)
{
	struct surroundings after;

	look_around(&after);
	ck_assert_uint_eq(after.mask, before->mask);
	ck_assert_str_eq(after.directory, before->directory);
	ck_assert_mem_eq(&after.signals, &before->signals,
			 sizeof(after.signals));
	ck_assert_mem_eq(after.limits, before->limits, sizeof(after.limits));
	for (int i = 1; i < 65; i++)
		ck_assert_msg(after.actions[i].sa_handler ==
				      before->actions[i].sa_handler,
			      "signal %d", i);
	ck_assert_int_eq(after.cancel, before->cancel);
	ck_assert_int_eq(after.descriptors, before->descriptors);
	ck_assert_int_eq(after.threads, before->threads);
}

START_TEST(the_hosts_surroundings_stay_as_they_are)
{
	struct surroundings before;
	mode_t mask = umask(0177);
	struct stat st;

	look_around(&before);
	ck_assert_int_eq(publishing_start_with(0, 0), 0);
	expect_same(&before);
	make_known();
	ck_assert_int_eq(expvar_thread_ready(), 0);
	for (int i = 0; i < 200; i++)
		expvar_release(&expvar_int_new(NULL)->var);
	expect_same(&before);
	ck_assert_int_eq(stat(expvar_path(), &st), 0);
	expvar_fini();
	expect_same(&before);
	umask(mask);
}
END_TEST

static void run_nothing(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_null(out);
}

/* SigBlk of a task that is not this one. */
static unsigned long blocked_of_another_thread(void)
{
	char path[300], line[200];
	struct dirent *entry;
	unsigned long mask = 0;
	DIR *dir = opendir("/proc/self/task");
	FILE *file;

	while (dir && (entry = readdir(dir))) {
		if (atoi(entry->d_name) == 0 || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status",
			 entry->d_name);
		file = fopen(path, "r");
		while (file && fgets(line, sizeof(line), file))
			if (!strncmp(line, "SigBlk:", 7))
				mask = strtoul(line + 7, NULL, 16);
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
	return mask;
}

START_TEST(only_a_func_brings_a_thread_and_it_blocks_all_signals)
{
	int threads = entries_of("/proc/self/task");

	make_known();
	if (UNDER_SANITIZER) /* has a thread of its own */
		return;
	ck_assert_int_eq(entries_of("/proc/self/task"), threads);
	expvar_func_new("func", run_nothing, NULL);
	ck_assert_int_eq(entries_of("/proc/self/task"), threads + 1);
	expvar_func_new("func 2", run_nothing, NULL);
	ck_assert_int_eq(entries_of("/proc/self/task"), threads + 1);
	/* all of them: a signal for the process must go to another thread */
	ck_assert_uint_eq(~blocked_of_another_thread() & 0x7ffbfeff, 0);
}
END_TEST

START_TEST(a_segment_is_mapped_once)
{
	char line[5000], inode[32];
	struct stat st;
	int count = 0;
	FILE *maps;

	make_known();
	ck_assert_int_eq(stat(expvar_path(), &st), 0);
	snprintf(inode, sizeof(inode), " %lu ", (unsigned long)st.st_ino);
	for (int i = 0; i < 2000; i++)
		expvar_counter_inc(expvar_counter_new(NULL));
	maps = fopen("/proc/self/maps", "r");
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, inode) != NULL;
	fclose(maps);
	ck_assert_int_eq(count, 1);
}
END_TEST

static long resident(const char *what)
{
	char line[200];
	long bytes = -1;
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, what, strlen(what)))
			bytes = atol(line + strlen(what)) * 1024;
	if (status)
		fclose(status);
	return bytes;
}

static int measure(void *userdata)
{
	/* without code, which the first touch of each page makes resident */
	long before = resident("RssAnon:") + resident("RssShmem:"), after;
	uint64_t began, init, first;
	char name[16];

	(void)userdata;
	began = now_ns();
	CHILD_CHECK(!publishing_start_with(0, 0));
	init = now_ns() - began;
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		if (i % 2)
			expvar_counter_inc(expvar_counter_new(name));
		else
			expvar_int_add(expvar_int_new(name), 1);
	}
	first = now_ns() - began;
	after = resident("RssAnon:") + resident("RssShmem:");
	printf("init %llu us, with ten variables %llu us, %ld KiB resident\n",
	       (unsigned long long)init / 1000,
	       (unsigned long long)first / 1000, (after - before) / 1024);
	fflush(stdout);
	CHILD_CHECK(after - before < 600 * 1024);
	CHILD_CHECK(init < 50000000);
	expvar_fini();
	return 0;
}

/* Generous: the figures belong to tests/bench. */
START_TEST(ten_variables_cost_little_memory_and_time)
{
	if (!is_instrumented())
		ck_assert_int_eq(in_child(measure, NULL), 0);
}
END_TEST

/* ---- updates in signal handlers ---- */

static int handled; /* in several threads */

/* All that is marked as hot path; look-ups are not. */
static void update_in_handler(int number)
{
	static const struct fields values = { 5, "handler" };

	(void)number;
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
	expvar_int_add(all.i, 1);
	expvar_string_set(all.s, "from the handler");
	expvar_record_set(all.r, &values);
	expvar_float_add(all.f, 1);
	expvar_histogram_record(all.h, 1);
	expvar_counter_inc(all.c);
	errno = 99;
}

static void storm(long interval_us)
{
	struct sigaction action = { .sa_handler = update_in_handler };
	struct itimerval timer = { { 0, interval_us }, { 0, interval_us } };

	if (!interval_us)
		memset(&timer, 0, sizeof(timer));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* W14: the handler updates what it interrupted the update of. */
START_TEST(updates_in_a_handler_are_exact_for_an_int)
{
	uint64_t end = now_ns() + 500000000;
	int64_t rounds = 0;
	char value[40];

	make_known();
	expvar_int_set(all.i, 0);
	handled = 0;
	storm(50);
	for (; now_ns() < end; rounds++) {
		expvar_int_add(all.i, 1);
		expvar_string_set(all.s, "from the thread, and longer");
		expvar_map_add(all.m, "key", 1);
		expvar_histogram_record(all.h, 2);
		expvar_string_get(all.s, value, sizeof(value));
		if (strcmp(value, "from the thread, and longer") &&
		    strcmp(value, "from the handler"))
			ck_abort_msg("%s", value);
	}
	storm(0);
	ck_assert_int_gt(handled, 50);
	ck_assert_int_eq(expvar_int_get(all.i), rounds + handled);
	ck_assert_uint_eq(ACCOUNT(lost_sets), 0);
}
END_TEST

static void *touch_first(void *userdata)
{
	for (int i = 0; i < 200; i++)
		expvar_counter_inc(all.c);
	return userdata;
}

/* Handlers interrupt registration, growth and every structural call. */
START_TEST(a_storm_of_signals_hurts_no_structural_call)
{
	uint64_t end = now_ns() + 500000000;
	pthread_t thread;
	char name[32];

	make_known();
	storm(50);
	for (int i = 0; now_ns() < end; i++) {
		struct expvar_string *s;

		snprintf(name, sizeof(name), "s%d", i % 10);
		s = expvar_string_new(name);
		expvar_string_set(s, name);
		expvar_unpublish(&s->var);
		expvar_release(&s->var);
		if (i % 50 == 0) {
			ck_assert_int_eq(pthread_create(&thread, NULL,
							touch_first, NULL),
					 0);
			pthread_join(thread, NULL);
		}
	}
	storm(0);
	ck_assert_int_gt(handled, 50);
	ck_assert_uint_eq(ACCOUNT(lost_sets), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("quiet");
	TCase *c = publishing_case(s, "updates");

	tcase_add_test(c, no_update_makes_a_system_call);
	tcase_add_test(c, not_even_a_threads_first_touch_makes_one);
	tcase_add_test(c, updates_cause_no_page_fault_and_no_switch);
	tcase_add_test(c, updates_and_successful_calls_leave_errno_alone);
	c = plain_case(s, "host");
	tcase_add_test(c, the_hosts_surroundings_stay_as_they_are);
	tcase_add_test(c, ten_variables_cost_little_memory_and_time);
	c = publishing_case(s, "process");
	tcase_add_test(
		c, only_a_func_brings_a_thread_and_it_blocks_all_signals);
	tcase_add_test(c, a_segment_is_mapped_once);
	c = publishing_case(s, "signals");
	tcase_add_test(c, updates_in_a_handler_are_exact_for_an_int);
	tcase_add_test(c, a_storm_of_signals_hurts_no_structural_call);
	return s;
}
