/* SPDX-License-Identifier: MIT */
/*
 * layout.h - the byte layout of a segment, format 1.0
 *
 * docs/format.md is the normative text and says what each field means and in
 * which order a reader looks at it; this file is its C form, and a test
 * compares the two. It knows nothing of processes, files or threads.
 *
 * All fields are fixed-width and naturally aligned. What may change after the
 * segment got its name is a word (include/expvar/word.h); what is constant
 * from then on is a plain integer. The field comments say who writes it when.
 */
#ifndef EXPVAR_LAYOUT_H
#define EXPVAR_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expvar/word.h"

/* 0x89 'E' 'X' 'P' 'V' 'A' 'R' '\n' as bytes: no text file starts so. */
#define LAYOUT_MAGIC "\x89" "EXPVAR\n"
#define LAYOUT_BYTE_ORDER UINT32_C(0x01020304)
#define LAYOUT_MAJOR 1
#define LAYOUT_MINOR 0
#define LAYOUT_WORD_BITS 64

#define LAYOUT_HEADER_SIZE 4096u
#define LAYOUT_LINE 64u /* granule of version references */
#define LAYOUT_UNIT 128u /* granule of unit references */
#define LAYOUT_BLOCK 16384u /* granule of growth and of the block table */
#define LAYOUT_PAGE 4096u

#define LAYOUT_NAME_INLINE 72u
#define LAYOUT_NAME_MAX 4095u
#define LAYOUT_VALUE_MAX 65536u /* bytes of a string or record */
#define LAYOUT_FUNC_MAX 1048576u /* bytes of a Func's JSON text */
#define LAYOUT_APP_SIZE 64u
#define LAYOUT_FIELDS_MAX 1024u
#define LAYOUT_FIELD_NAME_MAX 255u

#define LAYOUT_CHUNK 4096u
#define LAYOUT_CHUNK_HEADER 64u
#define LAYOUT_CHUNK_CELLS 504u
#define LAYOUT_HISTOGRAM_CELLS 1920u
#define LAYOUT_HISTOGRAM_SUB_BITS 5u
/* The histogram of block b starts at (b mod 8) * 128 in its block. */
#define LAYOUT_HISTOGRAM_COLOURS 8u

enum layout_state {
	LAYOUT_STATE_LIVE = 1,
	LAYOUT_STATE_CLOSED = 2, /* the writer ended in an orderly way */
};

enum layout_bell {
	LAYOUT_BELL_NONE = 0, /* no Func: nothing to refresh */
	LAYOUT_BELL_FUTEX = 1,
	LAYOUT_BELL_ACCESS = 2, /* inotify IN_ACCESS: pread one byte */
};

enum layout_block_type {
	LAYOUT_BLOCK_UNASSIGNED = 0,
	LAYOUT_BLOCK_UNITS = 1,
	LAYOUT_BLOCK_HEAP = 2,
	LAYOUT_BLOCK_COUNTERS = 3, /* four chunks */
	LAYOUT_BLOCK_HISTOGRAM = 4, /* one histogram */
};

/* The block table: words of four types each. */
#define LAYOUT_TABLE_TYPES 4u

static inline uint64_t layout_table_size(uint64_t blocks)
{
	return (blocks + LAYOUT_TABLE_TYPES - 1) / LAYOUT_TABLE_TYPES * 4;
}

/* Where in its word the type of a block is. */
static inline uint32_t layout_table_shift(uint32_t block)
{
	return block % LAYOUT_TABLE_TYPES * 8;
}

/*
 * Self-accounting. Each word is written by any thread of the writer, relaxed,
 * and stands alone.
 */
