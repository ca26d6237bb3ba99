/* SPDX-License-Identifier: MIT */
/*
 * identity.c - who this process is
 *
 * Small files are read with plain system calls into the stack: stdio would
 * allocate, and the host may be in the middle of that.
 */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "expvar/expvar.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define LIBRARY_VERSION              \
	STRING(EXPVAR_VERSION_MAJOR) \
	"." STRING(EXPVAR_VERSION_MINOR) "." STRING(EXPVAR_VERSION_PATCH)

size_t expvar_identity_read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t used = 0;
	int interrupted = 0;
	ssize_t got;

	if (fd < 0)
		return 0;
	while (used < size) {
		got = read(fd, buf + used, size - used);
		if (got < 0 && errno == EINTR && ++interrupted < 16)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	close(fd);
	return used;
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now = { 0, 0 };

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void expvar_identity_random(void *bytes, size_t size)
{
	uint64_t mix;
	size_t i;

	if (getrandom(bytes, size, GRND_NONBLOCK) == (ssize_t)size)
		return;
	/* Early boot or a sandbox: good enough to tell lives apart. */
	mix = now_ns(CLOCK_MONOTONIC) ^ (uint64_t)getpid() << 40 ^
	      (uint64_t)(uintptr_t)&mix;
	for (i = 0; i < size; i++) {
		mix = mix * UINT64_C(6364136223846793005) + 1442695040888963407u;
		((unsigned char *)bytes)[i] = (unsigned char)(mix >> 56);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* "0f3c...-...": 32 digits with dashes between. */
static void fill_boot_id(unsigned char boot_id[16])
{
	char text[64];
	size_t len = expvar_identity_read_file("/proc/sys/kernel/random/boot_id", text,
			       sizeof(text));
	unsigned char id[16] = { 0 };
	size_t i, digits = 0;

	for (i = 0; i < len && digits < 32; i++) {
		int digit = hex_digit(text[i]);

		if (digit >= 0) {
			id[digits / 2] = (unsigned char)(id[digits / 2] << 4 |
							 digit);
			digits++;
		}
	}
	if (digits == 32)
		memcpy(boot_id, id, sizeof(id));
}

/*
 * Fields 22 and 3; the program's name in field 2 may hold blanks and brackets.
 * Returns 0 and leaves @ret_state alone if there is nothing to be read.
 */
static uint64_t start_ticks(const char *path, char *ret_state)
{
	char text[1024];
	size_t len = expvar_identity_read_file(path, text, sizeof(text));
	const char *at = len ? memrchr(text, ')', len) : NULL;
	const char *end = text + len;
	uint64_t ticks = 0;
	int field = 2;

	if (at && end - at > 2)
		*ret_state = at[2];
	for (; at && at < end && field < 22; at++)
		field += *at == ' ';
	for (; at && at < end && *at >= '0' && *at <= '9'; at++)
		ticks = ticks * 10 + (uint64_t)(*at - '0');
	return ticks;
}

bool expvar_identity_is_gone(uint32_t pid, uint64_t ticks)
{
	char path[32], state = 0;
	uint64_t found;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	found = start_ticks(path, &state);
	if (!found) /* no such process, or hidden: signal 0 asks, sends none */
		return kill((pid_t)pid, 0) && errno == ESRCH;
	return found != ticks || state == 'Z' || state == 'X';
}

void expvar_identity_fill(struct layout_header *header)
{
	struct stat ns;
	char state;

	do
		expvar_identity_random(&header->incarnation,
				       sizeof(header->incarnation));
	while (!header->incarnation);
	fill_boot_id(header->boot_id);
	header->start_ticks = start_ticks("/proc/self/stat", &state);
	header->pidns_inode = stat("/proc/self/ns/pid", &ns) ? 0 : ns.st_ino;
	header->pid = (uint32_t)getpid();
	header->uid = (uint32_t)geteuid();
	header->started_realtime_ns = now_ns(CLOCK_REALTIME);
	header->started_boottime_ns = now_ns(CLOCK_BOOTTIME);
	memcpy(header->library_version, LIBRARY_VERSION,
	       sizeof(LIBRARY_VERSION));
}

size_t expvar_identity_cmdline(char *buf, size_t size, int first_only)
{
	size_t len = expvar_identity_read_file("/proc/self/cmdline", buf, size);
	const char *end;

	if (first_only) {
		end = memchr(buf, 0, len);
		return end ? (size_t)(end - buf) + 1 : 0;
	}
	while (len && buf[len - 1])
		len--; /* the last argument did not fit */
	return len;
}
