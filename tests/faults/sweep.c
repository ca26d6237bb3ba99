/* SPDX-License-Identifier: MIT */
/*
 * sweep.c - run a program and let one of its system calls fail
 */
#include "faults/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT_MS 60000
#define CHANNEL 1000 /* descriptor by which the filter's comes back */
#define TASKS 16

struct task {
	pid_t tid, tgid;
	enum phase phase;
};

struct supervisor {
	pid_t child;
	int listener;
	const struct sweep_plan *plan;
	struct sweep_result *result;
	struct task task[TASKS];
	size_t tasks;
};

/* ---- the filter, in the child ---- */

/* Asks about everything but what sends the filter's own descriptor. */
static int install_filter(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHANNEL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog program = { COUNT_OF(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int send_descriptor(int fd)
{
	char byte = 0;
	struct iovec io = { &byte, 1 };
	union control control = { { 0 } };
	struct msghdr message = { .msg_iov = &io,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(CHANNEL, &message, 0) == 1 ? 0 : -1;
}

static int receive_descriptor(int channel)
{
	char byte;
	struct iovec io = { &byte, 1 };
	union control control = { { 0 } };
	struct msghdr message = { .msg_iov = &io,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) == 1 &&
	    CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void run_program(char *const arguments[], int channel, int output)
{
	int listener;

	if (dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
	    dup3(channel, CHANNEL, O_CLOEXEC) < 0)
		_exit(126);
	listener = install_filter();
	if (listener < 0 || send_descriptor(listener))
		_exit(126);
	close(listener); /* from here on every call is asked about */
	execv(arguments[0], arguments);
	_exit(127);
}

/* ---- who is in which phase ---- */

static pid_t process_of(pid_t tid)
{
	char path[64], line[128];
	pid_t tgid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	file = fopen(path, "re");
	while (file && !tgid && fgets(line, sizeof(line), file))
		if (!strncmp(line, "Tgid:", 5))
			tgid = atoi(line + 5);
	if (file)
		fclose(file);
	return tgid;
}

static struct task *find_task(struct supervisor *s, pid_t tid)
{
	for (size_t i = 0; i < s->tasks; i++)
		if (s->task[i].tid == tid)
			return &s->task[i];
	return NULL;
}

/*
 * One that is new and said nothing yet: a forked child goes on in the phase of
 * the fork; a thread is the library's own if its starter is in a phase.
 */
static struct task *new_task(struct supervisor *s, pid_t tid)
{
	struct task *task, *main_task;

	if (s->tasks == TASKS)
		return NULL;
	task = &s->task[s->tasks++];
	*task = (struct task){ tid, process_of(tid), PHASE_HOST };
	main_task = find_task(s, task->tgid);
	if (tid != s->child && tid == task->tgid)
		task->phase = PHASE_FORK;
	else if (main_task && main_task != task &&
		 main_task->phase != PHASE_HOST)
		task->phase = PHASE_HELPER;
	return task;
}

/* ---- the supervisor ---- */

/* What never returns an error, or what no thread of glibc's starts without. */
static bool may_fail(int number)
{
	return number != SYS_exit && number != SYS_exit_group &&
	       number != SYS_rt_sigreturn && number != SYS_brk &&
	       number != SYS_rseq;
}

/* The program's own fork, which it may not do without. */
static bool is_the_programs(const struct seccomp_notif *call,
			    const struct task *task)
{
	return (call->data.nr == SYS_clone || call->data.nr == SYS_clone3) &&
	       task->phase == PHASE_FORK;
}

static bool shall_fail(struct supervisor *s, const struct task *task,
		       int number)
{
	bool helper = task->phase == PHASE_HELPER;
	struct sweep_result *result = s->result;
	struct sweep_calls *calls = helper ? &result->helpers : &result->calls;
	struct sweep_call call = { number, task->phase };
	size_t index = calls->count++;

	if (index < SWEEP_CALLS)
		calls->call[index] = call;
	if (s->plan->index < 0)
		return false;
	if (helper == s->plan->of_helper && index == (size_t)s->plan->index) {
		result->injected = true;
		result->failed = call;
		return true;
	}
	return result->injected && s->plan->sticky &&
	       result->failed.number == number;
}

static void decide(struct supervisor *s, const struct seccomp_notif *call,
		   struct seccomp_notif_resp *answer)
{
	struct task *task = find_task(s, (pid_t)call->pid);

	if (!task)
		task = new_task(s, (pid_t)call->pid);
	answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (!task)
		return;
	if (call->data.nr == SYS_getppid && call->data.args[0] == PHASE_MAGIC) {
		task->phase = (enum phase)call->data.args[1];
		return;
	}
	if (task->phase == PHASE_HOST || !may_fail(call->data.nr) ||
	    is_the_programs(call, task))
		return;
	if (shall_fail(s, task, call->data.nr)) {
		answer->flags = 0;
		answer->error = -s->plan->error;
	}
}

static void answer_one(struct supervisor *s)
{
	struct seccomp_notif call;
	struct seccomp_notif_resp answer;

	memset(&call, 0, sizeof(call));
	memset(&answer, 0, sizeof(answer));
	if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
		return;
	decide(s, &call, &answer);
	answer.id = call.id;
	(void)ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the program is over, or takes too long. */
static void supervise(struct supervisor *s, int pidfd)
{
	struct pollfd fds[2] = { { .fd = s->listener, .events = POLLIN },
				 { .fd = pidfd, .events = POLLIN } };
	long end = now_ms() + TIMEOUT_MS;

	while (!fds[1].revents) {
		if (poll(fds, 2, TIMEOUT_MS) < 0 && errno != EINTR)
			return;
		if (fds[0].revents & POLLIN)
			answer_one(s);
		if (now_ms() < end)
			continue;
		s->result->hung = true;
		kill(s->child, SIGKILL);
		end += TIMEOUT_MS;
	}
}

static void keep_output(int fd, struct sweep_result *result)
{
	ssize_t len = pread(fd, result->output, sizeof(result->output) - 1, 0);

	result->output[len > 0 ? len : 0] = 0;
}

static int run(struct supervisor *s, char *const arguments[], int output)
{
	int pair[2], pidfd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	s->child = fork();
	if (!s->child)
		run_program(arguments, pair[1], output);
	close(pair[1]);
	s->listener = s->child < 0 ? -1 : receive_descriptor(pair[0]);
	close(pair[0]);
	if (s->listener >= 0) {
		/* quicker, where the kernel has it */
		(void)ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
			    SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
		pidfd = (int)syscall(SYS_pidfd_open, s->child, 0);
		supervise(s, pidfd);
		close(pidfd);
		close(s->listener);
	}
	if (s->child > 0)
		while (waitpid(s->child, &s->result->status, 0) < 0)
			if (errno != EINTR)
				break;
	return s->listener < 0 ? -ENOSYS : 0;
}

int sweep_run(char *const arguments[], const struct sweep_plan *plan,
	      struct sweep_result *ret)
{
	struct supervisor s = { .plan = plan, .result = ret };
	int output = memfd_create("output", MFD_CLOEXEC), error;

	if (output < 0)
		return -errno;
	ret->status = -1;
	ret->hung = ret->injected = false;
	ret->calls.count = ret->helpers.count = 0;
	error = run(&s, arguments, output);
	keep_output(output, ret);
	close(output);
	return error;
}

bool sweep_is_possible(void)
{
	static struct sweep_result result;
	static const struct sweep_plan none = { .index = -1 };
	char program[] = "/bin/true";
	char *arguments[] = { program, NULL };

	return !sweep_run(arguments, &none, &result) && !result.status;
}

/* ---- names ---- */

const char *sweep_phase_name(enum phase phase)
{
	static const char *const names[PHASE_COUNT] = {
		[PHASE_HOST] = "host",
		[PHASE_START] = "start",
		[PHASE_STRUCTURE] = "structure",
		[PHASE_LOOK_UP] = "look-up",
		[PHASE_REMOVAL] = "removal",
		[PHASE_FORK] = "fork",
		[PHASE_CHILD] = "child",
		[PHASE_THREAD] = "thread",
		[PHASE_THREAD_END] = "thread's end",
		[PHASE_END] = "end",
		[PHASE_HELPER] = "helper",
	};

	return phase < PHASE_COUNT ? names[phase] : "?";
}

#define NAME(call)                                                             \
	{                                                                      \
		SYS_##call, #call                                              \
	}

const char *sweep_call_name(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		NAME(mmap),
		NAME(munmap),
		NAME(mremap),
		NAME(madvise),
		NAME(mprotect),
		NAME(mincore),
		NAME(mlock),
		NAME(munlock),
		NAME(openat),
		NAME(close),
		NAME(read),
		NAME(fstat),
		NAME(newfstatat),
		NAME(fstatfs),
		NAME(ftruncate),
		NAME(fcntl),
		NAME(fchmod),
		NAME(fchown),
		NAME(linkat),
		NAME(unlinkat),
		NAME(renameat2),
		NAME(getcwd),
		NAME(getrandom),
		NAME(getpid),
		NAME(geteuid),
		NAME(prlimit64),
		NAME(membarrier),
		NAME(futex),
		NAME(rt_sigprocmask),
		NAME(clone),
		NAME(clone3),
		NAME(prctl),
		NAME(rseq),
		NAME(set_robust_list),
		NAME(inotify_init1),
		NAME(inotify_add_watch),
		NAME(clock_nanosleep),
		NAME(poll),
		NAME(getdents64),
		NAME(sched_getaffinity),
		NAME(set_tid_address),
		NAME(clock_gettime),
		NAME(sched_yield),
		NAME(statx),
		NAME(gettid),
		NAME(tgkill),
		NAME(getuid),
		NAME(getgid),
		NAME(lseek),
		NAME(memfd_create),
		NAME(openat2),
	};
	static char text[32];

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].number == number)
			return names[i].name;
	snprintf(text, sizeof(text), "call %d", number);
	return text;
}
