/* SPDX-License-Identifier: MIT */
/*
 * test-interrupted.c - signals, cancellation and forks in the middle of a call
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#include "publish/lock.h"
#include "publish/rotor.h"
#include "publish/variable.h"
#include "support/wrap-syscall.h"
#include "unit/publishing.h"

struct fields {
	uint64_t a, b;
};

static const struct expvar_field fields[] = {
	EXPVAR_FIELD(struct fields, a, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct fields, b, EXPVAR_FIELD_UINT),
};

static struct expvar_int *number;
static struct expvar_string *text;
static struct expvar_record *record;
static struct expvar_counter *counter;
static struct expvar_histogram *histogram;

static void make_variables(void)
{
	number = expvar_int_new("number");
	text = expvar_string_new("text");
	record = expvar_record_new("record", fields, 2);
	counter = expvar_counter_new("counter");
	histogram = expvar_histogram_new("histogram");
}

static void update(void)
{
	static const struct fields values = { 5, 6 };

	expvar_int_add(number, 1);
	expvar_string_set(text, "a text, neither short nor long");
	expvar_record_set(record, &values);
	expvar_counter_inc(counter);
	expvar_histogram_record(histogram, 5);
}

static void storm(void (*handler)(int), int flags, long interval_us)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	struct itimerval timer = { { 0, interval_us }, { 0, interval_us } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void calm(void)
{
	struct itimerval timer = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &timer, NULL);
	signal(SIGALRM, SIG_IGN);
}

/*
 * Nothing is stuck: a set takes effect, at the latest when what was lost is
 * replaced (after a second), and structure can be changed.
 */
static void expect_all_works(void)
{
	static const struct fields values = { 7, 8 };
	uint64_t end = now_ns() + 20000000000u;
	char value[64] = "";

	for (;;) {
		expvar_string_set(text, "at last");
		expvar_record_set(record, &values);
		expvar_string_get(text, value, sizeof(value));
		if (!strcmp(value, "at last"))
			break;
		ck_assert_msg(now_ns() < end, "the string stays '%s'", value);
		usleep(10000);
	}
	for (;;) {
		char *json = text_of(&record->var);
		int good = !strcmp(json, "{\"a\":7,\"b\":8}");

		free(json);
		if (good)
			break;
		ck_assert_msg(now_ns() < end, "the record is stuck");
		usleep(10000);
		expvar_record_set(record, &values);
	}
	expvar_int_add(expvar_int_new("new"), 1);
	ck_assert_int_eq(expvar_var_error(&expvar_int_new("newer")->var), 0);
}

/* ---- W4: signals during the start ---- */

static void do_nothing(int signal_number)
{
	(void)signal_number;
}

START_TEST(a_storm_of_signals_does_not_keep_it_from_starting)
{
	storm(do_nothing, 0, 100); /* not SA_RESTART */
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(publishing_start_with(1 << 20, 0), 0);
		for (int j = 0; j < 100; j++)
			expvar_counter_inc(expvar_counter_new(NULL));
		ck_assert_uint_eq(ACCOUNT(lost_variables), 0);
		expvar_fini();
	}
	calm();
}
END_TEST

/*
 * The kernel interrupts these two rarely, so the linker puts others in their
 * place (tests/local.mk), which are interrupted so many times at each place.
 */
static struct interruptions {
	int most, since;
} populating, reading;

static bool is_interrupted(struct interruptions *of)
{
	if (of->since++ < of->most) {
		errno = EINTR;
		return true;
	}
	of->since = 0;
	return false;
}

int __real_madvise(void *at, size_t size, int advice);
int __wrap_madvise(void *at, size_t size, int advice);
int __wrap_madvise(void *at, size_t size, int advice)
{
	return advice == MADV_POPULATE_WRITE && is_interrupted(&populating) ?
		       -1 :
		       __real_madvise(at, size, advice);
}

ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size)
{
	return is_interrupted(&reading) ? -1 : __real_read(fd, bytes, size);
}

