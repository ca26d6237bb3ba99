/* SPDX-License-Identifier: MIT */
/*
 * test-top-model.c - expvar-top: what it makes of segments, and what it shows
 */
#include "../../tools/top/model.h"

#include <locale.h>
#include <math.h>

#include "../../tools/common/buffer.h"
#include "../../tools/top/source.h"
#include "../../tools/top/text.h"
#include "../../tools/top/view.h"
#include "publishing.h"

static struct top_paths paths;
static struct top_model *model;
static struct top_source source;
static struct top_view view;
static struct top_canvas canvas;
static struct dump_buffer text;

static void setup(void)
{
	/* Others may publish on this host, too. */
	static const char *const names[] = { "unit" };

	setlocale(LC_CTYPE, "C.UTF-8");
	publishing_start();
	source.names = names;
	source.name_count = 1;
	model = top_model_new(&paths, 100, 1 << 20);
	ck_assert_ptr_nonnull(model);
	top_view_init(&view);
	ck_assert(top_canvas_resize(&canvas, 24, 80));
}

static void teardown(void)
{
	top_view_free(&view);
	top_canvas_free(&canvas);
	dump_buffer_free(&text);
	top_source_free(&source);
	memset(&source, 0, sizeof(source));
	top_model_free(model);
	top_paths_free(&paths);
	expvar_fini();
}

static void look(void)
{
	source.next_search_ns = 0;
	ck_assert_int_eq(top_source_read(&source, model, NULL), 0);
	ck_assert_int_eq(top_view_update(&view, model), 0);
}

static void vars(const char *list)
{
	const char *why;

	ck_assert_int_eq(top_paths_add(&paths, list, &why), 0);
}

static struct top_variable *variable(const char *path)
{
	struct top_process *process;
	uint32_t i;

	ck_assert_uint_eq(model->count, 1);
	process = model->processes[0];
	for (i = 0; i < process->count; i++)
		if (process->variables[i]->path_len == strlen(path) &&
		    !memcmp(process->variables[i]->path, path, strlen(path)))
			return process->variables[i];
	return NULL;
}

static struct top_variable *shown(const char *path)
{
	struct top_variable *found = variable(path);

	ck_assert_msg(found != NULL && !found->is_hidden, "no %s", path);
	return found;
}

static const char *value(const char *path)
{
	dump_buffer_clear(&text);
	top_put_value(&text, shown(path));
	dump_putc(&text, '\0');
	return text.bytes;
}

/* ---- values ---- */

static void func(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_object_begin(out);
	expvar_json_key(out, "n");
	expvar_json_int(out, 5);
	expvar_json_key(out, "pauses");
	expvar_json_array_begin(out);
	expvar_json_int(out, 10);
	expvar_json_int(out, 20);
	expvar_json_int(out, 0);
	expvar_json_array_end(out);
	expvar_json_key(out, "name");
	expvar_json_string(out, "x");
	expvar_json_key(out, "on");
	expvar_json_bool(out, true);
	expvar_json_object_end(out);
}

START_TEST(every_type_has_a_value)
{
	static const struct expvar_field fields[] = {
		{ "a", EXPVAR_FIELD_INT, 0, 8 },
		{ "b", EXPVAR_FIELD_UINT, 8, 8 },
	};
	struct {
		int64_t a;
		uint64_t b;
	} record = { -3, 9 };

	expvar_int_set(expvar_int_new("int"), -12);
	expvar_float_set(expvar_float_new("float"), 1.5);
	expvar_float_set(expvar_float_new("nan"), NAN);
	expvar_string_set(expvar_string_new("string"), "two\nlines");
	expvar_counter_add(expvar_counter_new("counter"), 7);
	expvar_map_add(expvar_map_new("map"), "a.b", 3);
	expvar_record_set(expvar_record_new("record", fields, 2), &record);
	expvar_func_new("func", func, NULL);
	source.refresh_ns = 5 * DUMP_SECOND;
	look();
	ck_assert_str_eq(value("int"), "-12");
	ck_assert_str_eq(value("float"), "1.5");
	ck_assert_str_eq(value("nan"), "-");
	ck_assert_str_eq(value("string"), "two\\x0alines");
	ck_assert_str_eq(value("counter"), "7");
	ck_assert_str_eq(value("map.a\\.b"), "3");
	ck_assert_str_eq(value("record.a"), "-3");
	ck_assert_str_eq(value("record.b"), "9");
	ck_assert_str_eq(value("func.n"), "5");
	ck_assert_str_eq(value("func.name"), "x");
	ck_assert_str_eq(value("func.on"), "true");
	/* The mean, without zeros at the end. */
	ck_assert_str_eq(value("func.pauses"), "15");
	/* Built-ins are for those who ask. */
	ck_assert_ptr_null(variable("memstats.Sys"));
}
END_TEST

