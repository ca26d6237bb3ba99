/* SPDX-License-Identifier: MIT */
/*
 * test-instructions.c - calls that are stopped at each of their instructions
 *
 * Killed (W9): the segment is write-protected, so that each store into it is
 * noticed; the processor's trap flag stops the call right behind it. There, in
 * the handler, a reader takes a snapshot: that is all that ever can be found of
 * a writer that is killed. Every value must be whole, and what is changed as
 * before or as afterwards.
 *
 * Interrupted (W14): the call is made again and again, and at its n-th
 * instruction, n = 1, 2 ..., the handler makes the same call; afterwards both
 * must have counted, or one of them where they set a value.
 *
 * What stops at random finds what is likely; this finds all that one thread can
 * do wrong in one call. x86-64 only.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "expvar/expvar.h"
#include "expvar/reader.h"

#if !defined(__x86_64__) || defined(__SANITIZE_ADDRESS__) || \
	defined(__SANITIZE_THREAD__)
#define CANNOT_STEP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CANNOT_STEP 1
#endif
#endif

#ifdef CANNOT_STEP

int main(void)
{
	puts("instructions are stepped on x86-64, and without sanitizers");
	return 77;
}

#else

#define TRAP_FLAG 0x100

struct pair {
	uint64_t first, second, third;
};

static const struct expvar_field pair_fields[] = {
	EXPVAR_FIELD(struct pair, first, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct pair, second, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct pair, third, EXPVAR_FIELD_UINT),
};

/* ---- the variables, and calls that change them ---- */

static struct expvar_int *whole;
static struct expvar_float *real;
static struct expvar_counter *counter;
static struct expvar_histogram *histogram;
static struct expvar_string *text, *growing;
static struct expvar_record *record;
static struct expvar_map *map;
static unsigned int serial; /* for names that were not there before */

struct call {
	const char *name;
	void (*make)(uint64_t value);
	/* What it has come to: a number or sum; NULL: it sets, or changes names */
	unsigned __int128 (*amount)(void);
	const char *path; /* of the variable that changes; NULL: names do */
};

static void add_int(uint64_t value)
{
	expvar_int_add(whole, (int64_t)value);
}

static unsigned __int128 amount_of_int(void)
{
	return (unsigned __int128)expvar_int_get(whole);
}

static void add_float(uint64_t value)
{
	expvar_float_add(real, (double)value);
}

static unsigned __int128 amount_of_float(void)
{
	return (unsigned __int128)expvar_float_get(real);
}

static void add_counter(uint64_t value)
{
	expvar_counter_add(counter, value);
}

static unsigned __int128 amount_of_counter(void)
{
	return expvar_counter_get(counter);
}

static void record_value(uint64_t value)
{
	expvar_histogram_record(histogram, value);
}

/* Every other time the sum is carried. */
static void record_large(uint64_t value)
{
	expvar_histogram_record(histogram, (UINT64_C(1) << 62) + value);
}

static unsigned __int128 amount_of_histogram(void)
{
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	expvar_histogram_get(histogram, &s);
	return (unsigned __int128)s.sum_high << 64 | s.sum_low;
}

static void set_text(uint64_t value)
{
	char bytes[120];

	memset(bytes, 'a' + (int)(value % 26), sizeof(bytes));
	expvar_string_setn(text, bytes, sizeof(bytes));
}

static void set_record(uint64_t value)
{
	struct pair p = { value, value, value };

	expvar_record_set(record, &p);
}

/* Longer than it ever was. */
static void set_growing(uint64_t value)
{
	static char bytes[65536];
	static size_t len = 200;

	len = len * 5 / 4 < sizeof(bytes) ? len * 5 / 4 : sizeof(bytes);
	memset(bytes, 'a' + (int)(value % 26), len);
	expvar_string_setn(growing, bytes, len);
}

/* Without printf(), which would have more instructions than the call. */
static void make_name(char *name, size_t len)
{
	unsigned int rest = ++serial;

	memset(name, 'n', len);
	for (size_t i = len; rest; rest /= 10)
		name[--i] = (char)('0' + rest % 10);
	name[len] = 0;
}

