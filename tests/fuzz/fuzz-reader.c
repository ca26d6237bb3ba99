/* SPDX-License-Identifier: MIT */
/*
 * fuzz-reader.c - the reading library on any file that claims to be a segment
 *
 * T6. Through the public functions, from opening to every form of text. Loads
 * of shared words are answered falsely where the input says so, as if a writer
 * changed them under the reader's eyes.
 *
 * What must hold whatever the bytes: no crash, no hang; every text is valid
 * JSON in the eyes of two parsers; its three layouts say the same; entries are
 * in order, and found by their names; histograms add up; what does not change
 * reads the same twice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As the library itself is compiled for this program; see load.h. */
#define EXPVAR_READ_ADVERSARY
#include "expvar/reader.h"
#include "fuzz/image.h"
#include "fuzz/strict-json.h"
#include "json-check.h"
#include "read/reader.h"
#include "util.h"

/* Maps, and what a Func may nest below the deepest. */
#define JSON_DEPTH (2 * EXPVAR_WALK_DEPTH_MAX + 1)
#define MEMORY_MAX (UINT64_C(64) << 20)
/* Of a text; beyond the lesser number it may end early, each layout elsewhere. */
#define TEXT_MAX ((size_t)32 << 20)
#define TEXT_WHOLE ((size_t)8 << 20)

/* ---- false answers ---- */

static struct {
	struct image *image;
	struct expvar_reader *reader; /* once it is open */
	size_t next;
	uint32_t loads; /* since the last lie */
	struct {
		uint64_t *word;
		uint64_t value;
	} undo[IMAGE_LOADS];
	size_t undo_count;
} adversary;

