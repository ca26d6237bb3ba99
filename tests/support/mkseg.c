/* SPDX-License-Identifier: MIT */
/*
 * mkseg.c - make segment images, good ones and bad ones
 */
#include "mkseg.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

static void die(const char *why)
{
	fprintf(stderr, "mkseg: %s\n", why);
	abort();
}

static void set64(struct expvar_word64 *word, uint64_t value)
{
	expvar_word64_store_relaxed(word, value);
}

static void set_bytes(struct expvar_word64 *to, const void *bytes, size_t len)
{
	memcpy(to, bytes, len);
}

struct mkseg *mkseg_new(uint64_t size)
{
	struct mkseg *m = calloc(1, sizeof(*m));
	struct layout_header *h;
	uint32_t blocks = (uint32_t)(size / LAYOUT_BLOCK) + 1;
	uint64_t data = util_align(LAYOUT_HEADER_SIZE + layout_table_size(blocks),
				   LAYOUT_PAGE);

	if (!m)
		die("no memory");
	m->size = data + (uint64_t)blocks * LAYOUT_BLOCK;
	m->image = mmap(NULL, m->size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->image == MAP_FAILED)
		die("no memory");
	h = m->header = (void *)m->image;
	memcpy(h->magic, LAYOUT_MAGIC, 8);
	h->byte_order = LAYOUT_BYTE_ORDER;
	h->major = LAYOUT_MAJOR;
	h->minor = LAYOUT_MINOR;
	h->header_size = LAYOUT_HEADER_SIZE;
	h->word_bits = LAYOUT_WORD_BITS;
	h->size = m->size;
	h->table_offset = LAYOUT_HEADER_SIZE;
	h->data_offset = data;
	h->line_size = LAYOUT_LINE;
	h->unit_size = LAYOUT_UNIT;
	h->block_size = LAYOUT_BLOCK;
	h->block_count = blocks;
	h->chunk_size = LAYOUT_CHUNK;
	h->chunk_cells = LAYOUT_CHUNK_CELLS;
	h->histogram_cells = LAYOUT_HISTOGRAM_CELLS;
	h->histogram_sub_bits = LAYOUT_HISTOGRAM_SUB_BITS;
	h->histogram_colours = LAYOUT_HISTOGRAM_COLOURS;
	h->incarnation = UINT64_C(0x0123456789abcdef);
	set64(&h->committed, data);
	set64(&h->state, LAYOUT_STATE_LIVE);
	m->table = (void *)(m->image + LAYOUT_HEADER_SIZE);
	return m;
}

void mkseg_free(struct mkseg *m)
{
	munmap(m->image, m->size);
	free(m);
}