static void create(uint64_t value)
{
	char name[100];

	make_name(name, value % 2 ? 9 : 90);
	expvar_int_add(expvar_int_new(name), 1);
}

static void create_and_remove(uint64_t value)
{
	struct expvar_string *s;
	char name[40];

	make_name(name, 9);
	s = expvar_string_new(name);
	expvar_string_set(s, value % 2 ? "there" : "here");
	expvar_unpublish(&s->var);
	expvar_release(&s->var);
}

static void add_key(uint64_t value)
{
	char key[40];

	make_name(key, 9);
	expvar_map_add(map, key, (int64_t)value);
	if (serial % 8 == 0)
		expvar_map_clear(map);
}

static void describe(uint64_t value)
{
	struct expvar_meta meta = { .kind = EXPVAR_KIND_GAUGE,
				    .unit = value % 2 ? "s" : "bytes",
				    .help = "What is changed all the time." };

	expvar_describe(&whole->var, &meta);
}

static void rename_one(uint64_t value)
{
	expvar_map_set(map, "alias", value % 2 ? &whole->var : &real->var);
}

static const struct call calls[] = {
	{ "int", add_int, amount_of_int, "int" },
	{ "float", add_float, amount_of_float, "float" },
	{ "counter", add_counter, amount_of_counter, "counter" },
	{ "histogram", record_value, amount_of_histogram, "histogram" },
	{ "carry", record_large, amount_of_histogram, "histogram" },
	{ "string", set_text, NULL, "text" },
	{ "record", set_record, NULL, "record" },
	{ "string that grows", set_growing, NULL, "growing" },
	{ "new variable", create, NULL, NULL },
	{ "variable that comes and goes", create_and_remove, NULL, NULL },
	{ "new key", add_key, NULL, NULL },
	{ "description", describe, NULL, NULL },
	{ "other name", rename_one, NULL, NULL },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void publish(void)
{
	whole = expvar_int_new("int");
	real = expvar_float_new("float");
	counter = expvar_counter_new("counter");
	histogram = expvar_histogram_new("histogram");
	text = expvar_string_new("text");
	growing = expvar_string_new("growing");
	record = expvar_record_new("record", pair_fields, 3);
	map = expvar_map_new("map");
	expvar_thread_ready();
	for (size_t i = 0; i < CALLS; i++) {
		calls[i].make(1);
		calls[i].make(2);
	}
}

/* ---- stopping ---- */

static const struct call *present;
static void (*volatile at_stop)(void);
static uint64_t stops, wrong;
static volatile uint64_t steps, stop_at;
/* The writer's mapping; and while its stores are to be noticed once more. */
static char *segment, *guarded;

static void complain(const char *what)
{
	if (wrong++ < 10)
		fprintf(stderr, "%s, stop %llu: %s\n", present->name,
			(unsigned long long)(guarded ? stops : stop_at), what);
}

static size_t committed(void)
{
	return *(volatile uint64_t *)(guarded + 48); /* docs/format.md 3.1 */
}

static void guard(int protection)
{
	if (mprotect(guarded, committed(), protection))
		abort();
}

/* A store into the segment: let it be made, and stop behind it. */
static void on_store(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	char *address = info->si_addr;

	if (!guarded || address < guarded ||
	    address >= guarded + committed()) { /* a real one */
		signal(number, SIG_DFL);
		return;
	}
	guard(PROT_READ | PROT_WRITE);
	u->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)number;
	(void)info;
	steps++;
	if (!guarded && steps != stop_at)
		return;
	u->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	stops++;
	at_stop();
	if (guarded)
		guard(PROT_READ);
}

static bool catch_stops(void)
{
	struct sigaction store = { .sa_sigaction = on_store,
				   .sa_flags = SA_SIGINFO };
	struct sigaction step = { .sa_sigaction = on_step,
				  .sa_flags = SA_SIGINFO };

	return !sigaction(SIGSEGV, &store, NULL) &&
	       !sigaction(SIGTRAP, &step, NULL);
}