START_TEST(rates_are_of_what_grew)
{
	struct expvar_counter *counter = expvar_counter_new("c");
	struct expvar_int *integer = expvar_int_new("i");
	struct top_variable *c;
	int i;

	look();
	c = shown("c");
	ck_assert(isnan(c->rate));
	for (i = 0; i < 4; i++) {
		expvar_counter_add(counter, 10);
		expvar_int_add(integer, i == 3 ? -5 : 10);
		look();
	}
	ck_assert_double_gt(c->rate, 0);
	ck_assert(top_variable_is_rate(c));
	ck_assert_uint_eq(c->rates.count, 4);
	ck_assert_double_gt(c->rates.min, 0);
	ck_assert_uint_eq(c->changed, model->tick);
	/* An Int that fell once counts nothing. */
	ck_assert_double_lt(shown("i")->rate, 0);
	ck_assert(!top_variable_is_rate(shown("i")));
	look();
	ck_assert_double_eq(c->rate, 0);
	ck_assert_uint_lt(c->changed, model->tick);
}
END_TEST

START_TEST(an_int_that_only_grows_counts_something)
{
	struct expvar_int *integer = expvar_int_new("i");
	int i;

	look();
	for (i = 0; i < 3; i++) {
		ck_assert(!top_variable_is_rate(shown("i")));
		expvar_int_add(integer, 1);
		look();
	}
	ck_assert(top_variable_is_rate(shown("i")));
}
END_TEST

START_TEST(metadata_say_what_it_is)
{
	struct expvar_int *integer = expvar_int_new("bytes");
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_meta meta = { .struct_size = sizeof(meta),
				    .kind = EXPVAR_KIND_GAUGE,
				    .unit = "bytes",
				    .help = "how many" };

	expvar_int_set(integer, 2048);
	expvar_describe(expvar_var_of(integer), &meta);
	expvar_describe(expvar_var_of(map), &meta);
	expvar_map_add(map, "a", 4096);
	look();
	ck_assert_str_eq(value("bytes"), "2KiB");
	ck_assert_str_eq(shown("bytes")->help, "how many");
	/* Of a Map for its entries, also for those that come later. */
	ck_assert_str_eq(value("map.a"), "4KiB");
	expvar_map_add(map, "b", 1024);
	look();
	look();
	ck_assert_str_eq(value("map.b"), "1KiB");
}
END_TEST

START_TEST(a_histogram_has_quantiles_of_what_came_in_between)
{
	struct expvar_histogram *histogram = expvar_histogram_new("h");
	const struct top_recorded *recorded;
	int i;

	for (i = 0; i < 100; i++)
		expvar_histogram_record(histogram, 1000);
	look();
	recorded = shown("h")->recorded;
	ck_assert_ptr_nonnull(recorded);
	ck_assert_double_eq_tol(recorded->now[0], 1000, 20);
	ck_assert(isnan(top_series_at(&recorded->series[0], model->tick)));
	for (i = 0; i < 10; i++)
		expvar_histogram_record(histogram, 10);
	look();
	/* Not of all: most of those are 1000. */
	ck_assert_double_eq_tol(recorded->now[0], 10, 1);
	ck_assert_double_eq_tol(
		top_series_at(&recorded->series[0], model->tick), 10, 1);
	ck_assert_double_eq(recorded->max, 1000);
	look();
	ck_assert(isnan(top_series_at(&recorded->series[0], model->tick)));
	ck_assert_double_eq_tol(recorded->now[0], 10, 1);
}
END_TEST

