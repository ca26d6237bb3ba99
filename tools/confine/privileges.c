/* SPDX-License-Identifier: MIT */
/*
 * privileges.c - a process that is nobody
 *
 * Each step is taken for itself: in a container some are refused, and what is
 * left still counts.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "confine-parts.h"

/*
 * A user of this process alone: of another process with the same user it could
 * be stopped, killed or traced. Nobody gives numbers from 2^31 on to anybody,
 * and a pid has at most 22 bits.
 */
#define USER_BASE 0xE0000000u
#define USER_OVERFLOW 65534u /* where such numbers are not mapped */

static void limit(int resource, uint64_t value)
{
	struct rlimit old, now = { value, value };

	if (getrlimit((__rlimit_resource_t)resource, &old))
		return;
	if (old.rlim_max != RLIM_INFINITY && value > old.rlim_max)
		now.rlim_cur = now.rlim_max = old.rlim_max;
	setrlimit((__rlimit_resource_t)resource, &now);
}

static void limit_all(const struct confine_options *options)
{
	struct rlimit files;

	limit(RLIMIT_CORE, 0);
	if (options->memory_bytes && !TOOLS_SANITIZED)
		limit(RLIMIT_AS, options->memory_bytes);
	if (options->cpu_seconds)
		limit(RLIMIT_CPU, options->cpu_seconds);
	/* As many segments as the parent may hand over; it opens none itself. */
	if (!getrlimit(RLIMIT_NOFILE, &files))
		limit(RLIMIT_NOFILE, files.rlim_max);
}

static int become(uid_t user)
{
	/* Groups first: afterwards it may not. */
	if (setgroups(0, NULL) || setresgid(user, user, user) ||
	    setresuid(user, user, user))
		return -errno;
	return 0;
}

static int change_user(void)
{
	int error;

	if (geteuid() != 0)
		return -EPERM;
	error = become(USER_BASE + (uid_t)getpid());
	if (error == -EINVAL)
		error = become(USER_OVERFLOW);
	return error;
}

/* Also where the user stays, or keeps them by its securebits. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !syscall(SYS_capset, &head, none);
}

void confine_drop_privileges(const struct confine_options *options,
			     int parent, struct confine_result *result)
{
	limit_all(options);
	result->user_error = change_user();
	if (!result->user_error)
		result->walls |= CONFINE_USER;
	if (drop_capabilities())
		result->walls |= CONFINE_CAPABILITIES;
	/* Behind the change of user, which resets both. */
	prctl(PR_SET_DUMPABLE, TOOLS_SANITIZED, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1); /* it ended before that */
}
