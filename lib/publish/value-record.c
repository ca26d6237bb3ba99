/* SPDX-License-Identifier: MIT */
/*
 * value-record.c - records: fields that change together
 *
 * The host's structure is copied in runs of adjoining fields, so padding,
 * which may hold anything of the host's memory, never gets into the segment.
 * Each run starts at a multiple of 8 in the record.
 */
#include <errno.h>
#include <string.h>

#include "process.h"
#include "record.h"
#include "rotor-set.h"
#include "util.h"

struct definition {
	const struct expvar_field *fields;
	size_t count;
};

/* ---- checking and describing the fields ---- */

static bool size_fits_type(const struct expvar_field *field)
{
	size_t size = field->size;

	switch (field->type) {
	case EXPVAR_FIELD_INT:
	case EXPVAR_FIELD_UINT:
		return size == 1 || size == 2 || size == 4 || size == 8;
	case EXPVAR_FIELD_FLOAT:
		return size == 4 || size == 8;
	case EXPVAR_FIELD_BOOL:
		return size == 1;
	case EXPVAR_FIELD_CHARS:
		return size > 0;
	}
	return false;
}

/* Readers show an object: a key twice is more than most can take. */
static bool is_named_again(const struct definition *definition, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (!strcmp(definition->fields[i].name,
			    definition->fields[index].name))
			return true;
	return false;
}

static int check(const struct definition *definition)
{
	const struct expvar_field *field;
	size_t i;

	if (!definition->fields || !definition->count ||
	    definition->count > LAYOUT_FIELDS_MAX)
		return -EINVAL;
	for (i = 0; i < definition->count; i++) {
		field = &definition->fields[i];
		if (!field->name || !size_fits_type(field) ||
		    field->size > EXPVAR_VALUE_MAX ||
		    field->offset > EXPVAR_VALUE_MAX - field->size)
			return -EINVAL;
		if (strlen(field->name) > LAYOUT_FIELD_NAME_MAX)
			return -ENAMETOOLONG;
		if (is_named_again(definition, i))
			return -EINVAL;
	}
	return 0;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) /* FNV-1a */
		hash = (hash ^ ((const unsigned char *)bytes)[i]) *
		       UINT64_C(1099511628211);
	return hash;
}

static uint64_t hash_of(const struct definition *definition)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	const struct expvar_field *field;
	size_t i;

	for (i = 0; i < definition->count; i++) {
		field = &definition->fields[i];
		hash = mix(hash, field->name, strlen(field->name) + 1);
		hash = mix(hash, &field->type, sizeof(field->type));
		hash = mix(hash, &field->offset, sizeof(field->offset));
		hash = mix(hash, &field->size, sizeof(field->size));
	}
	return hash;
}

/* Runs of the host's structure, in its order; overlapping fields join. */
static uint32_t make_runs(const struct definition *definition,
			  struct rotor_part *run)
{
	uint32_t count = 0;
	size_t at = 0, i, start, end;

	for (;;) {
		start = SIZE_MAX;
		for (i = 0; i < definition->count; i++) {
			const struct expvar_field *f = &definition->fields[i];

			if (f->offset + f->size > at)
				start = util_min(start,
						 util_max(f->offset, at));
		}
		if (start == SIZE_MAX)
			return count;
		for (end = start, i = 0; i < definition->count; i++) {
			const struct expvar_field *f = &definition->fields[i];

			if (f->offset <= end && f->offset + f->size > end) {
				end = f->offset + f->size;
				i = (size_t)-1; /* again: another may adjoin */
			}
		}
		run[count++] = (struct rotor_part){ (uint32_t)start,
						    (uint32_t)(end - start) };
		at = end;
	}
}

/* Where a byte of the host's structure stands in the record. */
static uint32_t place_of(const struct record *record, size_t offset)
{
	uint32_t at = 0, i;

	for (i = 0; i < record->count; i++) {
		if (offset >= record->run[i].offset &&
		    offset < record->run[i].offset + record->run[i].len)
			return at + (uint32_t)offset - record->run[i].offset;
		at += (uint32_t)util_align(record->run[i].len, 8);
	}
	return 0;
}

static uint32_t payload_of(const struct record *record)
{
	uint32_t at = 0, i;

	for (i = 0; i < record->count; i++)
		at += i + 1 < record->count ?
			      (uint32_t)util_align(record->run[i].len, 8) :
			      record->run[i].len;
	return at;
}

/* Keeps offsets and names for printing in this process. */
static int keep_fields(struct record *record,
		       const struct definition *definition)
{
	struct arena *arena = &expvar_process()->arena;
	size_t size = definition->count * sizeof(struct record_field), i;
	struct record_field *field;
	char *names;

	for (i = 0; i < definition->count; i++)
		size += strlen(definition->fields[i].name);
	record->fields = expvar_arena_alloc(arena, size, 8);
	if (!record->fields)
		return -ENOMEM;
	record->fields_size = (uint32_t)size;
	record->field_count = (uint32_t)definition->count;
	field = expvar_arena_pointer(arena, record->fields);
	names = (char *)&field[definition->count];
	for (i = 0; i < definition->count; i++) {
		const struct expvar_field *f = &definition->fields[i];

		field[i] = (struct record_field){
			.offset = place_of(record, f->offset),
			.size = (uint32_t)f->size,
			.name_len = (uint16_t)strlen(f->name),
			.type = (uint8_t)f->type,
		};
		memcpy(names, f->name, field[i].name_len);
		names += field[i].name_len;
	}
	return 0;
}

