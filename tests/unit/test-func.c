/* SPDX-License-Identifier: MIT */
/*
 * test-func.c - Funcs: run, kept, retired; and the two sorts of bell
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include "expvar/reader.h"
#include "publish/func.h"
#include "unit/publishing.h"

static struct expvar_word32 runs, is_running, may_end;

static void count_runs(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_uint(out,
			 expvar_word32_fetch_add_relaxed(&runs, 1) + 1);
}

static void misuse(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
	expvar_json_int(out, 2);
}

static void write_nothing(struct expvar_json *out, void *userdata)
{
	(void)out;
	(void)userdata;
}

/* What a reader finds after it asked; "" if it did not get an answer. */
static const char *asked(const char *name)
{
	static char text[200];
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;
	int error;

	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	error = expvar_reader_refresh(reader, 5000000000u);
	if (error)
		return "";
	ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &snapshot), 0);
	ck_assert_int_eq(expvar_snapshot_item(
				 snapshot,
				 expvar_snapshot_find(snapshot,
						      EXPVAR_NODE_ROOT, name,
						      strlen(name)),
				 &item),
			 0);
	snprintf(text, sizeof(text), "%.*s",
		 item.flags & EXPVAR_ITEM_MISSING ? 4 : (int)item.text_len,
		 item.flags & EXPVAR_ITEM_MISSING ? "null" : item.text);
	expvar_snapshot_free(snapshot);
	expvar_reader_close(reader);
	return text;
}

START_TEST(a_func_prints_what_it_writes)
{
	struct expvar_func *f = expvar_func_new("f", count_runs, NULL);

	ck_assert_int_eq(expvar_var_error(&f->var), 0);
	assert_text(f, "1");
	assert_text(f, "2");
	assert_document("{\n\"f\": 3\n}\n");
}
END_TEST

START_TEST(a_func_that_fails_prints_null_and_is_counted)
{
	assert_text(expvar_func_new("a", misuse, NULL), "null");
	assert_text(expvar_func_new("b", write_nothing, NULL), "null");
	assert_text(expvar_func_new("c", NULL, NULL), "null");
	ck_assert_uint_eq(ACCOUNT(lost_results), 3);
}
END_TEST

START_TEST(a_reader_that_asks_gets_a_fresh_result)
{
	expvar_func_new("f", count_runs, NULL);
	expvar_func_new("g", misuse, NULL);
	ck_assert_str_eq(asked("f"), "1");
	ck_assert_str_eq(asked("f"), "2");
	ck_assert_str_eq(asked("g"), "null");
}
END_TEST

START_TEST(a_burst_of_readers_costs_twenty_runs_a_second)
{
	uint64_t end;
	struct expvar_reader *reader;

	expvar_func_new("f", count_runs, NULL);
	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	end = now_ns() + 500000000;
	while (now_ns() < end)
		expvar_reader_refresh_begin(reader);
	ck_assert_uint_le(expvar_word32_load_relaxed(&runs), 13);
	ck_assert_uint_ge(expvar_word32_load_relaxed(&runs), 1);
	expvar_reader_close(reader);
}
END_TEST

static void print_all(struct expvar_json *out, void *userdata)
{
	char text[300];

	(void)userdata;
	expvar_json(NULL, text, sizeof(text));
	expvar_json_string(out, text);
}

START_TEST(a_func_may_print_the_document_that_it_is_in)
{
	struct expvar_func *f = expvar_func_new("f", print_all, NULL);

	expvar_int_new("i");
	assert_text(f, "\"{\\n\\\"f\\\": null,\\n\\\"i\\\": 0\\n}\\n\"");
	ck_assert_str_ne(asked("f"), "");
}
END_TEST

static void print_deep(struct expvar_json *out, void *userdata)
{
	char text[2000];

	expvar_json(userdata, text, sizeof(text));
	expvar_json_string(out, text);
}

/* On the helper's thread, whose stack is small. */
START_TEST(a_func_may_print_the_deepest_of_maps)
{
	struct expvar_map *top = expvar_map_new("top"), *map = top;

	for (int i = 1; i < EXPVAR_DEPTH_MAX; i++)
		map = expvar_map_map(map, "m");
	ck_assert_int_eq(expvar_var_error(&map->var), 0);
	expvar_string_set(expvar_map_string(map, "s"), "deep");
	expvar_func_new("f", print_deep, top);
	ck_assert_ptr_nonnull(strstr(asked("f"), "{\\\"m\\\": "));
}
END_TEST

static void grow_slowly(struct expvar_json *out, void *userdata)
{
	static char text[300000];
	size_t *len = userdata;

	memset(text, 'x', *len);
	expvar_json_stringn(out, text, *len);
	*len += 3000;
}

START_TEST(a_result_may_grow_little_by_little)
{
	size_t len = 1;
	struct expvar_func *f = expvar_func_new("f", grow_slowly, &len);

	for (int i = 0; i < 90; i++)
		ck_assert_uint_eq(expvar_json(&f->var, NULL, 0),
				  (size_t)i * 3000 + 3);
	ck_assert_uint_eq(ACCOUNT(lost_results), 0);
}
END_TEST

