/* SPDX-License-Identifier: MIT */
/*
 * filter.c - the system calls that are left
 *
 * Calls on memory, time, own signals, and on descriptors that are open; none
 * that takes a path, makes a descriptor, a process or a connection, or reaches
 * another process but by the channel and by futexes in what is mapped. What is
 * not listed fails with EPERM: libc may try more than it needs, and an attacker
 * gets nothing either way. Another architecture's numbers mean death.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "confine-parts.h"

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef FILTER_ARCH

/* Without further conditions. */
static const uint32_t calls[] = {
	SYS_read,	   SYS_pread64,
	SYS_write,	   SYS_close,
	SYS_lseek,	   SYS_fstat,
	SYS_fstatfs,	   SYS_sendmsg,
	SYS_recvmsg,	   SYS_munmap,
	SYS_mremap,	   SYS_madvise,
	SYS_brk,	   SYS_clock_gettime,
	SYS_gettimeofday,  SYS_clock_nanosleep,
	SYS_nanosleep,	   SYS_setitimer,
	SYS_ppoll,	   SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_sigaltstack,   SYS_restart_syscall,
	SYS_getpid,	   SYS_gettid,
	SYS_getppid,	   SYS_getuid,
	SYS_geteuid,	   SYS_getgid,
	SYS_getegid,	   SYS_getrandom,
	SYS_sched_yield,   SYS_sysinfo,
	SYS_exit,	   SYS_exit_group,
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_time
	SYS_time,
#endif
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* With one argument, its low half, masked, among these. */
struct condition {
	uint32_t call;
	unsigned int argument;
	uint32_t mask;
	uint32_t values[4];
	unsigned int count;
};

static const struct condition conditions[] = {
	/* No code. */
	{ SYS_mmap, 2, PROT_EXEC, { 0 }, 1 },
	{ SYS_mprotect, 2, PROT_EXEC, { 0 }, 1 },
	{ SYS_fcntl,
	  1,
	  ~0u,
	  { F_OFD_GETLK, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL },
	  4 },
	/* Is it a terminal? */
	{ SYS_ioctl, 1, ~0u, { TCGETS }, 1 },
	{ SYS_futex,
	  1,
	  (uint32_t)FUTEX_CMD_MASK,
	  { FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET },
	  3 },
};

#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))
/* The head, two a call, three and two a value for each condition, the end. */
#define PROGRAM_MAX (8 + 2 * CALLS + CONDITIONS * (4 + 2 * 4) + 8)

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short len;
};

static void put(struct program *p, uint16_t code, uint32_t k, uint8_t yes,
		uint8_t no)
{
	p->code[p->len++] = (struct sock_filter){ code, yes, no, k };
}

static void put_load(struct program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void put_return(struct program *p, uint32_t what)
{
	put(p, BPF_RET | BPF_K, what, 0, 0);
}

/* What is loaded equals @value: allow. */
static void put_allow(struct program *p, uint32_t value)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	put_return(p, SECCOMP_RET_ALLOW);
}

static void put_condition(struct program *p, const struct condition *c)
{
	/* Both kinds of processors we know have the low half first. */
	size_t argument = offsetof(struct seccomp_data, args) +
			  c->argument * sizeof(uint64_t);
	uint8_t behind = (uint8_t)(3 + 2 * c->count);
	unsigned int i;

	put(p, BPF_JMP | BPF_JEQ | BPF_K, c->call, 0, behind);
	put_load(p, argument);
	put(p, BPF_ALU | BPF_AND | BPF_K, c->mask, 0, 0);
	for (i = 0; i < c->count; i++)
		put_allow(p, c->values[i]);
	put_return(p, SECCOMP_RET_ERRNO | EPERM);
}

static void make_program(struct program *p)
{
	size_t i;

	p->len = 0;
	put_load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0);
	put_return(p, SECCOMP_RET_KILL_PROCESS);
	put_load(p, offsetof(struct seccomp_data, nr));
	for (i = 0; i < CALLS; i++)
		put_allow(p, calls[i]);
	for (i = 0; i < CONDITIONS; i++)
		put_condition(p, &conditions[i]);
	/* raise() and abort(): signals to oneself. */
	put(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3);
	put_load(p, offsetof(struct seccomp_data, args));
	put_allow(p, (uint32_t)getpid());
	put_return(p, SECCOMP_RET_ERRNO | EPERM);
}

int confine_filter_calls(void)
{
	struct program program;
	struct sock_fprog filter = { .filter = program.code };

	if (TOOLS_SANITIZED)
		return -EOPNOTSUPP;
	make_program(&program);
	filter.len = program.len;
	/* Without no_new_privs only root may; with it, everybody. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter))
		return -errno;
	return 0;
}

#else

int confine_filter_calls(void)
{
	return -EOPNOTSUPP;
}

#endif
