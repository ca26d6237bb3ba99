/* SPDX-License-Identifier: MIT */
/*
 * test-reader-open.c - what is opened, what is refused, what is found
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/instrumented.h"
#include "support/runner.h"
#include "support/wrap-syscall.h"
#include "util.h"

static struct mkseg *m;
static char path[512];

static void setup(void)
{
	m = mkseg_new(1 << 18);
	mkseg_add(m, LAYOUT_INT, LAYOUT_UNIT_ROOT, "x", 1);
	snprintf(path, sizeof(path), "%s", capture_path("segment"));
}

static void teardown(void)
{
	mkseg_free(m);
}

static int open_only(const char *file)
{
	struct expvar_reader *reader;
	int error = expvar_reader_open(file, 0, &reader);

	if (!error)
		expvar_reader_close(reader);
	return error;
}

static int open_image(void)
{
	ck_assert_int_eq(mkseg_write(m, path), 0);
	return open_only(path);
}

static const struct {
	size_t offset, size;
	uint64_t value;
	int error;
} headers[] = {
	{ 0, 1, 0x88, EXPVAR_E_FORMAT },
	{ 7, 1, 0, EXPVAR_E_FORMAT },
	{ 8, 4, 0x04030201, EXPVAR_E_FOREIGN },
	{ 8, 4, 0, EXPVAR_E_FORMAT },
	{ 12, 2, 0, EXPVAR_E_VERSION },
	{ 12, 2, 2, EXPVAR_E_VERSION },
	{ 14, 2, 999, 0 }, /* a larger minor is fine */
	{ 16, 4, 8192, EXPVAR_E_FORMAT },
	{ 20, 4, 32, EXPVAR_E_FOREIGN },
	{ 24, 8, 1, EXPVAR_E_VERSION },
	{ 24, 8, UINT64_C(1) << 63, EXPVAR_E_VERSION },
	{ 32, 8, UINT64_MAX, 0 },
	{ 40, 8, 0, EXPVAR_E_FORMAT },
	{ 40, 8, UINT64_MAX, EXPVAR_E_FORMAT },
	{ 56, 8, 0, EXPVAR_E_FORMAT },
	{ 56, 8, 8192, EXPVAR_E_FORMAT },
	{ 64, 8, 0, EXPVAR_E_FORMAT },
	{ 64, 8, 4096, EXPVAR_E_FORMAT },
	{ 64, 8, 8193, EXPVAR_E_FORMAT },
	{ 64, 8, UINT64_MAX, EXPVAR_E_FORMAT },
	{ 64, 8, UINT64_C(1) << 63, EXPVAR_E_FORMAT },
	{ 72, 4, 32, EXPVAR_E_FORMAT },
	{ 76, 4, 64, EXPVAR_E_FORMAT },
	{ 80, 4, 0, EXPVAR_E_FORMAT },
	{ 84, 4, 0, EXPVAR_E_FORMAT },
	{ 84, 4, UINT32_MAX, EXPVAR_E_FORMAT },
	{ 88, 4, 1, EXPVAR_E_FORMAT },
	{ 92, 4, 1, EXPVAR_E_FORMAT },
	{ 96, 4, 1, EXPVAR_E_FORMAT },
	{ 100, 4, 1, EXPVAR_E_FORMAT },
	{ 104, 4, 1, EXPVAR_E_FORMAT },
	{ 108, 4, 7, 0 }, /* reserved: ignored */
	{ 128, 8, 0, EXPVAR_E_FORMAT },
};

/* R10 */
START_TEST(each_field_of_the_header_is_checked)
{
	memcpy(m->image + headers[_i].offset, &headers[_i].value,
	       headers[_i].size);
	ck_assert_int_eq(open_image(), headers[_i].error);
}
END_TEST

START_TEST(an_impossible_committed_length_is_refused)
{
	uint64_t now = expvar_word64_load_relaxed(&m->header->committed);
	const uint64_t values[] = { 0,		1,
				    4096,	m->header->data_offset - 1,
				    now - 1,	now + 1,
				    m->size + LAYOUT_BLOCK,
				    UINT64_C(1) << 31, UINT64_C(1) << 63,
				    UINT64_MAX };
	struct capture c;

	expvar_word64_store_relaxed(&m->header->committed, values[_i]);
	c = capture_image(m);
	ck_assert_int_eq(c.error, EXPVAR_E_FORMAT);
}
END_TEST

