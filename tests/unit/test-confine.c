/* SPDX-License-Identifier: MIT */
/*
 * test-confine.c - what a confined process can do, and what it cannot
 *
 * As root all walls are tried, as another user the filter alone.
 */
#include "../../tools/confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/runner.h"
#include "support/instrumented.h"

#define CALL_ECHO CONFINE_TOOL
#define CALL_STATUS (CONFINE_TOOL + 1)

/* In the parent: the child's /proc/PID/status, while it waits for an answer. */
static char child_status[8192];
static int echoes;

static void serve(struct confine_message *message, int *ret_fd, void *userdata)
{
	pid_t child = (pid_t)message->number;
	uid_t uid;

	(void)userdata;
	message->result = 0;
	if (message->what == CALL_STATUS)
		message->result = (int32_t)expvar_reader_process(
			child, "status", child_status, sizeof(child_status),
			&uid);
	else if (message->what == CALL_ECHO)
		*ret_fd = memfd_create("echo", MFD_CLOEXEC), echoes++;
	else
		message->result = -ENOSYS;
}

/* Runs @body confined; fails the test if that says 0. Returns what held it. */
static unsigned int confined(int (*body)(void), struct confine_options *options)
{
	struct confine_options none = { .serve = serve };
	struct confine_result result;
	int side;

	if (!options)
		options = &none;
	options->serve = serve;
	side = confine_start(options, &result);
	if (side == CONFINE_CHILD) {
		_exit(body() ? 42 : 43);
	}
	ck_assert_int_eq(side, CONFINE_PARENT);
	ck_assert(WIFEXITED(result.status));
	ck_assert_int_eq(WEXITSTATUS(result.status), 42);
	return result.walls;
}

static int fails(long result)
{
	if (result == -1 && errno == EPERM)
		return 1;
	fprintf(stderr, "  result %ld, errno %d\n", result, errno);
	return 0;
}

#define FAILS(call) (fails(call) || (fprintf(stderr, "%s\n", #call), 0))

static int no_files(void)
{
	struct open_how how = { .flags = O_RDONLY };
	struct stat stat_buf;

	return FAILS(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY)) &&
	       FAILS(syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how))) &&
	       FAILS(syscall(SYS_newfstatat, AT_FDCWD, "/", &stat_buf, 0)) &&
	       FAILS(syscall(SYS_unlinkat, AT_FDCWD, "x", 0)) &&
	       FAILS(syscall(SYS_renameat2, AT_FDCWD, "x", AT_FDCWD, "y", 0)) &&
	       FAILS(syscall(SYS_linkat, 1, "", AT_FDCWD, "y",
			     AT_EMPTY_PATH)) &&
	       FAILS(syscall(SYS_fchmod, 1, 0777)) &&
	       FAILS(syscall(SYS_ftruncate, 1, 0)) &&
	       FAILS(syscall(SYS_memfd_create, "x", 0)) &&
	       FAILS(syscall(SYS_chdir, "/")) && FAILS(syscall(SYS_dup, 1));
}

static int no_others(void)
{
	return FAILS(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)) &&
	       FAILS(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, NULL)) &&
	       FAILS(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) &&
	       FAILS(syscall(SYS_execve, "/bin/sh", NULL, NULL)) &&
	       FAILS(syscall(SYS_kill, getppid(), 0)) &&
	       FAILS(syscall(SYS_tgkill, getppid(), getppid(), 0)) &&
	       FAILS(syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)) &&
	       FAILS(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0,
			     0)) &&
	       FAILS(syscall(SYS_setresuid, 0, 0, 0)) &&
	       FAILS(syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)) &&
	       FAILS(syscall(SYS_prlimit64, 0, RLIMIT_AS, NULL, NULL)) &&
	       FAILS(syscall(SYS_unshare, CLONE_NEWUSER)) &&
	       FAILS(syscall(SYS_bpf, 0, NULL, 0));
}