/* Where the library has mapped the segment: a variable's value is in there. */
static char *find_segment(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	const char *inside = (const char *)whole->var.value;
	char line[4400], *found_at = NULL;
	void *from, *to;

	while (maps && !found_at && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%p-%p", &from, &to) == 2 &&
		    inside >= (char *)from && inside < (char *)to)
			found_at = from;
	if (maps)
		fclose(maps);
	return found_at;
}

/* Returns how many instructions it was, about; stops at the @n-th. */
static uint64_t step_through(const struct call *call, uint64_t value,
			     uint64_t n)
{
	steps = 0;
	stop_at = n;
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq" ::"i"(TRAP_FLAG)
			 : "memory", "cc");
	call->make(value);
	__asm__ volatile("pushfq; andq %0, (%%rsp); popfq" ::"i"(~TRAP_FLAG)
			 : "memory", "cc");
	return steps;
}

/*
 * In front of liburcu's: a grace period blocks all signals, and a trap that is
 * blocked ends the process. It stores nothing of ours, so it is not stepped.
 */
void urcu_bp_synchronize_rcu(void);
void urcu_bp_synchronize_rcu(void)
{
	void (*next)(void) = NULL;
	uint64_t flags;
	bool stepped;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	stepped = flags & TRAP_FLAG;
	__asm__ volatile("pushfq; andq %0, (%%rsp); popfq" ::"i"(~TRAP_FLAG)
			 : "memory", "cc");
	*(void **)&next = dlsym(RTLD_NEXT, "urcu_bp_synchronize_rcu");
	next();
	if (stepped)
		__asm__ volatile(
			"pushfq; orq %0, (%%rsp); popfq" ::"i"(TRAP_FLAG)
			: "memory", "cc");
}

/* ---- killed ---- */

/* What a reader finds of a variable, as numbers that differ if it does. */
struct view {
	uint64_t part[2];
};

static struct expvar_reader *reader;
/* Of each part the different ones that were found, in their order. */
static uint64_t found[2][4];
static unsigned int found_count[2];

static int hash_text(const char *bytes, size_t len, void *userdata)
{
	uint64_t *hash = userdata;

	for (size_t i = 0; i < len; i++)
		*hash = (*hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	return 0;
}

static struct view view_of(const struct expvar_snapshot *snapshot,
			   const char *path)
{
	uint32_t node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, path,
					     strlen(path));
	struct expvar_histogram_totals t = { .struct_size = sizeof(t) };
	struct view view = { { 1, 1 } };

	if (node == EXPVAR_NODE_NONE) {
		complain("it is missing");
	} else if (expvar_snapshot_histogram(snapshot, node, &t) >= 0) {
		/* each by itself: they are not changed in one instruction */
		view.part[0] = t.count;
		view.part[1] = t.sum_low ^ t.sum_high << 63;
	} else if (expvar_snapshot_json_item(snapshot, node, hash_text,
					     &view.part[0])) {
		complain("it has no value");
	}
	return view;
}

static struct view look_at(const char *path)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	struct expvar_snapshot *snapshot;
	struct view view = { { 0, 0 } };

	if (expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META, &snapshot)) {
		complain("no snapshot to be had");
		return view;
	}
	expvar_snapshot_stats(snapshot, &totals);
	if (totals.incomplete)
		complain("a value is missing");
	view = view_of(snapshot, path);
	expvar_snapshot_free(snapshot);
	return view;
}

/* Where names change, at one that has nothing to do with it. */
static const char *path_of(const struct call *call)
{
	return call->path ? call->path : "text";
}

/* As a reader that comes after a kill here. */
static void look(void)
{
	struct view view = look_at(path_of(present));

	for (int i = 0; i < 2; i++) {
		unsigned int count = found_count[i];

		if (count && found[i][count - 1] == view.part[i])
			continue;
		if (count == 4)
			complain("more than two values");
		else
			found[i][found_count[i]++] = view.part[i];
	}
}

