/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - take a snapshot: the passes, their limits, and what remains
 *
 * A pass copies everything under the guard. If variables came or went during
 * it, it is repeated a few times; a writer that never rests still gets read.
 */
#include "copy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "guard.h"
#include "reader.h"

#define PASSES 4 /* the first, and three repetitions */
#define GROWTHS 8 /* times that more is mapped before a pass */
/* The rest of 64 MiB is for what is not counted one by one. */
#define MEMORY_BASE (UINT64_C(56) << 20)
#define POOL_SLACK (UINT64_C(1) << 20)
#define CMDLINE_MAX 32768
#define HUGE_PAGE (UINT64_C(2) << 20)
#define HUGE_FROM (4 * HUGE_PAGE)

/* What all retries together may take, beside a part of the file's length. */
#define TRIES_BASE (UINT64_C(1) << 20)
#define TRIES_A_UNIT 32
#define WORDS_BASE (UINT64_C(2) << 20)

/* A record, its place in the index and in the list to sort. */
#define BYTES_BESIDE_RECORD 24
#define RECORD_MAX                                                             \
	(READ_NODE_HEADER + LAYOUT_NAME_INLINE + 8 + sizeof(uint64_t))

enum pass_result {
	PASS_STABLE = 0,
	PASS_AGAIN, /* structure changed */
	PASS_GROWN, /* more is committed than mapped */
	PASS_MEMORY,
	PASS_FORMAT,
};

struct pass {
	struct read_copy copy;
	uint64_t committed; /* as loaded */
	uint64_t memory_max;
	uint64_t changes; /* at the beginning */
	bool has_allowance; /* for retries, which is for all passes */
	bool last;
	bool outgrown; /* it grew too often: what is mapped has to do */
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)now.tv_nsec;
}

/* ---- before a pass ---- */

static bool list_blocks(struct read_copy *copy, size_t *ret_units)
{
	uint32_t i;

	copy->block_count = (uint32_t)((copy->map.len -
					copy->constant->data_offset) /
				       LAYOUT_BLOCK);
	free(copy->block_types);
	copy->block_types = calloc((size_t)copy->block_count + 1, 1);
	if (!copy->block_types)
		return false;
	*ret_units = 0;
	for (i = 0; i < copy->block_count; i++)
		if (expvar_read_block_type(copy, i) == LAYOUT_BLOCK_UNITS)
			*ret_units += LAYOUT_BLOCK / LAYOUT_UNIT;
	return true;
}

/*
 * Records are visited in sorted order, which is not the order they lie in:
 * large arrays of them are faster on huge pages. madvise() is only a hint, and
 * touches nothing.
 */
static void *allocate(size_t size)
{
	void *place;

	if (size < HUGE_FROM)
		return malloc(size);
	place = aligned_alloc(HUGE_PAGE, util_align(size, HUGE_PAGE));
	if (place)
		madvise(place, util_align(size, HUGE_PAGE), MADV_HUGEPAGE);
	return place;
}

/* Room for the records of so many units; only what is used gets touched. */
static bool reserve_records(struct read_copy *copy, size_t units)
{
	struct expvar_snapshot *snapshot = copy->snapshot;
	size_t size = (units + 2) * util_align(RECORD_MAX, 8);
	struct read_node *root;

	free(snapshot->records);
	snapshot->records = allocate(size);
	if (!snapshot->records)
		return false;
	snapshot->records_size = size;
	root = read_node(snapshot, EXPVAR_NODE_ROOT);
	memset(root, 0, util_align(READ_NODE_HEADER, 8));
	root->parent = EXPVAR_NODE_NONE;
	root->generation = 1;
	root->type = LAYOUT_MAP;
	snapshot->records_used = read_node_size(root);
	snapshot->units = 0;
	return true;
}

static bool reserve_index(struct read_copy *copy)
{
	copy->first_unit = copy->constant->data_offset / LAYOUT_UNIT;
	copy->index_size =
		(uint64_t)copy->block_count * (LAYOUT_BLOCK / LAYOUT_UNIT);
	free(copy->index);
	copy->index = calloc(copy->index_size + 1, sizeof(*copy->index));
	return copy->index != NULL;
}