static int no_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED &&
	       FAILS(mprotect(page, 4096, PROT_READ | PROT_EXEC)) &&
	       FAILS((long)mmap(NULL, 4096, PROT_READ | PROT_EXEC,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) &&
	       !mprotect(page, 4096, PROT_READ);
}

static int no_calls(void)
{
	return no_files() && no_others() && no_code();
}

START_TEST(a_confined_process_has_no_calls_that_reach_out)
{
	if (is_instrumented())
		return;
	ck_assert_uint_ne(confined(no_calls, NULL) & CONFINE_CALLS, 0);
}
END_TEST

static int send_status(void)
{
	struct confine_message message = { .what = CALL_STATUS };

	message.number = (uint32_t)getpid();
	return !confine_ask(&message, NULL) && message.result > 0;
}

static void want_status(const char *line)
{
	if (!strstr(child_status, line))
		ck_abort_msg("no '%s' in %s", line, child_status);
}

START_TEST(a_confined_process_is_nobody)
{
	unsigned int walls = confined(send_status, NULL);
	const char *uid = strstr(child_status, "\nUid:");

	want_status("\nNoNewPrivs:\t1\n");
	want_status("\nCapEff:\t0000000000000000\n");
	want_status("\nCapPrm:\t0000000000000000\n");
	ck_assert_uint_ne(walls & CONFINE_CAPABILITIES, 0);
	if (!is_instrumented())
		want_status("\nSeccomp:\t2\n");
	if (geteuid() != 0)
		return;
	/* Where the numbers are not mapped, that of nobody. */
	ck_assert_uint_ne(walls & CONFINE_USER, 0);
	ck_assert_ptr_nonnull(uid);
	ck_assert_uint_ge(strtoul(uid + 5, NULL, 10), 65534);
	want_status("\nGroups:\t \n");
}
END_TEST

static int file_fd; /* open in the parent */

static int is_closed(void)
{
	return write(file_fd, "x", 1) < 0 && errno == EBADF;
}

START_TEST(nothing_of_the_parents_stays_open)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	file_fd = ends[1];
	confined(is_closed, NULL);
	file_fd = fcntl(ends[1], F_DUPFD, 200);
	confined(is_closed, NULL);
	close(ends[0]);
	close(ends[1]);
	close(file_fd);
}
END_TEST

/* ---- what remains ---- */

static struct mkseg *m;
static char path[512];

/* All that a dump does to a segment. */
static int read_segment(void)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_reader *reader;
	struct expvar_snapshot *s;
	int same;

	if (expvar_reader_open(path, 0, &reader) ||
	    expvar_reader_info(reader, &info) ||
	    expvar_reader_refresh(reader, 1000) != EXPVAR_E_TIMEOUT ||
	    expvar_reader_snapshot(reader, 0, &s))
		return 0;
	same = info.liveness == EXPVAR_LIVENESS_ALIVE && info.pid_is_ours &&
	       expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "x", 1) !=
		       EXPVAR_NODE_NONE;
	expvar_snapshot_free(s);
	expvar_reader_close(reader);
	return same;
}

static int find_segment(void)
{
	struct expvar_reader *reader;

	if (expvar_reader_open_app("confined", 0, &reader))
		return 0;
	expvar_reader_close(reader);
	if (expvar_reader_open_pid(getppid(), 0, &reader))
		return 0;
	expvar_reader_close(reader);
	return expvar_reader_open_app("none", 0, &reader) == EXPVAR_E_GONE &&
	       expvar_reader_open_pid(1, 0, &reader) == EXPVAR_E_NOT_READY;
}

static void make_segment(void)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_len = 1 };
	char name[128];
	int fd;

	m = mkseg_new(1 << 18);
	mkseg_add(m, LAYOUT_INT, LAYOUT_UNIT_ROOT, "x", 1);
	mkseg_identify(m, "confined");
	expvar_word32_store_relaxed(&m->header->bell_kind, LAYOUT_BELL_FUTEX);
	snprintf(name, sizeof(name), "expvar.confined.%d.%016llx",
		 (int)getpid(), (unsigned long long)m->header->incarnation);
	snprintf(path, sizeof(path), "%s", capture_path(name));
	ck_assert_int_eq(mkseg_write(m, path), 0);
	setenv("EXPVAR_DIR", capture_directory(), 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
}