static void store(const void *address, uint64_t value)
{
	size_t offset = (size_t)((const unsigned char *)address -
				 adversary.reader->map.base);
	uint64_t *word = (void *)(adversary.image->bytes +
				  (offset & ~(size_t)7));

	adversary.undo[adversary.undo_count].word = word;
	adversary.undo[adversary.undo_count++].value = *word;
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

uint64_t expvar_read_adversary(const void *address, uint64_t value)
{
	const struct image_load *load;

	if (!adversary.image || adversary.next == adversary.image->load_count)
		return value;
	load = &adversary.image->loads[adversary.next];
	if (adversary.loads++ < load->skip)
		return value;
	adversary.loads = 0;
	adversary.next++;
	switch (load->lie) {
	case IMAGE_LIE_STORE:
		store(address, load->value);
		return value;
	case IMAGE_LIE_XOR:
		return value ^ load->value;
	default:
		return load->value;
	}
}

static void undo_stores(void)
{
	size_t i;

	/* Backwards: two may have changed the same word. */
	for (i = adversary.undo_count; i--;)
		*adversary.undo[i].word = adversary.undo[i].value;
}

/* ---- texts ---- */

struct text {
	char *bytes;
	size_t len, size;
};

static struct text texts[4]; /* kept from run to run */

static int append(const char *bytes, size_t len, void *userdata)
{
	struct text *text = userdata;

	FUZZ_CHECK(len && len <= 65536);
	/* Links may show one long text many times over, but not for ever. */
	FUZZ_CHECK(len <= TEXT_MAX - text->len);
	if (len > text->size - text->len) {
		text->size = (text->len + len) * 2;
		text->bytes = realloc(text->bytes, text->size);
		if (!text->bytes)
			fuzz_broken("text", "no memory");
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	return 0;
}

static struct text *new_text(size_t index)
{
	texts[index].len = 0;
	return &texts[index];
}

static void check_json(const struct text *text)
{
	FUZZ_CHECK(expvar_json_check(text->bytes, text->len, JSON_DEPTH));
	FUZZ_CHECK(strict_json(text->bytes, text->len, JSON_DEPTH));
}

/* Without the space between tokens, which is all that layouts differ in. */
static void squeeze(struct text *text)
{
	size_t i, to = 0;
	bool quoted = false;

	for (i = 0; i < text->len; i++) {
		char c = text->bytes[i];

		if (!quoted && (c == ' ' || c == '\n'))
			continue;
		text->bytes[to++] = c;
		if (c == '\\' && i + 1 < text->len)
			text->bytes[to++] = text->bytes[++i];
		else if (c == '"')
			quoted = !quoted;
	}
	text->len = to;
}

static bool is_equal(const struct text *a, const struct text *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* @ret_whole is left alone, or becomes false. */
static int print(const struct expvar_snapshot *snapshot, unsigned int flags,
		 struct text *text, bool *ret_whole)
{
	struct expvar_json_options options = { .struct_size = sizeof(options),
					       .flags = flags };
	int result = expvar_snapshot_json(snapshot, &options, append, text);

	*ret_whole &= text->len < TEXT_WHOLE;
	FUZZ_CHECK(result == 0 || result == 1);
	check_json(text);
	squeeze(text);
	return result;
}

/* What is printed of it hangs on its name alone. */
static enum expvar_json_verdict filter(const struct expvar_item *item,
				       unsigned int depth, void *userdata)
{
	static const enum expvar_json_verdict verdicts[] = {
		EXPVAR_JSON_KEEP, EXPVAR_JSON_DROP, EXPVAR_JSON_ASK
	};

	(void)userdata;
	FUZZ_CHECK(depth <= EXPVAR_WALK_DEPTH_MAX);
	if (item->type != EXPVAR_ITEM_MAP || item->flags & EXPVAR_ITEM_MISSING)
		return verdicts[item->name_len & 1];
	return verdicts[item->name_len % 3];
}

static void check_filtered(const struct expvar_snapshot *snapshot)
{
	struct expvar_json_member members[] = {
		{ "memstats", 8, "{\"a\": [1]}", 10 },
		{ "cmdline", 7, "[]", 2 },
	};
	struct expvar_json_options options = {
		.struct_size = sizeof(options),
		.members = members,
		.member_count = UTIL_COUNT(members),
		.filter = filter,
	};
	struct text *text = new_text(0);
	int result = expvar_snapshot_json(snapshot, &options, append, text);

	FUZZ_CHECK(result == 0 || result == 1);
	check_json(text);
}

static int check_document(const struct expvar_snapshot *snapshot)
{
	struct text *lines = new_text(0), *line = new_text(1);
	struct text *pretty = new_text(2);
	bool whole = true;
	int result = print(snapshot, 0, lines, &whole), other, third;

	other = print(snapshot, EXPVAR_JSON_ONE_LINE, line, &whole);
	third = print(snapshot, EXPVAR_JSON_PRETTY | EXPVAR_JSON_NO_EOL, pretty,
		      &whole);
	if (whole) {
		FUZZ_CHECK(other == result && third == result);
		FUZZ_CHECK(is_equal(lines, line));
		FUZZ_CHECK(is_equal(lines, pretty));
	}
	return result;
}

/* ---- items ---- */

static void check_fields(const struct expvar_snapshot *snapshot,
			 const struct expvar_item *item)
{
	struct expvar_field_value field = { .struct_size = sizeof(field) };
	uint32_t i;

	FUZZ_CHECK(item->fields && item->fields <= LAYOUT_FIELDS_MAX);
	for (i = 0; i < item->fields; i++) {
		FUZZ_CHECK(!expvar_snapshot_field(snapshot, item->node, i,
						  &field));
		/* ASan and valgrind see whether these are there. */
		FUZZ_CHECK(strict_utf8(field.name, 0));
		if (field.text)
			FUZZ_CHECK(strnlen(field.text, field.text_len) ==
				   field.text_len);
	}
	FUZZ_CHECK(expvar_snapshot_field(snapshot, item->node, i, &field) ==
		   -EINVAL);
}

static void check_histogram(const struct expvar_snapshot *snapshot,
			    uint32_t node)
{
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };
	struct expvar_bucket bucket = { .struct_size = sizeof(bucket) };
	uint64_t count = 0, last = 0, value;
	uint32_t from = 0;
	double q;

	FUZZ_CHECK(!expvar_snapshot_histogram(snapshot, node, &totals));
	while (expvar_snapshot_bucket(snapshot, node, from, &bucket) == 1) {
		FUZZ_CHECK(bucket.index >= from &&
			   bucket.index < LAYOUT_HISTOGRAM_CELLS);
		FUZZ_CHECK(bucket.count && bucket.low <= bucket.high);
		count += bucket.count;
		from = bucket.index + 1;
	}
	FUZZ_CHECK(count == totals.count);
	FUZZ_CHECK(totals.min <= totals.max);
	for (q = 0; q <= 1; q += 0.125) {
		value = expvar_snapshot_quantile(snapshot, node, q);
		FUZZ_CHECK(value >= last);
		FUZZ_CHECK(!totals.count ||
			   (value >= totals.min && value <= totals.max));
		last = value;
	}
}

static void check_item(const struct expvar_snapshot *snapshot,
		       const struct expvar_item *item, unsigned int depth)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };
	int described = expvar_snapshot_meta(snapshot, item->node, &meta);

	FUZZ_CHECK(described == 0 || described == 1);
	FUZZ_CHECK(meta.help + meta.help_len >= meta.unit);
	FUZZ_CHECK(depth <= EXPVAR_WALK_DEPTH_MAX);
	FUZZ_CHECK(item->name_len <= LAYOUT_NAME_MAX);
	if (item->flags & EXPVAR_ITEM_MISSING)
		return;
	switch (item->type) {
	case EXPVAR_ITEM_RECORD:
		check_fields(snapshot, item);
		break;
	case EXPVAR_ITEM_HISTOGRAM:
		check_histogram(snapshot, item->node);
		break;
	case EXPVAR_ITEM_FUNC:
		FUZZ_CHECK(strict_json(item->text, item->text_len,
				       EXPVAR_WALK_DEPTH_MAX));
		FUZZ_CHECK(!memchr(item->text, '\n', item->text_len));
		break;
	case EXPVAR_ITEM_STRING:
		FUZZ_CHECK(item->text_len <= LAYOUT_VALUE_MAX);
		break;
	default:
		break;
	}
}

