/* SPDX-License-Identifier: MIT */
/*
 * record.h - what stands behind a record, private to value-record.c and
 * record-print.c
 */
#ifndef EXPVAR_RECORD_H
#define EXPVAR_RECORD_H

#include "process.h"
#include "rotor.h"

/* What printing needs of a field; the names follow the last one, in order. */
struct record_field {
	uint32_t offset; /* in the record */
	uint32_t size;
	uint16_t name_len;
	uint8_t type;
};

struct record {
	struct rotor rotor;
	uint32_t schema_line;
	uint32_t schema_size;
	uint32_t fields; /* array of struct record_field */
	uint32_t fields_size;
	uint32_t field_count;
	uint32_t count; /* of runs */
	uint32_t size; /* of this object */
	uint64_t hash; /* of the fields, to tell two definitions apart */
	struct rotor_part run[]; /* of the host's structure */
};

static inline struct record *expvar_record_of(const struct variable *variable)
{
	return expvar_handle_extra(&variable->handle);
}

#endif