START_TEST(segments_are_read_as_ever)
{
	const char *paths[] = { "other", path };
	struct confine_options options = { .paths = paths, .path_count = 2 };

	make_segment();
	confined(read_segment, &options);
	confined(find_segment, NULL);
}
END_TEST

/* ---- what the parent refuses ---- */

static int ask_for_more(void)
{
	struct expvar_reader *reader;
	struct confine_message message = { .number = 0 };
	char text[4096];
	uid_t uid;
	int fd;

	message.what = 99; /* neither the library's nor the tool's */
	message.len = 0;
	if (confine_ask(&message, &fd) || message.result != -ENOSYS || fd >= 0)
		return 0;
	message.what = 1; /* to open, without a path's end */
	message.len = 3;
	memcpy(message.bytes, "/et", 3);
	if (confine_ask(&message, &fd) || message.result != -EACCES || fd >= 0)
		return 0;
	return expvar_reader_open(path, 0, &reader) == -EACCES &&
	       expvar_reader_open("/etc/passwd", 0, &reader) == -EACCES &&
	       expvar_reader_process(1, "environ", text, sizeof(text), &uid) ==
		       -EACCES &&
	       expvar_reader_process(1, "../etc/passwd", text, sizeof(text),
				     &uid) == -EINVAL &&
	       expvar_reader_process(getppid(), "stat", text, sizeof(text),
				     &uid) > 0;
}

START_TEST(only_what_was_named_is_opened)
{
	make_segment();
	confined(ask_for_more, NULL);
}
END_TEST

static int nest(const struct expvar_found *found, void *userdata)
{
	int *results = userdata;
	struct confine_message message = { .what = CALL_ECHO };
	int fd;

	(void)found;
	results[0]++;
	results[1] = expvar_discover(0, nest, results);
	if (!confine_ask(&message, &fd) && fd >= 0) {
		results[2]++;
		close(fd);
	}
	return -77;
}

static int search_in_search(void)
{
	int results[3] = { 0 };

	return expvar_discover(0, nest, results) == -77 && results[0] == 1 &&
	       results[1] == -EBUSY && results[2] == 1;
}

START_TEST(calls_nest_in_a_search_but_for_another_search)
{
	make_segment();
	confined(search_in_search, NULL);
	ck_assert_int_eq(echoes, 1);
}
END_TEST

#define MANY 500

/* Asks now and then, and has enough in the end; the parent is far ahead. */
static int take_some(const struct expvar_found *found, void *userdata)
{
	struct confine_message message = { .what = CALL_ECHO };
	int *taken = userdata;
	int fd;

	if (found->error || found->fd < 0)
		return 0;
	(*taken)++;
	if (*taken % 50 == 0) {
		if (confine_ask(&message, &fd) || fd < 0)
			return -1;
		close(fd);
	}
	return *taken == 300 ? 300 : 0;
}

static int search_twice(void)
{
	int taken = 0;

	if (expvar_discover(0, take_some, &taken) != 300)
		return 0;
	taken = 0;
	return expvar_discover(0, take_some, &taken) == 300 && taken == 300;
}

START_TEST(a_search_of_many_files_can_be_ended)
{
	char name[512];
	int i;

	make_segment();
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%s/expvar.many.%d.%016x",
			 capture_directory(), i, i);
		close(open(name, O_RDWR | O_CREAT, 0600));
	}
	confined(search_twice, NULL);
	ck_assert_int_eq(echoes, 12);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%s/expvar.many.%d.%016x",
			 capture_directory(), i, i);
		unlink(name);
	}
}
END_TEST

