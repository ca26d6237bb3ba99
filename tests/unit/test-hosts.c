/* SPDX-License-Identifier: MIT */
/*
 * test-hosts.c - what hosts do to their own process while the library runs
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "unit/publishing.h"

static struct expvar_int *number;
static struct expvar_counter *counter;
static struct expvar_map *map;

static void make_variables(void)
{
	number = expvar_int_new("number");
	counter = expvar_counter_new("counter");
	map = expvar_map_new("map");
	expvar_map_add(map, "key", 1);
}

/* Grows, looks up, removes; all of it counted somewhere. */
static int live_on(void)
{
	int64_t before = expvar_int_get(number);
	uint64_t counted = expvar_counter_get(counter);
	char name[32];

	for (int i = 0; i < 1000; i++) {
		struct expvar_string *v;

		snprintf(name, sizeof(name), "live %d", i);
		v = expvar_string_new(name);
		expvar_string_set(v, name);
		if (i % 2) {
			expvar_unpublish(&v->var);
			expvar_release(&v->var);
		}
		expvar_int_add(number, 1);
		expvar_counter_inc(counter);
		expvar_map_add(map, "key", 1);
		expvar_map_add(map, name, 1);
	}
	CHILD_CHECK(expvar_int_get(number) == before + 1000);
	CHILD_CHECK(expvar_counter_get(counter) == counted + 1000);
	return 0;
}

static int start(void)
{
	CHILD_CHECK(!publishing_start_with(0, 0));
	make_variables();
	return live_on();
}

/* ---- W12: descriptors ---- */

static int is_locked(const char *path)
{
	struct flock range = { .l_type = F_RDLCK, .l_len = 1 };
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	result = !fcntl(fd, F_OFD_GETLK, &range) && range.l_type == F_WRLCK;
	close(fd);
	return result;
}

static int close_all(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start());
	closefrom(3);
	CHILD_CHECK(!live_on());
	CHILD_CHECK(is_locked(expvar_path()));
	expvar_fini();
	CHILD_CHECK(!segments_in(getenv("EXPVAR_DIR")));
	return 0;
}

START_TEST(a_host_may_close_all_descriptors)
{
	remove_segments();
	ck_assert_int_eq(in_child(close_all, NULL), 0);
}
END_TEST

static void one(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
}

static int replace_loops_descriptor(void *userdata)
{
	char bytes[8];
	int ends[2], fd, again;

	(void)userdata;
	CHILD_CHECK(!publishing_start_with(0, EXPVAR_NO_THREAD));
	expvar_func_new("func", one, NULL);
	fd = expvar_poll_fd();
	CHILD_CHECK(fd >= 0 && expvar_poll_fd() == fd);
	CHILD_CHECK(!pipe2(ends, O_NONBLOCK));
	CHILD_CHECK(write(ends[1], "precious", 8) == 8);
	CHILD_CHECK(dup2(ends[0], fd) == fd);
	CHILD_CHECK(expvar_poll() == 0);
	again = expvar_poll_fd();
	CHILD_CHECK(again >= 0 && again != fd);
	CHILD_CHECK(close(again) == 0 && dup2(ends[0], again) == again);
	expvar_fini();
	CHILD_CHECK(fcntl(again, F_GETFD) >= 0 && fcntl(fd, F_GETFD) >= 0);
	CHILD_CHECK(read(fd, bytes, 8) == 8 && !memcmp(bytes, "precious", 8));
	return 0;
}

START_TEST(a_descriptor_that_became_anothers_is_not_read_and_not_closed)
{
	remove_segments();
	ck_assert_int_eq(in_child(replace_loops_descriptor, NULL), 0);
}
END_TEST

/* ---- W13: credentials and namespaces ---- */

static int give_up_root(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start());
	CHILD_CHECK(!setgid(65534) && !setuid(65534));
	CHILD_CHECK(!live_on());
	CHILD_CHECK(expvar_status() == 0);
	expvar_fini(); /* may not remove it, and does not mind */
	CHILD_CHECK(publishing_start_with(0, 0) == -EACCES);
	make_variables();
	CHILD_CHECK(!live_on());
	expvar_fini();
	return 0;
}

static int change_root(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start());
	CHILD_CHECK(!chroot("/proc/self/fdinfo") && !chdir("/"));
	CHILD_CHECK(!live_on());
	CHILD_CHECK(expvar_status() == 0);
	expvar_fini();
	expvar_int_new("again");
	CHILD_CHECK(expvar_status() < 0);
	return 0;
}

