/* SPDX-License-Identifier: MIT */
/*
 * view-keys.c - what a key does
 */
#include <string.h>

#include "view-parts.h"

static const uint64_t intervals_ms[] = { 100,  200,   500,   1000, 2000,
					 5000, 10000, 30000, 60000 };
#define INTERVALS ((int)(sizeof(intervals_ms) / sizeof(intervals_ms[0])))
#define MS UINT64_C(1000000)

/* ---- the filter ---- */

static void edit(struct top_view *view, uint32_t key)
{
	size_t len = strlen(view->filter);

	switch (key) {
	case TOP_KEY_ESCAPE:
		view->filter[0] = '\0';
		view->is_editing = false;
		break;
	case TOP_KEY_ENTER:
		view->is_editing = false;
		break;
	case TOP_KEY_BACKSPACE:
		/* A character of UTF-8, not a byte of it. */
		while (len && (view->filter[--len] & 0xC0) == 0x80)
			;
		view->filter[len] = '\0';
		break;
	case TOP_KEY_CTRL('u'):
		view->filter[0] = '\0';
		break;
	default:
		if (key < ' ' || key >= 0x7F || len + 1 >= TOP_FILTER_MAX)
			return;
		view->filter[len] = (char)key;
		view->filter[len + 1] = '\0';
	}
	view->variable = 0;
	view->at = view->first = 0;
}

/* ---- choosing ---- */

static void choose(struct top_view *view, size_t at)
{
	if (!view->rows.count)
		return;
	view->at = at < view->rows.count ? at : view->rows.count - 1;
	view->variable = view->rows.items[view->at].variable->id;
}

static void move(struct top_view *view, uint32_t key)
{
	size_t page = view->page > 1 ? (size_t)view->page - 1 : 1;

	switch (key) {
	case TOP_KEY_UP:
	case 'k':
		choose(view, view->at ? view->at - 1 : 0);
		break;
	case TOP_KEY_DOWN:
	case 'j':
		choose(view, view->at + 1);
		break;
	case TOP_KEY_PAGE_UP:
		choose(view, view->at > page ? view->at - page : 0);
		break;
	case TOP_KEY_PAGE_DOWN:
		choose(view, view->at + page);
		break;
	case TOP_KEY_HOME:
	case 'g':
		choose(view, 0);
		/* The first one, whichever that is. */
		view->variable = 0;
		break;
	case TOP_KEY_END:
	case 'G':
	default:
		choose(view, SIZE_MAX);
	}
}

/* @number: 0 is all of them. */
static void choose_process(struct top_view *view, const struct top_model *model,
			   uint32_t number)
{
	if (number > model->count)
		return;
	view->process = number ? model->processes[number - 1]->id : 0;
	view->variable = 0;
	view->at = view->first = 0;
}

static void next_process(struct top_view *view, const struct top_model *model,
			 bool is_back)
{
	uint32_t number = 0, i, all = model->count + 1;

	for (i = 0; i < model->count; i++)
		if (model->processes[i]->id == view->process)
			number = i + 1;
	choose_process(view, model, (number + (is_back ? all - 1 : 1)) % all);
}

/* ---- the rest ---- */

static enum top_action change_interval(struct top_view *view, bool is_more)
{
	int i;

	if (is_more) {
		for (i = 0; i < INTERVALS; i++)
			if (intervals_ms[i] * MS > view->interval_ns)
				break;
	} else {
		for (i = INTERVALS - 1; i >= 0; i--)
			if (intervals_ms[i] * MS < view->interval_ns)
				break;
	}
	if (i < 0 || i == INTERVALS)
		return TOP_ACTION_NONE;
	view->interval_ns = intervals_ms[i] * MS;
	return TOP_ACTION_INTERVAL;
}

static void change_span(struct top_view *view, const struct top_model *model,
			int by)
{
	int i;

	if (view->span == TOP_SPAN_AUTO) {
		uint64_t now = top_view_span(view, model, 100);

		for (i = 0; i < top_span_count - 1; i++) {
			view->span = i;
			if (top_view_span(view, model, 0) >= now)
				break;
		}
	}
	view->span += by;
	if (view->span < 0)
		view->span = 0;
	if (view->span >= top_span_count)
		view->span = top_span_count - 1;
}