static uint64_t own_start_ticks(void)
{
	char text[1024];
	FILE *file = fopen("/proc/self/stat", "r");
	const char *at;
	int i;

	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	at = strrchr(text, ')');
	for (i = 0; at && i < 20; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

void mkseg_identify(struct mkseg *m, const char *app)
{
	struct layout_header *h = m->header;
	char link[64] = "";

	strncpy(h->app[0], app, sizeof(h->app[0]) - 1);
	strcpy(h->library_version, "mkseg");
	h->pid = (uint32_t)getpid();
	h->uid = (uint32_t)geteuid();
	h->start_ticks = own_start_ticks();
	if (readlink("/proc/self/ns/pid", link, sizeof(link) - 1) > 0 &&
	    strchr(link, '['))
		h->pidns_inode = strtoull(strchr(link, '[') + 1, NULL, 10);
}

void mkseg_type(struct mkseg *m, uint32_t block, uint32_t type)
{
	uint32_t *word = &m->table[block / LAYOUT_TABLE_TYPES];
	uint32_t shift = layout_table_shift(block);

	*word = (*word & ~(UINT32_C(0xff) << shift)) | type << shift;
}

uint32_t mkseg_type_of(const struct mkseg *m, uint64_t offset)
{
	uint64_t block = (offset - m->header->data_offset) / LAYOUT_BLOCK;

	return m->table[block / LAYOUT_TABLE_TYPES] >>
		       layout_table_shift((uint32_t)block) &
	       0xff;
}

uint64_t mkseg_blocks(struct mkseg *m, uint32_t type, uint32_t count)
{
	uint64_t at = m->header->data_offset +
		      (uint64_t)m->blocks * LAYOUT_BLOCK;
	uint32_t i;

	if (m->blocks + count > m->header->block_count)
		die("image is full");
	for (i = 0; i < count; i++)
		mkseg_type(m, m->blocks++, type);
	set64(&m->header->committed, at + (uint64_t)count * LAYOUT_BLOCK);
	return at;
}

struct layout_unit *mkseg_unit_at(struct mkseg *m, uint64_t ref)
{
	return (void *)(m->image + (uint64_t)layout_ref_low(ref) * LAYOUT_UNIT);
}

struct layout_version *mkseg_version_at(struct mkseg *m, uint64_t ref)
{
	return (void *)(m->image + (uint64_t)layout_ref_low(ref) * LAYOUT_LINE);
}

uint64_t mkseg_version(struct mkseg *m, const void *bytes, size_t len,
		       uint32_t flags)
{
	size_t size = util_align(LAYOUT_VERSION_HEADER + util_align(len, 8),
				 LAYOUT_LINE);
	struct layout_version *version;
	uint64_t ref;

	if (size > m->heap_end - m->heap) {
		uint32_t count = (uint32_t)((size + LAYOUT_BLOCK - 1) /
					    LAYOUT_BLOCK);

		m->heap = mkseg_blocks(m, LAYOUT_BLOCK_HEAP, count);
		m->heap_end = m->heap + (uint64_t)count * LAYOUT_BLOCK;
	}
	ref = layout_ref((uint32_t)(m->heap / LAYOUT_LINE), 2);
	m->heap += size;
	version = mkseg_version_at(m, ref);
	set64(&version->generation, 2);
	set64(&version->info, (uint64_t)flags << 32 | (uint32_t)len);
	set_bytes(version->payload, bytes, len);
	return ref;
}

uint64_t mkseg_unit(struct mkseg *m, uint32_t type, uint64_t parent,
		    const char *name, size_t len, uint64_t value)
{
	struct layout_unit *unit;
	uint64_t ref;

	if (m->unit == m->units_end) {
		m->unit = mkseg_blocks(m, LAYOUT_BLOCK_UNITS, 1);
		m->units_end = m->unit + LAYOUT_BLOCK;
	}
	ref = layout_ref((uint32_t)(m->unit / LAYOUT_UNIT), 1);
	m->unit += LAYOUT_UNIT;
	unit = mkseg_unit_at(m, ref);
	m->changes += 2;
	set64(&m->header->changes, m->changes);
	set64(&unit->value, value);
	set64(&unit->parent, parent);
	set64(&unit->born, m->changes);
	set64(&unit->name_len, len);
	if (len <= LAYOUT_NAME_INLINE)
		set_bytes(unit->name, name, len);
	else
		expvar_word32_store_relaxed(
			&unit->name_line,
			layout_ref_low(mkseg_version(m, name, len, 0)));
	set64(&unit->tag, layout_tag(1, type, LAYOUT_UNIT_LIVE));
	return ref;
}

uint64_t mkseg_add(struct mkseg *m, uint32_t type, uint64_t parent,
		   const char *name, uint64_t value)
{
	return mkseg_unit(m, type, parent, name, strlen(name), value);
}

uint64_t mkseg_float(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

void mkseg_set_meta(struct mkseg *m, uint64_t unit, uint8_t kind,
		    const char *name_of_unit, const char *label,
		    const char *help)
{
	struct layout_meta meta = { .kind = kind,
				    .unit_len = (uint16_t)strlen(name_of_unit),
				    .label_len = (uint16_t)strlen(label),
				    .help_len = (uint16_t)strlen(help) };
	char bytes[8192];
	int len;

	memcpy(bytes, &meta, sizeof(meta));
	len = snprintf(bytes + sizeof(meta), sizeof(bytes) - sizeof(meta),
		       "%s%s%s", name_of_unit, label, help);
	set64(&mkseg_unit_at(m, unit)->meta,
	      mkseg_version(m, bytes, sizeof(meta) + (size_t)len, 0));
}

uint64_t mkseg_record(struct mkseg *m, uint64_t parent, const char *name,
		      const struct mkseg_field *fields, uint32_t count,
		      const void *values, uint32_t size)
{
	struct layout_schema head = { count, size };
	size_t at = sizeof(head) + count * sizeof(struct layout_field);
	char *bytes = calloc(1, at + (size_t)count * 256);
	uint64_t ref, schema;
	uint32_t i;

	if (!bytes)
		die("no memory");
	memcpy(bytes, &head, sizeof(head));
	for (i = 0; i < count; i++) {
		struct layout_field field = {
			.offset = fields[i].offset,
			.size = fields[i].size,
			.name_offset = (uint32_t)at,
			.name_len = (uint16_t)strlen(fields[i].name),
			.type = fields[i].type,
		};

		memcpy(bytes + sizeof(head) + i * sizeof(field), &field,
		       sizeof(field));
		memcpy(bytes + at, fields[i].name, field.name_len);
		at += field.name_len;
	}
	schema = mkseg_version(m, bytes, at, 0);
	free(bytes);
	ref = mkseg_add(m, LAYOUT_RECORD, parent, name,
			values ? mkseg_version(m, values, size, 0) : 0);
	expvar_word32_store_relaxed(&mkseg_unit_at(m, ref)->schema_line,
				    layout_ref_low(schema));
	return ref;
}

uint32_t mkseg_group(struct mkseg *m)
{
	return ++m->group;
}

struct layout_chunk *mkseg_chunk(struct mkseg *m, uint32_t group)
{
	struct layout_chunk *chunk;

	if (m->chunk_used % (LAYOUT_BLOCK / LAYOUT_CHUNK) == 0)
		m->chunk_block = (uint32_t)(mkseg_blocks(
			m, LAYOUT_BLOCK_COUNTERS, 1) / LAYOUT_CHUNK);
	chunk = (void *)(m->image + (uint64_t)(m->chunk_block +
					       m->chunk_used++ % 4) *
					    LAYOUT_CHUNK);
	set64(&chunk->tag,
	      layout_ref(group, (uint32_t)LAYOUT_CHUNK_OWNED));
	return chunk;
}

struct layout_histogram *mkseg_histogram(struct mkseg *m, uint32_t group)
{
	uint64_t at = mkseg_blocks(m, LAYOUT_BLOCK_HISTOGRAM, 1);
	struct layout_histogram *h;

	at += (m->blocks - 1) % LAYOUT_HISTOGRAM_COLOURS * LAYOUT_UNIT;
	h = (void *)(m->image + at);
	set64(&h->tag, layout_ref(group, (uint32_t)LAYOUT_CHUNK_OWNED));
	return h;
}

void mkseg_histogram_record(struct layout_histogram *h, uint64_t value)
{
	uint64_t low = expvar_word64_load_relaxed(&h->sum[0].low);

	expvar_word64_add_single_writer(&h->cell[layout_bucket(value)], 1);
	expvar_word64_add_single_writer(&h->sum[0].low, value);
	if (low + value < low)
		expvar_word64_add_single_writer(&h->sum[0].high, 2);
	if (value > expvar_word64_load_relaxed(&h->max))
		set64(&h->max, value);
	if (~value > expvar_word64_load_relaxed(&h->not_min))
		set64(&h->not_min, ~value);
}

int mkseg_write(const struct mkseg *m, const char *path)
{
	uint64_t done = 0;
	uint64_t committed = expvar_word64_load_relaxed(&m->header->committed);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	/* Also if a test made it nonsense. */
	committed = util_max(committed, m->header->data_offset);
	committed = util_min(committed, m->size);
	while (done < committed) {
		ssize_t n = write(fd, m->image + done, committed - done);

		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (uint64_t)n;
	}
	if (ftruncate(fd, (off_t)m->size)) {
		close(fd);
		return -1;
	}
	return close(fd);
}
