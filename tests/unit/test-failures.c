/* SPDX-License-Identifier: MIT */
/*
 * test-failures.c - what cannot be published counts privately, and says why:
 * W1 (no room), W6 (no directory), W19 (no such variable)
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "unit/publishing.h"

static int start_in(const char *directory)
{
	struct expvar_options options = {
		.struct_size = sizeof(options),
		.app = "unit",
		.directory = directory,
	};

	return expvar_init(&options);
}

/* All types work, whether somebody sees them or not. */
static int count_privately(void)
{
	struct expvar_int *i = expvar_int_new("int"), *j;
	struct expvar_counter *c = expvar_counter_new("counter");
	struct expvar_histogram *h = expvar_histogram_new("histogram");
	struct expvar_string *s = expvar_string_new("string");
	struct expvar_map *m = expvar_map_new("map");
	struct expvar_float *f = expvar_float_new("float");
	struct expvar_histogram_summary sum = { .struct_size = sizeof(sum) };
	char text[300] = "";

	j = expvar_int_new("another");
	expvar_int_add(i, 3);
	expvar_int_add(j, 4);
	expvar_counter_add(c, 5);
	expvar_histogram_record(h, 6);
	expvar_string_set(s, "seven");
	expvar_map_add(m, "key", 8);
	expvar_float_add(f, 9.5);
	expvar_histogram_get(h, &sum);
	expvar_string_get(s, text, sizeof(text));
	return expvar_int_get(i) == 3 && expvar_int_get(j) == 4 &&
	       expvar_counter_get(c) == 5 && sum.count == 1 && sum.max == 6 &&
	       !strcmp(text, "seven") && expvar_float_get(f) == 9.5 &&
	       expvar_int_get(expvar_map_int(m, "key")) == 8 &&
	       expvar_int_new("int") == i;
}

static void expect_private(int error)
{
	struct expvar_int *v;

	ck_assert_int_eq(expvar_status(), error);
	ck_assert_ptr_null(expvar_path());
	ck_assert(count_privately());
	v = expvar_int_new("any");
	ck_assert_int_eq(expvar_var_error(&v->var), error);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 0);
	expvar_fini();
}

START_TEST(a_missing_directory)
{
	remove_segments();
	ck_assert_int_eq(start_in("/nonexistent/for/sure"), -ENOENT);
	expect_private(-ENOENT);
}
END_TEST

START_TEST(a_directory_that_is_a_file)
{
	remove_segments();
	ck_assert_int_eq(start_in("/dev/null"), -ENOTDIR);
	expect_private(-ENOTDIR);
}
END_TEST

START_TEST(a_directory_on_a_disk)
{
	int error = start_in("/proc");

	remove_segments();
	ck_assert_int_eq(error, EXPVAR_E_FILESYSTEM);
	expect_private(EXPVAR_E_FILESYSTEM);
}
END_TEST

static int start_in_closed(void *userdata)
{
	CHILD_CHECK(geteuid() || !setuid(65534));
	CHILD_CHECK(start_in(userdata) == -EACCES);
	CHILD_CHECK(count_privately());
	return 0;
}

START_TEST(a_directory_without_permission_to_write)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s", path_in_directory("closed"));
	ck_assert_int_eq(mkdir(path, 0555), 0);
	ck_assert_int_eq(chmod(getenv("EXPVAR_DIR"), 0755), 0);
	ck_assert_int_eq(in_child(start_in_closed, path), 0);
	rmdir(path);
}
END_TEST

START_TEST(a_directory_name_that_is_too_long)
{
	char path[5000];

	remove_segments();
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = 0;
	ck_assert_int_eq(start_in(path), -ENAMETOOLONG);
	expect_private(-ENAMETOOLONG);
}
END_TEST

START_TEST(impossible_options)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .max_bytes = SIZE_MAX };

	remove_segments();
	ck_assert_int_eq(expvar_init(&options), -EINVAL);
	expect_private(-EINVAL);
	options.struct_size = 3;
	options.max_bytes = 0;
	ck_assert_int_eq(expvar_init(&options), -EINVAL);
	expect_private(-EINVAL);
}
END_TEST

