/* SPDX-License-Identifier: MIT */
/*
 * test-settings.c - settings, the file they decide about, and who we are
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "publish/identity.h"
#include "unit/publishing.h"

static struct settings settings;

static void forget_environment(void)
{
	static const char *const names[] = { "EXPVAR_APP",     "EXPVAR_MODE",
					     "EXPVAR_GROUP",   "EXPVAR_FORK",
					     "EXPVAR_DISABLE", "EXPVAR_INSTANCE",
					     "EXPVAR_KEEP" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		unsetenv(names[i]);
}

static void defaults(void)
{
	forget_environment();
	expvar_settings_default(&settings);
}

static void read_with(const char *name, const char *value)
{
	defaults();
	setenv(name, value, 1);
	expvar_settings_environment(&settings);
}

START_TEST(defaults_are_those_of_the_header)
{
	ck_assert_str_eq(settings.app, program_invocation_short_name);
	ck_assert_uint_eq(settings.max_bytes, (size_t)64 << 20);
	ck_assert_int_eq(settings.fork_mode, -1);
	ck_assert_uint_eq(settings.flags, 0);
	ck_assert(!settings.disabled);
	ck_assert(!settings.request.mode_given);
	ck_assert(!settings.request.group_given);
}
END_TEST

START_TEST(modes_and_groups_are_numbers_or_nothing)
{
	static const char *const bad[] = { "",	 "x",	  "9",	  "08",
					   "7x", "01000", "-1",	  " " };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		read_with("EXPVAR_MODE", bad[i]);
		ck_assert_msg(!settings.request.mode_given, "mode '%s'",
			      bad[i]);
	}
	read_with("EXPVAR_MODE", "0644");
	ck_assert(settings.request.mode_given);
	ck_assert_uint_eq(settings.request.mode, 0644);
	read_with("EXPVAR_GROUP", "100");
	ck_assert(settings.request.group_given);
	ck_assert_uint_eq(settings.request.group, 100);
	read_with("EXPVAR_GROUP", "users");
	ck_assert(!settings.request.group_given);
	read_with("EXPVAR_GROUP", "4294967295");
	ck_assert(!settings.request.group_given);
}
END_TEST

START_TEST(how_many_leavings_to_keep_is_a_number_or_the_default)
{
	static const char *const bad[] = { "", "x", "-1", " 1", "1 ",
					   "99999999999999999999" };
	struct expvar_options options = { .keep = -1 };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		read_with("EXPVAR_KEEP", bad[i]);
		ck_assert_uint_eq(settings.keep, 3);
	}
	read_with("EXPVAR_KEEP", "0");
	ck_assert_uint_eq(settings.keep, 0);
	read_with("EXPVAR_KEEP", "17");
	ck_assert_uint_eq(settings.keep, 17);
	ck_assert_int_eq(expvar_settings_options(&settings, &options), 0);
	ck_assert_uint_eq(settings.keep, 0);
	options.keep = 5;
	ck_assert_int_eq(expvar_settings_options(&settings, &options), 0);
	ck_assert_uint_eq(settings.keep, 5);
}
END_TEST

START_TEST(words_of_the_environment_are_understood)
{
	read_with("EXPVAR_FORK", "zero");
	ck_assert_int_eq(settings.fork_mode, 0);
	read_with("EXPVAR_FORK", "keep");
	ck_assert_int_eq(settings.fork_mode, EXPVAR_KEEP_VALUES);
	read_with("EXPVAR_FORK", "perhaps");
	ck_assert_int_eq(settings.fork_mode, -1);
	read_with("EXPVAR_DISABLE", "yes");
	ck_assert(settings.disabled);
	read_with("EXPVAR_DISABLE", "");
	ck_assert(!settings.disabled);
	read_with("EXPVAR_APP", "");
	ck_assert_str_eq(settings.app, program_invocation_short_name);
}
END_TEST

START_TEST(long_texts_are_cut_and_terminated)
{
	char text[200];

	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	read_with("EXPVAR_APP", text);
	ck_assert_uint_eq(strlen(settings.app), 63);
	read_with("EXPVAR_INSTANCE", text);
	ck_assert_uint_eq(strlen(settings.instance), 63);
}
END_TEST

START_TEST(options_win_over_the_environment)
{
	struct expvar_options options = { .app = "given", .mode = 0040 };

	read_with("EXPVAR_APP", "environment");
	ck_assert_int_eq(expvar_settings_options(&settings, &options), 0);
	ck_assert_str_eq(settings.app, "given");
	ck_assert_uint_eq(settings.request.mode, 0040);
	options = (struct expvar_options){ .max_bytes = 1 };
	ck_assert_int_eq(expvar_settings_options(&settings, &options), 0);
	ck_assert_str_eq(settings.app, "given");
	ck_assert_uint_eq(settings.max_bytes, SMALL_SEGMENT);
}
END_TEST

START_TEST(a_newer_programs_larger_options_are_understood)
{
	struct {
		struct expvar_options known;
		char unknown[64];
	} options = { .known = { .struct_size = sizeof(options),
				 .app = "newer" } };

	ck_assert_int_eq(expvar_settings_options(&settings, &options.known), 0);
	ck_assert_str_eq(settings.app, "newer");
}
END_TEST

/* ---- the file ---- */

