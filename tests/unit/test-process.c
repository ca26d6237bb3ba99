/* SPDX-License-Identifier: MIT */
/*
 * test-process.c - the library's lives: beginning, settings, end
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "unit/publishing.h"

static const struct layout_header *header(void)
{
	return expvar_process()->segment.header;
}

static const char *app(void)
{
	return header()->app[expvar_word64_load_relaxed(
				     &header()->app_select) &
			     1];
}

START_TEST(nothing_is_started_before_the_first_call)
{
	ck_assert_int_eq(expvar_status(), EXPVAR_E_NOT_STARTED);
	ck_assert_ptr_null(expvar_path());
	ck_assert_ptr_null(expvar_get("x"));
	expvar_do(NULL, NULL);
	expvar_fini();
	ck_assert_int_eq(expvar_status(), EXPVAR_E_NOT_STARTED);
}
END_TEST

START_TEST(the_first_constructor_starts_in_the_directory_of_the_environment)
{
	const char *directory = getenv("EXPVAR_DIR");

	remove_segments();
	expvar_int_new("v");
	ck_assert_int_eq(expvar_status(), 0);
	ck_assert_int_eq(strncmp(expvar_path(), directory, strlen(directory)),
			 0);
	ck_assert_uint_eq(segments_in(directory), 1);
	expvar_fini();
	ck_assert_uint_eq(segments_in(directory), 0);
}
END_TEST

/* W6: the environment's does not serve: the segment is in one of the others. */
static int start_elsewhere(void *userdata)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "unit-elsewhere" };

	CHILD_CHECK(!setenv("EXPVAR_DIR", userdata, 1));
	CHILD_CHECK(!expvar_init(&options));
	CHILD_CHECK(!strncmp(expvar_path(), "/run/expvar/", 12) ||
		    !strncmp(expvar_path(), "/dev/shm/", 9));
	CHILD_CHECK(strchr(expvar_path() + 9, '/') == NULL ||
		    !strncmp(expvar_path(), "/run/", 5));
	CHILD_CHECK(!access(expvar_path(), F_OK));
	expvar_fini();
	return 0;
}

START_TEST(the_next_directory_takes_the_place_of_one_that_fails)
{
	static char missing[] = "/nonexistent/for/sure", file[] = "/dev/null",
		    disk[] = "/proc";
	char *const bad[] = { missing, file, disk };
	struct statfs fs;

	if (access("/dev/shm", W_OK) || statfs("/dev/shm", &fs) ||
	    fs.f_type != TMPFS_MAGIC)
		return;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		ck_assert_int_eq(in_child(start_elsewhere, bad[i]), 0);
}
END_TEST

START_TEST(what_every_process_has_is_in_the_header)
{
	ck_assert_uint_eq(layout_ref_low(expvar_word64_load_relaxed(
				  &header()->cmdline)),
			  offsetof(struct layout_header, room) / LAYOUT_LINE);
	ck_assert_uint_eq(expvar_process()->segment.blocks_used, 0);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&header()->committed),
			  header()->data_offset);
}
END_TEST

/* Populated is what they need, and what counters and threads have in reserve. */
START_TEST(ten_variables_take_a_few_pages)
{
	char name[16];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "variable_%d", i);
		if (i % 2)
			expvar_counter_inc(expvar_counter_new(name));
		else
			expvar_int_add(expvar_int_new(name), 1);
	}
	ck_assert_uint_eq(expvar_word64_load_relaxed(&header()->committed),
			  header()->data_offset + LAYOUT_BLOCK +
				  ACCOUNT(chunk_bytes));
	ck_assert_uint_le(header()->data_offset, 8192);
	ck_assert_uint_le(expvar_process()->arena.region.committed,
			  (8 + 8 * 3) * 1024);
}
END_TEST