static int change_namespaces(void *userdata)
{
	pid_t child;

	(void)userdata;
	CHILD_CHECK(!start());
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET))
		return 0; /* not possible here */
	CHILD_CHECK(!live_on());
	child = fork(); /* number 1 of another namespace */
	if (!child) {
		CHILD_CHECK(expvar_status() == EXPVAR_E_FORKED);
		CHILD_CHECK(!expvar_republish(0));
		CHILD_CHECK(expvar_process()->segment.header->pid == 1);
		CHILD_CHECK(!live_on());
		expvar_fini();
		_exit(0);
	}
	CHILD_CHECK(!status_of(child));
	CHILD_CHECK(!live_on());
	expvar_fini();
	CHILD_CHECK(!segments_in(getenv("EXPVAR_DIR")));
	return 0;
}

START_TEST(a_host_may_give_up_its_rights_and_its_places)
{
	if (geteuid())
		return;
	remove_segments();
	ck_assert_int_eq(in_child(give_up_root, NULL), 0);
	remove_segments();
	ck_assert_int_eq(in_child(change_root, NULL), 0);
	remove_segments();
	ck_assert_int_eq(in_child(change_namespaces, NULL), 0);
}
END_TEST

/* What this program does when it is setuid: see the test below. */
static void __attribute__((constructor)) be_setuid(void)
{
	const char *secure = getenv("TEST_SECURE");

	if (!secure)
		return;
	if (!getauxval(AT_SECURE))
		_exit(77); /* the file system does not allow it */
	expvar_int_new("v");
	if (expvar_status())
		_exit(1);
	if (!strncmp(expvar_path(), secure, strlen(secure)) ||
	    strstr(expvar_path(), "evil"))
		_exit(2);
	expvar_fini();
	_exit(0);
}

START_TEST(the_environment_of_a_setuid_program_is_ignored)
{
	char command[9000], program[1024];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int status;

	if (geteuid() || is_instrumented() || len < 0)
		return;
	program[len] = 0;
	snprintf(command, sizeof(command),
		 "cp '%s' '%s.setuid' && chown 65534 '%s.setuid' &&"
		 " chmod 4755 '%s.setuid' && chmod 1777 \"$EXPVAR_DIR\" &&"
		 " EXPVAR_APP=evil TEST_SECURE=\"$EXPVAR_DIR\" '%s.setuid';"
		 " status=$?; chmod 700 \"$EXPVAR_DIR\";"
		 " rm -f '%s.setuid'; exit $status",
		 program, program, program, program, program, program);
	status = system(command);
	ck_assert_msg(status == 0 || WEXITSTATUS(status) == 77, "status %x",
		      (unsigned int)status);
}
END_TEST

/* ---- W18: a sandbox that closes behind the start ---- */

static const struct denial {
	int call;
	bool starts; /* publishes all the same, if it is denied before */
	bool counts; /* then at least in private memory */
	bool grows; /* if it is denied after the start */
	size_t left; /* segments that cannot be removed: of two lives */
} denials[] = {
	{ SYS_membarrier, true, true, true, 0 },
	{ SYS_mmap, false, false, false, 0 },
	{ SYS_openat, false, true, true, 1 },
	{ SYS_madvise, false, false, false, 0 },
	{ SYS_mremap, true, true, true, 0 },
	{ SYS_munmap, true, true, true, 0 },
	{ SYS_unlinkat, true, true, true, 2 },
	/* the last: a test whose threads wait denies all but this one */
	{ SYS_futex, true, true, true, 0 },
};
#define DENIALS COUNT_OF(denials)

/* To all threads; 0, or it is not possible here. */
static int deny(const struct denial *first, size_t count)
{
	struct sock_filter filter[32] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { 0, filter };
	unsigned short at = 1;

	for (size_t i = 0; i < count; i++) {
		filter[at++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)first[i].call,
			0, 1);
		filter[at++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						    SECCOMP_RET_ALLOW);
	program.len = at;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_TSYNC, &program);
}

static const struct denial *denial_of(int call)
{
	size_t i = 0;

	while (denials[i].call != call)
		i++;
	return &denials[i];
}

static pthread_barrier_t barrier;

/* A thread from before the filter, whose first look-up comes after it. */
static void *look_up_late(void *userdata)
{
	pthread_barrier_wait(&barrier);
	expvar_map_add(map, "key", 1);
	expvar_map_add(map, "late", 1);
	expvar_counter_inc(counter);
	(void)expvar_thread_ready();
	return userdata;
}

/* More than was populated ahead. */
static int grow(bool can)
{
	int lost = 0;

	for (int i = 0; i < 5000; i++)
		lost += expvar_var_error(&expvar_string_new(NULL)->var) != 0;
	CHILD_CHECK(can ? lost == 0 : lost > 0);
	return 0;
}

