/* SPDX-License-Identifier: MIT */
/*
 * image-recipe.c - segments from text
 *
 *	segment BLOCKS               room for so many; first line, else 8
 *	app "NAME"
 *	LABEL = TYPE PARENT "NAME" [VALUE]   a unit; PARENT: root or a label
 *		int N, float N, string "..", func "..", map, null, link UNIT,
 *		counter GROUP CELL, histogram GROUP, unknown TYPE
 *	LABEL = record PARENT "NAME" "FIELD" TYPE OFFSET SIZE ... ["BYTES"]
 *	LABEL = version "BYTES"      a heap object
 *	LABEL = space N              likewise, of N blanks
 *	LABEL = chunk GROUP          cells of a thread
 *	LABEL = buckets GROUP N ...  likewise, with the values recorded
 *	LABEL = blocks TYPE COUNT
 *	meta UNIT KIND "UNIT" "LABEL" "HELP"
 *	cmdline "A\0B\0"
 *	set LABEL.FIELD VALUE        also header.FIELD; FIELD may end in [N]
 *	put OFFSET 8|16|32|64 VALUE  or: put OFFSET "BYTES"
 *	length VALUE                 of the file, if not what the header says
 *	raw                          forgets all of the above, the header too
 *	load SKIP store|answer|xor VALUE     a false answer to a load
 *
 * A VALUE is a sum of numbers, labels (their references), LABEL@ (their
 * offsets), size and committed: "committed + 64", "v - 1". Numbers with a
 * point or an e are doubles, and stand for their bits.
 */
#include "fuzz/image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "support/mkseg.h"
#include "util.h"

#define LABELS_MAX 256
#define BYTES_MAX 65536

enum label_type {
	LABEL_UNIT,
	LABEL_VERSION,
	LABEL_CHUNK,
	LABEL_HISTOGRAM,
	LABEL_BLOCK,
};

struct label {
	char name[64];
	enum label_type type;
	uint64_t ref, offset;
};

struct recipe {
	struct fuzz_line line;
	struct mkseg *m;
	struct image image; /* its bytes are those of m */
	struct label labels[LABELS_MAX];
	size_t label_count;
	uint64_t file_len; /* 0: as the header says */
	char bytes[BYTES_MAX];
};

/* ---- fields ---- */

#define HEADER(name)                                                     \
	{                                                                \
		#name, offsetof(struct layout_header, name),             \
			sizeof(((struct layout_header *)0)->name) == 8 ? 8 : \
			sizeof(((struct layout_header *)0)->name) == 2 ? 2 : \
			sizeof(((struct layout_header *)0)->name) == 4 ? 4 : 1 \
	}
#define OTHER(structure, name, size)                                     \
	{                                                                \
		#name, offsetof(struct structure, name), size            \
	}

struct field {
	const char *name;
	size_t offset;
	size_t size; /* of one element */
};

static const struct field header_fields[] = {
	OTHER(layout_header, magic, 1),
	HEADER(byte_order),
	HEADER(major),
	HEADER(minor),
	HEADER(header_size),
	HEADER(word_bits),
	HEADER(features_incompatible),
	HEADER(features_compatible),
	HEADER(size),
	HEADER(committed),
	HEADER(table_offset),
	HEADER(data_offset),
	HEADER(line_size),
	HEADER(unit_size),
	HEADER(block_size),
	HEADER(block_count),
	HEADER(chunk_size),
	HEADER(chunk_cells),
	HEADER(histogram_cells),
	HEADER(histogram_sub_bits),
	HEADER(histogram_colours),
	HEADER(incarnation),
	HEADER(pid),
	OTHER(layout_header, app, 1),
	HEADER(app_select),
	HEADER(cmdline),
	HEADER(state),
	HEADER(changes),
	HEADER(bell),
	HEADER(bell_kind),
	HEADER(refresh_started),
	HEADER(refresh_done),
	{ NULL, 0, 0 },
};

