/* SPDX-License-Identifier: MIT */
/*
 * test-region.c - reserving addresses and committing memory
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish/region.h"
#include "unit/publishing.h"

#define MIB ((size_t)1 << 20)

static int make_file(size_t size)
{
	int fd = open(getenv("EXPVAR_DIR"), O_TMPFILE | O_RDWR | O_CLOEXEC,
		      0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static size_t blocks_bytes(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (size_t)st.st_blocks * 512;
}

START_TEST(private_memory_is_zero_and_stays_where_it_is)
{
	struct region region;
	char *base;

	ck_assert_int_eq(expvar_region_reserve(&region, -1, 4 * MIB, MIB), 0);
	ck_assert_uint_eq(region.reserved, 4 * MIB);
	ck_assert_uint_eq(region.committed, 0);
	base = region.base;
	for (size_t size = 1; size <= 4 * MIB; size *= 3) {
		ck_assert_int_eq(expvar_region_commit(&region, size), 0);
		ck_assert_uint_ge(region.committed, size);
		ck_assert_ptr_eq(region.base, base);
		ck_assert_int_eq(base[size - 1], 0);
		base[size - 1] = 1;
	}
	ck_assert_int_eq(base[0], 1);
}
END_TEST

START_TEST(committed_memory_does_not_fault_any_more)
{
	struct rusage before, after;
	struct region region;

	ck_assert_int_eq(expvar_region_reserve(&region, -1, MIB, MIB), 0);
	ck_assert_int_eq(expvar_region_commit(&region, MIB), 0);
	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < MIB; i += 4096)
		((volatile char *)region.base)[i] = 1;
	getrusage(RUSAGE_SELF, &after);
	if (!is_instrumented())
		ck_assert_int_eq(after.ru_minflt - before.ru_minflt, 0);
}
END_TEST

START_TEST(more_than_was_reserved_is_refused_and_harmless)
{
	struct region region;

	ck_assert_int_eq(expvar_region_reserve(&region, -1, MIB, MIB), 0);
	ck_assert_int_eq(expvar_region_commit(&region, MIB + 1), -ENOSPC);
	ck_assert_uint_eq(region.committed, 0);
	ck_assert_int_eq(expvar_region_commit(&region, 100), 0);
	ck_assert_int_eq(expvar_region_commit(&region, 50), 0);
	ck_assert_uint_eq(region.committed, 4096);
}
END_TEST

START_TEST(a_file_has_no_hole_below_what_is_committed)
{
	int fd = make_file(2 * MIB);
	struct region region;

	ck_assert_int_eq(expvar_region_reserve(&region, fd, 2 * MIB, MIB), 0);
	ck_assert_uint_eq(blocks_bytes(fd), 0);
	ck_assert_int_eq(expvar_region_commit(&region, MIB), 0);
	ck_assert_uint_ge(blocks_bytes(fd), MIB);
	ck_assert_int_eq(lseek(fd, 0, SEEK_HOLE), (off_t)MIB);
	close(fd);
	region.base[MIB - 1] = 'x'; /* the mapping needs no descriptor */
}
END_TEST

static int reserve_little(void *userdata)
{
	struct rlimit limit = { 64 * MIB, 64 * MIB };
	struct region region;

	(void)userdata;
	CHILD_CHECK(!setrlimit(RLIMIT_AS, &limit));
	CHILD_CHECK(!expvar_region_reserve(&region, -1, 1024 * MIB, 65536));
	CHILD_CHECK(region.reserved < 64 * MIB && region.reserved >= 65536);
	CHILD_CHECK(!expvar_region_commit(&region, 65536));
	CHILD_CHECK(expvar_region_reserve(&region, -1, 1024 * MIB,
					  512 * MIB) == -ENOMEM);
	return 0;
}

START_TEST(a_reservation_halves_until_there_is_room)
{
	if (!is_instrumented())
		ck_assert_int_eq(in_child(reserve_little, NULL), 0);
}
END_TEST

static int lock_everything(void *userdata)
{
	struct rlimit limit = { 8 * MIB, 8 * MIB };
	struct region region;

	(void)userdata;
	CHILD_CHECK(!expvar_region_host_locks());
	CHILD_CHECK(!setrlimit(RLIMIT_MEMLOCK, &limit));
	if (setgid(65534) || setuid(65534) || /* else there is no limit */
	    mlockall(MCL_CURRENT | MCL_FUTURE))
		return 77;
	CHILD_CHECK(expvar_region_host_locks());
	CHILD_CHECK(!expvar_region_reserve(&region, -1, 256 * MIB, 256 * MIB));
	CHILD_CHECK(!expvar_region_commit(&region, 65536));
	return 0;
}

/* W22 */
START_TEST(a_host_that_locks_its_memory_is_charged_for_what_is_used)
{
	int status;

	if (geteuid() || is_instrumented())
		return;
	status = in_child(lock_everything, NULL);
	ck_assert_msg(status == 0 || status == 77, "status %d", status);
}
END_TEST

static int fill_tmpfs(void *userdata)
{
	const char *path = userdata;
	struct region region;
	int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	CHILD_CHECK(fd >= 0 && !ftruncate(fd, (off_t)(4 * MIB)));
	CHILD_CHECK(!expvar_region_reserve(&region, fd, 4 * MIB, 4 * MIB));
	CHILD_CHECK(!expvar_region_commit(&region, 65536));
	CHILD_CHECK(expvar_region_commit(&region, 4 * MIB) == -ENOSPC);
	CHILD_CHECK(region.committed == 65536);
	region.base[65535] = 1;
	return 0;
}

START_TEST(a_full_tmpfs_is_an_error_and_no_signal)
{
	char path[4096];
	int status;

	snprintf(path, sizeof(path), "%s", path_in_directory("small"));
	if (mkdir(path, 0755) ||
	    mount("none", path, "tmpfs", 0, "size=1m")) {
		rmdir(path);
		return; /* needs root */
	}
	status = in_child(fill_tmpfs, path);
	umount2(path, MNT_DETACH);
	rmdir(path);
	ck_assert_int_eq(status, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("region");
	TCase *c = plain_case(s, "memory");

	tcase_add_test(c, private_memory_is_zero_and_stays_where_it_is);
	tcase_add_test(c, committed_memory_does_not_fault_any_more);
	tcase_add_test(c, more_than_was_reserved_is_refused_and_harmless);
	tcase_add_test(c, a_file_has_no_hole_below_what_is_committed);
	c = plain_case(s, "limits");
	tcase_add_test(c, a_reservation_halves_until_there_is_room);
	tcase_add_test(
		c, a_host_that_locks_its_memory_is_charged_for_what_is_used);
	tcase_add_test(c, a_full_tmpfs_is_an_error_and_no_signal);
	return s;
}