START_TEST(the_environment_disables)
{
	remove_segments();
	setenv("EXPVAR_DISABLE", "1", 1);
	ck_assert_int_eq(start_in(getenv("EXPVAR_DIR")), EXPVAR_E_DISABLED);
	expect_private(EXPVAR_E_DISABLED);
	setenv("EXPVAR_DISABLE", "0", 1);
	ck_assert_int_eq(start_in(getenv("EXPVAR_DIR")), 0);
	expvar_fini();
	unsetenv("EXPVAR_DISABLE");
}
END_TEST

static int start_with_file_limit(void *userdata)
{
	struct rlimit limit = { *(rlim_t *)userdata, *(rlim_t *)userdata };

	CHILD_CHECK(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	CHILD_CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	if (limit.rlim_cur < SMALL_SEGMENT) {
		CHILD_CHECK(start_in(getenv("EXPVAR_DIR")) == -EFBIG);
	} else {
		CHILD_CHECK(!start_in(getenv("EXPVAR_DIR")));
		CHILD_CHECK(expvar_process()->segment.header->size <=
			    limit.rlim_cur);
		for (int i = 0; i < 1000; i++)
			expvar_counter_inc(expvar_counter_new(NULL));
	}
	CHILD_CHECK(count_privately());
	expvar_fini();
	return 0;
}

START_TEST(a_limit_on_file_sizes_raises_no_signal)
{
	rlim_t limits[] = { 0, 1, 100000, SMALL_SEGMENT, 1000000, 5000000 };

	for (size_t i = 0; i < COUNT_OF(limits); i++)
		ck_assert_int_eq(in_child(start_with_file_limit, &limits[i]),
				 0);
}
END_TEST

static int start_on_full(void *userdata)
{
	char name[32];
	int lost = 0;

	CHILD_CHECK(!start_in(userdata));
	for (int i = 0; i < 20000; i++) {
		struct expvar_int *v;

		snprintf(name, sizeof(name), "v%d", i);
		v = expvar_int_new(name);
		expvar_int_add(v, i);
		lost += expvar_var_error(&v->var) != 0;
		CHILD_CHECK(expvar_int_get(v) == i);
	}
	CHILD_CHECK(lost > 10000 && lost < 20000);
	CHILD_CHECK(ACCOUNT(lost_variables) == (uint64_t)lost);
	CHILD_CHECK(ACCOUNT(grow_failures) > 0);
	CHILD_CHECK(count_privately());
	expvar_fini();
	return 0;
}

static int start_on_fuller(void *userdata)
{
	char path[4200] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/filler", (char *)userdata);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	CHILD_CHECK(fd >= 0);
	while (write(fd, path, sizeof(path)) > 0)
		;
	CHILD_CHECK(start_in(userdata) == -ENOSPC);
	CHILD_CHECK(count_privately());
	expvar_fini();
	return 0;
}

START_TEST(a_full_tmpfs)
{
	char path[4096];
	int first, second;

	snprintf(path, sizeof(path), "%s", path_in_directory("small"));
	if (mkdir(path, 0755) ||
	    mount("none", path, "tmpfs", 0, "size=1m")) {
		rmdir(path);
		return; /* needs root */
	}
	first = in_child(start_on_full, path);
	second = in_child(start_on_fuller, path);
	umount2(path, MNT_DETACH);
	rmdir(path);
	ck_assert_int_eq(first, 0);
	ck_assert_int_eq(second, 0);
}
END_TEST

static int start_with_little_memory(void *userdata)
{
	struct rlimit limit = { *(rlim_t *)userdata, *(rlim_t *)userdata };

	CHILD_CHECK(!setrlimit(RLIMIT_AS, &limit));
	(void)start_in(getenv("EXPVAR_DIR"));
	for (int i = 0; i < 20000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%d", i);
		expvar_int_add(expvar_int_new(name), 1);
		expvar_string_set(expvar_string_new("s"), name);
		expvar_map_add(expvar_map_new("m"), name, 1);
	}
	expvar_fini();
	return 0;
}

START_TEST(little_memory_of_any_size)
{
	if (is_instrumented())
		return;
	for (rlim_t mib = 5; mib < 400; mib += 1 + mib / 4) {
		rlim_t limit = mib << 20;

		ck_assert_int_eq(in_child(start_with_little_memory, &limit),
				 0);
	}
}
END_TEST

/* ---- single variables ---- */

START_TEST(a_name_may_have_4095_bytes_and_no_more)
{
	struct expvar_int *v, *w;
	char name[4200];

	memset(name, 'n', sizeof(name));
	name[4095] = 0;
	errno = 7;
	v = expvar_int_new(name);
	ck_assert_int_eq(errno, 7);
	ck_assert_int_eq(expvar_var_error(&v->var), 0);
	ck_assert_ptr_eq(expvar_get(name), &v->var);
	name[4095] = 'n';
	name[4096] = 0;
	w = expvar_int_new(name);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_int_eq(expvar_var_error(&w->var), -ENAMETOOLONG);
	ck_assert_ptr_ne(v, w);
	expvar_int_set(w, 5);
	ck_assert_int_eq(expvar_int_get(w), 5);
	ck_assert_ptr_eq(expvar_int_new(name), w);
	ck_assert_ptr_null(expvar_get(name));
	ck_assert_int_eq(expvar_publish(name, &v->var), -ENAMETOOLONG);
	ck_assert_int_eq(expvar_map_set(expvar_map_new("m"), name, &v->var),
			 -ENAMETOOLONG);
	ck_assert_uint_eq(ACCOUNT(lost_variables), 2); /* each call */
}
END_TEST

START_TEST(the_reserved_name_is_refused_at_the_top_and_fine_below)
{
	struct expvar_int *v = expvar_int_new("expvar");
	struct expvar_map *map = expvar_map_new("map");

	ck_assert_int_eq(expvar_var_error(&v->var), EXPVAR_E_RESERVED);
	ck_assert_int_eq(expvar_publish("expvar", &map->var),
			 EXPVAR_E_RESERVED);
	ck_assert_ptr_null(expvar_get("expvar"));
	v = expvar_map_int(map, "expvar");
	ck_assert_int_eq(expvar_var_error(&v->var), 0);
	ck_assert_int_eq(expvar_var_error(&expvar_int_new("")->var), 0);
}
END_TEST

START_TEST(another_type_leaves_the_first_in_place)
{
	struct expvar_int *v = expvar_int_new("v");
	struct expvar_float *f;
	struct expvar_map *m;

	expvar_int_set(v, 1);
	errno = 0;
	f = expvar_float_new("v");
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(expvar_var_error(&f->var), -EEXIST);
	expvar_float_set(f, 2.5);
	m = expvar_map_new("v");
	expvar_map_add(m, "below", 3);
	expvar_map_add(m, "below", 4);
	ck_assert_int_eq(expvar_var_error(&m->var), -EEXIST);
	expvar_string_set(expvar_string_new("v"), "text");
	assert_value(expvar_string_new("v"), "text");
	ck_assert_ptr_eq(expvar_float_new("v"), f);
	ck_assert(expvar_float_get(f) == 2.5);
	assert_document("{\n\"v\": 1\n}\n");
	ck_assert_int_eq(expvar_publish("v", &v->var), -EEXIST);
	ck_assert_int_eq(expvar_publish("w", &f->var), -EEXIST);
	expvar_unpublish(&f->var);
	expvar_release(&f->var);
	ck_assert_ptr_eq(expvar_float_new("v"), f);
}
END_TEST

struct small {
	char first;
	int32_t number;
};
struct large {
	char text[60000];
};

static const struct expvar_field small_fields[] = {
	EXPVAR_FIELD(struct small, first, EXPVAR_FIELD_CHARS),
	EXPVAR_FIELD(struct small, number, EXPVAR_FIELD_INT),
};
static const struct expvar_field other_fields[] = {
	EXPVAR_FIELD(struct small, number, EXPVAR_FIELD_INT),
};
static const struct expvar_field large_fields[] = {
	EXPVAR_FIELD(struct large, text, EXPVAR_FIELD_CHARS),
};

/* A stand-in must never read a structure by another's description. */
START_TEST(records_of_other_fields_are_refused_and_read_nothing_foreign)
{
	struct expvar_record *v = expvar_record_new("r", small_fields, 2);
	struct expvar_record *large = expvar_record_new("r", large_fields, 1);
	struct expvar_record *other = expvar_record_new("r", other_fields, 1);
	struct small *small = malloc(sizeof(*small));

	ck_assert_ptr_nonnull(small);
	*small = (struct small){ 'x', 5 };
	ck_assert_int_eq(expvar_var_error(&large->var), -EEXIST);
	ck_assert_int_eq(expvar_var_error(&other->var), -EEXIST);
	ck_assert_ptr_eq(expvar_record_new("r", small_fields, 2), v);
	ck_assert_ptr_ne(other, large);
	expvar_record_set(v, small);
	expvar_record_set(other, small); /* a sanitizer sees a long read */
	expvar_record_set(expvar_record_new("r", NULL, 0), small);
	assert_text(v, "{\"first\":\"x\",\"number\":5}");
	free(small);
}
END_TEST

/* Its name is taken: it counts privately, and says what it has counted. */
START_TEST(a_private_map_names_what_it_counts)
{
	struct expvar_map *map, *below;
	struct expvar_int *n;

	expvar_int_new("taken");
	map = expvar_map_new("taken");
	ck_assert_int_eq(expvar_var_error(&map->var), -EEXIST);
	expvar_map_add(map, "n", 5);
	expvar_map_add(map, "n", 1);
	expvar_map_add_float(map, "f", 0.5);
	expvar_string_set(expvar_map_string(map, "s"), "text");
	below = expvar_map_map(map, "below");
	expvar_map_add(below, "deep", 2);
	assert_text(map, "{\"below\": {\"deep\": 2}, \"f\": 0.5, \"n\": 6, "
			 "\"s\": \"text\"}");
	errno = 0;
	n = expvar_map_int(map, "n");
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_ptr_eq(expvar_map_get(map, "n"), &n->var);
	ck_assert_int_eq(expvar_int_get(n), 6);
	ck_assert_int_eq(expvar_var_error(&n->var), -EEXIST);
	expvar_unpublish(&below->var);
	expvar_map_delete(map, "f");
	expvar_map_delete(map, "n");
	assert_text(map, "{\"s\": \"text\"}");
	ck_assert_ptr_null(expvar_map_get(map, "n"));
	expvar_map_add(map, "n", 3);
	assert_text(map, "{\"n\": 3, \"s\": \"text\"}");
	expvar_map_clear(map);
	assert_text(map, "{}");
	assert_document("{\n\"taken\": 0\n}\n");
	ck_assert_int_eq(memcmp(expvar_process()->segment.header->magic,
				LAYOUT_MAGIC, 8),
			 0);
}
END_TEST

START_TEST(a_private_map_that_comes_and_goes_needs_no_memory)
{
	struct expvar_map *map;
	size_t used = 0;
	char key[16];

	expvar_int_new("taken");
	map = expvar_map_new("taken");
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "%d", i % 10);
		expvar_map_add(map, key, 1);
		if (i % 3)
			expvar_map_delete(map, key);
		else if (i % 100 == 0)
			expvar_map_clear(map);
		if (i == 10000)
			used = expvar_process()->arena.used;
	}
	ck_assert_uint_eq(expvar_process()->arena.used, used);
}
END_TEST