static const struct field unit_fields[] = {
	OTHER(layout_unit, tag, 8),
	OTHER(layout_unit, value, 8),
	OTHER(layout_unit, parent, 8),
	OTHER(layout_unit, born, 8),
	OTHER(layout_unit, meta, 8),
	OTHER(layout_unit, schema_line, 4),
	OTHER(layout_unit, name_line, 4),
	OTHER(layout_unit, name_len, 8),
	OTHER(layout_unit, name, 1),
	{ NULL, 0, 0 },
};

static const struct field version_fields[] = {
	OTHER(layout_version, generation, 8),
	OTHER(layout_version, info, 8),
	OTHER(layout_version, stamp_realtime_ns, 8),
	OTHER(layout_version, payload, 1),
	{ NULL, 0, 0 },
};

static const struct field chunk_fields[] = {
	OTHER(layout_chunk, tag, 8),
	OTHER(layout_chunk, cell, 8),
	{ NULL, 0, 0 },
};

static const struct field histogram_fields[] = {
	OTHER(layout_histogram, tag, 8),
	OTHER(layout_histogram, sum_select, 8),
	OTHER(layout_histogram, sum, 8),
	OTHER(layout_histogram, max, 8),
	OTHER(layout_histogram, not_min, 8),
	OTHER(layout_histogram, cell, 8),
	{ NULL, 0, 0 },
};

static const struct field block_fields[] = {
	{ "type", 0, 1 }, /* in the table, by the block's number */
	{ NULL, 0, 0 },
};

static const struct field *const fields_of[] = {
	[LABEL_UNIT] = unit_fields,
	[LABEL_VERSION] = version_fields,
	[LABEL_CHUNK] = chunk_fields,
	[LABEL_HISTOGRAM] = histogram_fields,
	[LABEL_BLOCK] = block_fields,
};

/* ---- words of a line ---- */

static void need_word(struct recipe *r, char *word, size_t size)
{
	if (!fuzz_word(&r->line, word, size))
		fuzz_line_broken(&r->line, "something is missing");
}

static size_t need_bytes(struct recipe *r)
{
	size_t len = fuzz_quoted(&r->line, r->bytes, sizeof(r->bytes) - 1);

	r->bytes[len] = '\0';
	return len;
}

static const struct label *find_label(const struct recipe *r, const char *name,
				      size_t len)
{
	size_t i;

	for (i = 0; i < r->label_count; i++)
		if (strlen(r->labels[i].name) == len &&
		    !memcmp(r->labels[i].name, name, len))
			return &r->labels[i];
	return NULL;
}

static uint64_t value_of_word(struct recipe *r, const char *word)
{
	size_t len = strlen(word);
	const struct label *label = find_label(r, word, len);
	char *end;
	uint64_t value;

	if (label)
		return label->ref;
	if (word[len - 1] == '@') {
		label = find_label(r, word, len - 1);
		if (label)
			return label->offset;
	}
	if (!strcmp(word, "root"))
		return LAYOUT_UNIT_ROOT;
	if (!strcmp(word, "size"))
		return r->m->size;
	if (!strcmp(word, "committed"))
		return expvar_word64_load_relaxed(&r->m->header->committed);
	if (strncmp(word, "0x", 2) && strpbrk(word, ".en"))
		value = mkseg_float(strtod(word, &end));
	else
		value = strtoull(word, &end, 0);
	if (*end)
		fuzz_line_broken(&r->line, "neither a number nor a label");
	return value;
}

/* A sum; ends at the end of the line or before what is no sign. */
static uint64_t need_value(struct recipe *r)
{
	char word[64];
	uint64_t value, term;
	struct fuzz_line before;

	need_word(r, word, sizeof(word));
	value = value_of_word(r, word);
	for (;;) {
		before = r->line;
		if (fuzz_is_quoted(&r->line) ||
		    !fuzz_word(&r->line, word, sizeof(word)) ||
		    (strcmp(word, "+") && strcmp(word, "-"))) {
			r->line = before;
			return value;
		}
		term = word[0] == '+' ? 1 : UINT64_MAX;
		need_word(r, word, sizeof(word));
		value += term * value_of_word(r, word);
	}
}