START_TEST(what_is_interrupted_is_repeated_and_not_for_ever)
{
	const struct layout_header *header;

	populating.most = reading.most = 15;
	ck_assert_int_eq(publishing_start_with(1 << 20, 0), 0);
	header = expvar_process()->segment.header;
	ck_assert_uint_ne(header->start_ticks, 0);
	expvar_int_add(expvar_int_new("v"), 1);
	ck_assert_uint_eq(ACCOUNT(lost_variables), 0);
	expvar_fini();
	reading.most = INT_MAX;
	ck_assert_int_eq(publishing_start_with(1 << 20, 0), 0);
	expvar_fini();
	populating.most = INT_MAX;
	ck_assert_int_eq(publishing_start_with(1 << 20, 0), -EINTR);
	expvar_int_add(expvar_int_new("v"), 1);
	expvar_fini();
	populating.most = reading.most = 0;
}
END_TEST

/* ---- W15: an update that never ends ---- */

static void *update_for_ever(void *userdata)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		update();
	return userdata;
}

START_TEST(threads_cancelled_at_any_instruction_leave_nothing_locked)
{
	pthread_t thread;

	for (int i = 0; i < 300; i++) {
		ck_assert_int_eq(pthread_create(&thread, NULL, update_for_ever,
						NULL),
				 0);
		usleep((unsigned int)(i % 50) * 10);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
	}
	expect_all_works();
	ck_assert_uint_ge((uint64_t)expvar_int_get(number) + 300,
			  expvar_counter_get(counter));
}
END_TEST

static void leave_thread(int signal_number)
{
	(void)signal_number;
	pthread_exit(NULL);
}

static void *update_until_signalled(void *userdata)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;)
		update();
	return userdata;
}

START_TEST(handlers_that_end_their_thread_leave_nothing_locked)
{
	pthread_t thread;
	sigset_t set;

	signal(SIGUSR1, leave_thread);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 300; i++) {
		ck_assert_int_eq(pthread_create(&thread, NULL,
						update_until_signalled, NULL),
				 0);
		usleep((unsigned int)(i % 50) * 10);
		pthread_kill(thread, SIGUSR1);
		pthread_join(thread, NULL);
	}
	expect_all_works();
}
END_TEST

static sigjmp_buf before_update;
static volatile sig_atomic_t in_update, jumps;

static void jump_out(int signal_number)
{
	(void)signal_number;
	if (in_update) {
		in_update = 0; /* or slow machines would come to nothing */
		jumps++;
		siglongjmp(before_update, 1);
	}
}

static void jump_for_a_while(uint64_t ns)
{
	volatile uint64_t end = now_ns() + ns;

	storm(jump_out, 0, 50);
	(void)sigsetjmp(before_update, 1);
	while (now_ns() < end) {
		in_update = 1;
		update();
		in_update = 0;
	}
	calm();
	in_update = 0;
}

START_TEST(handlers_that_jump_out_of_an_update_leave_nothing_locked)
{
	for (int i = 0; i < 3; i++) {
		jump_for_a_while(200000000);
		expect_all_works();
	}
	ck_assert_int_gt(jumps, 0);
}
END_TEST

#define STRINGS 2000

static void lose_versions(const struct expvar_string *v)
{
	struct rotor *rotor = expvar_handle_extra(&v->var);

	for (uint32_t i = 0; i < ROTOR_SPARE; i++)
		expvar_word32_store_relaxed(&rotor->spare[i].line, 0);
}

static void set_all(struct expvar_string **strings, const char *value)
{
	volatile int i = 0;

	(void)sigsetjmp(before_update, 1);
	while (i < STRINGS) {
		in_update = 1;
		expvar_string_set(strings[i++], value);
		in_update = 0;
	}
}

/*
 * When versions are replaced, or made larger, an update takes the lock that
 * structural calls have. So many need that here that a handler finds it taken.
 */
