/* SPDX-License-Identifier: MIT */
/*
 * test-latency.c - how long updates take while something goes wrong (T13)
 *
 * For each trouble a process that publishes: one thread updates a variable of
 * each type in turn and takes the time of each call, while others, or other
 * processes, make the trouble. That thread may make no system call but to ask for
 * the time and to return from a handler: any other is caught by seccomp, and
 * fails the test, as does a count that is not exact. Times fail nothing, they
 * are printed: half of the calls, 99 and 99.99 of 100 took no longer than so many
 * ns, and the longest of all, with about 30 ns for the two looks at the clock
 * and whatever else the machine did meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "expvar/reader.h"
#include "faults/budget.h"
#include "layout.h"
#include "support/instrumented.h"

#define TEXT "a text that is neither short nor long"

struct fields {
	uint64_t a, b;
};

static const struct expvar_field fields[] = {
	EXPVAR_FIELD(struct fields, a, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct fields, b, EXPVAR_FIELD_UINT),
};

static struct {
	struct expvar_int *number;
	struct expvar_float *real;
	struct expvar_string *text;
	struct expvar_record *record;
	struct expvar_counter *counter;
	struct expvar_histogram *histogram;
} vars;

static void make_variables(void)
{
	vars.number = expvar_int_new("number");
	vars.real = expvar_float_new("real");
	vars.text = expvar_string_new("text");
	vars.record = expvar_record_new("record", fields, 2);
	vars.counter = expvar_counter_new("counter");
	vars.histogram = expvar_histogram_new("histogram");
}

#define KINDS 6u

static void update(unsigned int kind)
{
	static const struct fields values = { 5, 6 };

	switch (kind) {
	case 0:
		expvar_int_add(vars.number, 1);
		break;
	case 1:
		expvar_float_add(vars.real, 1);
		break;
	case 2:
		expvar_string_set(vars.text, TEXT);
		break;
	case 3:
		expvar_record_set(vars.record, &values);
		break;
	case 4:
		expvar_counter_inc(vars.counter);
		break;
	default:
		expvar_histogram_record(vars.histogram, 5);
	}
}

/* ---- the thread that is measured ---- */

static struct {
	uint64_t end_ns, rounds, longest_ns, calls;
	uint64_t count[LAYOUT_HISTOGRAM_CELLS];
	int is_over; /* by __atomic_ functions */
	volatile sig_atomic_t system_calls, last_call;
} measured;

static void on_system_call(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	measured.system_calls++;
	measured.last_call = info->si_syscall;
}

/* For the calling thread alone. False: not to be had here. */
static bool forbid_system_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	struct sigaction action = { .sa_sigaction = on_system_call,
				    .sa_flags = SA_SIGINFO };

	return !sigaction(SIGSYS, &action, NULL) &&
	       !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void *measure(void *userdata)
{
	uint64_t before, after = budget_now_ns();
	bool forbid = *(const bool *)userdata;

	expvar_thread_ready();
	for (unsigned int kind = 0; kind < KINDS; kind++)
		update(kind);
	if (forbid && !BUDGET_SANITIZED && !forbid_system_calls())
		measured.system_calls = -1;
	for (; after < measured.end_ns; measured.rounds++)
		for (unsigned int kind = 0; kind < KINDS; kind++) {
			before = budget_now_ns();
			update(kind);
			after = budget_now_ns();
			measured.count[layout_bucket(after - before)]++;
			measured.calls++;
			if (after - before > measured.longest_ns)
				measured.longest_ns = after - before;
		}
	__atomic_store_n(&measured.is_over, 1, __ATOMIC_RELEASE);
	/* A thread cannot end without a system call; the process does. */
	while (forbid)
		;
	return NULL;
}

static bool is_over(void)
{
	return __atomic_load_n(&measured.is_over, __ATOMIC_ACQUIRE);
}

static uint64_t quantile(uint64_t per_10000)
{
	uint64_t width, seen = 0;

	for (uint32_t cell = 0; cell < LAYOUT_HISTOGRAM_CELLS; cell++) {
		seen += measured.count[cell];
		if (seen * 10000 >= measured.calls * per_10000)
			return layout_bucket_low(cell, &width) + width - 1;
	}
	return measured.longest_ns;
}

