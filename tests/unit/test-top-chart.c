/* SPDX-License-Identifier: MIT */
/*
 * test-top-chart.c - what expvar-top draws: cells, dots, curves and axes
 */
#include "../../tools/top/chart.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../tools/common/buffer.h"
#include "support/runner.h"

static struct top_canvas canvas;
static struct top_paths paths;
static struct top_model *model;
static struct dump_buffer text;

static void setup(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	model = top_model_new(&paths, 200, 1 << 20);
	ck_assert_ptr_nonnull(model);
	ck_assert(top_canvas_resize(&canvas, 8, 40));
}

static void teardown(void)
{
	top_canvas_free(&canvas);
	top_model_free(model);
	dump_buffer_free(&text);
	memset(&canvas, 0, sizeof(canvas));
}

/* A row of the canvas, without blanks at its end. */
static const char *row(int number)
{
	static char line[400];
	const char *at;
	int i;

	dump_buffer_clear(&text);
	top_canvas_text(&canvas, &text);
	dump_putc(&text, '\0');
	at = text.bytes;
	for (i = 0; i < number; i++)
		at = strchr(at, '\n') + 1;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

/* ---- text ---- */

static void put(const char *bytes, int width)
{
	top_canvas_clear(&canvas);
	top_canvas_puts(&canvas, 0, 0, width, bytes, TOP_STYLE_NORMAL);
}

START_TEST(text_that_is_too_long_ends_in_an_ellipsis)
{
	put("variable", 8);
	ck_assert_str_eq(row(0), "variable");
	put("variable", 5);
	ck_assert_str_eq(row(0), "vari\u2026");
	put("variable", 1);
	ck_assert_str_eq(row(0), "\u2026");
	put("variable", 0);
	ck_assert_str_eq(row(0), "");
	canvas.is_ascii = true;
	put("variable", 5);
	ck_assert_str_eq(row(0), "vari~");
}
END_TEST

START_TEST(a_path_that_is_too_long_loses_its_middle)
{
	static const char path[] = "worker.operation.09999";

	top_canvas_put_path(&canvas, 0, 0, 15, path, sizeof(path) - 1,
			    TOP_STYLE_NORMAL);
	ck_assert_str_eq(row(0), "work\u2026tion.09999");
	top_canvas_put_path(&canvas, 1, 0, 22, path, sizeof(path) - 1,
			    TOP_STYLE_NORMAL);
	ck_assert_str_eq(row(1), path);
	top_canvas_put_path(&canvas, 2, 0, 9, path, sizeof(path) - 1,
			    TOP_STYLE_NORMAL);
	ck_assert_str_eq(row(2), "worker.o\u2026");
	top_canvas_clear(&canvas);
	/* Half of a wide character at the seam is left out. */
	top_canvas_put_path(&canvas, 3, 0, 13, "ab\u6f22\u6f22\u6f22\u6f22cdefg\u5b57h",
			    24, TOP_STYLE_NORMAL);
	ck_assert_int_le(top_text_width(&canvas, row(3), strlen(row(3))), 13);
}
END_TEST

START_TEST(wide_characters_take_two_columns)
{
	put("\u6f22\u5b57x", 10);
	ck_assert_str_eq(row(0), "\u6f22\u5b57x");
	ck_assert_uint_eq(canvas.cells[1].rune, 0);
	ck_assert_uint_eq(canvas.cells[4].rune, 'x');
	/* Half of one is not drawn. */
	put("\u6f22\u5b57x", 4);
	ck_assert_str_eq(row(0), "\u6f22\u2026");
	canvas.is_ascii = true;
	put("\u6f22x", 10);
	ck_assert_str_eq(row(0), "?x");
}
END_TEST

START_TEST(combining_characters_stay_on_their_letter)
{
	put("e\u0301x", 10);
	ck_assert_uint_eq(canvas.cells[0].mark, 0x301);
	ck_assert_uint_eq(canvas.cells[1].rune, 'x');
	/* A tower of them is cut down, and one alone is a number. */
	put("e\u0301\u0302\u0303x", 10);
	ck_assert_str_eq(row(0), "e\u0301x");
	put("\u0301x", 10);
	ck_assert_str_eq(row(0), "\\u0301x");
}
END_TEST

START_TEST(what_has_no_place_on_a_screen_is_a_number)
{
	put("a\u200bb", 20);
	ck_assert_str_eq(row(0), "a\\u200bb");
	put("\U0001f1e9", 20);
	ck_assert_str_eq(row(0), "\\u1f1e9");
	/* Whoever forgot to escape: nothing reaches the terminal as it is. */
	put("\x1b[31m\x7f\xff", 20);
	ck_assert_str_eq(row(0), "\ufffd[31m\ufffd\ufffd");
}
END_TEST

START_TEST(outside_of_the_canvas_nothing_is_drawn)
{
	top_canvas_puts(&canvas, -1, 0, 10, "x", TOP_STYLE_NORMAL);
	top_canvas_puts(&canvas, 8, 0, 10, "x", TOP_STYLE_NORMAL);
	top_canvas_puts(&canvas, 0, 38, 10, "abcdef", TOP_STYLE_NORMAL);
	top_canvas_puts(&canvas, 1, -2, 10, "abcdef", TOP_STYLE_NORMAL);
	top_canvas_rule(&canvas, 99, 0, 10);
	top_canvas_select(&canvas, 99, -5, 10);
	ck_assert_str_eq(row(1), "cdef");
}
END_TEST

/* ---- dots ---- */

static void line(enum top_dots_kind kind, int x0, int y0, int x1, int y1)
{
	struct top_dots dots;

	top_canvas_clear(&canvas);
	ck_assert(top_dots_init(&dots, kind, 2, 4));
	top_dots_line(&dots, x0, y0, x1, y1, TOP_STYLE_CURVE);
	top_dots_draw(&dots, &canvas, 0, 0);
	top_dots_free(&dots);
}

START_TEST(lines_are_dots_of_cells)
{
	line(TOP_DOTS_BRAILLE, 0, 0, 7, 7);
	ck_assert_str_eq(row(0), "\u2811\u2884");
	ck_assert_str_eq(row(1), "  \u2811\u2884");
	line(TOP_DOTS_BRAILLE, 0, 0, 0, 0);
	ck_assert_str_eq(row(0), "\u2801");
	line(TOP_DOTS_BLOCK, 0, 3, 7, 3);
	ck_assert_str_eq(row(1), "\u2584\u2584\u2584\u2584");
	line(TOP_DOTS_ASCII, 0, 0, 3, 3);
	ck_assert_str_eq(row(0), "'.");
	ck_assert_str_eq(row(1), "  '.");
	/* Far outside is no reason to be long about it, or wrong. */
	line(TOP_DOTS_BRAILLE, -50, 0, 50, 0);
	ck_assert_str_eq(row(0), "\u2809\u2809\u2809\u2809");
}
END_TEST

/* ---- scales ---- */

static void expect_scale(double min, double max, const char *unit, int labels,
			 double low, double high, double step)
{
	struct top_scale scale = top_scale_of(
		min, max, top_unit_of(unit, strlen(unit)), false, labels);

	ck_assert_double_eq_tol(scale.min, low, fabs(high) * 1e-9);
	ck_assert_double_eq_tol(scale.max, high, fabs(high) * 1e-9);
	ck_assert_double_eq_tol(scale.step, step, fabs(high) * 1e-9);
}

START_TEST(a_scale_has_round_ends)
{
	expect_scale(0, 97, "", 4, 0, 100, 50);
	expect_scale(0, 97, "", 10, 0, 100, 10);
	expect_scale(-3, 12, "", 5, -5, 15, 5);
	expect_scale(990, 1010, "", 4, 990, 1010, 5);
	/* Zero is near. */
	expect_scale(20, 97, "", 5, 0, 100, 20);
	expect_scale(0, 5000, "bytes", 4, 0, 6144, 2048);
	expect_scale(0, 3e6, "ns", 3, 0, 3e6, 1e6);
	expect_scale(0, 1e-7, "", 1, 0, 1e-7, 1e-7);
}
END_TEST

START_TEST(a_line_that_is_flat_is_in_the_middle)
{
	struct top_scale scale =
		top_scale_of(100, 100, top_unit_of("", 0), false, 2);

	ck_assert_double_eq_tol(top_scale_place(&scale, 100), 0.5, 0.2);
	scale = top_scale_of(0, 0, top_unit_of("", 0), false, 2);
	ck_assert_double_eq(top_scale_place(&scale, 0), 0);
	ck_assert(isnan(top_scale_place(&scale, NAN)));
	ck_assert(isnan(top_scale_place(&scale, INFINITY)));
}
END_TEST

START_TEST(a_logarithmic_scale_has_powers_of_ten)
{
	struct top_scale scale =
		top_scale_of(3, 4000, top_unit_of("", 0), true, 4);

	ck_assert(scale.is_log);
	ck_assert_double_eq(scale.min, 0);
	ck_assert_double_eq(scale.max, 4);
	ck_assert_double_eq_tol(top_scale_place(&scale, 100), 0.5, 1e-9);
	ck_assert(isnan(top_scale_place(&scale, 0)));
	ck_assert(isnan(top_scale_place(&scale, -1)));
	scale = top_scale_of(-3, 4000, top_unit_of("", 0), true, 4);
	ck_assert(!scale.is_log);
}
END_TEST

/* ---- a chart ---- */

static struct top_series series;

static void tick(double value)
{
	static uint64_t seconds;

	seconds++;
	top_model_tick(model, (struct dump_moment){ seconds * DUMP_SECOND,
						    seconds * DUMP_SECOND });
	top_series_add(&series, &model->history, model->tick, value);
}

static void draw(const struct top_curve *curve,
		 const struct top_process *process)
{
	struct top_chart chart = {
		.model = model,
		.curves = curve,
		.count = 1,
		.unit = top_unit_of("", 0),
		.is_rate = curve->is_rate,
		.dots = TOP_DOTS_ASCII,
		.span_ns = 24 * DUMP_SECOND,
		.process = process,
	};

	canvas.is_ascii = true;
	top_canvas_clear(&canvas);
	top_chart_draw(&chart, &canvas, 0, 0, 8, 38);
}

START_TEST(a_curve_has_axes_and_labels)
{
	struct top_curve curve = { .series = &series };
	int i;

	for (i = 0; i <= 24; i++)
		tick(i * 100);
	draw(&curve, NULL);
	ck_assert_str_eq(row(0), "       3000+");
	ck_assert_str_eq(row(6), "          0+..''");
	ck_assert_str_eq(row(7), "           +-24s-------12s--------now");
	ck_assert_ptr_nonnull(strpbrk(row(1), ".':"));
	top_series_free(&series, &model->history);
}
END_TEST

START_TEST(a_gap_stays_a_gap)
{
	struct top_curve curve = { .series = &series };
	int i;

	for (i = 0; i <= 24; i++)
		tick(i >= 8 && i <= 16 ? NAN : 5);
	draw(&curve, NULL);
	ck_assert_ptr_nonnull(strstr(row(3), "+........         ........"));
	top_series_free(&series, &model->history);
}
END_TEST

START_TEST(a_rate_is_drawn_as_one_and_a_restart_is_marked)
{
	struct top_process process = { .restarts = 1 };
	struct top_curve curve = { .series = &series, .is_rate = true };
	int i;

	for (i = 0; i <= 24; i++) {
		tick(i < 12 ? i * 10 : (i - 12) * 10);
		if (i == 12)
			process.restart_ticks[0] = model->tick;
	}
	/* Nothing says how much it grew over the restart. */
	ck_assert(isnan(top_curve_at(model, &curve, process.restart_ticks[0])));
	ck_assert_double_eq(top_curve_at(model, &curve, model->tick), 10);
	draw(&curve, &process);
	ck_assert_ptr_nonnull(strchr(row(0), 'R'));
	ck_assert_ptr_nonnull(strchr(row(5), ':'));
	ck_assert_ptr_nonnull(strstr(row(0), "/s"));
	top_series_free(&series, &model->history);
}
END_TEST

START_TEST(without_room_or_values_nothing_breaks)
{
	struct top_curve curve = { .series = &series };
	struct top_chart chart = { .model = model,
				   .curves = &curve,
				   .count = 1,
				   .span_ns = DUMP_SECOND };
	int rows, columns;

	for (rows = 0; rows < 8; rows++)
		for (columns = 0; columns < 40; columns++)
			top_chart_draw(&chart, &canvas, 0, 0, rows, columns);
	tick(NAN);
	draw(&curve, NULL);
	ck_assert_ptr_nonnull(strstr(row(3), "no values yet"));
	top_series_free(&series, &model->history);
}
END_TEST

/* ---- series ---- */

START_TEST(a_series_forgets_the_oldest)
{
	struct top_history history = { .ticks_max = 100, .bytes_max = 1 << 20 };
	struct top_series s = { 0 };
	uint64_t i;

	for (i = 1; i <= 250; i++)
		top_series_add(&s, &history, i, (double)i);
	ck_assert(isnan(top_series_at(&s, 150)));
	for (i = 151; i <= 250; i++)
		ck_assert_double_eq(top_series_at(&s, i), (double)i);
	ck_assert(isnan(top_series_at(&s, 251)));
	top_series_free(&s, &history);
	ck_assert_uint_eq(history.bytes, 0);
}
END_TEST

START_TEST(a_series_that_never_changes_takes_no_memory)
{
	struct top_history history = { .ticks_max = 100, .bytes_max = 1 << 20 };
	struct top_series s = { 0 };
	uint64_t i;

	for (i = 5; i < 80; i++)
		top_series_add(&s, &history, i, 7);
	ck_assert_uint_eq(history.bytes, 0);
	ck_assert(isnan(top_series_at(&s, 4)));
	ck_assert_double_eq(top_series_at(&s, 5), 7);
	top_series_add(&s, &history, 80, 8);
	ck_assert_uint_gt(history.bytes, 0);
	ck_assert_double_eq(top_series_at(&s, 5), 7);
	ck_assert_double_eq(top_series_at(&s, 79), 7);
	ck_assert_double_eq(top_series_at(&s, 80), 8);
	/* What was missed is a gap, and a long one begins anew. */
	top_series_add(&s, &history, 83, 9);
	ck_assert(isnan(top_series_at(&s, 81)));
	ck_assert_double_eq(top_series_at(&s, 83), 9);
	top_series_add(&s, &history, 100000, 1);
	ck_assert(isnan(top_series_at(&s, 83)));
	ck_assert_double_eq(top_series_at(&s, 100000), 1);
	top_series_free(&s, &history);
}
END_TEST

START_TEST(without_memory_the_last_value_is_known)
{
	struct top_history history = { .ticks_max = 100, .bytes_max = 600 };
	struct top_series a = { 0 }, b = { 0 };
	uint64_t i;

	for (i = 1; i <= 100; i++) {
		top_series_add(&a, &history, i, (double)i);
		top_series_add(&b, &history, i, (double)i);
	}
	ck_assert_double_eq(top_series_at(&a, 100), 100);
	ck_assert_double_eq(top_series_at(&a, 37), 37);
	ck_assert(isnan(top_series_at(&a, 36)));
	ck_assert_double_eq(top_series_at(&b, 100), 100);
	ck_assert(isnan(top_series_at(&b, 99)));
	top_series_free(&a, &history);
	top_series_free(&b, &history);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("top-chart");
	TCase *t = tcase_create("drawing");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, text_that_is_too_long_ends_in_an_ellipsis);
	tcase_add_test(t, a_path_that_is_too_long_loses_its_middle);
	tcase_add_test(t, wide_characters_take_two_columns);
	tcase_add_test(t, combining_characters_stay_on_their_letter);
	tcase_add_test(t, what_has_no_place_on_a_screen_is_a_number);
	tcase_add_test(t, outside_of_the_canvas_nothing_is_drawn);
	tcase_add_test(t, lines_are_dots_of_cells);
	tcase_add_test(t, a_scale_has_round_ends);
	tcase_add_test(t, a_line_that_is_flat_is_in_the_middle);
	tcase_add_test(t, a_logarithmic_scale_has_powers_of_ten);
	tcase_add_test(t, a_curve_has_axes_and_labels);
	tcase_add_test(t, a_gap_stays_a_gap);
	tcase_add_test(t, a_rate_is_drawn_as_one_and_a_restart_is_marked);
	tcase_add_test(t, without_room_or_values_nothing_breaks);
	suite_add_tcase(s, t);
	t = tcase_create("series");
	tcase_add_test(t, a_series_forgets_the_oldest);
	tcase_add_test(t, a_series_that_never_changes_takes_no_memory);
	tcase_add_test(t, without_memory_the_last_value_is_known);
	suite_add_tcase(s, t);
	return s;
}