START_TEST(nor_does_the_lock_stay_taken_by_the_update_that_needed_it)
{
	static struct expvar_string *strings[STRINGS];
	static char longer[2000];
	uint64_t end;

	memset(longer, 'x', sizeof(longer) - 1);
	for (int i = 0; i < STRINGS; i++) {
		strings[i] = expvar_string_new(NULL);
		lose_versions(strings[i]);
	}
	set_all(strings, "dropped");
	usleep(1100000);
	jumps = 0;
	storm(jump_out, 0, 50);
	set_all(strings, "into a new version");
	end = now_ns() + 300000000;
	for (int pass = 0; pass < 3 || now_ns() < end; pass++)
		set_all(strings, longer);
	calm();
	in_update = 0;
	ck_assert_int_gt(jumps, 0);
	expect_all_works();
}
END_TEST

/* A version a jump: bounded, and the loss of sets is counted. */
START_TEST(what_jumps_lose_is_bounded)
{
	size_t before = expvar_process()->arena.used,
	       heap = ACCOUNT(heap_bytes);

	jump_for_a_while(2500000000);
	expect_all_works();
	ck_assert_uint_lt(expvar_process()->arena.used, before + 4096);
	ck_assert_uint_lt(ACCOUNT(heap_bytes), heap + 64 * 1024);
}
END_TEST

/* What the next waits on the lock find; the linker puts these in their place. */
static struct {
	int error; /* 0: they are as ever */
	int waits, pauses;
} waiting;

static bool answer_syscall(long call, const long a[6])
{
	if (!waiting.error || call != SYS_futex || a[1] != FUTEX_WAIT_PRIVATE)
		return false;
	waiting.waits++;
	errno = waiting.error;
	return true;
}

int __real_nanosleep(const struct timespec *pause, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *rest)
{
	if (!waiting.error)
		return __real_nanosleep(pause, rest);
	waiting.pauses += (int)(pause->tv_nsec / 1000000);
	return 0;
}

/* Does not come back: as one that a handler has ended in the middle. */
static void *end_in_the_middle(void *userdata)
{
	struct lock_guard guard;

	ck_assert(expvar_lock_enter(&guard));
	return userdata;
}

static void expect_refusal(int error, int waits, int pauses)
{
	struct expvar_int *v;

	memset(&waiting, 0, sizeof(waiting));
	waiting.error = error;
	errno = 0;
	v = expvar_int_new("refused");
	ck_assert_int_ne(expvar_var_error(&v->var), 0);
	waiting.error = 0;
	ck_assert_int_eq(waiting.waits, waits);
	ck_assert_int_eq(waiting.pauses, pauses);
	update();
	ck_assert_ptr_null(expvar_get("refused"));
}

/*
 * A hundred waits of 100 ms; where a sandbox denies them (W18), pauses of 1 ms. The
 * loop's number says which. Who comes later does not wait.
 */
START_TEST(a_structural_call_that_never_ends_is_waited_for_once)
{
	int error = _i ? EPERM : ETIMEDOUT;
	pthread_t thread;
	uint64_t counted = expvar_counter_get(counter);

	ck_assert_int_eq(pthread_create(&thread, NULL, end_in_the_middle, NULL),
			 0);
	pthread_join(thread, NULL);
	expect_refusal(error, _i ? 10000 : 100, _i ? 10000 : 0);
	expect_refusal(error, 0, 0);
	ck_assert_uint_eq(expvar_counter_get(counter), counted + 2);
}
END_TEST

/* ---- W10: forks where they are least expected ---- */

static volatile sig_atomic_t forks, failed_children;

static void fork_in_handler(int signal_number)
{
	int status, saved = errno;
	pid_t child;

	(void)signal_number;
	child = fork();
	if (!child) {
		alarm(30);
		signal(SIGALRM, SIG_DFL);
		update();
		expvar_int_add(expvar_int_new("of a child"), 1);
		_exit(0);
	}
	forks++;
	while (waitpid(child, &status, 0) < 0)
		;
	failed_children += status != 0;
	errno = saved;
}

