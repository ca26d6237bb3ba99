/* SPDX-License-Identifier: MIT */
/*
 * test-models.c - all models, and all their mutants (T7)
 *
 * usage: test-models             everything; larger if EXPVAR_TEST_SECONDS is
 *                                60 or more
 *        test-models -t [WORD]   and the way to each failure of the models and
 *                                mutants whose line has WORD
 *
 * First litmus programs, to see that the explorer is right. Then each model
 * must hold in every execution. Then, for each ordering of the models, the
 * program without it must fail in one of them: otherwise the ordering is
 * superfluous, or the models are too small.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "litmus.h"
#include "models.h"

static const struct model *const models[] = {
	&model_cells,	 &model_directory, &model_func,	   &model_growth,
	&model_heap,	 &model_histogram, &model_index,   &model_lock,
	&model_malloc,	 &model_process,   &model_publish, &model_rotor,
	&model_sigbus,	 &model_stack,	   &model_timer,   &model_variable,
};

#define MODELS (sizeof(models) / sizeof(models[0]))
#define RUNS_MOST 80u
#define MUTANTS_MOST 256u

/* One model of one size. */
struct run {
	const struct model *model;
	unsigned int size;
	uint64_t states;
	bool met[MODEL_SITES];
};

/* Sites of a shared header are several in memory, and one in the text. */
struct mutant {
	const struct model_site *site; /* one of them */
	enum model_order left;
};

static struct run runs[RUNS_MOST];
static unsigned int run_count;
static struct mutant mutants[MUTANTS_MOST];
static unsigned int mutant_count;
static bool is_long;
static const char *trace; /* "" for all */
static unsigned int wrong;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- the models themselves ---- */

static void run_model(const struct model *model, unsigned int size)
{
	struct run *run = &runs[run_count++];
	struct model_result r;
	unsigned int i;

	if (run_count > RUNS_MOST)
		abort();
	for (i = 0; i < model_site_count; i++)
		model_sites[i]->met = false;
	r = model_explore(model, size, NULL,
			  trace && strstr(model->name, trace));
	printf("%-10s %2u %10llu states  %s\n", model->name, size,
	       (unsigned long long)r.states,
	       r.failure ? r.failure :
	       r.gave_up ? "given up" :
			   "holds");
	fflush(stdout);
	wrong += r.failure || r.gave_up;
	run->model = model;
	run->size = size;
	run->states = r.states;
	for (i = 0; i < model_site_count; i++)
		run->met[i] = model_sites[i]->met;
}

static int compare_runs(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->states > y->states) - (x->states < y->states);
}

/* The small ones first, for the mutants. */
static void run_models(void)
{
	unsigned int i, size, sizes;

	for (i = 0; i < MODELS; i++) {
		sizes = is_long ? models[i]->sizes_long : models[i]->sizes;
		printf("%-10s    %s\n", models[i]->name, models[i]->claim);
		for (size = 0; size < sizes; size++)
			run_model(models[i], size);
	}
	qsort(runs, run_count, sizeof(runs[0]), compare_runs);
}

/* ---- mutants ---- */

static bool is_same_text(const struct model_site *a, const struct model_site *b)
{
	return a->line == b->line && !strcmp(a->file, b->file);
}

static void add_mutant(const struct model_site *site, enum model_order left)
{
	unsigned int i;

	for (i = 0; i < mutant_count; i++)
		if (is_same_text(mutants[i].site, site) &&
		    mutants[i].left == left)
			return;
	if (mutant_count == MUTANTS_MOST)
		abort();
	mutants[mutant_count++] = (struct mutant){site, left};
}

static bool is_rule(const struct model_site *site)
{
	return !strcmp(site->operation, "rule");
}

static void list_mutants(void)
{
	unsigned int i;

	for (i = 0; i < model_site_count; i++) {
		const struct model_site *site = model_sites[i];

		if (site->order == MODEL_ACQ_REL) {
			add_mutant(site, MODEL_ACQUIRE);
			add_mutant(site, MODEL_RELEASE);
		} else {
			add_mutant(site, MODEL_RELAXED);
		}
	}
}

static const char *text_of(const struct mutant *m)
{
	static const char *const order[] = {"relaxed", "acquire", "release",
					    "acq_rel"};
	const struct model_site *site = m->site;
	static char text[160];

	if (is_rule(site))
		snprintf(text, sizeof(text), "not so: %s", site->label);
	else if (!strcmp(site->operation, "fence"))
		snprintf(text, sizeof(text), "[%s] %s: no %s fence",
			 site->label, site->function, order[site->order]);
	else
		snprintf(text, sizeof(text), "[%s] %s: %s %s for %s",
			 site->label, site->function, site->operation,
			 order[m->left], order[site->order]);
	return text;
}

/* The mutant's site in one run, or NULL. */
static const struct model_site *site_in(const struct mutant *m,
					const struct run *run)
{
	unsigned int i;

	for (i = 0; i < model_site_count; i++)
		if (run->met[i] && is_same_text(m->site, model_sites[i]))
			return model_sites[i];
	return NULL;
}

static bool fails(const struct mutant *m, const struct run *run)
{
	struct model_mutation mutation = {site_in(m, run), m->left};
	struct model_result r;

	if (!mutation.site)
		return false;
	r = model_explore(run->model, run->size, &mutation,
			  trace && strstr(text_of(m), trace));
	if (!r.failure)
		return false;
	printf("%-60s  %s %u: %s\n", text_of(m), run->model->name, run->size,
	       r.failure);
	return true;
}

static void run_mutant(const struct mutant *m)
{
	unsigned int i;

	for (i = 0; i < run_count; i++)
		if (fails(m, &runs[i]))
			return;
	printf("%-60s  NOT NOTICED\n", text_of(m));
	wrong++;
}

static void print_sums(void)
{
	unsigned int i, rules = 0;
	uint64_t states = 0;

	for (i = 0; i < run_count; i++)
		states += runs[i].states;
	for (i = 0; i < mutant_count; i++)
		rules += is_rule(mutants[i].site);
	printf("%u models in %u sizes, %llu states; "
	       "%u orderings and %u rules taken away; %u wrong; %.1f s\n",
	       (unsigned int)MODELS, run_count, (unsigned long long)states,
	       mutant_count - rules, rules, wrong, seconds());
}

int main(int argc, char **argv)
{
	const char *text = getenv("EXPVAR_TEST_SECONDS");
	unsigned int i;

	is_long = text && atoi(text) >= 60;
	if (argc > 1 && !strcmp(argv[1], "-t"))
		trace = argc > 2 ? argv[2] : "";
	wrong += (unsigned int)litmus_run();
	model_site_count = 0;
	run_models();
	list_mutants();
	for (i = 0; i < mutant_count; i++)
		run_mutant(&mutants[i]);
	print_sums();
	return wrong != 0;
}