static void forget_statistics(struct top_model *model)
{
	uint32_t i, j;

	for (i = 0; i < model->count; i++)
		for (j = 0; j < model->processes[i]->count; j++) {
			struct top_variable *variable =
				model->processes[i]->variables[j];

			memset(&variable->values, 0, sizeof(variable->values));
			memset(&variable->rates, 0, sizeof(variable->rates));
		}
}

static void forget_dead(struct top_view *view, struct top_model *model)
{
	uint32_t i = 0;

	/* Rows point to them. */
	view->rows.count = 0;
	view->variable = 0;
	while (i < model->count)
		if (top_process_is_running(model->processes[i]))
			i++;
		else
			top_model_remove(model, model->processes[i]);
}

static void change_sort(struct top_view *view, int by)
{
	view->sort =
		(enum top_sort)(((int)view->sort + by + TOP_SORTS) % TOP_SORTS);
	view->is_reversed = false;
}

static void toggle(struct top_view *view, uint32_t key)
{
	switch (key) {
	case 'r':
		view->is_reversed = !view->is_reversed;
		break;
	case 'l':
		view->is_log = !view->is_log;
		break;
	case 'v':
		view->has_values = !view->has_values;
		break;
	case 'b':
		view->dots = view->dots == TOP_DOTS_BRAILLE ? TOP_DOTS_BLOCK :
							      TOP_DOTS_BRAILLE;
		break;
	case ' ':
	case 'p':
	default:
		view->is_paused = !view->is_paused;
	}
}

static enum top_action act(struct top_view *view, struct top_model *model,
			   uint32_t key)
{
	switch (key) {
	case '?':
	case 'h':
		view->is_help = true;
		break;
	case '/':
		view->is_editing = true;
		break;
	case TOP_KEY_ESCAPE:
		view->filter[0] = view->message[0] = '\0';
		break;
	case TOP_KEY_ENTER:
	case 'c':
		view->chart = (enum top_chart_size)((view->chart + 1) %
						    TOP_CHART_SIZES);
		break;
	case '[':
	case ']':
		change_span(view, model, key == ']' ? 1 : -1);
		break;
	case '=':
		view->span = TOP_SPAN_AUTO;
		break;
	case 's':
	case 'S':
		change_sort(view, key == 's' ? 1 : -1);
		break;
	case TOP_KEY_TAB:
	case TOP_KEY_BACK_TAB:
		next_process(view, model, key == TOP_KEY_BACK_TAB);
		break;
	case 'z':
		forget_statistics(model);
		break;
	case 'x':
		forget_dead(view, model);
		break;
	case '+':
	case '-':
		return change_interval(view, key == '+');
	case TOP_KEY_CTRL('l'):
		return TOP_ACTION_REDRAW;
	case TOP_KEY_CTRL('z'):
		return TOP_ACTION_SUSPEND;
	case 'q':
	case TOP_KEY_CTRL('c'):
		return TOP_ACTION_QUIT;
	default:
		if (key >= '0' && key <= '9')
			choose_process(view, model, key - '0');
		else if (key < 0x80 && key && strchr("rlvb p", (int)key))
			toggle(view, key);
		else if (key >= TOP_KEY_UP ||
			 (key && key < 0x80 && strchr("jkgG", (int)key)))
			move(view, key);
	}
	return TOP_ACTION_NONE;
}

enum top_action top_view_key(struct top_view *view, struct top_model *model,
			     uint32_t key)
{
	bool is_control = key == TOP_KEY_CTRL('c') ||
			  key == TOP_KEY_CTRL('z') || key == TOP_KEY_CTRL('l');

	if (view->is_help && !is_control) {
		view->is_help = false;
		return TOP_ACTION_NONE;
	}
	if (view->is_editing && !is_control && key < TOP_KEY_UP) {
		edit(view, key);
		return TOP_ACTION_NONE;
	}
	return act(view, model, key);
}