struct layout_accounts {
	struct expvar_word64 variables; /* live units that are not links */
	struct expvar_word64 variables_peak;
	struct expvar_word64 units_quarantined; /* removed, not yet reusable */
	struct expvar_word64 heap_bytes; /* handed out of HEAP blocks */
	struct expvar_word64 chunk_bytes; /* COUNTERS and HISTOGRAM blocks */
	struct expvar_word64 private_bytes; /* beside the segment */
	struct expvar_word64 threads_peak; /* threads with cells at once */
	struct expvar_word64 lost_variables; /* constructor calls that could not publish */
	struct expvar_word64 lost_sets; /* string, record: no version free */
	struct expvar_word64 lost_results; /* Func: failed, invalid, too long */
	struct expvar_word64 truncated_values; /* strings cut to the maximum */
	struct expvar_word64 shared_cells; /* first touches that found no chunk */
	struct expvar_word64 grow_failures; /* memory could not be committed */
	struct expvar_word64 limited_keys; /* updates that went to other_key */
	struct expvar_word64 reserved[18];
};

struct layout_header {
	/* Constant from creation. */
	unsigned char magic[8];
	uint32_t byte_order;
	uint16_t major;
	uint16_t minor;
	uint32_t header_size;
	uint32_t word_bits;
	uint64_t features_incompatible;
	uint64_t features_compatible;
	uint64_t size;
	struct expvar_word64 committed; /* grows; [B1] */
	uint64_t table_offset;
	uint64_t data_offset;
	uint32_t line_size;
	uint32_t unit_size;
	uint32_t block_size;
	uint32_t block_count;
	uint32_t chunk_size;
	uint32_t chunk_cells;
	uint32_t histogram_cells;
	uint32_t histogram_sub_bits;
	uint32_t histogram_colours;
	uint32_t reserved0[5];

	/* Identity: constant from creation. */
	uint64_t incarnation;
	unsigned char boot_id[16];
	uint64_t start_ticks;
	uint64_t pidns_inode;
	uint32_t pid;
	uint32_t uid;
	uint64_t started_realtime_ns;
	uint64_t started_boottime_ns;
	uint64_t parent_incarnation;
	char library_version[16];
	char instance[64];
	uint32_t reserved1[10];

	/* Identity that a later expvar_init() may change. */
	char app[2][LAYOUT_APP_SIZE]; /* written while not selected; [A1] */
	struct expvar_word64 app_select; /* number of changes; its low bit selects */
	struct expvar_word64 cmdline; /* version reference, 0 = left out */
	struct expvar_word64 reserved2[6];

	/* State: written on structural calls and refreshes only. */
	struct expvar_word64 state;
	struct expvar_word64 changes; /* odd while the structure changes; [S1] */
	struct expvar_word64 activity_realtime_ns;
	struct expvar_word64 activity_boottime_ns;
	struct expvar_word64 reserved3[4];

	/* The doorbell. Readers wake it; nobody but the writer stores to it. */
	struct expvar_word32 bell;
	struct expvar_word32 bell_kind;
	struct expvar_word32 refresh_started;
	struct expvar_word32 refresh_done; /* futex for readers; [F1] */
	struct expvar_word64 refresh_realtime_ns;
	struct expvar_word64 refresh_boottime_ns;
	struct expvar_word64 refresh_duration_ns;
	struct expvar_word64 reserved4[3];

	struct layout_accounts accounts;
	/* Room for one heap object: the arguments, if they are short. */
	struct expvar_word64 room[(LAYOUT_HEADER_SIZE - 896) / 8];
};

/* ---- units: one a variable or a further name ---- */

enum layout_unit_state {
	LAYOUT_UNIT_UNUSED = 0,
	LAYOUT_UNIT_FILLING = 1,
	LAYOUT_UNIT_LIVE = 2,
	LAYOUT_UNIT_RETIRED = 3,
};

enum layout_type {
	LAYOUT_INT = 1,
	LAYOUT_FLOAT = 2,
	LAYOUT_STRING = 3,
	LAYOUT_MAP = 4,
	LAYOUT_FUNC = 5,
	LAYOUT_COUNTER = 6,
	LAYOUT_HISTOGRAM = 7,
	LAYOUT_RECORD = 8,
	LAYOUT_NULL = 9,
	LAYOUT_LINK = 10, /* a further name of another unit */
};

/*
 * tag: bits 0-7 state, 8-15 type, 16-31 zero, 32-63 generation. [D1]
 * value: by type
 *   INT, FLOAT          the 64 bits themselves
 *   STRING FUNC RECORD  version reference (0 = never set)
 *   COUNTER             group (low 32 bits), cell in the chunk (high)
 *   HISTOGRAM           group (low 32 bits)
 *   LINK                unit reference of the target
 *   MAP, NULL           0
 */