/* ---- files with holes ---- */

static int punched; /* its descriptor, open for writing */

static void punch(uint64_t from, uint64_t len)
{
	ck_assert_int_eq(fallocate(punched,
				   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   (off_t)from, (off_t)len),
			 0);
}

static void write_punched(void)
{
	ck_assert_int_eq(mkseg_write(m, path), 0);
	punched = open(path, O_RDWR);
	ck_assert_int_ge(punched, 0);
}

/* Whatever comes of it, nothing is allocated for the looking. */
static struct capture look_at_punched(void)
{
	struct stat before, after;
	struct capture c;

	fstat(punched, &before);
	c = capture_file(path, NULL);
	fstat(punched, &after);
	ck_assert_int_eq(before.st_blocks, after.st_blocks);
	close(punched);
	return c;
}

/* R3. A writer leaves none: with one it is no copy, but was tampered with. */
START_TEST(a_hole_in_a_live_segment_is_refused)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_len = 1 };

	write_punched();
	ck_assert_int_eq(fcntl(punched, F_OFD_SETLK, &lock), 0);
	punch(m->header->data_offset + 4096, 4096);
	ck_assert_int_eq(look_at_punched().error, EXPVAR_E_SUSPECT);
}
END_TEST

/* What cp(1) makes of a segment: it leaves out pages of zeros. */
START_TEST(a_copy_with_holes_is_read_without_touching_them)
{
	uint64_t ref = mkseg_version(m, "text", 4, 0);
	struct capture c;

	mkseg_add(m, LAYOUT_STRING, LAYOUT_UNIT_ROOT, "s", ref);
	write_punched();
	punch(m->header->data_offset + 4096, 3 * 4096); /* unused units */
	c = look_at_punched();
	ck_assert_int_eq(c.error, 0);
	ck_assert_int_eq(c.result, 0);
	ck_assert_str_eq(c.text, "{\n\"s\": \"text\",\n\"x\": 1\n}\n");
	free(c.text);
}
END_TEST

/* The hole may end behind what is committed, or be the rest of the file. */
START_TEST(a_copy_that_ends_in_a_hole_is_read)
{
	struct capture c;

	write_punched();
	punch(m->header->data_offset + 4096, m->size);
	c = look_at_punched();
	ck_assert_int_eq(c.error, 0);
	ck_assert_str_eq(c.text, "{\n\"x\": 1\n}\n");
	free(c.text);
}
END_TEST

/* The bomb: next to no data, and a reader would look at gigabytes of zeros. */
START_TEST(a_file_that_is_all_holes_is_refused)
{
	uint64_t committed;

	if (is_wrapped()) /* it needs more addresses than valgrind leaves */
		return;
	mkseg_free(m);
	m = mkseg_new(UINT64_C(64) << 30);
	mkseg_add(m, LAYOUT_INT, LAYOUT_UNIT_ROOT, "x", 1);
	mkseg_blocks(m, LAYOUT_BLOCK_UNITS, m->header->block_count - 1);
	committed = expvar_word64_load_relaxed(&m->header->committed);
	expvar_word64_store_relaxed(&m->header->committed,
				    m->header->data_offset + LAYOUT_BLOCK);
	write_punched();
	ck_assert_int_eq(pwrite(punched, &committed, 8,
				offsetof(struct layout_header, committed)),
			 8);
	ck_assert_int_eq(look_at_punched().error, EXPVAR_E_SUSPECT);
}
END_TEST

/* R1 */

static bool lacks_openat2; /* as older kernels, and some sandboxes */

static bool answer_syscall(long call, const long a[6])
{
	(void)a;
	if (!lacks_openat2 || call != SYS_openat2)
		return false;
	errno = ENOSYS;
	return true;
}