static void make_and_remove(struct expvar_json *out, void *userdata)
{
	struct expvar_int *v = expvar_int_new("made inside");

	(void)userdata;
	expvar_int_add(v, 1);
	expvar_json_int(out, expvar_int_get(v));
	expvar_unpublish(&v->var);
	expvar_release(&v->var);
}

START_TEST(a_func_may_create_and_remove)
{
	struct expvar_func *f = expvar_func_new("f", make_and_remove, NULL);

	for (int i = 0; i < 300; i++)
		assert_text(f, "1");
	ck_assert_str_eq(asked("f"), "1");
	assert_document("{\n\"f\": 1\n}\n");
}
END_TEST

static void unpublish_itself(struct expvar_json *out, void *userdata)
{
	struct expvar_func **self = userdata;

	expvar_unpublish(&(*self)->var);
	expvar_release(&(*self)->var);
	expvar_json_int(out, 1);
}

START_TEST(a_func_may_unpublish_itself)
{
	static struct expvar_func *self;
	char text[10];

	self = expvar_func_new("f", unpublish_itself, &self);
	expvar_json(NULL, text, sizeof(text));
	ck_assert_ptr_null(expvar_get("f"));
	assert_document("{\n\n}\n");
}
END_TEST

static void run_slowly(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_word32_store_relaxed(&is_running, 1);
	while (!expvar_word32_load_relaxed(&may_end))
		usleep(1000);
	usleep(20000);
	expvar_word32_store_release(&is_running, 0);
	expvar_json_int(out, 1);
}

static void *let_it_end(void *userdata)
{
	usleep(20000);
	expvar_word32_store_relaxed(&may_end, 1);
	return userdata;
}

START_TEST(unpublish_waits_until_the_func_does_not_run)
{
	struct expvar_func *f = expvar_func_new("f", run_slowly, NULL);
	struct expvar_reader *reader;
	pthread_t thread;

	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	expvar_reader_refresh_begin(reader);
	for (int i = 0; !expvar_word32_load_relaxed(&is_running); i++) {
		if (i % 20 == 19)
			expvar_reader_refresh_begin(reader);
		usleep(1000);
	}
	pthread_create(&thread, NULL, let_it_end, NULL);
	expvar_unpublish(&f->var);
	ck_assert_uint_eq(expvar_word32_load_acquire(&is_running), 0);
	pthread_join(thread, NULL);
	expvar_word32_store_relaxed(&is_running, 0);
	expvar_reader_refresh(reader, 50000000);
	ck_assert_uint_eq(expvar_word32_load_relaxed(&is_running), 0);
	expvar_reader_close(reader);
}
END_TEST

START_TEST(a_func_that_lost_its_names_otherwise_does_not_run_for_ever)
{
	struct expvar_map *map = expvar_map_new("map");

	for (int i = 0; i < 300; i++) {
		struct expvar_func *f = expvar_func_new(NULL, count_runs, NULL);

		ck_assert_int_eq(expvar_map_set(map, "f", &f->var), 0);
		expvar_map_delete(map, "f");
		expvar_release(&f->var);
		ck_assert_int_eq(expvar_func_refresh(), 0);
	}
	ck_assert_uint_eq(expvar_word32_load_relaxed(&runs), 0);
}
END_TEST

static void end_its_thread(struct expvar_json *out, void *userdata)
{
	expvar_word32_store_relaxed(&is_running, 1);
	expvar_json_int(out, 1);
	pthread_exit(userdata);
}

static void *print_document(void *userdata)
{
	expvar_json(NULL, NULL, 0);
	return userdata;
}

/* Nothing waits for what is over, and who listens next answers. */
START_TEST(a_func_may_end_its_thread)
{
	struct expvar_func *f = expvar_func_new("f", end_its_thread, NULL);
	struct expvar_reader *reader;
	pthread_t thread;

	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	while (!expvar_word32_load_relaxed(&is_running))
		expvar_reader_refresh(reader, 1000000);
	expvar_reader_close(reader);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, print_document, NULL), 0);
	pthread_join(thread, NULL);
	expvar_unpublish(&f->var);
	f = expvar_func_new("g", count_runs, NULL);
	assert_text(f, "1");
	ck_assert_str_eq(asked("g"), "2");
}
END_TEST

/* ---- without a thread ---- */

static void start_without_thread(void)
{
	remove_segments();
	ck_assert_int_eq(publishing_start_with(0, EXPVAR_NO_THREAD), 0);
}

static void ring_by_reading(void)
{
	char byte;
	int fd = open(expvar_path(), O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, 0), 1);
	close(fd);
}

