/* SPDX-License-Identifier: MIT */
/*
 * image-mutate.c - changes of a segment that know its layout
 *
 * Random bytes hardly ever get past the header, and references hardly ever
 * lead anywhere. So most changes put something plausible in a place that
 * matters, and the header's constant part is mended in nearly all inputs.
 */
#include "fuzz/image.h"

#include <string.h>
#include <sys/mman.h>

#include "util.h"

struct mutation {
	struct image *image;
	uint64_t *random;
	uint32_t *table;
	uint64_t data;
	uint32_t blocks; /* in the image */
};

static bool chance(const struct mutation *m, size_t one_in)
{
	return fuzz_below(m->random, one_in) == 0;
}

static uint64_t *word_at(const struct mutation *m, uint64_t offset)
{
	offset = util_min(offset, m->image->len - 8) & ~UINT64_C(7);
	return (uint64_t *)(void *)(m->image->bytes + offset);
}

/* ---- places ---- */

static uint32_t type_of(const struct mutation *m, uint32_t block)
{
	return m->table[block / LAYOUT_TABLE_TYPES] >>
		       layout_table_shift(block) &
	       0xff;
}

static void set_type(const struct mutation *m, uint32_t block, uint64_t type)
{
	uint32_t *word = &m->table[block / LAYOUT_TABLE_TYPES];
	uint32_t shift = layout_table_shift(block);

	*word = (*word & ~(UINT32_C(0xff) << shift)) | (uint32_t)type << shift;
}

/* A block of @type, or any if there is none; its offset. */
static uint64_t some_block(const struct mutation *m, uint32_t type)
{
	uint32_t first = (uint32_t)fuzz_below(m->random, m->blocks), i, b;

	for (i = 0; i < m->blocks; i++) {
		b = (first + i) % m->blocks;
		if (type_of(m, b) == type)
			return m->data + (uint64_t)b * LAYOUT_BLOCK;
	}
	return m->data + (uint64_t)first * LAYOUT_BLOCK;
}

/* Used ones come first in a block. */
static struct layout_unit *some_unit(const struct mutation *m)
{
	uint64_t at = some_block(m, LAYOUT_BLOCK_UNITS);
	size_t used = 0, limit = LAYOUT_BLOCK / LAYOUT_UNIT;
	struct layout_unit *units = (void *)(m->image->bytes + at);

	while (used < limit && units[used].tag.word_)
		used++;
	return &units[fuzz_below(m->random, util_min(used + 1, limit))];
}

static struct layout_version *some_version(const struct mutation *m)
{
	uint64_t at = some_block(m, LAYOUT_BLOCK_HEAP);
	size_t lines = LAYOUT_BLOCK / LAYOUT_LINE, line, i;

	line = fuzz_below(m->random, lines);
	/* The next one before it that has been written. */
	for (i = 0; i < lines; i++) {
		struct layout_version *v =
			(void *)(m->image->bytes + at +
				 (line + lines - i) % lines * LAYOUT_LINE);

		if (v->generation.word_)
			return v;
	}
	return (void *)(m->image->bytes + at);
}

static uint64_t offset_of(const struct mutation *m, const void *place)
{
	return (uint64_t)((const unsigned char *)place - m->image->bytes);
}

static uint64_t unit_ref(const struct mutation *m)
{
	const struct layout_unit *unit = some_unit(m);

	return layout_ref((uint32_t)(offset_of(m, unit) / LAYOUT_UNIT),
			  layout_tag_generation(unit->tag.word_));
}

static uint64_t version_ref(const struct mutation *m)
{
	const struct layout_version *v = some_version(m);

	return layout_ref((uint32_t)(offset_of(m, v) / LAYOUT_LINE),
			  (uint32_t)v->generation.word_);
}

/* Whatever may stand in a word. */
static uint64_t some_value(const struct mutation *m)
{
	switch (fuzz_below(m->random, 8)) {
	case 0:
		return unit_ref(m);
	case 1:
		return version_ref(m);
	case 2:
		return LAYOUT_UNIT_ROOT;
	case 3:
		return m->image->len - fuzz_below(m->random, 256);
	case 4: /* what stands elsewhere */
		return *word_at(m, fuzz_below(m->random, m->image->len));
	default:
		return fuzz_number(m->random);
	}
}

/* ---- changes ---- */

