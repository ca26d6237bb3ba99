/* SPDX-License-Identifier: MIT */
/*
 * header.c - is this the header of a segment we can read?
 *
 * Looks at a private copy only, in the order of docs/format.md section 9, so
 * that each reason for a refusal has its own result.
 */
#include <string.h>

#include "reader.h"

#define SIZE_MAX_BYTES (UINT64_C(256) << 30)

static bool is_zero(const void *bytes, size_t len)
{
	const unsigned char *b = bytes;

	while (len--)
		if (b[len])
			return false;
	return true;
}

/* The numbers that version 1 fixes: a reader computes with its own. */
static bool sizes_match(const struct layout_header *h)
{
	return h->header_size == LAYOUT_HEADER_SIZE &&
	       h->line_size == LAYOUT_LINE && h->unit_size == LAYOUT_UNIT &&
	       h->block_size == LAYOUT_BLOCK && h->chunk_size == LAYOUT_CHUNK &&
	       h->chunk_cells == LAYOUT_CHUNK_CELLS &&
	       h->histogram_cells == LAYOUT_HISTOGRAM_CELLS &&
	       h->histogram_sub_bits == LAYOUT_HISTOGRAM_SUB_BITS &&
	       h->histogram_colours == LAYOUT_HISTOGRAM_COLOURS;
}

static bool places_match(const struct layout_header *h)
{
	uint64_t table = layout_table_size(h->block_count);

	return h->table_offset == LAYOUT_HEADER_SIZE &&
	       h->size <= SIZE_MAX_BYTES && h->data_offset <= h->size &&
	       h->data_offset % LAYOUT_PAGE == 0 &&
	       util_inside(h->table_offset, table, h->data_offset) &&
	       h->block_count == (h->size - h->data_offset) / LAYOUT_BLOCK;
}

int expvar_read_check_header(const struct layout_header *h, uint64_t file_size)
{
	/* Not memcmp(): ASan would look behind the string's NUL. */
	static const unsigned char magic[8] = { 0x89, 'E', 'X', 'P',
						'V',  'A', 'R', '\n' };

	if (is_zero(h, sizeof(*h)))
		return EXPVAR_E_NOT_READY;
	if (memcmp(h->magic, magic, sizeof(magic)))
		return EXPVAR_E_FORMAT;
	if (h->byte_order == __builtin_bswap32(LAYOUT_BYTE_ORDER))
		return EXPVAR_E_FOREIGN;
	if (h->byte_order != LAYOUT_BYTE_ORDER)
		return EXPVAR_E_FORMAT;
	if (h->word_bits != LAYOUT_WORD_BITS)
		return EXPVAR_E_FOREIGN;
	if (h->major != LAYOUT_MAJOR || h->features_incompatible)
		return EXPVAR_E_VERSION;
	if (!sizes_match(h) || !places_match(h) || !h->incarnation)
		return EXPVAR_E_FORMAT;
	if (h->size > file_size)
		return EXPVAR_E_TRUNCATED;
	return h->size == file_size ? 0 : EXPVAR_E_FORMAT;
}

bool expvar_read_check_committed(const struct layout_header *header,
				 uint64_t committed)
{
	return committed >= header->data_offset && committed <= header->size &&
	       (committed - header->data_offset) % LAYOUT_BLOCK == 0;
}