START_TEST(a_file_is_called_as_the_format_says)
{
	char want[4200];
	struct stat st;

	snprintf(want, sizeof(want), "%s/expvar.unit.%d.%016llx",
		 getenv("EXPVAR_DIR"), (int)getpid(),
		 (unsigned long long)header()->incarnation);
	ck_assert_str_eq(expvar_path(), want);
	ck_assert_int_eq(stat(want, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, header()->size);
	ck_assert_uint_eq(st.st_mode & 07777, 0400);
	ck_assert_uint_eq(st.st_nlink, 1);
}
END_TEST

START_TEST(handles_of_an_ended_life_are_harmless_and_a_new_one_begins)
{
	struct expvar_int *i = expvar_int_new("i");
	struct expvar_string *s = expvar_string_new("s");
	struct expvar_map *m = expvar_map_new("m"), *below;
	struct expvar_counter *c = expvar_counter_new("c");
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary sum = { .struct_size = sizeof(sum) };
	char buf[20];

	expvar_map_add(m, "known", 1);
	expvar_counter_inc(c);
	for (int round = 0; round < 3; round++) {
		expvar_fini();
		expvar_map_add(m, "known", 1);
		expvar_map_add(m, "new", 1);
		expvar_map_delete(m, "known");
		expvar_map_clear(m);
		expvar_map_limit(m, 3, "other");
		below = expvar_map_map(m, "below");
		ck_assert_int_eq(expvar_var_error(&below->var),
				 EXPVAR_E_STOPPED);
		expvar_map_add(below, "key", 1);
		ck_assert_int_lt(expvar_map_set(m, "i", &i->var), 0);
		expvar_release(expvar_map_get(m, "known"));
		expvar_int_add(i, 1);
		expvar_string_set(s, "a text");
		expvar_string_get(s, buf, sizeof(buf));
		expvar_counter_inc(c);
		expvar_counter_get(c);
		expvar_histogram_record(h, 5);
		expvar_histogram_get(h, &sum);
		expvar_json(&m->var, buf, sizeof(buf));
		expvar_json(&s->var, buf, sizeof(buf));
		ck_assert_int_eq(expvar_var_error(&i->var), EXPVAR_E_STOPPED);
		ck_assert_int_eq(expvar_describe(&i->var, NULL),
				 EXPVAR_E_STOPPED);
		ck_assert_int_eq(expvar_publish("old", &i->var),
				 EXPVAR_E_STOPPED);
		expvar_unpublish(&s->var);
		expvar_release(&s->var);
		expvar_counter_inc(expvar_counter_new("c"));
		ck_assert_int_eq(expvar_status(), 0);
		assert_document("{\n\"c\": 1\n}\n");
	}
}
END_TEST

static struct expvar_word32 is_over;

static void *use_old_handles(void *userdata)
{
	struct expvar_var **old = userdata;
	char buf[100];

	for (int i = 0; !expvar_word32_load_relaxed(&is_over); i++) {
		expvar_string_set((struct expvar_string *)old[0], "text");
		expvar_string_get((struct expvar_string *)old[0], buf, 100);
		expvar_map_add((struct expvar_map *)old[1], "key", 1);
		snprintf(buf, sizeof(buf), "%d", i);
		expvar_map_add((struct expvar_map *)old[1], buf, 1);
		expvar_counter_inc((struct expvar_counter *)old[2]);
		expvar_histogram_record((struct expvar_histogram *)old[3], 5);
		expvar_release(expvar_get("again"));
	}
	return NULL;
}

START_TEST(lives_may_end_and_begin_while_others_use_old_handles)
{
	struct expvar_var *old[4] = {
		expvar_var_of(expvar_string_new("s")),
		expvar_var_of(expvar_map_new("m")),
		expvar_var_of(expvar_counter_new("c")),
		expvar_var_of(expvar_histogram_new("h")),
	};
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						use_old_handles, old),
				 0);
	for (int i = 0; i < 50; i++) {
		expvar_fini();
		expvar_counter_inc(expvar_counter_new("again"));
		usleep(1000);
	}
	expvar_word32_store_relaxed(&is_over, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(expvar_status(), 0);
}
END_TEST

/* What was in front of the memory that the new value would have taken. */
START_TEST(a_string_of_an_ended_life_takes_no_memory_of_the_next)
{
	struct expvar_string *old, *refused, *next;
	struct expvar_counter *counter = expvar_counter_new("c");
	char large[4000] = "";

	memset(large, 'x', sizeof(large) - 1);
	old = expvar_string_new("s");
	refused = expvar_string_new("c"); /* counts privately */
	expvar_string_set(old, "old");
	expvar_fini();
	next = expvar_string_new("n");
	expvar_string_set(old, large);
	expvar_string_set(refused, large);
	expvar_string_set(next, large);
	expvar_counter_add(counter, 1);
	assert_value(old, "old");
	assert_value(refused, "");
	assert_value(next, large);
}
END_TEST

START_TEST(asking_for_the_descriptor_may_begin_a_life)
{
	struct expvar_options nowhere = { .struct_size = sizeof(nowhere),
					  .directory = "/nowhere",
					  .flags = EXPVAR_NO_ENVIRONMENT };

	ck_assert_int_ne(expvar_init(&nowhere), 0);
	ck_assert_int_lt(expvar_poll_fd(), 0);
	expvar_fini();
	ck_assert_int_ge(expvar_poll_fd(), 0);
	ck_assert_int_eq(expvar_status(), 0);
	expvar_fini();
}
END_TEST