/* Each is found by its name where it stands, and names ascend. */
static void check_entry(const struct expvar_snapshot *snapshot,
			const struct expvar_item *item,
			const struct expvar_item *before)
{
	uint32_t parent = expvar_snapshot_parent(snapshot, item->node);

	FUZZ_CHECK(parent != EXPVAR_NODE_NONE);
	FUZZ_CHECK(expvar_snapshot_find(snapshot, parent, item->name,
					item->name_len) == item->node);
	if (!before->name ||
	    expvar_snapshot_parent(snapshot, before->node) != parent)
		return;
	if (item->name_len && before->name_len) {
		size_t n = util_min(item->name_len, before->name_len);
		int order = memcmp(before->name, item->name, n);

		FUZZ_CHECK(order < 0 || (!order && before->name_len <
							   item->name_len));
	}
}

static int check_walk(const struct expvar_snapshot *snapshot)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_item before = { 0 };
	struct expvar_walk *walk;
	unsigned int steps = 0;
	int event, incomplete;

	FUZZ_CHECK(!expvar_walk_new(snapshot, EXPVAR_NODE_ROOT, &walk));
	/* Circles of links make many steps of few units. */
	while ((event = expvar_walk_next(walk, &item)) != EXPVAR_WALK_END) {
		FUZZ_CHECK(event > 0 && event <= EXPVAR_WALK_LEAVE);
		if (event == EXPVAR_WALK_LEAVE || steps++ > 4096) {
			before.name = NULL;
			continue;
		}
		check_item(snapshot, &item, expvar_walk_depth(walk));
		check_entry(snapshot, &item, &before);
		before = item;
		if (event == EXPVAR_WALK_ENTER)
			before.name = NULL;
	}
	incomplete = expvar_walk_incomplete(walk);
	expvar_walk_free(walk);
	return incomplete;
}

