/* SPDX-License-Identifier: MIT */
/*
 * record.c - fields of a copied record
 *
 * The schema is checked once, as a whole, when it was copied; from then on
 * every field of it lies inside the record and every name inside the schema.
 */
#include <errno.h>

#include "snapshot.h"

static struct layout_field field_at(const struct read_blob *schema,
				    uint32_t index)
{
	struct layout_field field;

	memcpy(&field,
	       schema->bytes + sizeof(struct layout_schema) +
		       index * sizeof(field),
	       sizeof(field));
	return field;
}

static struct layout_schema head_of(const struct read_blob *schema)
{
	struct layout_schema head;

	memcpy(&head, schema->bytes, sizeof(head));
	return head;
}

uint32_t expvar_read_schema_fields(const struct read_blob *schema)
{
	return head_of(schema).field_count;
}

uint32_t expvar_read_schema_size(const struct read_blob *schema)
{
	return head_of(schema).record_size;
}

static bool is_number_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool size_fits_type(const struct layout_field *field)
{
	switch (field->type) {
	case LAYOUT_FIELD_INT:
	case LAYOUT_FIELD_UINT:
		return is_number_size(field->size);
	case LAYOUT_FIELD_FLOAT:
		return field->size == 4 || field->size == 8;
	case LAYOUT_FIELD_BOOL:
		return field->size == 1;
	case LAYOUT_FIELD_CHARS:
		return true;
	default:
		return false;
	}
}

/*
 * What the value of a field counts for, in bytes. That of a number is more than
 * its text, since printing it is as much work as printing a variable. It is what
 * an honest segment holds for it, an entry of the schema and four versions, so a
 * segment full of them is printed whole.
 */
static uint32_t text_of_value(const struct layout_field *field)
{
	if (field->type == LAYOUT_FIELD_CHARS)
		return field->size + 4;
	return sizeof(struct layout_field) + 4 * field->size;
}

bool expvar_read_schema_valid(const struct read_blob *schema,
			      uint32_t *ret_text_max)
{
	struct layout_schema head;
	uint32_t i, text = 2;

	*ret_text_max = 0;
	if (schema->len < sizeof(head))
		return false;
	head = head_of(schema);
	if (!head.field_count || head.field_count > LAYOUT_FIELDS_MAX ||
	    head.record_size > LAYOUT_VALUE_MAX ||
	    schema->len < sizeof(head) +
				  head.field_count * sizeof(struct layout_field))
		return false;
	for (i = 0; i < head.field_count; i++) {
		struct layout_field field = field_at(schema, i);

		text += field.name_len + text_of_value(&field);
		if (!size_fits_type(&field) ||
		    field.name_len > LAYOUT_FIELD_NAME_MAX ||
		    !util_inside(field.offset, field.size, head.record_size) ||
		    !util_inside(field.name_offset, field.name_len,
				 schema->len))
			return false;
	}
	*ret_text_max = text;
	return true;
}

/* A number of 1, 2, 4 or 8 bytes, in the byte order of the host. */
static uint64_t unsigned_at(const char *bytes, uint32_t size)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (size) {
	case 8:
		memcpy(&u64, bytes, 8);
		return u64;
	case 4:
		memcpy(&u32, bytes, 4);
		return u32;
	case 2:
		memcpy(&u16, bytes, 2);
		return u16;
	default:
		return (unsigned char)*bytes;
	}
}

static int64_t extend_sign(uint64_t value, uint32_t size)
{
	uint64_t sign = UINT64_C(1) << (size * 8 - 1);

	/* Two's complement without shifting a negative number. */
	return (int64_t)((value ^ sign) - sign);
}

static double float_at(const char *bytes, uint32_t size)
{
	double f64;
	float f32;

	if (size == 4) {
		memcpy(&f32, bytes, 4);
		return (double)f32;
	}
	memcpy(&f64, bytes, 8);
	return f64;
}

void expvar_read_field(const struct read_record *record, uint32_t index,
		       struct expvar_field_value *ret)
{
	static const char zero[8];
	struct layout_field field = field_at(record->schema, index);
	const char *bytes = record->values ?
				    record->values->bytes + field.offset :
				    zero;

	ret->type = field.type;
	ret->bits = field.size * 8;
	ret->name = record->schema->bytes + field.name_offset;
	ret->name_len = field.name_len;
	ret->value.u = 0;
	ret->text = NULL;
	ret->text_len = 0;
	switch (field.type) {
	case LAYOUT_FIELD_INT:
		ret->value.i =
			extend_sign(unsigned_at(bytes, field.size), field.size);
		break;
	case LAYOUT_FIELD_UINT:
		ret->value.u = unsigned_at(bytes, field.size);
		break;
	case LAYOUT_FIELD_FLOAT:
		ret->value.f = float_at(bytes, field.size);
		break;
	case LAYOUT_FIELD_BOOL:
		ret->value.u = *bytes != 0;
		ret->bits = 0;
		break;
	default:
		ret->bits = 0;
		ret->text = bytes;
		ret->text_len = record->values ? strnlen(bytes, field.size) : 0;
	}
}

int expvar_snapshot_field(const struct expvar_snapshot *snapshot,
			  uint32_t number, uint32_t index,
			  struct expvar_field_value *field)
{
	const struct read_node *node =
		read_node_target(snapshot, read_node(snapshot, number));

	if (field->struct_size < sizeof(*field) ||
	    node->type != LAYOUT_RECORD || node->flags & EXPVAR_ITEM_MISSING ||
	    index >= expvar_read_schema_fields(node->value.record->schema))
		return -EINVAL;
	expvar_read_field(node->value.record, index, field);
	return 0;
}

_Static_assert(EXPVAR_FIELD_VALUE_INT == (int)LAYOUT_FIELD_INT &&
		       EXPVAR_FIELD_VALUE_UINT == (int)LAYOUT_FIELD_UINT &&
		       EXPVAR_FIELD_VALUE_FLOAT == (int)LAYOUT_FIELD_FLOAT &&
		       EXPVAR_FIELD_VALUE_BOOL == (int)LAYOUT_FIELD_BOOL &&
		       EXPVAR_FIELD_VALUE_TEXT == (int)LAYOUT_FIELD_CHARS,
	       "field types are the format's");