/* Writes schema, fields and names; the parts live in scratch memory. */
static int write_schema(struct record *record,
			const struct definition *definition)
{
	struct process *p = expvar_process();
	size_t names = sizeof(struct layout_schema) +
		       definition->count * sizeof(struct layout_field);
	size_t parts_size = (2 + definition->count) * sizeof(struct heap_part);
	size_t scratch_size = parts_size + names;
	uint32_t scratch = expvar_arena_alloc(&p->arena, scratch_size, 8);
	struct layout_schema *schema;
	struct layout_field *field;
	struct heap_part *parts;
	size_t at = names, i;

	if (!scratch)
		return -ENOMEM;
	parts = expvar_arena_pointer(&p->arena, scratch);
	schema = (void *)((char *)parts + parts_size);
	field = (void *)(schema + 1);
	schema->field_count = (uint32_t)definition->count;
	schema->record_size = payload_of(record);
	parts[0] = (struct heap_part){ schema, names };
	for (i = 0; i < definition->count; i++) {
		const struct expvar_field *f = &definition->fields[i];

		parts[i + 1] = (struct heap_part){ f->name, strlen(f->name) };
		field[i] = (struct layout_field){
			.offset = place_of(record, f->offset),
			.size = (uint32_t)f->size,
			.name_offset = (uint32_t)at,
			.name_len = (uint16_t)parts[i + 1].len,
			.type = (uint8_t)f->type,
		};
		at += parts[i + 1].len;
	}
	record->schema_size = (uint32_t)at;
	record->schema_line = expvar_heap_alloc(&p->heap, at);
	if (record->schema_line)
		expvar_heap_write(&p->heap, record->schema_line, parts,
				  definition->count + 1);
	expvar_arena_free(&p->arena, scratch, scratch_size, 8);
	return record->schema_line ? 0 : EXPVAR_E_FULL;
}

/* ---- the variable ---- */

static void detach(struct variable *variable)
{
	struct process *p = expvar_process();
	struct record *record = expvar_record_of(variable);

	expvar_rotor_fini(&record->rotor);
	expvar_heap_free(&p->heap, record->schema_line, record->schema_size);
	expvar_arena_free(&p->arena, record->fields, record->fields_size, 8);
	expvar_arena_free(&p->arena, expvar_arena_number(&p->arena, record),
			  record->size, 128);
}

static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	const struct definition *definition = argument;
	bool is_private = variable->own.flags & VARIABLE_PRIVATE;
	struct process *p = expvar_process();
	struct record *record;
	uint32_t number;
	size_t size;
	int error;

	if (!definition) /* what cannot be described cannot be kept */
		return -EINVAL;
	size = sizeof(*record) + definition->count * sizeof(struct rotor_part);
	number = expvar_arena_alloc(&p->arena, size, 128);
	if (!number)
		return -ENOMEM;
	record = expvar_arena_pointer(&p->arena, number);
	expvar_handle_set_extra(&variable->handle, record);
	record->size = (uint32_t)size;
	record->hash = hash_of(definition);
	record->count = make_runs(definition, record->run);
	error = payload_of(record) > EXPVAR_VALUE_MAX ? -EINVAL : 0;
	if (!error)
		error = keep_fields(record, definition);
	if (!error && !is_private)
		error = write_schema(record, definition);
	if (!error)
		error = expvar_rotor_init(&record->rotor, payload_of(record),
					  is_private, payload_of(record), 0,
					  ret_value);
	if (error) {
		expvar_heap_free(&p->heap, record->schema_line,
				 record->schema_size);
		expvar_arena_free(&p->arena, record->fields,
				  record->fields_size, 8);
		expvar_arena_free(&p->arena, number, size, 128);
		expvar_handle_set_extra(&variable->handle, NULL);
		return error;
	}
	*ret_schema_line = record->schema_line;
	return 0;
}

static bool matches(const struct variable *variable, const void *argument)
{
	return expvar_record_of(variable)->hash == hash_of(argument);
}

const struct variable_type expvar_type_record = {
	.type = LAYOUT_RECORD,
	.attach = attach,
	.detach = detach,
	.matches = matches,
};

EXPVAR_API struct expvar_record *
expvar_record_new(const char *name, const struct expvar_field *fields,
		  size_t count)
{
	struct definition definition = { fields, count };
	int error = check(&definition);

	if (error)
		return (struct expvar_record *)expvar_variable_refused(
			NULL, name, &expvar_type_record, error);
	return (struct expvar_record *)expvar_variable_new(
		NULL, name, &expvar_type_record, &definition);
}

EXPVAR_API void expvar_record_set(struct expvar_record *v,
				  const void *structure)
{
	struct record *record = v ? expvar_handle_extra(&v->var) : NULL;

	if (record && structure)
		(void)expvar_rotor_set_inline(&record->rotor, v->var.value, structure,
				       record->run, record->count, 0, 0);
}