/* ---- troubles ---- */

static pthread_t measured_thread;
static uint64_t elsewhere; /* additions to the int, by __atomic_ functions */
static pid_t reader;
extern char **environ;

static void be_published(const char *directory, size_t max_bytes,
			 unsigned int flags)
{
	struct expvar_options options = {
		.struct_size = sizeof(options),
		.app = "latency",
		.directory = directory,
		.max_bytes = max_bytes,
		.flags = flags,
	};

	(void)expvar_init(&options);
}

static void do_nothing(void)
{
	usleep(1000);
}

/* This program once more, which reads; without a fork() of the writer. */
static void start_reader(void)
{
	char path[4096], read[] = "read", name[] = "test-latency";
	char *arguments[] = { name, read, path, NULL };

	snprintf(path, sizeof(path), "%s", expvar_path());
	if (!reader && posix_spawn(&reader, "/proc/self/exe", NULL, NULL,
				   arguments, environ))
		exit(99);
	usleep(1000);
}

static void stop_reader(void)
{
	if (!reader)
		return;
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	reader = 0;
}

static void kill_readers(void)
{
	start_reader();
	usleep(2000);
	kill(reader, SIGSTOP);
	usleep(1000);
	stop_reader();
}

static int read_for_ever(const char *path)
{
	struct expvar_snapshot *snapshot;
	struct expvar_reader *r;

	if (expvar_reader_open(path, 0, &r))
		return 1;
	while (getppid() != 1)
		if (!expvar_reader_snapshot(r, EXPVAR_SNAPSHOT_META, &snapshot))
			expvar_snapshot_free(snapshot);
	return 0;
}

static void publish_little(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/full", getenv("EXPVAR_DIR"));
	if (geteuid() == 0 && !mkdir(path, 0755) && !unshare(CLONE_NEWNS) &&
	    !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	    !mount("none", path, "tmpfs", 0, "size=1m"))
		be_published(path, 0, 0);
	else
		be_published(NULL, (size_t)256 << 10, 0);
}

static void want_more(void)
{
	static char text[30000];
	static unsigned int serial;
	struct expvar_string *v;
	char name[32];

	memset(text, 't', sizeof(text) - 1);
	snprintf(name, sizeof(name), "v%u", serial++);
	v = expvar_string_new(name);
	expvar_string_set(v, text);
	expvar_release(&v->var);
}

static void change_structure(void)
{
	static const struct expvar_meta meta = { .kind = EXPVAR_KIND_GAUGE,
						 .unit = "s",
						 .help = "For a moment." };
	struct expvar_counter *c = expvar_counter_new("for a moment");

	expvar_describe(&c->var, &meta);
	expvar_counter_inc(c);
	expvar_unpublish(&c->var);
	expvar_release(&c->var);
}

static void fork_once(void)
{
	pid_t child = fork();

	if (!child) {
		update(0);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void in_handler(int number)
{
	(void)number;
	for (unsigned int kind = 0; kind < KINDS; kind++)
		update(kind);
	__atomic_fetch_add(&elsewhere, 1, __ATOMIC_RELAXED);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = in_handler };

	sigaction(SIGUSR1, &action, NULL);
	be_published(NULL, 0, 0);
}

static void send_signal(void)
{
	static uint64_t sent;

	if (!pthread_kill(measured_thread, SIGUSR1))
		sent++;
	do
		usleep(50);
	while (__atomic_load_n(&elsewhere, __ATOMIC_RELAXED) < sent);
}

static void *update_too(void *userdata)
{
	while (!is_over()) {
		for (unsigned int kind = 0; kind < KINDS; kind++)
			update(kind);
		__atomic_fetch_add(&elsewhere, 1, __ATOMIC_RELAXED);
	}
	return userdata;
}

static void update_beside(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, update_too, NULL))
			exit(99);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void take_the_file_away(void)
{
	char to[4096];

	if (expvar_path()) {
		snprintf(to, sizeof(to), "%s/elsewhere", getenv("EXPVAR_DIR"));
		chmod(expvar_path(), 0);
		rename(expvar_path(), to);
		unlink(to);
	}
	usleep(1000);
}

