/* SPDX-License-Identifier: MIT */
/*
 * bench-update.c - what updates, creation and memory cost
 *
 *   bench-update [--json FILE] [--peer NAME=PROGRAM]... [--only TEXT]
 *                [--part torn|updates|counts|reader|percentiles|creation|memory|start]
 *                [--runs N] [--run-us N] [--quick]
 *
 * See docs/performance.md. Everything is measured through the shared libraries,
 * as a program would use them. --only takes the calls whose key contains TEXT.
 * Exits with 1 if an update was lost or a value torn, never for a target.
 */
#include "bench-update.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OTHERS 10000u

static unsigned int lost_calls;

/* ---- the table of updates ---- */

/* ns with one thread, for targets that compare calls. */
static double ns_of_call[64];

static double ns_of(const char *key)
{
	size_t i;

	for (i = 0; i < call_count; i++)
		if (!strcmp(calls[i].key, key))
			return ns_of_call[i];
	return 0;
}

static void add_text(char *text, size_t size, const char *format, double number,
		     const char *word)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, format, len ? ", " : "", number, word);
}

/* Says what is wanted, and whether that is so; an empty text if nothing is. */
static bool judge(const struct call *call, unsigned int threads,
		  const struct bench_result *r, const double *peer, char *text,
		  size_t size)
{
	const struct call_target *t = &call->target;
	bool alone = threads == 1 || (call->more_too && threads == 2);
	bool good = true;
	unsigned int i;
	double go = NAN;

	*text = 0;
	for (i = 0; t->peer && i < bench_peer_count; i++)
		if (!strcmp(bench_peers[i].name, t->peer))
			go = peer[i];
	if (alone && t->locked > 0) {
		add_text(text, size, "%s<=%.2f %s", t->locked, "L");
		good &= r->ns <= t->locked * r->locked_ns;
	}
	if (alone && t->volatile_ > 0) {
		add_text(text, size, "%s<=%.1f %s", t->volatile_, "V");
		good &= r->ns <= t->volatile_ * r->volatile_ns;
	}
	if (threads == 1 && t->of_call > 0 && ns_of(t->than) > 0) {
		add_text(text, size, "%s<=%.1f x %s", t->of_call, t->than);
		good &= r->ns <= t->of_call * ns_of(t->than);
	}
	if (threads == 1 && t->of_peer > 0 && !isnan(go)) {
		add_text(text, size, "%s<=%.2f %s", t->of_peer, t->peer);
		good &= r->ns <= t->of_peer * go;
	}
	if (threads == 2 && t->of_peer_together > 0 && !isnan(go)) {
		add_text(text, size, "%s<=%.0f %s", t->of_peer_together,
			 t->peer);
		good &= r->ns <= t->of_peer_together * go;
	}
	return good;
}

static void print_row(const struct call *call, unsigned int threads,
		      const struct bench_result *r, double lost)
{
	double peer[4];
	char target[64], text[16] = "-";
	const char *verdict = "";
	unsigned int i;
	bool good;

	for (i = 0; i < bench_peer_count; i++)
		peer[i] = bench_peer_ask(&bench_peers[i], call->key, threads);
	good = judge(call, threads, r, peer, target, sizeof(target));
	if (*target)
		verdict = bench_verdict(good);
	if (call->flags & CALL_ADDS)
		snprintf(text, sizeof(text), "%.0f", lost);
	printf("%-31s %2u %8.2f %6.2f %6.2f %5s  %-22s %-4s", call->name,
	       threads, r->ns, r->ns / r->locked_ns, r->ns / r->volatile_ns,
	       text, target, verdict);
	bench_row_begin();
	bench_row_text("call", call->key);
	bench_row_number("threads", threads);
	bench_row_number("ns", r->ns);
	bench_row_number("ns_min", r->ns_min);
	bench_row_number("ns_max", r->ns_max);
	bench_row_number("L_ns", r->locked_ns);
	bench_row_number("V_ns", r->volatile_ns);
	bench_row_number("per_L", r->ns / r->locked_ns);
	bench_row_number("per_V", r->ns / r->volatile_ns);
	bench_row_number("lost", call->flags & CALL_ADDS ? lost : NAN);
	bench_row_number("disturbed_runs", r->disturbed);
	bench_row_text("target", target);
	bench_row_text("verdict", verdict);
	for (i = 0; i < bench_peer_count; i++) {
		if (isnan(peer[i]))
			printf(" %9s", "-");
		else
			printf(" %9.1f", peer[i]);
		bench_row_number(bench_peers[i].name, peer[i]);
	}
	putchar('\n');
	bench_row_end();
}