struct layout_unit {
	struct expvar_word64 tag;
	struct expvar_word64 value;
	struct expvar_word64 parent; /* unit reference; NONE once the name is gone */
	struct expvar_word64 born; /* value of `changes` at creation */
	struct expvar_word64 meta; /* version reference, 0 = none */
	struct expvar_word32 schema_line; /* RECORD: heap object, else 0 */
	struct expvar_word32 name_line; /* heap object of a long name, else 0 */
	struct expvar_word64 name_len;
	struct expvar_word64 name[LAYOUT_NAME_INLINE / 8];
};

/* Unit references: low 32 bits offset / 128, high 32 bits generation. */
#define LAYOUT_UNIT_NONE UINT64_C(0)
#define LAYOUT_UNIT_ROOT (UINT64_C(1) << 32)

/* ---- heap objects: one version of a string, record, result, metadata ---- */

/*
 * generation: odd while being filled; never decreases, even over reuse. [V1]
 * info: bits 0-31 length of the payload in bytes, 32-39 flags, rest zero.
 */
struct layout_version {
	struct expvar_word64 generation;
	struct expvar_word64 info;
	struct expvar_word64 stamp_realtime_ns; /* Func results, else 0 */
	struct expvar_word64 payload[]; /* zero padded to 8 bytes */
};

#define LAYOUT_VERSION_HEADER 24u
/* What the one in the header's room can hold. */
#define LAYOUT_ROOM_MAX \
	(sizeof(((struct layout_header *)0)->room) - LAYOUT_VERSION_HEADER)
#define LAYOUT_VERSION_TRUNCATED 0x01u
#define LAYOUT_VERSION_FAILED 0x02u

/* Metadata payload: this, then unit, label and help without terminators. */
struct layout_meta {
	uint8_t kind; /* enum expvar_kind */
	uint8_t reserved;
	uint16_t unit_len;
	uint16_t label_len;
	uint16_t help_len;
};

enum layout_field_type {
	LAYOUT_FIELD_INT = 1, /* 1, 2, 4 or 8 bytes, signed */
	LAYOUT_FIELD_UINT = 2, /* 1, 2, 4 or 8 bytes */
	LAYOUT_FIELD_FLOAT = 3, /* 4 or 8 bytes */
	LAYOUT_FIELD_BOOL = 4, /* 1 byte */
	LAYOUT_FIELD_CHARS = 5, /* text, ends at the first NUL or the size */
};

/* Schema payload: this, then the fields, then their names. */
struct layout_schema {
	uint32_t field_count;
	uint32_t record_size;
};

struct layout_field {
	uint32_t offset; /* in the record's payload */
	uint32_t size;
	uint32_t name_offset; /* in the schema's payload */
	uint16_t name_len;
	uint8_t type;
	uint8_t reserved;
};

/* ---- cells ---- */

/* tag: bits 0-31 group, 32-39 enum layout_chunk_kind; 0 = not assigned. */
enum layout_chunk_kind {
	LAYOUT_CHUNK_OWNED = 1, /* one thread at a time adds, unlocked */
	LAYOUT_CHUNK_SHARED = 2, /* threads without a chunk add, locked */
};

struct layout_chunk {
	struct expvar_word64 tag;
	struct expvar_word64 reserved[7];
	struct expvar_word64 cell[LAYOUT_CHUNK_CELLS];
};

/*
 * The sum is high * 2^63 + low. The first copy is the live one; while the owner
 * carries bit 63 of low into high, the low bit of sum_select says that the
 * second holds the sum as it was. [H1]
 */
struct layout_histogram {
	struct expvar_word64 tag;
	struct expvar_word64 sum_select;
	struct {
		struct expvar_word64 low;
		struct expvar_word64 high;
	} sum[2];
	struct expvar_word64 max;
	struct expvar_word64 not_min; /* complement of the minimum, 0 = none */
	struct expvar_word64 cell[LAYOUT_HISTOGRAM_CELLS]; /* and QUIET */
};