/* ---- which ---- */

START_TEST(vars_choose_and_say_what_it_is)
{
	expvar_int_set(expvar_int_new("a"), 2048);
	expvar_int_new("b");
	expvar_histogram_record(expvar_histogram_new("h"), 5000);
	vars("mem:a,duration:h.p50,memstats.Sys");
	look();
	ck_assert_str_eq(value("a"), "2KiB");
	ck_assert_str_eq(value("h.p50"), "5us");
	ck_assert_uint_eq(shown("memstats.Sys")->order, 2);
	ck_assert(variable("b")->is_hidden);
	ck_assert(variable("h")->is_hidden);
	ck_assert_uint_eq(view.rows.count, 3);
}
END_TEST

START_TEST(the_programs_own_memstats_wins)
{
	expvar_int_set(expvar_int_new("memstats"), 3);
	model->has_builtins = true;
	look();
	ck_assert_str_eq(value("memstats"), "3");
	ck_assert_ptr_null(variable("memstats.Sys"));
}
END_TEST

START_TEST(what_came_and_went_does_not_pile_up)
{
	struct expvar_map *map = expvar_map_new("m");
	char key[32];
	int i;

	expvar_int_new("stays");
	for (i = 0; i < 400; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		expvar_map_add(map, key, 1);
		look();
		expvar_map_delete(map, key);
	}
	ck_assert_uint_lt(model->processes[0]->count, 200);
	ck_assert_ptr_nonnull(variable("stays"));
	ck_assert_ptr_nonnull(variable("m.k399"));
	/* And is no longer shown soon. */
	ck_assert_uint_lt(view.rows.count, 20);
}
END_TEST

START_TEST(what_changes_comes_first)
{
	struct expvar_int *last = expvar_int_new("z");
	int i;

	expvar_int_new("a");
	for (i = 0; i < 3; i++) {
		expvar_int_set(last, 10 - i);
		look();
	}
	view.sort = TOP_SORT_CHANGE;
	ck_assert_int_eq(top_view_update(&view, model), 0);
	ck_assert_str_eq(view.rows.items[0].variable->path, "z");
	view.sort = TOP_SORT_NAME;
	ck_assert_int_eq(top_view_update(&view, model), 0);
	ck_assert_str_eq(view.rows.items[0].variable->path, "a");
	view.is_reversed = true;
	ck_assert_int_eq(top_view_update(&view, model), 0);
	ck_assert_str_eq(view.rows.items[0].variable->path, "z");
}
END_TEST

/* ---- lives ---- */

START_TEST(a_process_that_ended_keeps_its_values_and_comes_back)
{
	const struct top_process *process;
	uint64_t first;

	expvar_int_set(expvar_int_new("n"), 41);
	expvar_int_set(expvar_int_new("old"), 1);
	look();
	first = model->processes[0]->incarnation;
	expvar_int_set(expvar_int_new("n"), 42);
	expvar_fini();
	look();
	process = model->processes[0];
	ck_assert_int_eq(process->state, TOP_STATE_ENDED);
	/* The file is gone; what was last is known all the same. */
	ck_assert_str_eq(value("n"), "42");
	look();
	ck_assert_uint_eq(view.rows.count, 2);
	ck_assert_uint_eq(source.open.count, 0);

	ck_assert_int_eq(publishing_start_with(0, 0), 0);
	expvar_int_set(expvar_int_new("n"), 1);
	look();
	ck_assert_uint_eq(model->count, 1);
	ck_assert_int_eq(process->state, TOP_STATE_ALIVE);
	ck_assert_uint_eq(process->restarts, 1);
	ck_assert_uint_eq(process->restart_ticks[0], model->tick);
	ck_assert_uint_ne(process->incarnation, first);
	ck_assert_str_eq(value("n"), "1");
	/* No rate over a restart, and the history of both lives. */
	ck_assert(isnan(shown("n")->rate));
	ck_assert_double_eq(top_series_at(&shown("n")->series, 2), 42);
	ck_assert_double_eq(top_series_at(&shown("n")->series, model->tick), 1);
}
END_TEST

