/* SPDX-License-Identifier: MIT */
/*
 * test-reader-elsewhere.c - R12: segments that no directory has, processes of
 * other namespaces, and why a process publishes nothing
 *
 * A child is what is looked for. What the system refuses is said, and left out.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "expvar/reader.h"
#include "read/mapped.h"
#include "unit/publishing.h"

struct child {
	pid_t pid;
	int said; /* what it is to be known by: a pid, or 0 */
};

static void look_everywhere(void)
{
	remove_segments();
	unsetenv("EXPVAR_SEARCH");
}

static _Noreturn void stay(int said, int out)
{
	if (write(out, &said, sizeof(said)) != sizeof(said))
		_exit(1);
	for (;;)
		pause();
}

/* @run gets the end to say something to, and does not return. */
static struct child start(void (*run)(int out))
{
	struct child child = {0};
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	child.pid = fork();
	ck_assert_int_ge(child.pid, 0);
	if (!child.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		run(ends[1]);
		_exit(1);
	}
	close(ends[1]);
	if (read(ends[0], &child.said, sizeof(child.said)) !=
	    sizeof(child.said))
		child.said = -1;
	close(ends[0]);
	return child;
}

static void end(struct child child)
{
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
}

static int open_error(pid_t pid, struct expvar_segment_info *info)
{
	struct expvar_reader *reader;
	int error = expvar_reader_open_pid(pid, 0, &reader);

	if (error)
		return error;
	info->struct_size = sizeof(*info);
	ck_assert_int_eq(expvar_reader_info(reader, info), 0);
	info->path = NULL; /* the reader's */
	expvar_reader_close(reader);
	return 0;
}

struct seen {
	uint64_t pid;
	unsigned int count;
	char path[128];
};

static int on_found(const struct expvar_found *found, void *userdata)
{
	struct seen *seen = userdata;

	if (!found->app_len || found->pid != seen->pid ||
	    !expvar_found_is_app(found, "unit"))
		return 0;
	seen->count++;
	snprintf(seen->path, sizeof(seen->path), "%s", found->path);
	return 0;
}

static struct seen discover(uint64_t pid, const struct expvar_wanted *wanted)
{
	struct seen seen = {.pid = pid};

	ck_assert_int_ge(expvar_discover_wanted(wanted, 0, on_found, &seen), 0);
	return seen;
}

/* ---- without a name ---- */

static void publish(unsigned int flags)
{
	if (publishing_start_with(0, flags))
		_exit(1);
	expvar_int_set(expvar_int_new("n"), 7);
}

static void sealed(int out)
{
	publish(EXPVAR_SEALED);
	stay(0, out);
}

static void unlinked(int out)
{
	publish(0);
	unlink(expvar_path());
	stay(0, out);
}

START_TEST(sealed_memory_is_found)
{
	struct expvar_segment_info info;
	struct child child = start(sealed);
	struct expvar_wanted wanted = {.struct_size = sizeof(wanted),
				       .app = "unit"};
	struct seen seen;

	ck_assert_int_eq(child.said, 0);
	ck_assert_int_eq(open_error(child.pid, &info), 0);
	ck_assert_uint_eq(info.host_pid, (uint64_t)child.pid);
	ck_assert_int_eq(info.pid_is_ours, 1);
	seen = discover((uint64_t)child.pid, NULL);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(strncmp(seen.path, "/proc/", 6), 0);
	ck_assert_uint_eq(discover((uint64_t)child.pid, &wanted).count, 1);
	wanted.app = "another";
	ck_assert_uint_eq(discover((uint64_t)child.pid, &wanted).count, 0);
	/* Told not to look. */
	setenv("EXPVAR_SEARCH", "directories", 1);
	ck_assert_int_eq(open_error(child.pid, &info), EXPVAR_E_NOT_READY);
	unsetenv("EXPVAR_SEARCH");
	end(child);
	ck_assert_uint_eq(discover((uint64_t)child.pid, NULL).count, 0);
}
END_TEST

START_TEST(an_unlinked_file_is_found_by_who_may_open_mappings)
{
	struct expvar_segment_info info;
	struct child child = start(unlinked);

	ck_assert_int_eq(child.said, 0);
	ck_assert_int_eq(open_error(child.pid, &info),
			 expvar_mapped_is_permitted() ? 0 : EXPVAR_E_NOT_READY);
	end(child);
}
END_TEST