static double measure(const struct call *call, unsigned int threads,
		      struct bench_result *ret)
{
	double before = call->total ? call->total() : 0;

	bench_measure(call->loop, NULL, threads, ret);
	return call->total ? call->step * (double)ret->operations * threads -
				     (call->total() - before) :
			     0;
}

static void update_table(const char *only)
{
	unsigned int threads, most = bench_processors(), i;
	struct bench_result result;
	size_t c;

	bench_section(
		"updates",
		"Updates: ns an operation of one thread, in multiples of L and V");
	printf("%-31s %2s %8s %6s %6s %5s  %-22s %-4s", "call", "T", "ns",
	       "x L", "x V", "lost", "target", "");
	for (i = 0; i < bench_peer_count; i++)
		printf(" %9s", bench_peers[i].name);
	putchar('\n');
	for (c = 0; c < call_count; c++) {
		if (only && !strstr(calls[c].key, only))
			continue;
		/* 1, 2, then doubling, and as many as there are */
		for (threads = 1; threads <= most;
		     threads = threads < most && threads * 2 > most ?
				       most :
				       threads * 2) {
			double lost = measure(&calls[c], threads, &result);

			if (threads == 1)
				ns_of_call[c] = result.ns;
			lost_calls += lost != 0;
			print_row(&calls[c], threads, &result, lost);
		}
	}
}

/* ---- main ---- */

static const struct option options[] = {
	{"json", required_argument, NULL, 'j'},
	{"peer", required_argument, NULL, 'p'},
	{"only", required_argument, NULL, 'o'},
	{"part", required_argument, NULL, 'P'},
	{"runs", required_argument, NULL, 'r'},
	{"run-us", required_argument, NULL, 'u'},
	{"quick", no_argument, NULL, 'q'},
	{NULL, 0, NULL, 0},
};

static const char *json, *only, *part;
static bool quick;

static bool is_part(const char *name)
{
	static const char *const parts[] = { "torn",	"updates",     "counts",
					     "reader",	"percentiles", "creation",
					     "memory",	"start" };
	size_t i;

	for (i = 0; name && i < sizeof(parts) / sizeof(*parts); i++)
		if (!strcmp(name, parts[i]))
			return true;
	return !name;
}

static bool parse(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'j':
			json = optarg;
			break;
		case 'p':
			bench_peer_add(optarg);
			break;
		case 'o':
			only = optarg;
			break;
		case 'P':
			part = optarg;
			break;
		case 'q':
			quick = true;
			break;
		case 'r':
			bench_settings.runs =
				(unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'u':
			bench_settings.run_ns = strtod(optarg, NULL) * 1e3;
			break;
		default:
			return false;
		}
	return optind == argc && is_part(part) && bench_settings.runs > 0 &&
	       bench_settings.run_ns > 0;
}

/* The processes that the parts start. */
static int child_main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--reader"))
		return update_reader_main(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "--create"))
		return update_create_main(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "--memory"))
		return update_memory_main(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "--loop"))
		return update_loop_main(argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[1], "--start"))
		return update_start_main();
	return -1;
}

static bool wants(const char *name)
{
	return !part || !strcmp(part, name);
}

int main(int argc, char **argv)
{
	int status = child_main(argc, argv);

	if (status >= 0)
		return status;
	(void)bench_processors(); /* before anything is pinned */
	if (!parse(argc, argv)) {
		fprintf(stderr, "usage: see the head of bench-update.c\n");
		return 2;
	}
	bench_report_begin("bench-update", json);
	if (expvar_init(NULL))
		bench_fail("expvar_init", expvar_strerror(expvar_status()));
	if (wants("torn"))
		update_torn();
	calls_setup(OTHERS);
	calls_settle_timers();
	if (wants("updates"))
		update_table(only);
	if (wants("counts"))
		update_counts(only);
	if (wants("reader"))
		update_with_reader(only);
	if (wants("percentiles"))
		update_percentiles(only);
	if (wants("creation"))
		update_creation(quick);
	if (wants("memory"))
		update_memory();
	if (wants("start"))
		update_start();
	printf("\n%u targets missed\n", bench_misses());
	bench_report_end();
	if (lost_calls)
		fprintf(stderr, "bench-update: %u calls lost updates\n",
			lost_calls);
	return lost_calls != 0;
}