/*
 * In a cell: the owner need not compare with max and not_min, since the cell
 * lies between theirs. The other 63 bits are the count.
 */
#define LAYOUT_CELL_QUIET (UINT64_C(1) << 63)

static inline uint64_t layout_cell_count(uint64_t word)
{
	return word & ~LAYOUT_CELL_QUIET;
}

/* Adds a histogram's sum to a total of 128 bits. */
static inline void layout_sum_add(uint64_t *low, uint64_t *high,
				  uint64_t sum_low, uint64_t sum_high)
{
	unsigned __int128 total = (unsigned __int128)*high << 64 | *low;

	total += ((unsigned __int128)sum_high << 63) + sum_low;
	*low = (uint64_t)total;
	*high = (uint64_t)(total >> 64);
}

_Static_assert(sizeof(struct layout_header) == LAYOUT_HEADER_SIZE, "header");
_Static_assert(offsetof(struct layout_header, incarnation) == 128, "identity");
_Static_assert(offsetof(struct layout_header, app) == 320, "application");
_Static_assert(offsetof(struct layout_header, state) == 512, "state");
_Static_assert(offsetof(struct layout_header, bell) == 576, "doorbell");
_Static_assert(offsetof(struct layout_header, accounts) == 640, "accounts");
_Static_assert(offsetof(struct layout_header, room) % LAYOUT_LINE == 0,
	       "room");
_Static_assert(sizeof(struct layout_unit) == LAYOUT_UNIT, "unit");
_Static_assert(sizeof(struct layout_version) == LAYOUT_VERSION_HEADER,
	       "version");
_Static_assert(sizeof(struct layout_chunk) == LAYOUT_CHUNK, "chunk");
_Static_assert(sizeof(struct layout_histogram) +
			       LAYOUT_UNIT * (LAYOUT_HISTOGRAM_COLOURS - 1) <=
		       LAYOUT_BLOCK,
	       "histogram");
_Static_assert(sizeof(struct layout_field) == 16, "field");

/* What stands for a byte of the application's name in that of the file. */
static inline char layout_file_char(char c)
{
	bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		    c == '-' || c == '+';

	return kept ? c : '_';
}

static inline uint64_t layout_tag(uint32_t generation, uint32_t type,
				  uint32_t state)
{
	return (uint64_t)generation << 32 | (uint64_t)type << 8 | state;
}

static inline uint32_t layout_tag_state(uint64_t tag)
{
	return (uint32_t)(tag & 0xff);
}

static inline uint32_t layout_tag_type(uint64_t tag)
{
	return (uint32_t)(tag >> 8 & 0xff);
}

static inline uint32_t layout_tag_generation(uint64_t tag)
{
	return (uint32_t)(tag >> 32);
}

/* References of every sort: an index below, a generation or index above. */
static inline uint64_t layout_ref(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static inline uint32_t layout_ref_low(uint64_t ref)
{
	return (uint32_t)ref;
}

static inline uint32_t layout_ref_high(uint64_t ref)
{
	return (uint32_t)(ref >> 32);
}

/*
 * Log-linear buckets: values below 64 have a cell each, then 32 cells an
 * octave. The midpoint of a cell is within 1/64 of every value in it.
 */
static inline uint32_t layout_bucket(uint64_t value)
{
	uint32_t shift = 63u - (uint32_t)__builtin_clzll(value | 32) -
			 LAYOUT_HISTOGRAM_SUB_BITS;

	return (shift << LAYOUT_HISTOGRAM_SUB_BITS) + (uint32_t)(value >> shift);
}

/* The smallest value of a cell, and how many values it holds. */
static inline uint64_t layout_bucket_low(uint32_t cell, uint64_t *ret_width)
{
	uint32_t shift = cell < 64 ? 0 : (cell >> LAYOUT_HISTOGRAM_SUB_BITS) - 1;
	uint64_t top = cell - ((uint64_t)shift << LAYOUT_HISTOGRAM_SUB_BITS);

	*ret_width = UINT64_C(1) << shift;
	return top << shift;
}

#endif