static int make_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_uint_lt(strlen(name), sizeof(address.sun_path));
	strcpy(address.sun_path, name);
	ck_assert_int_eq(bind(fd, (void *)&address, sizeof(address)), 0);
	return fd;
}

START_TEST(what_is_no_regular_file_is_refused)
{
	char other[600];
	int fd;

	lacks_openat2 = _i;
	snprintf(other, sizeof(other), "%s.other", path);
	ck_assert_int_eq(open_image(), 0);
	ck_assert_int_eq(symlink(path, other), 0);
	ck_assert_int_eq(open_only(other), EXPVAR_E_FILE_TYPE);
	unlink(other);
	ck_assert_int_eq(mkfifo(other, 0600), 0);
	ck_assert_int_eq(open_only(other), EXPVAR_E_FILE_TYPE);
	unlink(other);
	fd = make_socket(other);
	ck_assert_int_eq(open_only(other), EXPVAR_E_FILE_TYPE);
	close(fd);
	unlink(other);
	ck_assert_int_eq(open_only(capture_directory()), EXPVAR_E_FILE_TYPE);
	ck_assert_int_eq(open_only("/dev/null"), EXPVAR_E_FILE_TYPE);
	ck_assert_int_eq(open_only("/dev/shm/"), EXPVAR_E_FILE_TYPE);
	ck_assert_int_eq(link(path, other), 0);
	ck_assert_int_eq(open_only(other), EXPVAR_E_SUSPECT);
	unlink(other);
	ck_assert_int_eq(open_only(path), 0);
}
END_TEST

/* All its numbers are right, but for the size of the whole. */
static int open_huge(uint64_t size)
{
	struct layout_header *h = m->header;

	h->size = size;
	h->data_offset =
		LAYOUT_HEADER_SIZE +
		util_align(layout_table_size(size / LAYOUT_BLOCK), LAYOUT_PAGE);
	h->block_count = (uint32_t)((size - h->data_offset) / LAYOUT_BLOCK);
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(truncate(path, (off_t)size), 0);
	return open_only(path);
}

START_TEST(a_huge_file_is_refused)
{
	ck_assert_int_eq(open_huge(UINT64_C(256) << 30), 0);
	ck_assert_int_eq(open_huge(UINT64_C(512) << 30), EXPVAR_E_FORMAT);
}
END_TEST

START_TEST(who_wants_a_tmpfs_gets_no_other_file)
{
	struct expvar_reader *reader;

	ck_assert_int_eq(open_image(), 0);
	ck_assert_int_eq(expvar_reader_open(path, EXPVAR_OPEN_TMPFS, &reader),
			 0);
	expvar_reader_close(reader);
	ck_assert_int_eq(open_only("/proc/version"), EXPVAR_E_NOT_READY);
	ck_assert_int_eq(expvar_reader_open("/proc/version", EXPVAR_OPEN_TMPFS,
					    &reader),
			 EXPVAR_E_NOT_TMPFS);
}
END_TEST

START_TEST(what_is_no_segment_is_refused)
{
	int fd;

	ck_assert_int_eq(open_only(capture_path("none")), -ENOENT);
	ck_assert_int_eq(open_only("/proc/self/stat/x"), -ENOTDIR);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_eq(open_only(path), EXPVAR_E_NOT_READY);
	ck_assert_int_eq(write(fd, "hello", 5), 5);
	ck_assert_int_eq(open_only(path), EXPVAR_E_FORMAT);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	ck_assert_int_eq(open_only(path), EXPVAR_E_NOT_READY);
	close(fd);
	mkseg_write(m, path);
	ck_assert_int_eq(truncate(path, (off_t)m->size - 1), 0);
	ck_assert_int_eq(open_only(path), EXPVAR_E_TRUNCATED);
	ck_assert_int_eq(truncate(path, (off_t)m->size + 1), 0);
	ck_assert_int_eq(open_only(path), EXPVAR_E_FORMAT);
}
END_TEST