static mode_t mode_with(mode_t mode)
{
	struct expvar_options options = { .app = "unit", .mode = mode };
	struct stat st;

	remove_segments();
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_int_eq(stat(expvar_path(), &st), 0);
	expvar_fini();
	return st.st_mode & 07777;
}

START_TEST(only_read_bits_are_ever_given)
{
	ck_assert_uint_eq(mode_with(0), 0400);
	ck_assert_uint_eq(mode_with(0040), 0440);
	ck_assert_uint_eq(mode_with(07777), 0444);
	ck_assert_uint_eq(mode_with(0222), 0400);
}
END_TEST

/* Who names a group wants it to read. */
START_TEST(a_group_that_is_named_may_read)
{
	struct expvar_options options = { .app = "unit",
					  .group = getegid() ? getegid() : 1 };
	struct stat st;

	remove_segments();
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_int_eq(stat(expvar_path(), &st), 0);
	ck_assert_uint_eq(st.st_gid, options.group);
	ck_assert_uint_eq(st.st_mode & 07777, 0440);
	options.mode = 0004;
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_int_eq(stat(expvar_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0444);
	expvar_fini();
}
END_TEST

static int has_lock(int fd)
{
	struct flock range = { .l_type = F_RDLCK, .l_len = 1 };

	ck_assert_int_eq(fcntl(fd, F_OFD_GETLK, &range), 0);
	return range.l_type == F_WRLCK;
}

START_TEST(the_lock_lives_as_long_as_the_mapping)
{
	int fd;

	remove_segments();
	ck_assert_int_eq(publishing_start_with(0, 0), 0);
	fd = open(expvar_path(), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert(has_lock(fd));
	expvar_int_new("v");
	ck_assert(has_lock(fd));
	close(fd);
	expvar_fini();
}
END_TEST

START_TEST(odd_characters_of_the_name_do_not_reach_the_file_system)
{
	struct expvar_options options = { .app = "../a b\n/\xC3\xA4%s" };

	remove_segments();
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_ptr_nonnull(
		strstr(expvar_path(), "/expvar..._a_b_____s."));
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 1);
	expvar_fini();
}
END_TEST

START_TEST(sizes_that_are_no_multiple_of_anything_are_fine)
{
	static const size_t sizes[] = { 262145, 300000, 1000001, 5000003 };
	struct stat st;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		remove_segments();
		ck_assert_int_eq(publishing_start_with(sizes[i], 0), 0);
		ck_assert_int_eq(stat(expvar_path(), &st), 0);
		ck_assert_uint_eq((size_t)st.st_size,
				  expvar_process()->segment.header->size);
		ck_assert_uint_ge((size_t)st.st_size, sizes[i]);
		for (int j = 0; j < 5000; j++)
			expvar_int_new(NULL);
		expvar_fini();
	}
}
END_TEST

/* ---- identity ---- */