/* ---- statements that make something ---- */

/* "NAME" TYPE OFFSET SIZE; false if it was the values instead. */
static bool take_field(struct recipe *r, char *name, size_t size,
		       struct mkseg_field *field)
{
	static const char *const types[] = { "",      "int",  "uint",
					     "float", "bool", "chars" };
	size_t len = need_bytes(r);
	char type[16];

	if (!fuzz_word(&r->line, type, sizeof(type)))
		return false;
	if (len >= size)
		fuzz_line_broken(&r->line, "too long a name");
	memcpy(name, r->bytes, len + 1);
	field->name = name;
	for (uint8_t i = 1; i < UTIL_COUNT(types); i++)
		if (!strcmp(type, types[i]))
			field->type = i;
	field->offset = (uint32_t)need_value(r);
	field->size = (uint32_t)need_value(r);
	return true;
}

static uint64_t make_record(struct recipe *r, uint64_t parent, const char *name)
{
	struct mkseg_field fields[16] = { { 0 } };
	char names[16][64];
	uint32_t count = 0, size = 0;
	const char *values = NULL;

	memset(r->bytes, 0, sizeof(r->bytes));
	while (fuzz_is_quoted(&r->line) && count < 16) {
		if (!take_field(r, names[count], sizeof(names[count]),
				&fields[count])) {
			values = r->bytes;
			break;
		}
		size = (uint32_t)util_max(size, fields[count].offset +
							fields[count].size);
		count++;
		memset(r->bytes, 0, sizeof(r->bytes));
	}
	return mkseg_record(r->m, parent, name, fields, count, values, size);
}

static uint64_t make_text(struct recipe *r)
{
	return mkseg_version(r->m, r->bytes, need_bytes(r), 0);
}

static uint64_t make_unit(struct recipe *r, const char *type)
{
	static const char *const types[] = {
		"",	"int",	   "float",	"string", "map",  "func",
		"counter", "histogram", "record", "null", "link", "unknown"
	};
	uint64_t parent = need_value(r), value = 0;
	char name[4096];
	size_t len = fuzz_quoted(&r->line, name, sizeof(name) - 1);
	uint32_t i, group;

	name[len] = '\0';
	for (i = 1; i < UTIL_COUNT(types) && strcmp(type, types[i]); i++)
		;
	switch (i) {
	case LAYOUT_RECORD:
		return make_record(r, parent, name);
	case LAYOUT_STRING:
	case LAYOUT_FUNC:
		value = fuzz_is_quoted(&r->line) ? make_text(r) : need_value(r);
		break;
	case LAYOUT_COUNTER:
		group = (uint32_t)need_value(r);
		value = layout_ref(group, (uint32_t)need_value(r));
		break;
	case LAYOUT_MAP:
	case LAYOUT_NULL:
		break;
	case UTIL_COUNT(types) - 1:
		i = (uint32_t)need_value(r);
		break;
	case UTIL_COUNT(types):
		fuzz_line_broken(&r->line, "no such statement");
	default:
		value = need_value(r);
	}
	return mkseg_unit(r->m, i, parent, name, len, value);
}

static uint64_t make_space(struct recipe *r)
{
	size_t len = (size_t)need_value(r);

	if (len > sizeof(r->bytes))
		fuzz_line_broken(&r->line, "too long");
	memset(r->bytes, ' ', len);
	return mkseg_version(r->m, r->bytes, len, 0);
}

static uint64_t offset_in(const struct recipe *r, const void *place)
{
	return (uint64_t)((const unsigned char *)place - r->m->image);
}

static uint64_t make_buckets(struct recipe *r)
{
	struct layout_histogram *h =
		mkseg_histogram(r->m, (uint32_t)need_value(r));
	struct fuzz_line before;
	char word[64];

	for (before = r->line; fuzz_word(&r->line, word, sizeof(word));
	     before = r->line) {
		r->line = before;
		mkseg_histogram_record(h, need_value(r));
	}
	return offset_in(r, h);
}