/* R2 */
START_TEST(a_leased_file_does_not_block)
{
	int fd;

	ck_assert_int_eq(open_image(), 0);
	fd = open(path, O_RDWR);
	signal(SIGIO, SIG_IGN);
	if (fcntl(fd, F_SETLEASE, F_WRLCK))
		return; /* not everywhere */
	ck_assert_int_eq(open_only(path), EXPVAR_E_LEASED);
	close(fd);
}
END_TEST

START_TEST(every_error_has_a_text)
{
	int error;

	for (error = EXPVAR_E_NOT_READY; error >= EXPVAR_E_TIMEOUT; error--)
		ck_assert_str_ne(expvar_reader_strerror(error),
				 "unknown error");
	ck_assert_str_eq(expvar_reader_strerror(-1000000), "unknown error");
	ck_assert_str_eq(expvar_reader_strerror(-4000), "unknown error");
	ck_assert_str_eq(expvar_reader_strerror(-EACCES), "Permission denied");
	ck_assert_str_eq(expvar_reader_strerror(0), "success");
}
END_TEST

/* ---- liveness, finding, refreshing ---- */

static void lock_file(int fd)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_len = 1 };

	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
}

/* Writes the image under a segment's name; returns a descriptor with a lock. */
static int publish(const char *app, uint64_t incarnation)
{
	char name[128];
	int fd;

	mkseg_identify(m, app);
	m->header->incarnation = incarnation;
	snprintf(name, sizeof(name), "expvar.%s.%d.%016llx", app,
		 (int)getpid(), (unsigned long long)incarnation);
	snprintf(path, sizeof(path), "%s", capture_path(name));
	ck_assert_int_eq(mkseg_write(m, path), 0);
	setenv("EXPVAR_DIR", capture_directory(), 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	lock_file(fd);
	return fd;
}

static char evidence[256];
static int removable;

static enum expvar_liveness liveness(void)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_reader *reader;

	ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
	ck_assert_int_eq(expvar_reader_info(reader, &info), 0);
	ck_assert_ptr_nonnull(info.evidence);
	ck_assert_uint_gt(strlen(info.evidence), 0);
	snprintf(evidence, sizeof(evidence), "%s", info.evidence);
	removable = info.removable;
	expvar_reader_close(reader);
	return info.liveness;
}

/* R12; what exec() and fork() do is in tests/cli/test-dump-dead.sh. */
START_TEST(the_verdict_follows_the_evidence)
{
	int fd = publish("live", 1);

	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_ALIVE);
	ck_assert_int_eq(removable, 0);
	close(fd);
	/* Lock free, process there: it may have called exec(). */
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_UNKNOWN);
	ck_assert_int_eq(removable, 0);
	m->header->start_ticks++;
	close(publish("live", 1));
	m->header->start_ticks += 5;
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_DEAD);
	ck_assert_int_eq(removable, 1);
	fd = open(path, O_RDWR);
	lock_file(fd);
	/* Lock held, process gone: a forked child keeps it. */
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_UNKNOWN);
	ck_assert_int_eq(removable, 0);
	m->header->pidns_inode++;
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_ALIVE);
	m->header->boot_id[3] = 1;
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_DEAD);
	ck_assert_int_eq(removable, 0);
	close(fd);
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_DEAD);
	ck_assert_int_eq(removable, 1);
	/* In another namespace it cannot be looked at: dead, but no proof. */
	memset(m->header->boot_id, 0, 16);
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_DEAD);
	ck_assert_int_eq(removable, 0);
	expvar_word64_store_relaxed(&m->header->state, LAYOUT_STATE_CLOSED);
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_DEAD);
	ck_assert_int_eq(removable, 1);
}
END_TEST

/* R12: only root can make it look so. */
START_TEST(somebody_elses_pid_is_a_false_claim)
{
	struct expvar_reader *reader;
	int fd = publish("false", 1);

	if (chown(path, 12345, (gid_t)-1)) {
		close(fd);
		return;
	}
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(evidence, "another user's"));
	ck_assert_int_eq(expvar_reader_open_pid(getpid(), 0, &reader),
			 EXPVAR_E_NOT_READY);
	ck_assert_int_eq(expvar_reader_open_app("false", 0, &reader), 0);
	expvar_reader_close(reader);
	close(fd);
	ck_assert_int_eq(liveness(), EXPVAR_LIVENESS_DEAD);
}
END_TEST