static void change_unit(const struct mutation *m)
{
	struct layout_unit *unit = some_unit(m);
	uint64_t tag = unit->tag.word_;

	switch (fuzz_below(m->random, 8)) {
	case 0: /* another type, state, generation */
		unit->tag.word_ = layout_tag(
			chance(m, 4) ? (uint32_t)fuzz_number(m->random) :
				       layout_tag_generation(tag),
			(uint32_t)fuzz_below(m->random, LAYOUT_LINK + 2),
			chance(m, 4) ? (uint32_t)fuzz_below(m->random, 4) :
				       LAYOUT_UNIT_LIVE);
		break;
	case 1:
		unit->parent.word_ = chance(m, 2) ? unit_ref(m) : some_value(m);
		break;
	case 2:
		unit->meta.word_ = chance(m, 2) ? version_ref(m) : some_value(m);
		break;
	case 3: /* schema and long name */
		unit->schema_line.word_ = (uint32_t)version_ref(m);
		unit->name_line.word_ = (uint32_t)version_ref(m);
		break;
	case 4:
		unit->name_len.word_ = chance(m, 2) ?
					       fuzz_below(m->random, 80) :
					       some_value(m);
		break;
	case 5:
		((char *)unit->name)[fuzz_below(m->random, 72)] =
			(char)fuzz_random(m->random);
		unit->born.word_ = fuzz_below(m->random, 8);
		break;
	case 6: /* a variable of the same name, or a copy elsewhere */
		memmove(unit, some_unit(m), sizeof(*unit));
		break;
	default:
		unit->value.word_ = chance(m, 3) ? some_value(m) :
						   version_ref(m);
	}
}

static void change_version(const struct mutation *m)
{
	static const char *const texts[] = {
		"[", "{\"a\":", "\"", "}", "]", ",", "1e5", "null", "\\u00",
		"\xed\xa0\x80", "\xff", "\xf4\x8f\xbf\xbf", "[[[[[[[[", " \n\t"
	};
	struct layout_version *v = some_version(m);
	const char *text = texts[fuzz_below(m->random, UTIL_COUNT(texts))];
	uint64_t at = offset_of(m, v);
	size_t len = (uint32_t)v->info.word_ % 256;

	switch (fuzz_below(m->random, 5)) {
	case 0:
		v->info.word_ = chance(m, 2) ? some_value(m) :
					       fuzz_below(m->random, 200);
		break;
	case 1:
		v->info.word_ ^= UINT64_C(1) << (32 + fuzz_below(m->random, 3));
		break;
	case 2:
		v->generation.word_ += fuzz_below(m->random, 3);
		break;
	case 3:
		at += LAYOUT_VERSION_HEADER + fuzz_below(m->random, len + 1);
		memcpy(m->image->bytes + at, text, strlen(text));
		break;
	default: /* a field of a schema, a metadata length */
		at += LAYOUT_VERSION_HEADER + fuzz_below(m->random, len + 1);
		at &= ~UINT64_C(1);
		memcpy(m->image->bytes + at,
		       &(uint16_t){ (uint16_t)fuzz_number(m->random) }, 2);
	}
}

static void change_cells(const struct mutation *m)
{
	uint32_t type = chance(m, 2) ? LAYOUT_BLOCK_COUNTERS :
				       LAYOUT_BLOCK_HISTOGRAM;
	uint64_t at = some_block(m, type), words;

	if (type == LAYOUT_BLOCK_COUNTERS)
		at += fuzz_below(m->random, 4) * LAYOUT_CHUNK;
	else
		at += (at - m->data) / LAYOUT_BLOCK %
		      LAYOUT_HISTOGRAM_COLOURS * LAYOUT_UNIT;
	words = chance(m, 2) ? 8 : LAYOUT_HISTOGRAM_CELLS;
	*word_at(m, at + fuzz_below(m->random, words) * 8) =
		chance(m, 2) ? fuzz_below(m->random, 8) : some_value(m);
}

static void change_load(const struct mutation *m)
{
	struct image *image = m->image;
	struct image_load *load;

	if (image->load_count && chance(m, 3)) {
		image->load_count--;
		return;
	}
	if (image->load_count < IMAGE_LOADS && chance(m, 2))
		image->load_count++;
	if (!image->load_count)
		return;
	load = &image->loads[fuzz_below(m->random, image->load_count)];
	load->skip = (uint16_t)fuzz_below(m->random, chance(m, 2) ? 64 : 8192);
	load->lie = (uint16_t)fuzz_below(m->random, IMAGE_LIE_XOR + 1);
	load->value = some_value(m);
}

static void change_header(const struct mutation *m)
{
	uint64_t committed = image_header(m->image)->committed.word_;

	switch (fuzz_below(m->random, 4)) {
	case 0: /* a state word */
		*word_at(m, 448 + fuzz_below(m->random, 56) * 8) =
			some_value(m);
		break;
	case 1:
		image_header(m->image)->cmdline.word_ = version_ref(m);
		break;
	case 2:
		committed += LAYOUT_BLOCK * fuzz_below(m->random, 5);
		image_header(m->image)->committed.word_ =
			committed - 2 * LAYOUT_BLOCK;
		break;
	default:
		*word_at(m, fuzz_below(m->random, 512)) = some_value(m);
	}
}

