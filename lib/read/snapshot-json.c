/* SPDX-License-Identifier: MIT */
/*
 * snapshot-json.c - a snapshot as Go's expvar prints it
 *
 * Always valid JSON: what is missing is null, what is open gets closed. All
 * text goes through one buffer; the first error of the callback ends it.
 */
#include <errno.h>
#include <stdlib.h>

#include "text.h"
#include "utf8.h"
#include "walk.h"

#define BUFFER_SIZE 65536
/* Texts are quoted in pieces of which the longest escape still fits. */
#define PIECE 8192
#define MEMBERS_MAX 64
#define KNOWN_FLAGS                                                            \
	(EXPVAR_JSON_ONE_LINE | EXPVAR_JSON_PRETTY | EXPVAR_JSON_NO_EOL)

struct json {
	expvar_write_fn *fn;
	void *userdata;
	int error; /* what the callback returned */
	bool incomplete; /* a value that was printed is missing */
	unsigned int flags;
	uint64_t escaped; /* bytes that escapes have added, see walk.h */
	size_t used;
	/*
	 * Levels whose brace is out; those up to the walk's own depth wait
	 * until an entry below them is printed.
	 */
	unsigned int opened;
	unsigned int keep; /* from this depth on everything is printed, + 1 */
	bool any[EXPVAR_WALK_DEPTH_MAX + 2]; /* something stands there */
	const struct read_node *names[EXPVAR_WALK_DEPTH_MAX + 2];
	const struct expvar_json_member *members[MEMBERS_MAX]; /* sorted */
	size_t member_count, member_at;
	char buffer[BUFFER_SIZE];
};

/* ---- output ---- */

static void flush(struct json *j)
{
	if (!j->error && j->used)
		j->error = j->fn(j->buffer, j->used, j->userdata);
	j->used = 0;
}

/* A place for @size bytes, at most the buffer's; the caller adds to used. */
static char *room(struct json *j, size_t size)
{
	if (size > BUFFER_SIZE - j->used)
		flush(j);
	return j->buffer + j->used;
}

static void put(struct json *j, const char *bytes, size_t len)
{
	size_t n;

	while (len) {
		n = util_min(len, BUFFER_SIZE);
		memcpy(room(j, n), bytes, n);
		j->used += n;
		bytes += n;
		len -= n;
	}
}

static void put_text(struct json *j, const char *text)
{
	put(j, text, strlen(text));
}

static void put_quoted(struct json *j, const char *bytes, size_t len)
{
	size_t taken, n;
	char *out;

	if (len <= PIECE) {
		out = room(j, EXPVAR_TEXT_QUOTE_MAX(len));
		n = expvar_text_quote(out, bytes, len);
		j->used += n;
		j->escaped += n - len - 2;
		return;
	}
	put(j, "\"", 1);
	for (; len; bytes += taken, len -= taken) {
		taken = expvar_utf8_cut(bytes, len, PIECE);
		out = room(j, EXPVAR_TEXT_QUOTE_MAX(taken));
		n = expvar_text_quote(out, bytes, taken) - 2;
		memmove(out, out + 1, n);
		j->used += n;
		j->escaped += n - taken;
	}
	put(j, "\"", 1);
}

static void put_uint(struct json *j, uint64_t value)
{
	j->used += expvar_text_uint(room(j, EXPVAR_TEXT_NUMBER_MAX), value);
}

static void put_int(struct json *j, int64_t value)
{
	j->used += expvar_text_int(room(j, EXPVAR_TEXT_NUMBER_MAX), value);
}

static void put_float(struct json *j, double value)
{
	j->used += expvar_text_float(room(j, EXPVAR_TEXT_NUMBER_MAX), value);
}

static void put_narrow(struct json *j, float value)
{
	j->used += expvar_text_float_narrow(room(j, EXPVAR_TEXT_NUMBER_MAX),
					    value);
}

/* ---- values ---- */

static void put_histogram(struct json *j, const struct read_histogram *h)
{
	static const char *const quantiles[READ_QUANTILES] = {
		",\"p50\":", ",\"p90\":", ",\"p99\":", ",\"p999\":",
		",\"p9999\":"
	};
	static const struct read_tally none;
	const struct read_tally *t = h ? &h->tally : &none;
	size_t i;

	put_text(j, "{\"count\":");
	put_uint(j, t->count);
	put_text(j, ",\"sum\":");
	j->used += expvar_reader_uint128(room(j, EXPVAR_READER_NUMBER_MAX),
					 t->sum_low, t->sum_high);
	put_text(j, ",\"min\":");
	put_uint(j, t->min);
	put_text(j, ",\"max\":");
	put_uint(j, t->max);
	put_text(j, ",\"mean\":");
	put_float(j, expvar_read_mean(h));
	for (i = 0; i < READ_QUANTILES; i++) {
		put_text(j, quantiles[i]);
		put_uint(j, h ? h->quantiles[i] : 0);
	}
	put(j, "}", 1);
}