START_TEST(polling_runs_the_funcs_when_somebody_asked)
{
	struct pollfd pollfd = { .events = POLLIN };

	expvar_func_new("f", count_runs, NULL);
	expvar_func_new("g", count_runs, &runs);
	pollfd.fd = expvar_poll_fd();
	ck_assert_int_ge(pollfd.fd, 0);
	ck_assert_int_eq(expvar_poll_fd(), pollfd.fd);
	ck_assert_int_eq(expvar_poll(), 0);
	ck_assert_int_eq(poll(&pollfd, 1, 0), 0);
	ring_by_reading();
	ck_assert_int_eq(poll(&pollfd, 1, 1000), 1);
	ck_assert_int_eq(expvar_poll(), 2);
	ck_assert_int_eq(expvar_poll(), 0);
	ck_assert_uint_eq(expvar_word32_load_relaxed(&runs), 2);
	ck_assert_uint_eq(
		expvar_word32_load_relaxed(
			&expvar_process()->segment.header->bell_kind),
		LAYOUT_BELL_ACCESS);
}
END_TEST

/* Ringing and answering until 300 ms are over; returns how many were answered. */
static unsigned int poll_without_rest(int descriptor)
{
	struct pollfd pollfd = { .fd = descriptor, .events = POLLIN };
	struct expvar_word32 *done =
		&expvar_process()->segment.header->refresh_done;
	uint32_t before = expvar_word32_load_relaxed(done);
	uint64_t end = now_ns() + 300000000;

	do {
		ring_by_reading();
		ck_assert_int_eq(poll(&pollfd, 1, 1000), 1);
		ck_assert_int_ge(expvar_poll(), 0);
	} while (now_ns() < end);
	return expvar_word32_load_relaxed(done) - before;
}

START_TEST(an_event_loop_runs_funcs_twenty_times_a_second_at_most)
{
	int descriptor = expvar_poll_fd();
	uint64_t began = now_ns();
	unsigned int answered;

	expvar_func_new("f", count_runs, NULL);
	answered = poll_without_rest(descriptor);
	ck_assert_uint_ge(answered, 1);
	ck_assert_uint_le(expvar_word32_load_relaxed(&runs),
			  1 + (now_ns() - began) / 50000000);
}
END_TEST

START_TEST(a_func_that_never_ran_runs_at_once_in_an_event_loop)
{
	ck_assert_int_ge(expvar_poll_fd(), 0);
	expvar_func_new("f", count_runs, NULL);
	for (uint32_t i = 1; i < 10; i++) {
		char name[16];

		snprintf(name, sizeof(name), "g%u", i);
		ring_by_reading();
		ck_assert_int_eq(expvar_poll(), (int)i);
		expvar_func_new(name, count_runs, name);
	}
}
END_TEST

static void *ask(void *userdata)
{
	struct expvar_reader *reader;
	intptr_t error;

	(void)userdata;
	if (expvar_reader_open(expvar_path(), 0, &reader))
		return (void *)1;
	error = expvar_reader_refresh(reader, 5000000000u);
	expvar_reader_close(reader);
	return (void *)error;
}

START_TEST(an_event_loop_answers_a_reader)
{
	pthread_t thread;
	void *error;

	expvar_func_new("f", count_runs, NULL);
	ck_assert_int_ge(expvar_poll_fd(), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, ask, NULL), 0);
	while (!expvar_word32_load_relaxed(&runs)) {
		expvar_poll();
		usleep(1000);
	}
	pthread_join(thread, &error);
	ck_assert_int_eq((int)(intptr_t)error, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("func");
	TCase *c = publishing_case(s, "results");

	tcase_add_test(c, a_func_prints_what_it_writes);
	tcase_add_test(c, a_func_that_fails_prints_null_and_is_counted);
	tcase_add_test(c, a_result_may_grow_little_by_little);
	c = publishing_case(s, "calls");
	tcase_add_test(c, a_func_may_print_the_document_that_it_is_in);
	tcase_add_test(c, a_func_may_print_the_deepest_of_maps);
	tcase_add_test(c, a_func_may_create_and_remove);
	tcase_add_test(c, a_func_may_unpublish_itself);
	tcase_add_test(c, a_func_may_end_its_thread);
	tcase_add_test(c, unpublish_waits_until_the_func_does_not_run);
	tcase_add_test(
		c, a_func_that_lost_its_names_otherwise_does_not_run_for_ever);
	c = publishing_case(s, "bell");
	tcase_add_test(c, a_reader_that_asks_gets_a_fresh_result);
	tcase_add_test(c, a_burst_of_readers_costs_twenty_runs_a_second);
	c = publishing_case_of(s, "poll", start_without_thread);
	tcase_add_test(c, polling_runs_the_funcs_when_somebody_asked);
	tcase_add_test(c, an_event_loop_answers_a_reader);
	tcase_add_test(c, an_event_loop_runs_funcs_twenty_times_a_second_at_most);
	tcase_add_test(c, a_func_that_never_ran_runs_at_once_in_an_event_loop);
	return s;
}