START_TEST(those_that_run_come_first)
{
	static const enum expvar_liveness lives[] = {
		EXPVAR_LIVENESS_DEAD, EXPVAR_LIVENESS_ALIVE,
		EXPVAR_LIVENESS_DEAD, EXPVAR_LIVENESS_UNKNOWN
	};
	static const char *const apps[] = { "a", "b", "c", "d" };
	static const char wanted[] = "bdac";
	struct expvar_segment_info info = { .instance = "", .evidence = "" };
	size_t i;

	for (i = 0; i < 4; i++) {
		info.app = apps[i];
		info.incarnation = i + 1;
		info.liveness = lives[i];
		top_process_inform(top_model_process(model, &info), &info);
	}
	top_model_order(model);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(model->processes[i]->app[0], wanted[i]);
}
END_TEST

/* ---- the screen ---- */

static const char *draw(void)
{
	top_view_draw(&view, model, &canvas);
	dump_buffer_clear(&text);
	top_canvas_text(&canvas, &text);
	dump_putc(&text, '\0');
	return text.bytes;
}

static void press(uint32_t key)
{
	ck_assert_int_ne(top_view_key(&view, model, key), TOP_ACTION_QUIT);
	ck_assert_int_eq(top_view_update(&view, model), 0);
}

static void want(const char *wanted)
{
	const char *screen = draw();

	ck_assert_msg(strstr(screen, wanted) != NULL, "no '%s' in\n%s", wanted,
		      screen);
}

static void want_not(const char *unwanted)
{
	const char *screen = draw();

	ck_assert_msg(strstr(screen, unwanted) == NULL, "'%s' in\n%s", unwanted,
		      screen);
}

START_TEST(the_screen_has_it_all)
{
	expvar_int_set(expvar_int_new("first"), 11);
	expvar_int_set(expvar_int_new("second"), 22);
	expvar_string_set(expvar_string_new("words"), "some text");
	look();
	want(" expvar-top   1 process   3 variables");
	want("alive");
	want(" first ");
	want("11");
	want("some text");
	want("now");
	want("? help");
	ck_assert_int_eq(canvas.rows, 24);
}
END_TEST

START_TEST(keys_choose_sort_filter_and_pause)
{
	expvar_int_set(expvar_int_new("first"), 11);
	expvar_int_set(expvar_int_new("second"), 22);
	look();
	press(TOP_KEY_DOWN);
	ck_assert_str_eq(top_view_row(&view)->variable->path, "second");
	press(TOP_KEY_DOWN);
	ck_assert_str_eq(top_view_row(&view)->variable->path, "second");
	press('g');
	ck_assert_str_eq(top_view_row(&view)->variable->path, "first");
	press('G');
	press('r');
	/* Wherever it goes, it stays the chosen one. */
	ck_assert_str_eq(top_view_row(&view)->variable->path, "second");
	press('/');
	press('s');
	press('e');
	want("1 of 2");
	want("Filter: se_");
	want_not(" first");
	press(TOP_KEY_ENTER);
	want("Filter: se");
	press(TOP_KEY_ESCAPE);
	want(" first");
	press('/');
	press('x');
	press('x');
	want("nothing passes the filter");
	press(TOP_KEY_BACKSPACE);
	press(TOP_KEY_BACKSPACE);
	press(TOP_KEY_BACKSPACE);
	press(TOP_KEY_ENTER);
	want(" second");
	press(' ');
	ck_assert(view.is_paused);
	want("paused");
	press('l');
	want(", log");
	press('?');
	want(" Keys ");
	press('q'); /* closes the list */
	want_not(" Keys ");
	ck_assert_int_eq(top_view_key(&view, model, 'q'), TOP_ACTION_QUIT);
	ck_assert_int_eq(top_view_key(&view, model, '+'), TOP_ACTION_INTERVAL);
	ck_assert_uint_eq(view.interval_ns, 2 * DUMP_SECOND);
	ck_assert_int_eq(top_view_key(&view, model, '-'), TOP_ACTION_INTERVAL);
	ck_assert_uint_eq(view.interval_ns, DUMP_SECOND);
}
END_TEST