static void make(struct recipe *r, struct label *label, const char *what)
{
	if (!strcmp(what, "version") || !strcmp(what, "space")) {
		label->type = LABEL_VERSION;
		label->ref = what[0] == 'v' ? make_text(r) : make_space(r);
		label->offset =
			offset_in(r, mkseg_version_at(r->m, label->ref));
	} else if (!strcmp(what, "chunk")) {
		label->type = LABEL_CHUNK;
		label->offset = offset_in(
			r, mkseg_chunk(r->m, (uint32_t)need_value(r)));
	} else if (!strcmp(what, "buckets")) {
		label->type = LABEL_HISTOGRAM;
		label->offset = make_buckets(r);
	} else if (!strcmp(what, "blocks")) {
		uint32_t type = (uint32_t)need_value(r);

		label->type = LABEL_BLOCK;
		label->ref = mkseg_blocks(r->m, type, (uint32_t)need_value(r));
		label->offset = r->m->header->table_offset +
				(label->ref - r->m->header->data_offset) /
					LAYOUT_BLOCK;
	} else {
		label->type = LABEL_UNIT;
		label->ref = make_unit(r, what);
		label->offset = offset_in(r, mkseg_unit_at(r->m, label->ref));
	}
}

/* ---- statements that change something ---- */

static void put(struct recipe *r, uint64_t offset, uint64_t value, size_t size)
{
	if (!util_inside(offset, size, util_min(r->m->size, IMAGE_MAX)))
		fuzz_line_broken(&r->line, "outside of the segment");
	memcpy(r->m->image + offset, &value, size);
}

static void statement_set(struct recipe *r)
{
	const struct label *label;
	const struct field *field;
	char word[64], *name, *index;
	uint64_t base = 0;

	need_word(r, word, sizeof(word));
	name = strchr(word, '.');
	if (!name)
		fuzz_line_broken(&r->line, "LABEL.FIELD is missing");
	*name++ = '\0';
	index = strchr(name, '[');
	if (index)
		*index++ = '\0';
	label = find_label(r, word, strlen(word));
	if (label)
		base = label->offset;
	else if (strcmp(word, "header"))
		fuzz_line_broken(&r->line, "no such label");
	field = label ? fields_of[label->type] : header_fields;
	while (field->name && strcmp(field->name, name))
		field++;
	if (!field->name)
		fuzz_line_broken(&r->line, "no such field");
	if (index)
		base += strtoull(index, NULL, 0) * field->size;
	put(r, base + field->offset, need_value(r), field->size);
}

static void statement_put(struct recipe *r)
{
	uint64_t offset = need_value(r), bits;
	size_t len, i;

	if (fuzz_is_quoted(&r->line)) {
		len = need_bytes(r);
		for (i = 0; i < len; i++)
			put(r, offset + i, (unsigned char)r->bytes[i], 1);
		return;
	}
	bits = need_value(r);
	if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
		fuzz_line_broken(&r->line, "no such width");
	put(r, offset, need_value(r), bits / 8);
}

static void statement_load(struct recipe *r)
{
	static const char *const lies[] = { "store", "answer", "xor" };
	struct image_load *load = &r->image.loads[r->image.load_count];
	char word[16];

	if (++r->image.load_count > IMAGE_LOADS)
		fuzz_line_broken(&r->line, "too many false answers");
	load->skip = (uint16_t)need_value(r);
	need_word(r, word, sizeof(word));
	while (load->lie <= IMAGE_LIE_XOR && strcmp(word, lies[load->lie]))
		load->lie++;
	if (load->lie > IMAGE_LIE_XOR)
		fuzz_line_broken(&r->line, "store, answer or xor is missing");
	load->value = need_value(r);
}