/* Maps in private maps are no deeper than others. */
START_TEST(private_maps_are_nested_as_deep_as_others)
{
	struct expvar_map *first, *map;
	size_t levels = 0;
	char *text;

	expvar_int_new("taken");
	map = first = expvar_map_new("taken");
	for (int i = 0; i < 300; i++)
		map = expvar_map_map(map, "below");
	text = text_of(&first->var);
	for (const char *at = text; *at; at++)
		levels += *at == '{';
	free(text);
	ck_assert_uint_eq(levels, EXPVAR_DEPTH_MAX);
}
END_TEST

START_TEST(constructors_that_fail_for_ever_need_no_memory)
{
	size_t used = 0;
	char name[5000];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	expvar_int_new("taken");
	for (int i = 0; i < 20000; i++) {
		expvar_record_new("bad", NULL, 0);
		expvar_record_new("taken", small_fields, 2);
		expvar_string_new("taken");
		expvar_map_add(expvar_map_new("taken"), "key", 1);
		expvar_histogram_new(name);
		expvar_map_int(NULL, "key");
		if (i == 1000)
			used = expvar_process()->arena.used;
	}
	ck_assert_uint_eq(expvar_process()->arena.used, used);
}
END_TEST

START_TEST(a_full_segment_is_counted_and_goes_on_privately)
{
	struct expvar_int *v[3000];
	char name[32];
	uint64_t lost = 0;

	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		errno = 0;
		v[i] = expvar_int_new(name);
		expvar_int_set(v[i], i);
		lost += expvar_var_error(&v[i]->var) == EXPVAR_E_FULL;
		ck_assert_int_eq(errno != 0,
				 expvar_var_error(&v[i]->var) != 0);
	}
	ck_assert_uint_gt(lost, 1000);
	ck_assert_uint_eq(ACCOUNT(lost_variables), lost);
	ck_assert_uint_eq(ACCOUNT(variables), 3000 - lost);
	for (int i = 0; i < 3000; i++) {
		ck_assert_int_eq(expvar_int_get(v[i]), i);
		expvar_unpublish(&v[i]->var);
		expvar_release(&v[i]->var);
	}
	/* there is room again */
	for (int i = 0; i < 500; i++)
		ck_assert_int_eq(
			expvar_var_error(&expvar_int_new(NULL)->var), 0);
}
END_TEST