START_TEST(a_late_init_applies_what_it_can)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "late/name",
					  .mode = 0644 };
	char old[4096];
	struct stat st;

	snprintf(old, sizeof(old), "%s", expvar_path());
	expvar_int_new("v");
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_str_eq(app(), "late/name");
	ck_assert_ptr_nonnull(strstr(expvar_path(), "/expvar.late_name."));
	ck_assert_int_eq(access(old, F_OK), -1);
	ck_assert_int_eq(stat(expvar_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0444);
	options.directory = "/dev/shm/elsewhere";
	ck_assert_int_eq(expvar_init(&options), -EALREADY);
	options.directory = NULL;
	options.max_bytes = 1 << 20;
	ck_assert_int_eq(expvar_init(&options), -EALREADY);
	ck_assert_int_eq(expvar_status(), 0);
	ck_assert_int_eq(expvar_init(NULL), 0);
}
END_TEST

START_TEST(repeated_init_needs_no_memory)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "unit" };
	uint64_t heap, used;

	ck_assert_int_eq(expvar_init(&options), 0);
	heap = ACCOUNT(heap_bytes);
	used = expvar_process()->arena.used;
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_uint_eq(ACCOUNT(heap_bytes), heap);
	ck_assert_uint_eq(expvar_process()->arena.used, used);
}
END_TEST

static int find_argument(void)
{
	const struct segment *s = &expvar_process()->segment;
	char own[200] = "";
	int fd = open("/proc/self/cmdline", O_RDONLY);

	ck_assert_int_gt(read(fd, own, sizeof(own) - 1), 0);
	close(fd);
	return memmem(s->region.base, s->region.committed, own, strlen(own)) !=
	       NULL;
}

START_TEST(arguments_that_are_not_to_be_published_are_nowhere_in_the_file)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .flags = EXPVAR_NO_CMDLINE };

	expvar_int_new("before main");
	ck_assert(find_argument());
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&header()->cmdline), 0);
	ck_assert(!find_argument());
}
END_TEST

START_TEST(the_state_says_when_it_has_ended)
{
	const struct layout_header *h = header();

	ck_assert_uint_eq(expvar_word64_load_relaxed(&h->state),
			  LAYOUT_STATE_LIVE);
	expvar_fini();
	ck_assert_uint_eq(expvar_word64_load_relaxed(&h->state),
			  LAYOUT_STATE_CLOSED);
}
END_TEST

static int end_normally(void *userdata)
{
	unsigned int flags = userdata ? EXPVAR_KEEP_FILE : 0;

	CHILD_CHECK(!publishing_start_with(0, flags));
	exit(0);
}

START_TEST(a_normal_exit_removes_the_file_or_keeps_it_if_asked_to)
{
	remove_segments();
	ck_assert_int_eq(in_child(end_normally, NULL), 0);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 0);
	ck_assert_int_eq(in_child(end_normally, &is_over), 0);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 1);
	remove_segments();
}
END_TEST

START_TEST(a_relative_directory_is_found_again_after_a_chdir)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .directory = "." };

	remove_segments();
	ck_assert_int_eq(chdir(getenv("EXPVAR_DIR")), 0);
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_int_eq(expvar_path()[0], '/');
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(access(expvar_path(), F_OK), 0);
	expvar_fini();
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 0);
}
END_TEST

START_TEST(a_file_that_is_not_ours_any_more_is_left_alone)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s", expvar_path());
	ck_assert_int_eq(unlink(path), 0);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	expvar_int_set(expvar_int_new("v"), 1);
	expvar_fini();
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("process");
	TCase *c = plain_case(s, "start");

	tcase_add_test(c, nothing_is_started_before_the_first_call);
	tcase_add_test(
		c,
		the_first_constructor_starts_in_the_directory_of_the_environment);
	tcase_add_test(c,
		       a_normal_exit_removes_the_file_or_keeps_it_if_asked_to);
	tcase_add_test(c, the_next_directory_takes_the_place_of_one_that_fails);
	tcase_add_test(c, a_relative_directory_is_found_again_after_a_chdir);
	tcase_add_test(c, asking_for_the_descriptor_may_begin_a_life);
	c = publishing_case(s, "lives");
	tcase_add_test(c, what_every_process_has_is_in_the_header);
	tcase_add_test(c, ten_variables_take_a_few_pages);
	tcase_add_test(c, a_file_is_called_as_the_format_says);
	tcase_add_test(
		c, handles_of_an_ended_life_are_harmless_and_a_new_one_begins);
	tcase_add_test(c,
		       lives_may_end_and_begin_while_others_use_old_handles);
	tcase_add_test(c,
		       a_string_of_an_ended_life_takes_no_memory_of_the_next);
	tcase_add_test(c, the_state_says_when_it_has_ended);
	tcase_add_test(c, a_file_that_is_not_ours_any_more_is_left_alone);
	c = publishing_case(s, "late");
	tcase_add_test(c, a_late_init_applies_what_it_can);
	tcase_add_test(c, repeated_init_needs_no_memory);
	tcase_add_test(
		c,
		arguments_that_are_not_to_be_published_are_nowhere_in_the_file);
	return s;
}