START_TEST(a_handler_may_fork_in_the_middle_of_anything)
{
	int64_t rounds = 0;
	char name[32];

	storm(fork_in_handler, SA_RESTART, 3000);
	while (forks < 100) {
		struct expvar_string *v;

		snprintf(name, sizeof(name), "v%d", (int)(rounds % 10));
		v = expvar_string_new(name);
		expvar_string_set(v, name);
		expvar_unpublish(&v->var);
		expvar_release(&v->var);
		update();
		rounds++;
	}
	calm();
	ck_assert_int_eq(failed_children, 0);
	ck_assert_int_eq(expvar_int_get(number), rounds);
	ck_assert_ptr_null(expvar_get("of a child"));
	expect_all_works();
}
END_TEST

static struct expvar_word32 is_over;

static void *churn(void *userdata)
{
	while (!expvar_word32_load_relaxed(&is_over)) {
		struct expvar_int *v = expvar_int_new("churn");

		expvar_unpublish(&v->var);
		expvar_release(&v->var);
	}
	return userdata;
}

static int use_after_clone(void)
{
	struct expvar_int *v;

	alarm(8); /* less than it takes to give up on a lock */
	signal(SIGALRM, SIG_DFL);
	v = expvar_int_new("of a clone");
	expvar_int_add(v, 1);
	return expvar_int_get(v) != 1 || expvar_status() != EXPVAR_E_FORKED;
}

/* No handler runs, and another thread may have held the lock. */
static void clone_amid_churn(pid_t (*make)(void))
{
	pthread_t threads[2];
	pid_t child;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, NULL),
				 0);
	for (int i = 0; i < 100; i++) {
		child = make();
		if (!child)
			_exit(use_after_clone());
		ck_assert_int_eq(status_of(child), 0);
	}
	expvar_word32_store_relaxed(&is_over, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_ptr_null(expvar_get("of a clone"));
	expect_all_works();
}

static pid_t raw_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

START_TEST(a_raw_clone_does_not_wait_for_a_lock_that_stayed_behind)
{
	clone_amid_churn(raw_clone);
}
END_TEST

START_TEST(nor_does_a_fork_without_handlers)
{
	clone_amid_churn(_Fork);
}
END_TEST

static void start_with_variables(void)
{
	publishing_start();
	make_variables();
}

Suite *suite(void)
{
	Suite *s = suite_create("interrupted");
	TCase *c = plain_case(s, "start");

	tcase_add_test(c, a_storm_of_signals_does_not_keep_it_from_starting);
	tcase_add_test(c, what_is_interrupted_is_repeated_and_not_for_ever);
	/*
	 * TSan keeps signals back until the next call that it knows, and takes
	 * what a child does for its parent's, if no fork() made it.
	 */
	if (UNDER_TSAN)
		return s;
	c = publishing_case_of(s, "updates", start_with_variables);
	tcase_add_test(
		c, threads_cancelled_at_any_instruction_leave_nothing_locked);
	tcase_add_test(c, handlers_that_end_their_thread_leave_nothing_locked);
	tcase_add_test(
		c, handlers_that_jump_out_of_an_update_leave_nothing_locked);
	tcase_add_test(
		c, nor_does_the_lock_stay_taken_by_the_update_that_needed_it);
	tcase_add_test(c, what_jumps_lose_is_bounded);
	tcase_add_loop_test(
		c, a_structural_call_that_never_ends_is_waited_for_once, 0, 2);
	/* Thousands of forks from handlers: under valgrind they do not end. */
	if (is_wrapped())
		return s;
	c = publishing_case_of(s, "forks", start_with_variables);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, a_handler_may_fork_in_the_middle_of_anything);
	tcase_add_test(c,
		       a_raw_clone_does_not_wait_for_a_lock_that_stayed_behind);
	tcase_add_test(c, nor_does_a_fork_without_handlers);
	return s;
}