static int send_garbage(void)
{
	/* Shorter than a head, and a length that is not true. */
	struct confine_message message = { .what = CALL_ECHO, .len = 5 };
	int channel = 3;

	while (fcntl(channel, F_GETFD) < 0 && channel < 1024)
		channel++;
	if (send(channel, "x", 1, 0) < 0 && errno == EPERM)
		return write(channel, &message, 16) == 16;
	return 0;
}

START_TEST(what_is_no_message_ends_the_service)
{
	if (is_instrumented())
		return;
	confined(send_garbage, NULL);
	ck_assert_int_eq(echoes, 0);
}
END_TEST

/* ---- limits and ends ---- */

static int take_memory(void)
{
	return malloc((size_t)1 << 30) == NULL;
}

START_TEST(memory_is_limited)
{
	struct confine_options options = { .memory_bytes = 256 << 20 };

	if (is_instrumented())
		return;
	confined(take_memory, &options);
}
END_TEST

START_TEST(the_childs_end_by_a_signal_is_told)
{
	struct confine_options options = { .serve = serve };
	struct confine_result result;
	int side = confine_start(&options, &result);

	if (side == CONFINE_CHILD) {
		abort();
	}
	ck_assert_int_eq(side, CONFINE_PARENT);
	ck_assert(WIFSIGNALED(result.status));
	ck_assert_int_eq(WTERMSIG(result.status), SIGABRT);
}
END_TEST

START_TEST(nobody_is_asked_outside)
{
	struct confine_message message = { .what = CALL_ECHO };

	ck_assert(!confine_is_child());
	ck_assert_int_eq(confine_ask(&message, NULL), -EPIPE);
}
END_TEST

/* ---- where walls are refused ---- */

static void refuse(uint32_t call)
{
	struct sock_filter code[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0,
		  offsetof(struct seccomp_data, nr) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog filter = { 4, code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter),
			 0);
}

static int nothing(void)
{
	return 1;
}

START_TEST(one_wall_is_enough)
{
	if (is_instrumented() || geteuid() != 0)
		return;
	refuse(SYS_seccomp);
	ck_assert_uint_eq(confined(nothing, NULL) & CONFINE_CALLS, 0);
}
END_TEST

START_TEST(the_other_wall_is_enough)
{
	if (is_instrumented())
		return;
	refuse(SYS_setresuid);
	ck_assert_uint_eq(confined(nothing, NULL) & CONFINE_USER, 0);
}
END_TEST

START_TEST(without_either_nothing_is_begun)
{
	struct confine_options options = { .serve = serve };
	struct confine_result result;
	int side;

	if (is_instrumented())
		return;
	refuse(SYS_seccomp);
	refuse(SYS_setresuid);
	side = confine_start(&options, &result);
	if (side == CONFINE_CHILD) {
		_exit(0);
	}
	ck_assert_int_eq(side, -EPERM);
	ck_assert_int_eq(result.user_error, -EPERM);
	ck_assert_int_eq(result.calls_error, -EPERM);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("confine");
	TCase *t = tcase_create("confine");

	tcase_add_test(t, a_confined_process_has_no_calls_that_reach_out);
	tcase_add_test(t, a_confined_process_is_nobody);
	tcase_add_test(t, nothing_of_the_parents_stays_open);
	tcase_add_test(t, segments_are_read_as_ever);
	tcase_add_test(t, only_what_was_named_is_opened);
	tcase_add_test(t, calls_nest_in_a_search_but_for_another_search);
	tcase_add_test(t, a_search_of_many_files_can_be_ended);
	tcase_add_test(t, what_is_no_message_ends_the_service);
	tcase_add_test(t, memory_is_limited);
	tcase_add_test(t, the_childs_end_by_a_signal_is_told);
	tcase_add_test(t, nobody_is_asked_outside);
	tcase_add_test(t, one_wall_is_enough);
	tcase_add_test(t, the_other_wall_is_enough);
	tcase_add_test(t, without_either_nothing_is_begun);
	suite_add_tcase(s, t);
	return s;
}