static void publish_and_catch(void)
{
	signal(SIGBUS, SIG_DFL); /* a sanitizer's own would be left in place */
	be_published(NULL, 0, EXPVAR_CATCH_SIGBUS);
}

static void truncate_the_file(void)
{
	usleep(2000);
	if (expvar_path() && !chmod(expvar_path(), 0600) &&
	    truncate(expvar_path(), 4096))
		perror("truncate");
}

static const struct trouble {
	const char *name;
	void (*publish)(void); /* NULL: as it is usual */
	void (*make)(void); /* again and again, in another thread */
	void (*end)(void);
	bool may_call, is_lost; /* the system; what was counted before */
} troubles[] = {
	{ "none", NULL, do_nothing, NULL, false, false },
	{ "a reader without a pause", NULL, start_reader, stop_reader, false,
	  false },
	{ "readers stopped and killed", NULL, kill_readers, NULL, false, false },
	{ "no room for more", publish_little, want_more, NULL, false, false },
	{ "variables come and go", NULL, change_structure, NULL, false, false },
	{ "forks", NULL, fork_once, NULL, false, false },
	{ "signals whose handler updates", catch_signals, send_signal, NULL,
	  false, false },
	{ "four threads at the same", NULL, update_beside, NULL, false, false },
	{ "the file renamed, unlinked", NULL, take_the_file_away, NULL, false,
	  false },
	{ "the file truncated, SIGBUS", publish_and_catch, truncate_the_file,
	  NULL, true, true },
};

#define TROUBLES (sizeof(troubles) / sizeof(troubles[0]))

/* ---- one process for each ---- */

static bool is_exact(void)
{
	return (uint64_t)expvar_int_get(vars.number) ==
	       1 + measured.rounds +
		       __atomic_load_n(&elsewhere, __ATOMIC_RELAXED);
}

static int suffer(const struct trouble *trouble)
{
	bool forbid = !trouble->may_call, exact, called;

	if (trouble->publish)
		trouble->publish();
	make_variables();
	if (expvar_status()) {
		printf("not published: %s\n", expvar_strerror(expvar_status()));
		return 99;
	}
	measured.end_ns = budget_now_ns() + (uint64_t)budget_seconds() *
						    1000000000u / TROUBLES;
	if (pthread_create(&measured_thread, NULL, measure, &forbid))
		return 99;
	while (!is_over())
		trouble->make();
	if (trouble->end)
		trouble->end();
	exact = trouble->is_lost || is_exact();
	called = measured.system_calls > 0;
	printf("  %-30s %9" PRIu64 " %6" PRIu64 " %6" PRIu64 " %8" PRIu64
	       " %10" PRIu64 "%s%s%s\n",
	       trouble->name, measured.calls, quantile(5000), quantile(9900),
	       quantile(9999), measured.longest_ns,
	       exact ? "" : "; THE INT IS NOT EXACT",
	       called ? "; A SYSTEM CALL" : "",
	       measured.system_calls < 0 ? "; without seccomp" : "");
	if (called)
		printf("  number %d\n", (int)measured.last_call);
	fflush(stdout);
	return !exact || called;
}

int main(int argc, char **argv)
{
	int failed = 0, status;
	pid_t child;

	if (argc == 3 && !strcmp(argv[1], "read"))
		return read_for_ever(argv[2]);
	printf("  %-30s %9s %6s %6s %8s %10s\n", "while there is/are", "calls",
	       "50 %", "99 %", "99.99 %", "longest, ns");
	for (size_t i = 0; i < TROUBLES; i++) {
		/* SIGBUS would be kept back, for ever */
		if (UNDER_TSAN && troubles[i].is_lost)
			continue;
		fflush(stdout);
		child = fork();
		if (!child)
			_exit(suffer(&troubles[i]));
		while (waitpid(child, &status, 0) < 0)
			;
		if (status)
			printf("  %s: status 0x%x\n", troubles[i].name,
			       (unsigned int)status);
		failed |= status != 0;
	}
	return failed;
}