static void kill_everywhere(const struct call *call, uint64_t value)
{
	struct view before, after;

	present = call;
	before = look_at(path_of(call));
	memset(found_count, 0, sizeof(found_count));
	at_stop = look;
	guarded = segment;
	guard(PROT_READ);
	call->make(value);
	guard(PROT_READ | PROT_WRITE);
	guarded = NULL;
	after = look_at(path_of(call));
	for (int i = 0; i < 2; i++)
		for (unsigned int n = 0; n < found_count[i]; n++)
			if (found[i][n] != before.part[i] &&
			    (found[i][n] != after.part[i] ||
			     n + 1 < found_count[i]))
				complain("neither as before nor as afterwards");
}

/* ---- interrupted ---- */

/* For each call: a step takes up to 20 us on virtual machines. */
static uint64_t steps_allowed;

#define OUTER 5u
#define INNER 3u

static void interrupt(void)
{
	present->make(INNER);
}

static unsigned __int128 amount_by(uint64_t value)
{
	unsigned __int128 before = present->amount();

	present->make(value);
	return present->amount() - before;
}

/* One of the two, whole. */
static void check_one(void)
{
	uint64_t now = look_at(present->path).part[0], outer, inner;

	present->make(OUTER);
	outer = look_at(present->path).part[0];
	present->make(INNER);
	inner = look_at(present->path).part[0];
	if (now != outer && now != inner)
		complain("neither the one nor the other");
}

static void interrupt_at(uint64_t n, unsigned __int128 outer,
			 unsigned __int128 inner)
{
	unsigned __int128 before = 0;
	bool stopped;

	if (present->amount)
		before = present->amount();
	stopped = step_through(present, OUTER, n) >= n;
	if (present->amount) {
		if (present->amount() - before != outer + stopped * inner)
			complain("one of the two is lost");
	} else if (present->path && present->make != set_growing) {
		check_one();
	} else {
		(void)look_at(path_of(present));
	}
}

/* Instructions of a call: it may take one way the one time, and another. */
static uint64_t length_of(const struct call *call)
{
	uint64_t longest = 0, steps_taken;

	for (int i = 0; i < 4; i++) {
		steps_taken = step_through(call, OUTER, UINT64_MAX);
		longest = steps_taken > longest ? steps_taken : longest;
	}
	return longest;
}

static void interrupt_everywhere(const struct call *call)
{
	unsigned __int128 outer = 0, inner = 0;
	uint64_t last, stride, n;

	present = call;
	at_stop = interrupt;
	last = length_of(call);
	/* Long calls not at each: it is the square that counts. */
	stride = 1 + last * last / steps_allowed;
	if (call->amount) {
		outer = amount_by(OUTER);
		inner = amount_by(INNER);
	}
	for (n = 1; n <= last; n += stride) {
		interrupt_at(n, outer, inner);
		if (call->amount)
			call->make(INNER); /* the other way */
		interrupt_at(n, outer, inner);
	}
}

int main(void)
{
	const char *seconds = getenv("EXPVAR_TEST_SECONDS");
	uint64_t killed;
	size_t i;

	steps_allowed = 10000 * strtoull(seconds ? seconds : "2", NULL, 10) + 1;
	publish();
	segment = find_segment();
	if (!expvar_path() || expvar_reader_open(expvar_path(), 0, &reader) ||
	    !segment || !catch_stops()) {
		fprintf(stderr, "not published, or not to be read\n");
		return 99;
	}
	for (i = 0; i < CALLS; i++)
		for (uint64_t value = 1; value < 5; value++)
			kill_everywhere(&calls[i], value);
	killed = stops;
	for (i = 0; i < CALLS; i++)
		interrupt_everywhere(&calls[i]);
	printf("killed behind %llu stores, interrupted at %llu instructions; "
	       "%llu wrong\n",
	       (unsigned long long)killed, (unsigned long long)(stops - killed),
	       (unsigned long long)wrong);
	expvar_reader_close(reader);
	return wrong != 0;
}

#endif