static bool prepare(struct pass *pass)
{
	struct read_copy *copy = &pass->copy;
	uint64_t committed = copy->map.len;
	size_t units;

	copy->maps = copy->cells = 0;
	copy->left_out = copy->corrupt = copy->over_limit = 0;
	copy->grown = pass->outgrown;
	copy->no_memory = false;
	copy->cmdline = NULL;
	memset(copy->schemas, 0, sizeof(copy->schemas));
	pass->memory_max = MEMORY_BASE + committed / 2;
	copy->snapshot->source_bytes = committed;
	expvar_read_pool_reset(&copy->snapshot->pool, committed + POOL_SLACK);
	/* No two variables share a version, and each has four. */
	copy->values_left = committed / 4 + POOL_SLACK;
	return list_blocks(copy, &units) && reserve_records(copy, units) &&
	       reserve_index(copy);
}

bool expvar_read_has_room(struct read_copy *copy)
{
	const struct pass *pass = UTIL_CONTAINER(copy, struct pass, copy);
	struct expvar_snapshot *snapshot = copy->snapshot;
	uint64_t used = snapshot->records_used +
			snapshot->units * BYTES_BESIDE_RECORD;
	size_t block = LAYOUT_BLOCK / LAYOUT_UNIT * util_align(RECORD_MAX, 8);

	if (used + snapshot->pool.taken > pass->memory_max)
		return false;
	snapshot->pool.budget =
		util_min(copy->map.len + POOL_SLACK, pass->memory_max - used);
	/* A block that became one of units since they were counted. */
	if (snapshot->records_size - snapshot->records_used >= block)
		return true;
	copy->grown = true;
	return false;
}

/* ---- a pass ---- */

/*
 * The cells of a removed counter may be another one's by the time they are
 * added up. Only asked if something was removed or created at all.
 */
static void recheck_cells(struct read_copy *copy)
{
	struct expvar_snapshot *snapshot = copy->snapshot;
	const struct layout_unit *unit;
	struct read_node *node;
	uint64_t tag;
	size_t at;

	for (at = read_node_size(read_node(snapshot, EXPVAR_NODE_ROOT));
	     at < snapshot->records_used; at += read_node_size(node)) {
		node = (void *)(snapshot->records + at);
		if (node->type != LAYOUT_COUNTER &&
		    node->type != LAYOUT_HISTOGRAM)
			continue;
		unit = read_place(&copy->map,
				  (uint64_t)node->unit * LAYOUT_UNIT,
				  LAYOUT_UNIT);
		/* relaxed: the caller's fence has it behind the cells. */
		tag = read_relaxed64(&unit->tag);
		if (tag != layout_tag(node->generation, node->type,
				      LAYOUT_UNIT_LIVE))
			node->flags |= EXPVAR_ITEM_BUSY;
	}
}

static enum pass_result copy_all(struct pass *pass)
{
	struct read_copy *copy = &pass->copy;
	const struct layout_header *h = read_header(&copy->map);
	uint64_t changes;

	/*
	 * [S1] acquire, pairs with the release that makes `changes` even again:
	 * the structure that it counts is visible.
	 */
	pass->changes = read_acquire64(&h->changes);
	if (!prepare(pass))
		return PASS_MEMORY;
	if (expvar_read_units(copy) == READ_MEMORY ||
	    expvar_read_cells(copy) == READ_MEMORY)
		return PASS_MEMORY;
	/* Arguments are only for show: without them it is a snapshot, too. */
	if (expvar_read_version(copy, &h->cmdline, READ_PASSED_ON, CMDLINE_MAX,
				&copy->cmdline))
		copy->cmdline = NULL;
	/*
	 * [S1] fence, pairs with the release fence behind the odd `changes`:
	 * had we seen a store of a structural change, we see the odd number or
	 * a later one.
	 */
	expvar_fence_acquire();
	changes = read_relaxed64(&h->changes);
	if (changes == pass->changes && !(changes & 1) && !copy->grown)
		return PASS_STABLE;
	if (pass->last)
		recheck_cells(copy);
	return PASS_AGAIN;
}

/* About as much as a pass without any failure. */
static void allow_retries(struct read_copy *copy, uint64_t committed)
{
	copy->tries_left = TRIES_BASE + committed / LAYOUT_UNIT * TRIES_A_UNIT;
	copy->words_left = WORDS_BASE + committed / 8;
}

static int run_pass(void *userdata)
{
	struct pass *pass = userdata;
	struct read_copy *copy = &pass->copy;

	/*
	 * [B1] acquire, pairs with the release after the memory was populated:
	 * the blocks below, and the table's entries for them, exist.
	 */
	pass->committed = read_acquire64(&read_header(&copy->map)->committed);
	if (!expvar_read_check_committed(copy->constant, pass->committed))
		return PASS_FORMAT;
	if (pass->committed > copy->map.len && !pass->outgrown)
		return PASS_GROWN;
	pass->committed = util_min(pass->committed, copy->map.len);
	copy->map.len = pass->committed;
	if (!pass->has_allowance)
		allow_retries(copy, pass->committed);
	pass->has_allowance = true;
	return (int)copy_all(pass);
}