START_TEST(a_segment_is_found_by_pid_and_by_name)
{
	struct expvar_reader *reader;
	int one = publish("my.app", 1), two;

	ck_assert_int_eq(expvar_reader_open_pid(getpid(), 0, &reader), 0);
	expvar_reader_close(reader);
	ck_assert_int_eq(expvar_reader_open_app("my.app", 0, &reader), 0);
	expvar_reader_close(reader);
	ck_assert_int_eq(expvar_reader_open_app("my", 0, &reader),
			 EXPVAR_E_GONE);
	ck_assert_int_eq(expvar_reader_open_pid(getppid(), 0, &reader),
			 EXPVAR_E_NOT_READY);
	ck_assert_int_eq(expvar_reader_open_pid(0x3fffffff, 0, &reader),
			 EXPVAR_E_GONE);
	m->header->started_realtime_ns = 5;
	two = publish("my.app", 2);
	ck_assert_int_eq(expvar_reader_open_app("my.app", 0, &reader),
			 EXPVAR_E_AMBIGUOUS);
	ck_assert_int_eq(expvar_reader_open_pid(getpid(), EXPVAR_OPEN_NEWEST,
						&reader),
			 0);
	expvar_reader_close(reader);
	close(one);
	ck_assert_int_eq(expvar_reader_open_app("my.app", 0, &reader), 0);
	expvar_reader_close(reader);
	close(two);
}
END_TEST

static int count_found(const struct expvar_found *found, void *userdata)
{
	int *counts = userdata;

	counts[0]++;
	counts[1] += found->error == 0;
	counts[2] += found->app_len == 3 && !memcmp(found->app, "a.b", 3) &&
		     found->pid == 12 && found->incarnation == 0xab;
	return 0;
}

START_TEST(only_files_called_like_segments_are_found)
{
	static const char *const names[] = {
		"expvar.a.b.12.00000000000000ab", "expvar.a.1.0",
		"expvar..1.0000000000000000",	  "expvar.1.0000000000000000",
		"expvar.a.x1.0000000000000000",	  "other.a.1.0000000000000000",
		"expvar.a.1.000000000000000G",	  "expvar.a..0000000000000000",
		"expvar.a.11111111111.0000000000000000",
	};
	int counts[3] = { 0 }, before[3] = { 0 }, fd;
	size_t i;

	/* Without CK_FORK those of other tests are there as well. */
	expvar_discover_directory(capture_directory(), 0, count_found, before);
	for (i = 0; i < UTIL_COUNT(names); i++) {
		fd = open(capture_path(names[i]), O_RDWR | O_CREAT, 0600);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	ck_assert_int_eq(symlink("x", capture_path(
					      "expvar.l.1.0000000000000000")),
			 0);
	ck_assert_int_eq(expvar_discover_directory(capture_directory(), 0,
						   count_found, counts),
			 before[0] + 2);
	ck_assert_int_eq(counts[0], before[0] + 2);
	ck_assert_int_eq(counts[1], before[1] + 1);
	ck_assert_int_eq(counts[2], 1);
	ck_assert_int_eq(expvar_discover_directory("/nowhere", 0, count_found,
						   counts),
			 -ENOENT);
}
END_TEST

/* A writer's helper thread in short: each ring is a refresh; 1 ends it. */
static void *helper(void *userdata)
{
	struct layout_header *h = userdata;
	uint32_t n = 0;

	while (!expvar_word32_load_relaxed(&h->bell)) {
		syscall(SYS_futex, &h->bell, FUTEX_WAIT, 0, NULL, NULL, 0);
		expvar_word32_store_relaxed(&h->refresh_started, ++n);
		expvar_word32_store_release(&h->refresh_done, n);
		syscall(SYS_futex, &h->refresh_done, FUTEX_WAKE, 9, NULL, NULL,
			0);
	}
	return NULL;
}

START_TEST(a_refresh_is_answered_or_times_out)
{
	struct layout_header *h;
	struct expvar_reader *reader;
	pthread_t thread;
	int fd, i;

	expvar_word32_store_relaxed(&m->header->bell_kind, LAYOUT_BELL_FUTEX);
	fd = publish("bell", 3);
	h = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
	ck_assert_int_eq(expvar_reader_refresh(reader, 30000000),
			 EXPVAR_E_TIMEOUT);
	pthread_create(&thread, NULL, helper, h);
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(expvar_reader_refresh(reader, 2000000000), 0);
	expvar_word32_store_relaxed(&h->bell_kind, LAYOUT_BELL_NONE);
	ck_assert_int_eq(expvar_reader_refresh_begin(reader), 0);
	ck_assert_int_eq(expvar_reader_refresh_wait(reader, 0), 0);
	expvar_word32_store_relaxed(&h->bell, 1);
	syscall(SYS_futex, &h->bell, FUTEX_WAKE, 9, NULL, NULL, 0);
	pthread_join(thread, NULL);
	close(fd);
	munmap(h, 4096);
	ck_assert_int_eq(expvar_reader_refresh_begin(reader), EXPVAR_E_GONE);
	expvar_reader_close(reader);
}
END_TEST

static struct expvar_word32 stop;

/* Counts to and fro: never what is waited for, and never the same. */
static void *restless(void *userdata)
{
	struct layout_header *h = userdata;
	uint32_t n = 0;

	while (!expvar_word32_load_relaxed(&stop)) {
		expvar_word32_store_release(&h->refresh_done, n++ % 2 - 9);
		syscall(SYS_futex, &h->refresh_done, FUTEX_WAKE, 9, NULL, NULL,
			0);
	}
	return NULL;
}

static uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)now.tv_nsec;
}

