/* SPDX-License-Identifier: MIT */
/*
 * test-sealed.c - W8, W12: a segment in memory that nobody can truncate
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "expvar/reader.h"
#include "unit/publishing.h"

static struct expvar_int *number;

static void start_sealed(void)
{
	remove_segments();
	ck_assert_int_eq(publishing_start_with(0, EXPVAR_SEALED), 0);
	number = expvar_int_new("number");
	expvar_int_set(number, 5);
}

static int descriptor(void)
{
	return expvar_process()->file.kept;
}

/* By a path or, with NULL, by the descriptor; or the error. */
static int64_t seen(const char *path)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;
	uint32_t node;
	int error = path ? expvar_reader_open(path, 0, &reader) :
			   expvar_reader_open_fd(descriptor(), NULL,
						 EXPVAR_OPEN_TMPFS, &reader);

	if (error)
		return error;
	error = expvar_reader_snapshot(reader, 0, &snapshot);
	expvar_reader_close(reader);
	if (error)
		return error;
	node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, "number", 6);
	if (expvar_snapshot_item(snapshot, node, &item))
		item.value.i = -1;
	expvar_snapshot_free(snapshot);
	return item.value.i;
}

static enum expvar_liveness liveness_of(struct expvar_reader *reader)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };

	ck_assert_int_eq(expvar_reader_info(reader, &info), 0);
	return info.liveness;
}

START_TEST(it_is_read_by_its_path_and_its_descriptor)
{
	struct expvar_reader *reader;
	char want[64];

	snprintf(want, sizeof(want), "/proc/%d/fd/%d", (int)getpid(),
		 descriptor());
	ck_assert_str_eq(expvar_path(), want);
	ck_assert_int_eq(seen(expvar_path()), 5);
	ck_assert_int_eq(seen(NULL), 5);
	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	ck_assert_int_eq(liveness_of(reader), EXPVAR_LIVENESS_ALIVE);
	expvar_reader_close(reader);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 0);
	for (int i = 0; i < 20000; i++) /* it grows as any other */
		expvar_int_set(expvar_int_new(NULL), i);
	ck_assert_uint_eq(ACCOUNT(lost_variables), 0);
	expvar_int_set(number, 6);
	ck_assert_int_eq(seen(expvar_path()), 6);
}
END_TEST

START_TEST(nobody_can_truncate_or_write_it_not_even_root)
{
	off_t size = (off_t)expvar_process()->segment.header->size;
	int fd;

	ck_assert_int_eq(truncate(expvar_path(), 0), -1);
	ck_assert_int_eq(ftruncate(descriptor(), 0), -1);
	ck_assert_int_ne(fcntl(descriptor(), F_GET_SEALS) & F_SEAL_SEAL, 0);
	ck_assert_int_eq(fchmod(descriptor(), 0600), 0);
	fd = open(expvar_path(), O_RDWR | O_CLOEXEC);
	if (fd >= 0) { /* whoever may look there */
		ck_assert_int_eq(ftruncate(fd, 0), -1);
		ck_assert_int_eq(errno, EPERM);
		ck_assert_int_eq(ftruncate(fd, size * 2), -1);
		ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
		ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_SHARED, fd, 0),
				 MAP_FAILED);
		ck_assert_int_eq(fallocate(fd,
					   FALLOC_FL_PUNCH_HOLE |
						   FALLOC_FL_KEEP_SIZE,
					   0, 4096),
				 -1);
		close(fd);
	}
	ck_assert_int_eq(seen(expvar_path()), 5);
}
END_TEST