START_TEST(every_key_is_harmless_at_every_size)
{
	static const int sizes[][2] = { { 1, 1 },   { 2, 10 },	{ 5, 20 },
					{ 10, 39 }, { 24, 80 }, { 60, 200 },
					{ 9, 300 } };
	uint64_t state = 7;
	size_t i;
	int round;

	expvar_int_set(expvar_int_new("first"), 11);
	expvar_histogram_record(expvar_histogram_new("h"), 5);
	expvar_string_set(expvar_string_new("words"), "\xff\x1b[2J\u202e");
	for (i = 0; i < COUNT_OF(sizes); i++) {
		ck_assert(top_canvas_resize(&canvas, sizes[i][0], sizes[i][1]));
		for (round = 0; round < 200; round++) {
			uint32_t key = (uint32_t)(runner_random(&state) % 0x90);

			if (key >= 0x80)
				key = TOP_KEY_UP + key - 0x80;
			if (round % 40 == 0)
				look();
			top_view_key(&view, model, key);
			ck_assert_int_eq(top_view_update(&view, model), 0);
			canvas.is_ascii = round % 2;
			draw();
		}
	}
}
END_TEST

START_TEST(nothing_of_a_program_is_done_to_the_terminal)
{
	const unsigned char *c;

	expvar_string_set(expvar_string_new("evil\x1b]0;x\x07\u202e\u0301"),
			  "\x1b[2J\x9b\xff\u2066\u200d\r\n");
	look();
	draw();
	for (c = (const unsigned char *)text.bytes; *c; c++)
		ck_assert(*c >= ' ' || *c == '\n');
	ck_assert_ptr_null(strstr(text.bytes, "\u202e"));
	ck_assert_ptr_null(strstr(text.bytes, "\u2066"));
	canvas.is_ascii = true;
	draw();
	for (c = (const unsigned char *)text.bytes; *c; c++)
		ck_assert(*c < 0x7F);
}
END_TEST

START_TEST(without_anything_it_waits)
{
	expvar_fini();
	look();
	want("0 processes");
	want("waiting");
	publishing_start();
	expvar_int_new("there");
	look();
	want(" there");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("top-model");
	TCase *t = tcase_create("model");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_type_has_a_value);
	tcase_add_test(t, rates_are_of_what_grew);
	tcase_add_test(t, an_int_that_only_grows_counts_something);
	tcase_add_test(t, metadata_say_what_it_is);
	tcase_add_test(t, a_histogram_has_quantiles_of_what_came_in_between);
	tcase_add_test(t, vars_choose_and_say_what_it_is);
	tcase_add_test(t, the_programs_own_memstats_wins);
	tcase_add_test(t, what_came_and_went_does_not_pile_up);
	tcase_add_test(t, what_changes_comes_first);
	tcase_add_test(t, a_process_that_ended_keeps_its_values_and_comes_back);
	tcase_add_test(t, those_that_run_come_first);
	tcase_add_test(t, the_screen_has_it_all);
	tcase_add_test(t, keys_choose_sort_filter_and_pause);
	tcase_add_test(t, every_key_is_harmless_at_every_size);
	tcase_add_test(t, nothing_of_a_program_is_done_to_the_terminal);
	tcase_add_test(t, without_anything_it_waits);
	suite_add_tcase(s, t);
	return s;
}