START_TEST(the_header_says_who_we_are)
{
	struct layout_header *h = calloc(1, sizeof(*h));
	struct layout_header *other = calloc(1, sizeof(*h));
	static const unsigned char zero[16];

	ck_assert(h && other);
	expvar_identity_fill(h);
	expvar_identity_fill(other);
	ck_assert_uint_eq(h->pid, (uint32_t)getpid());
	ck_assert_uint_eq(h->uid, geteuid());
	ck_assert_uint_ne(h->incarnation, 0);
	ck_assert_uint_ne(h->incarnation, other->incarnation);
	ck_assert_uint_gt(h->start_ticks, 0);
	ck_assert_uint_eq(h->start_ticks, other->start_ticks);
	ck_assert_uint_gt(h->pidns_inode, 0);
	ck_assert_mem_ne(h->boot_id, zero, 16);
	ck_assert_mem_eq(h->boot_id, other->boot_id, 16);
	ck_assert_uint_gt(h->started_realtime_ns, UINT64_C(1600000000) << 30);
	ck_assert_str_eq(h->library_version, "0.1.0");
	free(h);
	free(other);
}
END_TEST

START_TEST(arguments_are_cut_behind_a_whole_one)
{
	char all[4096], some[4096];
	size_t len = expvar_identity_cmdline(all, sizeof(all), 0), part;

	ck_assert_uint_gt(len, 1);
	ck_assert_int_eq(all[len - 1], 0);
	for (size_t size = 0; size < len; size++) {
		part = expvar_identity_cmdline(some, size, 0);
		ck_assert_uint_le(part, size);
		ck_assert(!part || !some[part - 1]);
	}
	part = expvar_identity_cmdline(some, sizeof(some), 1);
	ck_assert_uint_eq(part, strlen(all) + 1);
}
END_TEST

START_TEST(random_bytes_differ)
{
	uint64_t a = 0, b = 0;

	expvar_identity_random(&a, sizeof(a));
	expvar_identity_random(&b, sizeof(b));
	ck_assert_uint_ne(a, b);
}
END_TEST

START_TEST(every_error_has_a_text_of_its_own)
{
	static const int errors[] = {
		EXPVAR_E_NOT_STARTED, EXPVAR_E_DISABLED, EXPVAR_E_FILESYSTEM,
		EXPVAR_E_FORKED,      EXPVAR_E_STOPPED,	 EXPVAR_E_FULL,
		EXPVAR_E_RESERVED,    -EEXIST,		 0,
	};
	size_t i, j;

	for (i = 0; i < COUNT_OF(errors); i++) {
		ck_assert_str_ne(expvar_strerror(errors[i]), "unknown error");
		for (j = 0; j < i; j++)
			ck_assert_str_ne(expvar_strerror(errors[i]),
					 expvar_strerror(errors[j]));
	}
	ck_assert_str_eq(expvar_strerror(-EEXIST), strerror(EEXIST));
	ck_assert_str_eq(expvar_strerror(1), "unknown error");
	ck_assert_str_eq(expvar_strerror(-4095), "unknown error");
	ck_assert_str_eq(expvar_strerror(-4096), "unknown error");
	ck_assert_str_eq(expvar_strerror(-5999), "unknown error");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("settings");
	TCase *c = plain_case(s, "settings");

	tcase_add_checked_fixture(c, defaults, forget_environment);
	tcase_add_test(c, defaults_are_those_of_the_header);
	tcase_add_test(c, modes_and_groups_are_numbers_or_nothing);
	tcase_add_test(c,
		       how_many_leavings_to_keep_is_a_number_or_the_default);
	tcase_add_test(c, words_of_the_environment_are_understood);
	tcase_add_test(c, long_texts_are_cut_and_terminated);
	tcase_add_test(c, options_win_over_the_environment);
	tcase_add_test(c, a_newer_programs_larger_options_are_understood);
	c = plain_case(s, "file");
	tcase_add_test(c, only_read_bits_are_ever_given);
	tcase_add_test(c, a_group_that_is_named_may_read);
	tcase_add_test(c, the_lock_lives_as_long_as_the_mapping);
	tcase_add_test(
		c, odd_characters_of_the_name_do_not_reach_the_file_system);
	tcase_add_test(c, sizes_that_are_no_multiple_of_anything_are_fine);
	c = plain_case(s, "identity");
	tcase_add_test(c, the_header_says_who_we_are);
	tcase_add_test(c, arguments_are_cut_behind_a_whole_one);
	tcase_add_test(c, random_bytes_differ);
	c = plain_case(s, "errors");
	tcase_add_test(c, every_error_has_a_text_of_its_own);
	return s;
}