START_TEST(settings_that_come_late_do_not_need_a_name)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "another",
					  .mode = 0444 };
	struct stat st;

	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_int_eq(fstat(descriptor(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0444);
	ck_assert_int_eq(seen(expvar_path()), 5);
}
END_TEST

START_TEST(the_end_closes_the_descriptor)
{
	int fd = descriptor();

	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	expvar_fini();
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_ptr_null(expvar_path());
}
END_TEST

/* W12: what the host made of our descriptor is the host's. */
START_TEST(a_descriptor_that_became_anothers_is_left_alone)
{
	int other = memfd_create("other", MFD_CLOEXEC);
	int fd = descriptor();
	struct expvar_options options = { .struct_size = sizeof(options),
					  .mode = 0444 };
	struct stat st, now;

	ck_assert_int_eq(fstat(other, &st), 0);
	ck_assert_int_eq(dup2(other, fd), fd);
	expvar_int_set(number, 8);
	ck_assert_int_eq(expvar_init(&options), 0);
	expvar_fini();
	ck_assert_int_eq(fstat(fd, &now), 0);
	ck_assert_uint_eq(now.st_ino, st.st_ino);
	ck_assert_uint_eq(now.st_mode, st.st_mode);
	close(fd);
	close(other);
}
END_TEST

static int live_in_child(void *userdata)
{
	int parents = *(int *)userdata;

	CHILD_CHECK(expvar_status() == EXPVAR_E_FORKED);
	CHILD_CHECK(fcntl(parents, F_GETFD) < 0);
	expvar_int_set(number, 9);
	CHILD_CHECK(!expvar_republish(EXPVAR_KEEP_VALUES));
	CHILD_CHECK(seen(expvar_path()) == 9);
	expvar_int_set(number, 10);
	CHILD_CHECK(seen(expvar_path()) == 10);
	expvar_fini();
	return 0;
}

START_TEST(a_child_has_neither_descriptor_nor_values_and_may_have_its_own)
{
	int fd = descriptor();

	ck_assert_int_eq(in_child(live_in_child, &fd), 0);
	ck_assert_int_eq(seen(expvar_path()), 5);
}
END_TEST

START_TEST(a_reader_that_keeps_it_open_sees_that_the_writer_is_dead)
{
	struct expvar_reader *reader;
	int ends[2];
	char path[64];
	pid_t child;

	expvar_fini();
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (!child) {
		publishing_start_with(0, EXPVAR_SEALED);
		if (write(ends[1], expvar_path(), strlen(expvar_path()) + 1) <
		    0)
			_exit(1);
		pause();
	}
	ck_assert_int_gt(read(ends[0], path, sizeof(path)), 0);
	ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
	ck_assert_int_eq(liveness_of(reader), EXPVAR_LIVENESS_ALIVE);
	kill(child, SIGKILL);
	ck_assert_int_eq(status_of(child), -SIGKILL);
	ck_assert_int_eq(liveness_of(reader), EXPVAR_LIVENESS_DEAD);
	expvar_reader_close(reader);
}
END_TEST

START_TEST(a_path_of_proc_that_is_no_segment_is_refused)
{
	struct expvar_reader *reader;
	int ends[2];
	char path[64];

	ck_assert_int_eq(pipe(ends), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	ck_assert_int_eq(expvar_reader_open(path, 0, &reader),
			 EXPVAR_E_FILE_TYPE);
	ck_assert_int_lt(expvar_reader_open("/proc/self/fd/999", 0, &reader),
			 0);
	ck_assert_int_lt(expvar_reader_open("/proc/self/exe", 0, &reader), 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static void write_one(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
}

START_TEST(readers_wake_its_event_loop)
{
	struct expvar_reader *reader;
	char path[64];

	expvar_fini();
	ck_assert_int_eq(
		publishing_start_with(0, EXPVAR_SEALED | EXPVAR_NO_THREAD), 0);
	expvar_func_new("func", write_one, NULL);
	ck_assert_int_ge(expvar_poll_fd(), 0);
	ck_assert_int_eq(expvar_poll(), 0);
	snprintf(path, sizeof(path), "%s", expvar_path());
	ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
	(void)expvar_poll(); /* opening it reads it, too */
	usleep(60000); /* at most 20 runs a second */
	ck_assert_int_eq(expvar_reader_refresh_begin(reader), 1);
	ck_assert_int_eq(expvar_poll(), 1);
	ck_assert_int_eq(expvar_reader_refresh_wait(reader, 0), 0);
	expvar_reader_close(reader);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("sealed");
	TCase *c = publishing_case_of(s, "sealed", start_sealed);

	tcase_add_test(c, it_is_read_by_its_path_and_its_descriptor);
	tcase_add_test(c, nobody_can_truncate_or_write_it_not_even_root);
	tcase_add_test(c, settings_that_come_late_do_not_need_a_name);
	tcase_add_test(c, the_end_closes_the_descriptor);
	tcase_add_test(c, a_descriptor_that_became_anothers_is_left_alone);
	tcase_add_test(
		c,
		a_child_has_neither_descriptor_nor_values_and_may_have_its_own);
	tcase_add_test(
		c, a_reader_that_keeps_it_open_sees_that_the_writer_is_dead);
	tcase_add_test(c, a_path_of_proc_that_is_no_segment_is_refused);
	tcase_add_test(c, readers_wake_its_event_loop);
	return s;
}