static void statement_meta(struct recipe *r)
{
	uint64_t unit = need_value(r);
	uint8_t kind = (uint8_t)need_value(r);
	char texts[3][256];
	size_t i;

	for (i = 0; i < 3; i++)
		texts[i][fuzz_quoted(&r->line, texts[i], 255)] = '\0';
	mkseg_set_meta(r->m, unit, kind, texts[0], texts[1], texts[2]);
}

static void statement(struct recipe *r, const char *word)
{
	struct label *label = &r->labels[r->label_count];
	char what[32];

	if (!strcmp(word, "app")) {
		need_bytes(r);
		mkseg_identify(r->m, r->bytes);
	} else if (!strcmp(word, "set")) {
		statement_set(r);
	} else if (!strcmp(word, "put")) {
		statement_put(r);
	} else if (!strcmp(word, "load")) {
		statement_load(r);
	} else if (!strcmp(word, "meta")) {
		statement_meta(r);
	} else if (!strcmp(word, "length")) {
		r->file_len = need_value(r);
	} else if (!strcmp(word, "raw")) {
		memset(r->m->image, 0, r->m->size);
	} else if (!strcmp(word, "cmdline")) {
		expvar_word64_store_relaxed(&r->m->header->cmdline,
					    make_text(r));
	} else {
		snprintf(label->name, sizeof(label->name), "%s", word);
		need_word(r, what, sizeof(what));
		if (strcmp(what, "=") || r->label_count == LABELS_MAX - 1)
			fuzz_line_broken(&r->line, "no such statement");
		need_word(r, what, sizeof(what));
		make(r, label, what);
		r->label_count++;
	}
}

size_t image_parse(const char *text, uint8_t *bytes, size_t max)
{
	static struct recipe r;
	uint64_t blocks = 8;
	uint32_t file_len;
	char word[64];
	size_t len;

	memset(&r, 0, sizeof(r));
	while (fuzz_next_line(&text, &r.line)) {
		need_word(&r, word, sizeof(word));
		if (!strcmp(word, "segment")) {
			blocks = need_value(&r);
			if (r.m || !blocks || blocks > IMAGE_BLOCKS)
				fuzz_line_broken(&r.line, "1 to 32, once");
			continue;
		}
		if (!r.m)
			r.m = mkseg_new((blocks - 1) * LAYOUT_BLOCK);
		statement(&r, word);
		if (fuzz_word(&r.line, word, sizeof(word)))
			fuzz_line_broken(&r.line, "what is this?");
	}
	if (!r.m)
		r.m = mkseg_new((blocks - 1) * LAYOUT_BLOCK);
	r.image.bytes = r.m->image;
	r.image.len = r.m->size;
	len = image_pack(&r.image, bytes, max);
	file_len = (uint32_t)(r.file_len ? r.file_len : r.m->size);
	memcpy(bytes, &file_len, sizeof(file_len));
	mkseg_free(r.m);
	return len;
}

void image_print(const uint8_t *bytes, size_t len, FILE *to)
{
	static const char *const lies[] = { "store", "answer", "xor" };
	static struct image image;
	size_t i, at, size;

	if (!image.bytes)
		image.bytes = mmap(NULL, IMAGE_MAX, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (image.bytes == MAP_FAILED)
		return;
	image_unpack(&image, bytes, len);
	fprintf(to, "segment %u\nraw\nlength %llu\n", IMAGE_BLOCKS,
		(unsigned long long)image.len);
	for (i = 0; i < image.load_count; i++)
		fprintf(to, "load %u %s 0x%llx\n", image.loads[i].skip,
			lies[image.loads[i].lie],
			(unsigned long long)image.loads[i].value);
	for (i = 0; i < image.run_count; i++) {
		at = (size_t)image.runs[i].word * 8;
		size = (size_t)image.runs[i].count * 8;
		for (; size; at += 32, size -= util_min(size, 32)) {
			fprintf(to, "put %zu ", at);
			fuzz_print_quoted(image.bytes + at, util_min(size, 32),
					  to);
			putc('\n', to);
		}
	}
}