/* ---- the whole ---- */

static int run_passes(struct expvar_reader *reader, struct pass *pass)
{
	unsigned int passes = 0, growths = 0;
	int result = (int)PASS_AGAIN;

	while (result == PASS_AGAIN && passes < PASSES) {
		pass->copy.map = reader->map;
		pass->last = passes == PASSES - 1;
		result = expvar_read_guarded(&reader->map, run_pass, pass);
		if (result == PASS_GROWN) {
			result = expvar_read_map_more(reader, pass->committed);
			if (result)
				return result;
			result = PASS_AGAIN;
			pass->outgrown = ++growths == GROWTHS;
			continue;
		}
		passes++;
		growths = 0;
		pass->outgrown = false;
	}
	if (result == PASS_MEMORY)
		return -ENOMEM;
	return result == PASS_FORMAT ? EXPVAR_E_FORMAT : result;
}

/* Each argument ends with a NUL, the last at the latest with the blob's own. */
static void split_cmdline(struct expvar_snapshot *snapshot,
			  const struct read_blob *blob)
{
	const char *at, *end;
	size_t count = 0;

	if (!blob || !blob->len)
		return;
	end = blob->bytes + blob->len;
	for (at = blob->bytes; at < end; at += strlen(at) + 1)
		count++;
	snapshot->argv = malloc((count + 1) * sizeof(*snapshot->argv));
	if (!snapshot->argv)
		return;
	for (at = blob->bytes; at < end; at += strlen(at) + 1)
		snapshot->argv[snapshot->argc++] = at;
	snapshot->argv[snapshot->argc] = NULL;
}

static void fill_totals(struct expvar_snapshot *snapshot,
			const struct read_copy *copy, bool changing)
{
	struct expvar_snapshot_totals *t = &snapshot->totals;

	snapshot->lost = copy->corrupt || copy->over_limit;
	t->incarnation = copy->constant->incarnation;
	t->items = (uint32_t)snapshot->order_count;
	t->corrupt += copy->corrupt;
	t->over_limit += copy->over_limit;
	t->left_out = copy->left_out;
	t->changing = changing;
	t->incomplete = t->busy || t->corrupt || t->unknown || t->over_limit;
	t->memory_bytes = snapshot->records_used + snapshot->pool.held +
			  snapshot->order_count * sizeof(uint32_t);
}

static int take(struct expvar_reader *reader, struct pass *pass)
{
	struct expvar_snapshot *snapshot = pass->copy.snapshot;
	int result, error;

	snapshot->totals.struct_size = sizeof(snapshot->totals);
	snapshot->totals.taken_realtime_ns = clock_ns(CLOCK_REALTIME);
	snapshot->totals.taken_boottime_ns = clock_ns(CLOCK_BOOTTIME);
	result = run_passes(reader, pass);
	if (result < 0)
		return result;
	error = expvar_read_tree(&pass->copy);
	if (error)
		return error;
	split_cmdline(snapshot, pass->copy.cmdline);
	fill_totals(snapshot, &pass->copy, result == PASS_AGAIN);
	return 0;
}

int expvar_reader_snapshot(struct expvar_reader *reader, unsigned int flags,
			   struct expvar_snapshot **ret_snapshot)
{
	struct expvar_snapshot *snapshot;
	struct pass *pass;
	int error = -ENOMEM;

	if (flags & ~EXPVAR_SNAPSHOT_META)
		return -EINVAL;
	snapshot = calloc(1, sizeof(*snapshot));
	pass = calloc(1, sizeof(*pass));
	if (snapshot && pass) {
		pass->copy.constant = &reader->header;
		pass->copy.snapshot = snapshot;
		pass->copy.flags = flags;
		error = take(reader, pass);
		free(pass->copy.block_types);
		free(pass->copy.index);
		expvar_read_cells_free(&pass->copy.counters);
		expvar_read_cells_free(&pass->copy.histograms);
	}
	free(pass);
	if (error) {
		expvar_snapshot_free(snapshot);
		return error;
	}
	*ret_snapshot = snapshot;
	return 0;
}

void expvar_snapshot_free(struct expvar_snapshot *snapshot)
{
	if (!snapshot)
		return;
	free(snapshot->records);
	free(snapshot->order);
	free(snapshot->argv);
	expvar_read_pool_free(&snapshot->pool);
	free(snapshot);
}