/* Once more without the capability, if there is one. */
static void drop_capability(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	ck_assert_int_eq(syscall(SYS_capget, &head, data), 0);
	data[CAP_SYS_ADMIN / 32].effective &= ~(1u << (CAP_SYS_ADMIN % 32));
	data[1].effective &= ~(1u << (40 % 32)); /* CAP_CHECKPOINT_RESTORE */
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

START_TEST(without_the_right_to_open_mappings_sealed_memory_is_found)
{
	struct expvar_segment_info info;
	struct child child = start(sealed), other = start(unlinked);

	drop_capability();
	ck_assert(!expvar_mapped_is_permitted());
	ck_assert_int_eq(open_error(child.pid, &info), 0);
	ck_assert_uint_eq(discover((uint64_t)child.pid, NULL).count, 1);
	ck_assert_int_eq(open_error(other.pid, &info), EXPVAR_E_NOT_READY);
	end(child);
	end(other);
}
END_TEST

/* ---- other namespaces ---- */

static bool unshare_all(int flags)
{
	if (geteuid() != 0)
		flags |= CLONE_NEWUSER;
	return !unshare(flags);
}

/* Of a pid namespace of its own, but in this directory; says its pid here. */
static void shared(int out)
{
	pid_t pid;

	if (!unshare_all(CLONE_NEWPID))
		_exit(1);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		publish(0);
		stay(0, out);
	}
	waitpid(pid, NULL, 0);
	_exit(0);
}

/* The child of @parent, or 0. */
static pid_t child_of(pid_t parent)
{
	char path[64], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent,
		 (int)parent);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return atoi(text);
}

static bool is_possible(struct child child)
{
	if (child.said >= 0)
		return true;
	waitpid(child.pid, NULL, 0);
	printf("not checked: namespaces are refused here\n");
	return false;
}

START_TEST(a_process_of_another_pid_namespace_has_a_number_here)
{
	struct child child = start(shared);
	struct expvar_segment_info info;
	pid_t inner;

	if (!is_possible(child))
		return;
	inner = child_of(child.pid);
	ck_assert_int_gt(inner, 0);
	ck_assert_int_eq(expvar_reader_inner_pid(inner), 1);
	ck_assert_int_eq(expvar_reader_inner_pid(getpid()), getpid());
	ck_assert_int_eq(expvar_reader_inner_pid(INT32_MAX), 0);
	ck_assert_int_eq(open_error(inner, &info), 0);
	ck_assert_uint_eq(info.host_pid, (uint64_t)inner);
	ck_assert_uint_eq(info.pid, 1);
	ck_assert_int_eq(info.pid_is_ours, 0);
	ck_assert_int_eq(info.liveness, EXPVAR_LIVENESS_ALIVE);
	ck_assert_int_eq(expvar_reader_find_process(info.pid_namespace, 1,
						    info.start_ticks),
			 inner);
	ck_assert_int_eq(expvar_reader_find_process(info.pid_namespace, 1,
						    info.start_ticks + 1),
			 0);
	ck_assert_int_eq(expvar_reader_find_process(info.pid_namespace, 2,
						    info.start_ticks),
			 0);
	ck_assert_int_eq(expvar_reader_find_process(0, 1, 1), 0);
	ck_assert_uint_eq(discover(1, NULL).count, 1);
	kill(inner, SIGKILL);
	waitpid(child.pid, NULL, 0);
	ck_assert_int_eq(open_error(inner, &info), EXPVAR_E_GONE);
}
END_TEST

/* Publishes in a /dev/shm of its own. */
static void contained(int out)
{
	if (!unshare_all(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL))
		_exit(1);
	setenv("EXPVAR_DIR", "/dev/shm", 1);
	publish(0);
	stay(0, out);
}

static void check_contained(struct child child)
{
	struct expvar_segment_info info;
	struct seen seen;

	ck_assert_int_eq(open_error(child.pid, &info), 0);
	ck_assert_uint_eq(info.host_pid, (uint64_t)child.pid);
	seen = discover((uint64_t)child.pid, NULL);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(strncmp(seen.path, "/proc/", 6), 0);
}

START_TEST(a_process_of_another_mount_namespace_is_found)
{
	struct child child = start(contained);

	if (!is_possible(child))
		return;
	check_contained(child);
	drop_capability();
	check_contained(child);
	end(child);
}
END_TEST

/* ---- why ---- */

static struct expvar_why why_of(pid_t pid)
{
	struct expvar_why why = {.struct_size = sizeof(why)};

	ck_assert_int_eq(expvar_reader_why(pid, &why), 0);
	return why;
}

static void nothing(int out)
{
	stay(0, out);
}

static void variable(int out)
{
	publish(0);
	stay(0, out);
}

static void disabled(int out)
{
	setenv("EXPVAR_DISABLE", "1", 1);
	(void)expvar_int_new("n");
	stay(0, out);
}

static void stopped(int out)
{
	publish(0);
	expvar_fini();
	stay(0, out);
}

static void failed(int out)
{
	setenv("EXPVAR_DIR", "/nosuch", 1);
	(void)publishing_start_with(0, 0);
	stay(0, out);
}

static void no_tmpfs(int out)
{
	setenv("EXPVAR_DIR", "/proc", 1);
	(void)publishing_start_with(0, 0);
	stay(0, out);
}

