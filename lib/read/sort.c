/* SPDX-License-Identifier: MIT */
/*
 * sort.c - put the entries of a Map in byte-wise order of their names
 *
 * Radix sort from the most significant byte on, with eight bytes of each name
 * cached: bytes that all names of a run share are skipped eight at a time,
 * runs in order are left alone, short ones are sorted by insertion. No input
 * makes this quadratic, since each round consumes at least one byte of each
 * name of the run.
 */
#include "sort.h"

#include <stdlib.h>

#define SMALL 32
#define TINY 4
#define AHEAD 12
#define BUCKET_BITS 11
#define DIGIT_BYTES 3
#define SCRATCH 65536 /* entries: 1 MiB */

struct run {
	size_t first, count;
	size_t depth; /* of the keys */
};

struct sorter {
	const struct expvar_snapshot *snapshot;
	struct read_entry *entries;
	/* Runs that wait are disjoint and longer than SMALL. */
	struct run *stack;
	size_t stacked;
	struct read_entry *scratch;
	bool ties;
};

uint64_t expvar_read_sort_key(const struct read_node *node, size_t depth)
{
	size_t left = node->name_len - depth;
	uint64_t key;

	if (!left)
		return 0;
	/* Names have eight readable bytes behind their end. */
	memcpy(&key, read_node_name(node) + depth, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	key = __builtin_bswap64(key);
#endif
	if (left < 8)
		key &= ~UINT64_C(0) << (64 - 8 * left);
	return key;
}

static const struct read_node *node_of(const struct sorter *s,
				       const struct read_entry *entry)
{
	return read_node(s->snapshot, entry->node);
}

static void swap(struct read_entry *a, struct read_entry *b)
{
	struct read_entry t = *a;

	*a = *b;
	*b = t;
}

/* Their first depth bytes are the same. */
static int compare(struct sorter *s, const struct read_entry *a,
		   const struct read_entry *b, size_t depth)
{
	const struct read_node *x, *y;
	size_t skip;
	int order;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	x = node_of(s, a);
	y = node_of(s, b);
	/* The key may stand for less than eight bytes of either. */
	skip = util_min(depth + 8, util_min(x->name_len, y->name_len));
	order = read_compare_names(read_node_name(x) + skip,
				   x->name_len - skip,
				   read_node_name(y) + skip,
				   y->name_len - skip);
	s->ties |= order == 0;
	return order;
}

static void insertion(struct sorter *s, const struct run *run)
{
	struct read_entry *e = s->entries + run->first;
	size_t i, j;

	for (i = 1; i < run->count; i++) {
		struct read_entry entry = e[i];

		for (j = i; j && compare(s, &e[j - 1], &entry, run->depth) > 0;
		     j--)
			e[j] = e[j - 1];
		e[j] = entry;
	}
}

/* All keys are the same: names that end within them come first, by length. */
static size_t take_ended(struct sorter *s, const struct run *run)
{
	struct read_entry *e = s->entries + run->first;
	size_t len, i, ended = 0, before;

	for (len = run->depth; len <= run->depth + 8; len++) {
		before = ended;
		for (i = ended; i < run->count; i++)
			if (node_of(s, &e[i])->name_len == len)
				swap(&e[i], &e[ended++]);
		s->ties |= ended - before > 1;
	}
	return ended;
}

/* Returns true if the run goes on with the next eight bytes. */
static bool advance(struct sorter *s, struct run *run)
{
	struct read_entry *e = s->entries + run->first;
	size_t i, ended = 0;
	bool any = false;

	for (i = 0; i < run->count; i++) {
		/* The nodes lie in the file's order, not in this one. */
		if (i + AHEAD < run->count)
			__builtin_prefetch(node_of(s, &e[i + AHEAD]));
		any |= node_of(s, &e[i])->name_len <= run->depth + 8;
	}
	if (any)
		ended = take_ended(s, run);
	run->first += ended;
	run->count -= ended;
	run->depth += 8;
	for (i = ended; i < ended + run->count; i++)
		e[i].key = expvar_read_sort_key(node_of(s, &e[i]), run->depth);
	return run->count > 1;
}

/*
 * Skips what all names of the run share. Returns false if that settled it,
 * else the bits in which the keys differ.
 */
static bool narrow(struct sorter *s, struct run *run, uint64_t *ret_differ,
		   bool *ret_ordered)
{
	const struct read_entry *e;
	uint64_t differ;
	bool strict, ordered;
	size_t i;

	do {
		e = s->entries + run->first;
		differ = 0;
		strict = ordered = true;
		for (i = 1; i < run->count; i++) {
			differ |= e[i].key ^ e[0].key;
			strict &= e[i - 1].key < e[i].key;
			ordered &= e[i - 1].key <= e[i].key;
		}
		if (strict)
			return false;
	} while (!differ && advance(s, run));
	*ret_differ = differ;
	*ret_ordered = ordered;
	return run->count > 1;
}

/* A run of which nothing is known. */
static void submit(struct sorter *s, size_t first, size_t count, size_t depth)
{
	struct run run = { first, count, depth };
	uint64_t differ;
	bool ordered;

	if (count > SMALL)
		s->stack[s->stacked++] = run;
	else if (count <= TINY)
		insertion(s, &run);
	else if (narrow(s, &run, &differ, &ordered))
		insertion(s, &run);
}

/* Runs of equal keys of entries that are in order already. */
static void split(struct sorter *s, const struct run *run)
{
	const struct read_entry *e = s->entries + run->first;
	size_t i, begin = 0;

	for (i = 1; i <= run->count; i++)
		if (i == run->count || e[i].key != e[begin].key) {
			submit(s, run->first + begin, i - begin, run->depth);
			begin = i;
		}
}

/*
 * Which bits of a key make the bucket: of the first bytes in which keys
 * differ, the lower bits from the highest one that differs. The bits above are
 * the same in all keys, so the order of the buckets is that of the keys.
 */
struct digit {
	unsigned int shift[DIGIT_BYTES], left[DIGIT_BYTES];
	uint64_t mask[DIGIT_BYTES];
	uint32_t buckets;
};

static uint32_t bucket_of(const struct digit *d, uint64_t key)
{
	return (uint32_t)((key >> d->shift[0] & d->mask[0]) << d->left[0] |
			  (key >> d->shift[1] & d->mask[1]) << d->left[1] |
			  (key >> d->shift[2] & d->mask[2]) << d->left[2]);
}

/* About as many buckets as there are entries, if single digits are small. */
static struct digit choose_digit(uint64_t differ, size_t count)
{
	unsigned int limit = 64 - (unsigned int)__builtin_clzll(count);
	unsigned int i, used = 0, width, shift;
	struct digit d = { { 0 }, { 0 }, { 0 }, 0 };
	unsigned int widths[DIGIT_BYTES] = { 0 };

	limit = limit > BUCKET_BITS ? BUCKET_BITS : limit;
	for (i = 0; i < DIGIT_BYTES && differ; i++) {
		shift = (63 - (unsigned int)__builtin_clzll(differ)) & ~7u;
		width = 64 - (unsigned int)__builtin_clzll(differ >> shift);
		if (i && used + width > limit)
			break;
		d.shift[i] = shift;
		d.mask[i] = (UINT64_C(1) << width) - 1;
		widths[i] = width;
		used += width;
		differ &= (UINT64_C(1) << shift) - 1;
	}
	for (i = DIGIT_BYTES, width = 0; i--; width += widths[i])
		d.left[i] = width;
	d.buckets = UINT32_C(1) << used;
	return d;
}

/*
 * Entries from run to scratch and back. Unlike swapping in place nothing of
 * this is a guess for the processor, which makes it twice as fast.
 */
static void scatter(struct sorter *s, struct read_entry *e, size_t count,
		    uint32_t *next, const struct digit *d)
{
	size_t i;

	for (i = 0; i < count; i++)
		s->scratch[next[bucket_of(d, e[i].key)]++] = e[i];
	memcpy(e, s->scratch, count * sizeof(*e));
}

/* In place, for runs that are larger than the scratch: American flag sort. */
static void swap_around(struct read_entry *e, uint32_t *next,
			const uint32_t *end, uint32_t low, uint32_t high,
			const struct digit *d)
{
	uint32_t b, to;

	for (b = low; b <= high; b++)
		while (next[b] < end[b]) {
			to = bucket_of(d, e[next[b]].key);
			if (to == b)
				next[b]++;
			else
				swap(&e[next[b]], &e[next[to]++]);
		}
}

/* The buckets in use are mostly few and side by side: low to high. */
static void distribute(struct sorter *s, const struct run *run,
		       const struct digit *d)
{
	struct read_entry *e = s->entries + run->first;
	uint32_t next[1 << BUCKET_BITS], end[1 << BUCKET_BITS];
	uint32_t low = UINT32_MAX, high = 0, at = 0, b;
	size_t i;

	memset(next, 0, d->buckets * sizeof(*next));
	for (i = 0; i < run->count; i++) {
		b = bucket_of(d, e[i].key);
		next[b]++;
		low = b < low ? b : low;
		high = b > high ? b : high;
	}
	for (b = low; b <= high; b++) {
		end[b] = at + next[b];
		next[b] = at;
		at = end[b];
	}
	if (run->count <= SCRATCH)
		scatter(s, e, run->count, next, d);
	else
		swap_around(e, next, end, low, high, d);
	for (b = low, at = 0; b <= high; at = end[b++])
		if (end[b] - at > 1)
			submit(s, run->first + at, end[b] - at, run->depth);
}

static void sort_run(struct sorter *s, struct run run)
{
	uint64_t differ;
	struct digit digit;
	bool ordered;

	if (!narrow(s, &run, &differ, &ordered))
		return;
	if (run.count <= SMALL) {
		insertion(s, &run);
	} else if (ordered) {
		split(s, &run);
	} else {
		digit = choose_digit(differ, run.count);
		distribute(s, &run, &digit);
	}
}

bool expvar_read_sort(const struct expvar_snapshot *snapshot,
		      struct read_entry *entries, size_t count, bool *ret_ties)
{
	struct sorter s = { .snapshot = snapshot, .entries = entries };
	struct run all = { 0, count, 0 };

	if (count > SMALL) {
		s.stack = malloc((count / SMALL + 1) * sizeof(*s.stack));
		s.scratch = malloc(util_min(count, SCRATCH) *
				   sizeof(*s.scratch));
		if (!s.stack || !s.scratch) {
			free(s.stack);
			free(s.scratch);
			return false;
		}
	}
	sort_run(&s, all);
	while (s.stacked)
		sort_run(&s, s.stack[--s.stacked]);
	free(s.stack);
	free(s.scratch);
	*ret_ties |= s.ties;
	return true;
}