static void move_words(const struct mutation *m)
{
	uint64_t len = m->image->len;
	uint64_t from = fuzz_below(m->random, len) & ~UINT64_C(7);
	uint64_t to = fuzz_below(m->random, len) & ~UINT64_C(7);
	size_t size = (1 + fuzz_below(m->random, 64)) * 8;

	if (chance(m, 2)) { /* whole lines, from one place in use to another */
		from = offset_of(m, some_version(m));
		to = offset_of(m, some_version(m));
	}
	size = util_min(size, len - util_max(from, to));
	memmove(m->image->bytes + to, m->image->bytes + from, size);
}

static void change(const struct mutation *m)
{
	switch (fuzz_below(m->random, 16)) {
	case 0:
		change_header(m);
		break;
	case 1:
		set_type(m, (uint32_t)fuzz_below(m->random, m->blocks),
			 fuzz_below(m->random, LAYOUT_BLOCK_HISTOGRAM + 2));
		break;
	case 2:
		*word_at(m, fuzz_below(m->random, m->image->len)) =
			some_value(m);
		break;
	case 3:
		move_words(m);
		break;
	case 4:
	case 5:
		change_cells(m);
		break;
	case 6:
		change_load(m);
		break;
	case 7:
	case 8:
	case 9:
		change_version(m);
		break;
	default:
		change_unit(m);
	}
}

/* What a reader refuses at once; the length of the file counts. */
static void mend_header(struct image *image)
{
	struct layout_header *h = image_header(image);

	memcpy(h->magic, LAYOUT_MAGIC, 8);
	h->byte_order = LAYOUT_BYTE_ORDER;
	h->major = LAYOUT_MAJOR;
	h->header_size = LAYOUT_HEADER_SIZE;
	h->word_bits = LAYOUT_WORD_BITS;
	h->features_incompatible = 0;
	h->size = image->len;
	h->table_offset = LAYOUT_HEADER_SIZE;
	h->data_offset = 2 * LAYOUT_PAGE;
	h->line_size = LAYOUT_LINE;
	h->unit_size = LAYOUT_UNIT;
	h->block_size = LAYOUT_BLOCK;
	h->block_count =
		(uint32_t)((image->len - h->data_offset) / LAYOUT_BLOCK);
	h->chunk_size = LAYOUT_CHUNK;
	h->chunk_cells = LAYOUT_CHUNK_CELLS;
	h->histogram_cells = LAYOUT_HISTOGRAM_CELLS;
	h->histogram_sub_bits = LAYOUT_HISTOGRAM_SUB_BITS;
	h->histogram_colours = LAYOUT_HISTOGRAM_COLOURS;
	if (!h->incarnation)
		h->incarnation = 1;
	if (h->committed.word_ < h->data_offset ||
	    h->committed.word_ > h->size || h->committed.word_ % LAYOUT_PAGE)
		h->committed.word_ = h->data_offset +
				     (uint64_t)h->block_count * LAYOUT_BLOCK;
}

static struct image *scratch_image(void)
{
	static struct image image;

	if (!image.bytes) {
		/* A text may be put a little behind the end of the last block. */
		image.bytes = mmap(NULL, IMAGE_MAX + LAYOUT_PAGE,
				   PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (image.bytes == MAP_FAILED)
			fuzz_broken("image", "no memory");
	}
	return &image;
}

size_t image_mutate(uint8_t *bytes, size_t len, size_t max, uint64_t *random)
{
	struct image *image = scratch_image();
	struct mutation m = { .image = image, .random = random };
	size_t rounds = 1 + fuzz_below(random, 6);

	if (fuzz_below(random, 16) == 0)
		return fuzz_mutate_bytes(bytes, len, max, random);
	image_unpack(image, bytes, len);
	if (image->len < 2 * LAYOUT_PAGE + LAYOUT_BLOCK)
		image->len = 2 * LAYOUT_PAGE + 4 * LAYOUT_BLOCK;
	if (fuzz_below(random, 32))
		mend_header(image);
	m.table = (void *)(image->bytes + LAYOUT_HEADER_SIZE);
	m.data = 2 * LAYOUT_PAGE;
	m.blocks = (uint32_t)((image->len - m.data) / LAYOUT_BLOCK);
	while (rounds--)
		change(&m);
	if (fuzz_below(random, 16))
		mend_header(image);
	len = image_pack(image, bytes, max);
	/* The next one unpacks over this one: all of it may be written. */
	image->runs[0] = (struct image_run){ 0, (uint32_t)(image->len / 8) };
	image->run_count = 1;
	return len;
}