static void forked(int out)
{
	pid_t pid;

	publish(0);
	pid = fork();
	if (pid > 0) {
		stay((int)pid, out);
	} else {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

static void zombie(int out)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	stay((int)pid, out);
}

static void another_program(int out)
{
	int said = 0;

	publish(0);
	if (write(out, &said, sizeof(said)) != sizeof(said) ||
	    fcntl(out, F_SETFD, 0))
		_exit(1);
	execlp("sleep", "sleep", "300", (char *)NULL);
}

static const struct {
	void (*run)(int out);
	enum expvar_why_cause cause;
} causes[] = {
	{nothing, EXPVAR_WHY_NOT_STARTED},
	{variable, EXPVAR_WHY_PUBLISHES},
	{disabled, EXPVAR_WHY_DISABLED},
	{stopped, EXPVAR_WHY_STOPPED},
	{failed, EXPVAR_WHY_FAILED},
	{no_tmpfs, EXPVAR_WHY_NO_TMPFS},
	{forked, EXPVAR_WHY_FORKED},
	{zombie, EXPVAR_WHY_ENDED},
	{another_program, EXPVAR_WHY_NO_LIBRARY},
	{sealed, EXPVAR_WHY_PUBLISHES},
	{unlinked, EXPVAR_WHY_PUBLISHES},
};

/* exec() and the end of a process are not done when it is started. */
static struct expvar_why settled_why(pid_t pid, enum expvar_why_cause cause)
{
	struct expvar_why why = why_of(pid);

	for (int i = 0; i < 2000 && why.cause != cause; i++) {
		usleep(5000);
		why = why_of(pid);
	}
	return why;
}

START_TEST(a_cause_is_found)
{
	struct child child = start(causes[_i].run);
	struct expvar_why why;
	pid_t pid = child.said > 0 ? child.said : child.pid;
	char mem[64];

	ck_assert_int_ge(child.said, 0);
	snprintf(mem, sizeof(mem), "/proc/%d/mem", (int)child.pid);
	if (access(mem, R_OK)) {
		printf("not checked: memory of others may not be read\n");
		end(child);
		return;
	}
	why = settled_why(pid, causes[_i].cause);
	ck_assert_int_eq(why.cause, causes[_i].cause);
	ck_assert_int_eq(why.is_elsewhere, 0);
	if (why.cause == EXPVAR_WHY_PUBLISHES)
		ck_assert_str_ne(why.path, "");
	ck_assert_int_eq(why.error,
			 why.cause == EXPVAR_WHY_FAILED ? -ENOENT : 0);
	if (why.cause == EXPVAR_WHY_FAILED)
		ck_assert_str_eq(why.directory, "/nosuch");
	end(child);
}
END_TEST

START_TEST(who_is_not_there_is_not_looked_into)
{
	struct expvar_why why = {.struct_size = sizeof(why) - 1};

	ck_assert_int_eq(expvar_reader_why(getpid(), &why), -EINVAL);
	why.struct_size = sizeof(why);
	ck_assert_int_eq(expvar_reader_why(0, &why), -EINVAL);
	ck_assert_int_eq(why_of(INT32_MAX).cause, EXPVAR_WHY_NO_PROCESS);
}
END_TEST

/* What the name of its directory is, where the library may not be asked. */
START_TEST(the_name_of_what_is_mapped_is_found)
{
	struct child child = start(variable);
	struct expvar_why why;

	ck_assert_int_eq(child.said, 0);
	prctl(PR_SET_DUMPABLE, 1);
	why = why_of(child.pid);
	ck_assert_int_eq(why.cause, EXPVAR_WHY_PUBLISHES);
	ck_assert_int_eq(strncmp(why.path, getenv("EXPVAR_DIR"),
				 strlen(getenv("EXPVAR_DIR"))),
			 0);
	ck_assert_uint_ne(why.inode, 0);
	end(child);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader-elsewhere");
	TCase *c = tcase_create("elsewhere");

	skip_if_wrapped("what is looked for in other processes is valgrind");
	tcase_add_checked_fixture(c, look_everywhere, NULL);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, sealed_memory_is_found);
	tcase_add_test(c, an_unlinked_file_is_found_by_who_may_open_mappings);
	tcase_add_test(
		c, without_the_right_to_open_mappings_sealed_memory_is_found);
	tcase_add_test(c, a_process_of_another_pid_namespace_has_a_number_here);
	tcase_add_test(c, a_process_of_another_mount_namespace_is_found);
	tcase_add_loop_test(c, a_cause_is_found, 0, COUNT_OF(causes));
	tcase_add_test(c, who_is_not_there_is_not_looked_into);
	tcase_add_test(c, the_name_of_what_is_mapped_is_found);
	suite_add_tcase(s, c);
	return s;
}