static void put_field(struct json *j, const struct expvar_field_value *field)
{
	put_quoted(j, field->name, field->name_len);
	put(j, ":", 1);
	switch (field->type) {
	case EXPVAR_FIELD_VALUE_INT:
		put_int(j, field->value.i);
		break;
	case EXPVAR_FIELD_VALUE_UINT:
		put_uint(j, field->value.u);
		break;
	case EXPVAR_FIELD_VALUE_FLOAT:
		if (field->bits == 32)
			put_narrow(j, (float)field->value.f);
		else
			put_float(j, field->value.f);
		break;
	case EXPVAR_FIELD_VALUE_BOOL:
		put_text(j, field->value.u ? "true" : "false");
		break;
	default:
		put_quoted(j, field->text, field->text_len);
	}
}

static void put_record(struct json *j, const struct read_record *record)
{
	uint32_t i, count = expvar_read_schema_fields(record->schema);
	struct expvar_field_value field;

	for (i = 0; i < count; i++) {
		put(j, i ? "," : "{", 1);
		expvar_read_field(record, i, &field);
		put_field(j, &field);
	}
	put(j, "}", 1);
}

static void put_blob(struct json *j, const struct read_blob *blob, bool quoted)
{
	const char *bytes = blob ? blob->bytes : "";
	size_t len = blob ? blob->len : 0;

	if (quoted)
		put_quoted(j, bytes, len);
	else
		put(j, bytes, len);
}

static void put_value(struct json *j, const struct read_node *node,
		      uint32_t flags)
{
	double number;

	j->incomplete |= (flags & EXPVAR_ITEM_INCOMPLETE) != 0;
	if (flags & EXPVAR_ITEM_MISSING) {
		put(j, "null", 4);
		return;
	}
	switch (node->type) {
	case LAYOUT_INT:
		put_int(j, (int64_t)node->value.bits);
		break;
	case LAYOUT_COUNTER:
		put_uint(j, node->value.bits);
		break;
	case LAYOUT_FLOAT:
		memcpy(&number, &node->value.bits, sizeof(number));
		put_float(j, number);
		break;
	case LAYOUT_STRING:
	case LAYOUT_FUNC:
		put_blob(j, node->value.blob, node->type == LAYOUT_STRING);
		break;
	case LAYOUT_HISTOGRAM:
		put_histogram(j, node->value.histogram);
		break;
	case LAYOUT_RECORD:
		put_record(j, node->value.record);
		break;
	default:
		put(j, "null", 4);
	}
}

/* ---- structure; level 0 is the document ---- */

static void put_indent(struct json *j, unsigned int level)
{
	put(j, "\n", 1);
	while (level--)
		put(j, "  ", 2);
}

static void open_level(struct json *j, unsigned int level)
{
	put(j, "{", 1);
	if (level == 0 &&
	    !(j->flags & (EXPVAR_JSON_ONE_LINE | EXPVAR_JSON_PRETTY)))
		put(j, "\n", 1);
	j->any[level] = false;
	j->opened = level + 1;
}

static void close_level(struct json *j, unsigned int level)
{
	if (j->flags & EXPVAR_JSON_PRETTY) {
		if (j->any[level])
			put_indent(j, level);
	} else if (level == 0 && !(j->flags & EXPVAR_JSON_ONE_LINE)) {
		put(j, "\n", 1);
	}
	put(j, "}", 1);
	j->opened = level;
}

static void put_separator(struct json *j, unsigned int level, bool first)
{
	if (j->flags & EXPVAR_JSON_PRETTY) {
		if (!first)
			put(j, ",", 1);
		put_indent(j, level + 1);
	} else if (!first) {
		/* Two bytes in one store: this is once for every variable. */
		char *out = room(j, 2);

		if (level == 0 && !(j->flags & EXPVAR_JSON_ONE_LINE))
			memcpy(out, ",\n", 2);
		else
			memcpy(out, ", ", 2);
		j->used += 2;
	}
}

/* Separator, name and colon of an entry of @level, which is open. */
static void put_head(struct json *j, unsigned int level, const char *name,
		     size_t name_len)
{
	put_separator(j, level, !j->any[level]);
	j->any[level] = true;
	put_quoted(j, name, name_len);
	memcpy(room(j, 2), ": ", 2);
	j->used += 2;
}

/* The braces of the maps around an entry of @level. */
static void open_up_to(struct json *j, unsigned int level)
{
	while (j->opened <= level) {
		const struct read_node *map = j->names[j->opened];

		put_head(j, j->opened - 1, read_node_name(map), map->name_len);
		open_level(j, j->opened);
	}
}

/* ---- members beside the variables ---- */

static int compare_members(const struct expvar_json_member *a,
			   const struct expvar_json_member *b)
{
	return read_compare_names(a->name, a->name_len, b->name, b->name_len);
}

/* Sorted, without those that the application has itself. */
static int take_members(struct json *j, const struct expvar_snapshot *snapshot,
			const struct expvar_json_options *options)
{
	size_t i, at;

	if (options->member_count > MEMBERS_MAX)
		return -EINVAL;
	for (i = 0; i < options->member_count; i++) {
		const struct expvar_json_member *m = &options->members[i];

		if (expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, m->name,
					 m->name_len) != EXPVAR_NODE_NONE)
			continue;
		for (at = j->member_count;
		     at && compare_members(j->members[at - 1], m) > 0; at--)
			j->members[at] = j->members[at - 1];
		j->members[at] = m;
		j->member_count++;
	}
	return 0;
}