/* R9 */
START_TEST(a_restless_counter_does_not_keep_us_busy)
{
	struct expvar_reader *reader;
	struct layout_header *h;
	pthread_t thread;
	uint64_t start;
	int fd;

	expvar_word32_store_relaxed(&m->header->bell_kind, LAYOUT_BELL_FUTEX);
	fd = publish("restless", 4);
	h = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
	pthread_create(&thread, NULL, restless, h);
	start = thread_ns();
	ck_assert_int_eq(expvar_reader_refresh(reader, 500000000),
			 EXPVAR_E_TIMEOUT);
	/* Of half a second: without pauses it is nearly all of it. */
	ck_assert_uint_lt(thread_ns() - start, 60000000);
	expvar_word32_store_relaxed(&stop, 1);
	pthread_join(thread, NULL);
	expvar_reader_close(reader);
	munmap(h, 4096);
	close(fd);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader open");
	TCase *t = tcase_create("open");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, each_field_of_the_header_is_checked, 0,
			    (int)UTIL_COUNT(headers));
	tcase_add_loop_test(t, an_impossible_committed_length_is_refused, 0,
			    10);
	tcase_add_test(t, a_hole_in_a_live_segment_is_refused);
	tcase_add_test(t, a_copy_with_holes_is_read_without_touching_them);
	tcase_add_test(t, a_copy_that_ends_in_a_hole_is_read);
	tcase_add_test(t, a_file_that_is_all_holes_is_refused);
	tcase_add_loop_test(t, what_is_no_regular_file_is_refused, 0, 2);
	tcase_add_test(t, a_huge_file_is_refused);
	tcase_add_test(t, who_wants_a_tmpfs_gets_no_other_file);
	tcase_add_test(t, what_is_no_segment_is_refused);
	tcase_add_test(t, a_leased_file_does_not_block);
	tcase_add_test(t, every_error_has_a_text);
	tcase_add_test(t, the_verdict_follows_the_evidence);
	tcase_add_test(t, somebody_elses_pid_is_a_false_claim);
	tcase_add_test(t, a_segment_is_found_by_pid_and_by_name);
	tcase_add_test(t, only_files_called_like_segments_are_found);
	tcase_add_test(t, a_refresh_is_answered_or_times_out);
	tcase_add_test(t, a_restless_counter_does_not_keep_us_busy);
	suite_add_tcase(s, t);
	return s;
}