static void check_items_alone(const struct expvar_snapshot *snapshot)
{
	uint32_t i = 0, node;
	struct text *text;
	int result;

	while ((node = expvar_snapshot_child(snapshot, EXPVAR_NODE_ROOT,
					     i++)) != EXPVAR_NODE_NONE &&
	       i < 16) {
		text = new_text(0);
		result = expvar_snapshot_json_item(snapshot, node, append,
						   text);
		FUZZ_CHECK(result == 0 || result == 1);
		check_json(text);
	}
}

/* ---- a reader ---- */

static void check_cmdline(const struct expvar_snapshot *snapshot)
{
	size_t count, i;
	const char *const *arguments = expvar_snapshot_cmdline(snapshot,
							       &count);

	for (i = 0; i < count; i++)
		FUZZ_CHECK(strlen(arguments[i]) <= 32768);
	FUZZ_CHECK(!arguments == !count);
}

static void check_info(struct expvar_reader *reader)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };

	FUZZ_CHECK(!expvar_reader_info(reader, &info));
	FUZZ_CHECK(strlen(info.app) <= LAYOUT_APP_SIZE);
	FUZZ_CHECK(info.liveness <= EXPVAR_LIVENESS_DEAD);
	FUZZ_CHECK(strict_utf8(info.evidence, strlen(info.evidence)));
}

/* Nobody answers, and the deadline is over at once. */
static void check_refresh(struct expvar_reader *reader)
{
	int result = expvar_reader_refresh(reader, 1);

	FUZZ_CHECK(result == 0 || result == EXPVAR_E_TIMEOUT ||
		   result == EXPVAR_E_GONE);
}

static void check_same_again(struct expvar_reader *reader)
{
	struct expvar_snapshot *snapshot;
	struct text *again = new_text(3);
	bool whole = true;

	if (adversary.image->load_count)
		return;
	FUZZ_CHECK(!expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META,
					   &snapshot));
	print(snapshot, 0, again, &whole);
	FUZZ_CHECK(is_equal(again, &texts[0]));
	expvar_snapshot_free(snapshot);
}

static enum fuzz_verdict look(struct expvar_reader *reader)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	struct expvar_snapshot *snapshot;
	int error, incomplete;

	check_info(reader);
	check_refresh(reader);
	error = expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META, &snapshot);
	if (error) {
		FUZZ_CHECK(error == EXPVAR_E_FORMAT ||
			   error == EXPVAR_E_TRUNCATED);
		return FUZZ_BAD;
	}
	FUZZ_CHECK(!expvar_snapshot_stats(snapshot, &totals));
	FUZZ_CHECK(totals.memory_bytes <=
		   MEMORY_MAX + adversary.image->len / 2);
	incomplete = check_walk(snapshot);
	check_cmdline(snapshot);
	check_items_alone(snapshot);
	check_filtered(snapshot);
	/* Damage below what is shown is told of, too. */
	if (check_document(snapshot))
		FUZZ_CHECK(incomplete || totals.incomplete);
	else
		FUZZ_CHECK(!incomplete);
	check_same_again(reader);
	expvar_snapshot_free(snapshot);
	if (totals.unknown)
		return FUZZ_UNSUPPORTED;
	return incomplete || totals.incomplete ? FUZZ_BAD : FUZZ_GOOD;
}

static enum fuzz_verdict run(const uint8_t *bytes, size_t len)
{
	enum fuzz_verdict verdict = FUZZ_BAD;
	int fd, error;

	memset(&adversary, 0, sizeof(adversary));
	fd = image_file(bytes, len, &adversary.image);
	error = expvar_reader_open_fd(fd, "fuzz", 0, &adversary.reader);
	if (!error) {
		verdict = look(adversary.reader);
		expvar_reader_close(adversary.reader);
	} else {
		FUZZ_CHECK(error >= EXPVAR_E_TRUNCATED &&
			   error <= EXPVAR_E_NOT_READY);
		if (error == EXPVAR_E_VERSION || error == EXPVAR_E_FOREIGN)
			verdict = FUZZ_UNSUPPORTED;
	}
	undo_stores();
	return verdict;
}

const struct fuzz_target fuzz_target = {
	.name = "reader",
	.run = run,
	.mutate = image_mutate,
	.parse = image_parse,
	.print = image_print,
};