static int live_denied(void *userdata)
{
	const struct denial *one = userdata;
	bool all = one == &denials[DENIALS];
	pthread_t thread;

	CHILD_CHECK(!start());
	CHILD_CHECK(!pthread_barrier_init(&barrier, NULL, 2));
	/* where the C library cannot wait it ends the process */
	if (all || one->call != SYS_futex)
		CHILD_CHECK(!pthread_create(&thread, NULL, look_up_late, NULL));
	if (all ? deny(denials, DENIALS - 1) : deny(one, 1))
		return 77;
	if (all || one->call != SYS_futex) {
		pthread_barrier_wait(&barrier);
		pthread_join(thread, NULL);
	}
	CHILD_CHECK(!live_on());
	CHILD_CHECK(!live_on());
	if (all || one->call == SYS_membarrier) /* nothing is reused */
		CHILD_CHECK(!expvar_limbo_collect(true));
	if (!all && one->call == SYS_membarrier)
		CHILD_CHECK(ACCOUNT(units_quarantined) >= 1000);
	CHILD_CHECK(!grow(!all && one->grows));
	expvar_fini();
	/* a new life may not publish; it counts all the same */
	number = expvar_int_new("number");
	counter = expvar_counter_new("counter");
	expvar_int_add(number, 1);
	expvar_fini();
	return 0;
}

START_TEST(a_sandbox_may_deny_what_the_library_used_before)
{
	struct denial one;
	int status;

	if (is_instrumented())
		return;
	for (size_t i = 0; i <= DENIALS; i++) {
		remove_segments();
		status = in_child(live_denied, (void *)&denials[i]);
		if (status == 77)
			continue;
		ck_assert_msg(status == 0, "%zu: status %d", i, status);
		one = i < DENIALS ? denials[i] : *denial_of(SYS_openat);
		ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), one.left);
	}
}
END_TEST

/* liburcu would map its registry now, and abort. */
static int look_up_without_memory(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!publishing_start_with(0, 0));
	map = expvar_map_new("map");
	number = expvar_map_int(map, "number");
	if (deny(denial_of(SYS_mmap), 1))
		return 77;
	expvar_map_add(map, "number", 1);
	expvar_int_add(number, 1);
	CHILD_CHECK(expvar_int_get(number) >= 1);
	CHILD_CHECK(expvar_thread_ready() <= 0);
	expvar_fini();
	return 0;
}

START_TEST(the_first_look_up_may_come_when_there_is_no_more_memory)
{
	int status;

	if (is_instrumented())
		return;
	remove_segments();
	status = in_child(look_up_without_memory, NULL);
	ck_assert_msg(status == 0 || status == 77, "status %d", status);
}
END_TEST

static int start_denied(void *userdata)
{
	const struct denial *one = userdata;
	int status;

	if (deny(one, 1))
		return 77;
	status = publishing_start_with(0, 0);
	CHILD_CHECK(one->starts ? status == 0 : status < 0);
	make_variables();
	expvar_int_add(number, 1);
	CHILD_CHECK(!one->counts || expvar_int_get(number) == 1);
	expvar_fini();
	return 0;
}

START_TEST(a_sandbox_may_deny_it_from_the_beginning)
{
	int status;

	if (is_instrumented())
		return;
	for (size_t i = 0; i < DENIALS; i++) {
		remove_segments();
		status = in_child(start_denied, (void *)&denials[i]);
		ck_assert_msg(status == 0 || status == 77, "%zu: status %d", i,
			      status);
	}
}
END_TEST

/* The helper thread cannot wait then; nor may it turn round and round. */
static int listen_denied(void *userdata)
{
	struct timespec used;

	(void)userdata;
	if (deny(denial_of(SYS_futex), 1))
		return 77;
	CHILD_CHECK(!publishing_start_with(0, 0));
	CHILD_CHECK(!expvar_var_error(
		expvar_var_of(expvar_func_new("func", one, NULL))));
	usleep(400000);
	CHILD_CHECK(!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used));
	CHILD_CHECK(used.tv_sec == 0 && used.tv_nsec < 100000000);
	expvar_fini();
	return 0;
}

START_TEST(a_thread_that_is_denied_its_wait_takes_no_time)
{
	int status;

	if (is_instrumented())
		return;
	remove_segments();
	status = in_child(listen_denied, NULL);
	ck_assert_msg(status == 0 || status == 77, "status %d", status);
}
END_TEST

/* ---- W22: little memory ---- */

static long status_kib(const char *what)
{
	char line[200];
	long kib = -1;
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, what, strlen(what)))
			kib = atol(line + strlen(what));
	if (status)
		fclose(status);
	return kib;
}