/* What counts privately lasts for ever: it must not take all that is left. */
START_TEST(names_that_fail_for_ever_leave_memory_for_later_ones)
{
	struct expvar_int *v[100];
	char name[32];
	size_t i;

	for (i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "name %zu", i);
		struct expvar_int *one = expvar_int_new(name);

		expvar_int_add(one, 1);
		if (i < 100) {
			v[i] = one;
			ck_assert_int_eq(expvar_var_error(&one->var), 0);
		}
	}
	ck_assert_uint_gt(ACCOUNT(lost_variables), 40000);
	for (i = 0; i < 100; i++) {
		expvar_unpublish(&v[i]->var);
		expvar_release(&v[i]->var);
	}
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "of another length %zu", i);
		ck_assert_int_eq(
			expvar_var_error(&expvar_int_new(name)->var), 0);
	}
}
END_TEST

START_TEST(null_handles_do_nothing)
{
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	char buf[8] = "x";

	expvar_int_add(NULL, 1);
	expvar_int_set(NULL, 1);
	ck_assert_int_eq(expvar_int_get(NULL), 0);
	expvar_float_add(NULL, 1);
	expvar_float_set(NULL, 1);
	ck_assert(expvar_float_get(NULL) == 0);
	expvar_string_set(NULL, "x");
	ck_assert_uint_eq(expvar_string_get(NULL, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "");
	expvar_counter_add(NULL, 1);
	expvar_counter_add_slow(NULL, 1);
	ck_assert_uint_eq(expvar_counter_get(NULL), 0);
	expvar_histogram_record(NULL, 1);
	expvar_histogram_record_n(NULL, 1, 2);
	expvar_histogram_get(NULL, &s);
	ck_assert_uint_eq(s.count, 0);
	expvar_record_set(NULL, buf);
	expvar_map_add(NULL, "k", 1);
	expvar_map_add_float(NULL, "k", 1);
	ck_assert_int_eq(expvar_map_set(NULL, "k", NULL), -EINVAL);
	ck_assert_int_eq(expvar_map_limit(NULL, 1, "o"), -EINVAL);
	ck_assert_ptr_null(expvar_map_get(NULL, "k"));
	expvar_map_delete(NULL, "k");
	expvar_map_clear(NULL);
	ck_assert_int_eq(expvar_var_error(NULL), -EINVAL);
	ck_assert_int_eq(expvar_var_type(NULL), EXPVAR_TYPE_NONE);
	ck_assert_int_eq(expvar_describe(NULL, NULL), -EINVAL);
	ck_assert_int_eq(
		expvar_var_error(&expvar_map_int(NULL, "k")->var), -EINVAL);
}
END_TEST

START_TEST(null_keys_name_nothing)
{
	struct expvar_map *map = expvar_map_new("map");
	const struct expvar_var *refused[] = {
		&expvar_map_int(map, NULL)->var,
		&expvar_map_float(map, NULL)->var,
		&expvar_map_string(map, NULL)->var,
		&expvar_map_map(map, NULL)->var,
		&expvar_map_counter(map, NULL)->var,
		&expvar_map_histogram(map, NULL)->var,
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_int_eq(expvar_var_error(refused[i]), -EINVAL);
	ck_assert_int_eq(errno, EINVAL);
	expvar_map_add(map, NULL, 1);
	expvar_map_add_float(map, NULL, 1);
	ck_assert_int_eq(expvar_map_set(map, NULL, NULL), -EINVAL);
	ck_assert_ptr_null(expvar_map_get(map, NULL));
	ck_assert_ptr_null(expvar_map_get(map, ""));
	expvar_map_delete(map, NULL);
	ck_assert_uint_eq(ACCOUNT(lost_variables), 6);
}
END_TEST

START_TEST(metadata_of_no_known_size_is_refused)
{
	struct expvar_int *v = expvar_int_new("v");
	struct expvar_meta meta = { .unit = "bytes" };

	ck_assert_int_eq(expvar_describe(&v->var, &meta), 0);
	meta.struct_size = 3;
	ck_assert_int_eq(expvar_describe(&v->var, &meta), -EINVAL);
	meta.struct_size = sizeof(meta) - 1;
	ck_assert_int_eq(expvar_describe(&v->var, &meta), -EINVAL);
	meta.struct_size = sizeof(meta) + 1000; /* of a newer program */
	ck_assert_int_eq(expvar_describe(&v->var, &meta), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("failures");
	TCase *c = plain_case(s, "process");

	tcase_add_test(c, a_missing_directory);
	tcase_add_test(c, a_directory_that_is_a_file);
	tcase_add_test(c, a_directory_on_a_disk);
	tcase_add_test(c, a_directory_without_permission_to_write);
	tcase_add_test(c, a_directory_name_that_is_too_long);
	tcase_add_test(c, impossible_options);
	tcase_add_test(c, the_environment_disables);
	tcase_add_test(c, a_limit_on_file_sizes_raises_no_signal);
	tcase_add_test(c, a_full_tmpfs);
	tcase_add_test(c, little_memory_of_any_size);
	c = publishing_case(s, "variables");
	tcase_add_test(c, a_name_may_have_4095_bytes_and_no_more);
	tcase_add_test(c,
		       the_reserved_name_is_refused_at_the_top_and_fine_below);
	tcase_add_test(c, another_type_leaves_the_first_in_place);
	tcase_add_test(
		c,
		records_of_other_fields_are_refused_and_read_nothing_foreign);
	tcase_add_test(c, a_private_map_names_what_it_counts);
	tcase_add_test(c, a_private_map_that_comes_and_goes_needs_no_memory);
	tcase_add_test(c, private_maps_are_nested_as_deep_as_others);
	tcase_add_test(c, constructors_that_fail_for_ever_need_no_memory);
	tcase_add_test(c, null_handles_do_nothing);
	tcase_add_test(c, null_keys_name_nothing);
	tcase_add_test(c, metadata_of_no_known_size_is_refused);
	c = publishing_case_of(s, "full", publishing_start_small);
	tcase_add_test(c, a_full_segment_is_counted_and_goes_on_privately);
	tcase_add_test(c,
		       names_that_fail_for_ever_leave_memory_for_later_ones);
	return s;
}