/* Those that come before @next; all that are left if it is NULL. */
static void put_members(struct json *j, const struct read_node *next)
{
	const struct expvar_json_member *m;

	for (; j->member_at < j->member_count; j->member_at++) {
		m = j->members[j->member_at];
		if (next && read_compare_names(m->name, m->name_len,
					       read_node_name(next),
					       next->name_len) > 0)
			return;
		put_head(j, 0, m->name, m->name_len);
		put(j, m->json, m->json_len);
	}
}

/* ---- the walk ---- */

static enum expvar_json_verdict
ask(const struct json *j, const struct expvar_json_options *options,
    const struct expvar_walk *walk, const struct read_step *step)
{
	struct expvar_item item = { .struct_size = sizeof(item) };

	if (!options || !options->filter || j->keep)
		return EXPVAR_JSON_KEEP;
	expvar_read_fill_item(walk->snapshot, step->node, &item);
	item.flags |= step->flags & EXPVAR_ITEM_LIMIT;
	return options->filter(&item, walk->item_depth,
			       options->filter_userdata);
}

static void put_step(struct json *j, const struct expvar_json_options *options,
		     struct expvar_walk *walk, const struct read_step *step)
{
	unsigned int level = walk->item_depth;
	enum expvar_json_verdict verdict;

	if (step->event == EXPVAR_WALK_LEAVE) {
		if (j->opened > level + 1)
			close_level(j, level + 1);
		if (j->keep == level + 1)
			j->keep = 0;
		return;
	}
	if (level == 0 && j->member_at < j->member_count)
		put_members(j, step->node);
	verdict = ask(j, options, walk, step);
	if (step->event == EXPVAR_WALK_ENTER) {
		j->names[level + 1] = step->node;
		if (verdict == EXPVAR_JSON_DROP)
			expvar_walk_skip(walk);
		if (verdict == EXPVAR_JSON_KEEP) {
			open_up_to(j, level + 1);
			if (!j->keep)
				j->keep = level + 1;
		}
		return;
	}
	if (verdict != EXPVAR_JSON_KEEP)
		return;
	open_up_to(j, level);
	put_head(j, level, read_node_name(step->node), step->node->name_len);
	put_value(j, step->target, step->flags);
}

static int run(struct json *j, const struct expvar_snapshot *snapshot,
	       const struct read_node *map,
	       const struct expvar_json_options *options)
{
	struct expvar_walk walk;
	struct read_step step;

	expvar_read_walk_init(&walk, snapshot, map);
	open_level(j, 0);
	for (;;) {
		if (j->escaped > walk.may_escape)
			walk.text_budget = 0;
		expvar_read_walk_step(&walk, &step);
		if (step.event == EXPVAR_WALK_END || j->error)
			break;
		put_step(j, options, &walk, &step);
	}
	put_members(j, NULL);
	close_level(j, 0);
	if (!(j->flags & EXPVAR_JSON_NO_EOL))
		put(j, "\n", 1);
	flush(j);
	return j->error ? j->error : j->incomplete || walk.cut;
}

static struct json *json_new(expvar_write_fn *fn, void *userdata,
			     unsigned int flags)
{
	struct json *j = malloc(sizeof(*j));

	if (!j)
		return NULL;
	/* Not the buffer: that is written before it is read. */
	memset(j, 0, offsetof(struct json, buffer));
	j->fn = fn;
	j->userdata = userdata;
	j->flags = flags;
	return j;
}

int expvar_snapshot_json(const struct expvar_snapshot *snapshot,
			 const struct expvar_json_options *options,
			 expvar_write_fn *fn, void *userdata)
{
	struct json *j;
	int result = 0;

	if (options && (options->struct_size < sizeof(*options) ||
			options->flags & ~KNOWN_FLAGS))
		return -EINVAL;
	j = json_new(fn, userdata, options ? options->flags : 0);
	if (!j)
		return -ENOMEM;
	if (options)
		result = take_members(j, snapshot, options);
	if (!result)
		result = run(j, snapshot, read_node(snapshot, EXPVAR_NODE_ROOT),
			     options);
	if (!result)
		result = snapshot->lost;
	free(j);
	return result;
}

int expvar_snapshot_json_item(const struct expvar_snapshot *snapshot,
			      uint32_t node, expvar_write_fn *fn,
			      void *userdata)
{
	const struct read_node *name = read_node(snapshot, node);
	const struct read_node *target = read_node_target(snapshot, name);
	struct json *j;
	int result;

	j = json_new(fn, userdata, EXPVAR_JSON_ONE_LINE | EXPVAR_JSON_NO_EOL);
	if (!j)
		return -ENOMEM;
	if (target->type == LAYOUT_MAP) {
		result = run(j, snapshot, name, NULL);
	} else {
		put_value(j, target, target->flags);
		flush(j);
		result = j->error ? j->error : j->incomplete;
	}
	free(j);
	return result;
}