static void *count_once(void *userdata)
{
	expvar_counter_inc(counter);
	return userdata;
}

/* As where latency matters: everything locked, and little that may be. */
static int lock_all_memory(void *userdata)
{
	struct rlimit limit = { 8 << 20, 8 << 20 };
	pthread_attr_t small;
	pthread_t thread;
	long before;

	(void)userdata;
	CHILD_CHECK(!setrlimit(RLIMIT_MEMLOCK, &limit));
	CHILD_CHECK(!chmod(getenv("EXPVAR_DIR"), 0777));
	if (setgid(65534) || setuid(65534) || /* else there is no limit */
	    mlockall(MCL_CURRENT | MCL_FUTURE))
		return 77;
	before = status_kib("VmLck:");
	CHILD_CHECK(!publishing_start_with(0, 0));
	make_variables();
	printf("locked: %ld KiB before, %ld KiB with the library\n", before,
	       status_kib("VmLck:"));
	fflush(stdout);
	CHILD_CHECK(status_kib("VmLck:") - before < 1024);
	for (int i = 0; i < 2000; i++)
		expvar_int_set(expvar_int_new(NULL), i);
	CHILD_CHECK(ACCOUNT(lost_variables) == 0);
	CHILD_CHECK(ACCOUNT(grow_failures) == 0);
	CHILD_CHECK(status_kib("VmLck:") - before < 2048);
	CHILD_CHECK(!pthread_attr_init(&small));
	CHILD_CHECK(!pthread_attr_setstacksize(&small, 65536));
	for (int i = 0; i < 100; i++) {
		CHILD_CHECK(!pthread_create(&thread, &small, count_once, NULL));
		pthread_join(thread, NULL);
	}
	CHILD_CHECK(expvar_counter_get(counter) == 100);
	/* beyond the limit it is an error, as without one */
	for (int i = 0; i < 200000; i++)
		expvar_int_set(expvar_int_new(NULL), i);
	expvar_fini();
	return 0;
}

START_TEST(a_host_that_locks_all_its_memory_starts_and_grows)
{
	int status;

	if (geteuid() || is_instrumented())
		return;
	remove_segments();
	status = in_child(lock_all_memory, NULL);
	ck_assert_msg(status == 0 || status == 77, "status %d", status);
}
END_TEST

static bool write_to(const char *directory, const char *file, const char *text)
{
	char path[4200];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, text, strlen(text)) > 0;
	if (fd >= 0)
		close(fd);
	return good;
}

static int fill_group(void *userdata)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (!write_to(userdata, "cgroup.procs", pid))
		return 77;
	CHILD_CHECK(!publishing_start_with((size_t)256 << 20, 0));
	make_variables();
	for (int i = 0; i < 2000000; i++)
		expvar_int_set(expvar_int_new(NULL), i);
	return 0;
}

/* The kernel may end the process for its group; no SIGBUS, and no one else. */
START_TEST(a_group_that_has_no_more_memory)
{
	char v1[] = "/sys/fs/cgroup/memory/expvar-test-XXXXXX";
	char v2[] = "/sys/fs/cgroup/expvar-test-XXXXXX";
	char *group = mkdtemp(v1);
	int status = 77;

	if (!group)
		group = mkdtemp(v2);
	if (!group)
		return; /* needs root and the controller */
	remove_segments();
	if (write_to(group, "memory.limit_in_bytes", "33554432") ||
	    write_to(group, "memory.max", "33554432"))
		status = in_child(fill_group, group);
	rmdir(group);
	ck_assert_msg(status == 0 || status == 77 || status == -SIGKILL,
		      "status %d", status);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("hosts");
	TCase *c = plain_case(s, "hosts");

	tcase_add_test(c, a_host_may_close_all_descriptors);
	tcase_add_test(
		c,
		a_descriptor_that_became_anothers_is_not_read_and_not_closed);
	tcase_add_test(c, a_host_may_give_up_its_rights_and_its_places);
	tcase_add_test(c, the_environment_of_a_setuid_program_is_ignored);
	tcase_add_test(c, a_sandbox_may_deny_what_the_library_used_before);
	tcase_add_test(
		c, the_first_look_up_may_come_when_there_is_no_more_memory);
	tcase_add_test(c, a_sandbox_may_deny_it_from_the_beginning);
	tcase_add_test(c, a_thread_that_is_denied_its_wait_takes_no_time);
	tcase_add_test(c, a_host_that_locks_all_its_memory_starts_and_grows);
	tcase_add_test(c, a_group_that_has_no_more_memory);
	return s;
}
