/* SPDX-License-Identifier: MIT */
/*
 * describe.c - kind, unit, help and label of a variable
 *
 * Most variables have none, so what is known of the text in the segment is in
 * the variable's note. The text before the present one is kept as well: a
 * reader may just be copying it.
 */
#include "describe.h"

#include <errno.h>
#include <string.h>

#include "note.h"
#include "process.h"
#include "util.h"

#define META_SHORT 255u
#define META_HELP 4095u

void expvar_describe_forget(struct variable *variable)
{
	struct heap *heap = &expvar_process()->heap;
	struct note *note = expvar_note_find(variable);

	if (!note)
		return;
	expvar_heap_free(heap, note->now.line, note->now.payload);
	expvar_heap_free(heap, note->before.line, note->before.payload);
	note->now = note->before = (struct note_text){ 0, 0 };
}

static int check(const struct expvar_meta *meta)
{
	if ((meta->unit && strlen(meta->unit) > META_SHORT) ||
	    (meta->label && strlen(meta->label) > META_SHORT) ||
	    (meta->help && strlen(meta->help) > META_HELP))
		return -ENAMETOOLONG;
	if ((unsigned int)meta->kind > EXPVAR_KIND_COUNTER)
		return -EINVAL;
	return 0;
}

static uint64_t write_text(const struct expvar_meta *meta, struct note_text *ret)
{
	struct heap *heap = &expvar_process()->heap;
	const char *text[3] = { meta->unit, meta->label, meta->help };
	struct layout_meta head = { .kind = (uint8_t)meta->kind };
	struct heap_part part[4] = { { &head, sizeof(head) } };
	size_t len = sizeof(head), i;

	for (i = 0; i < 3; i++) {
		part[i + 1].bytes = text[i] ? text[i] : "";
		part[i + 1].len = strlen(part[i + 1].bytes);
		len += part[i + 1].len;
	}
	head.unit_len = (uint16_t)part[1].len;
	head.label_len = (uint16_t)part[2].len;
	head.help_len = (uint16_t)part[3].len;
	ret->line = expvar_heap_alloc(heap, len);
	ret->payload = (uint32_t)len;
	return ret->line ? expvar_heap_write(heap, ret->line, part, 4) : 0;
}

static int describe(struct variable *variable, const struct expvar_meta *meta)
{
	struct process *p = expvar_process();
	struct layout_unit *unit =
		expvar_segment_unit(&p->segment, variable->unit);
	struct note_text text = { 0, 0 };
	struct note *note;
	uint64_t ref = 0;

	if (!meta && !expvar_note_find(variable))
		return 0;
	if (meta && !(ref = write_text(meta, &text)))
		return EXPVAR_E_FULL;
	note = expvar_note_make(variable);
	if (!note) {
		expvar_heap_free(&p->heap, text.line, text.payload);
		return -ENOMEM;
	}
	expvar_heap_free(&p->heap, note->before.line, note->before.payload);
	note->before = note->now;
	note->now = text;
	expvar_segment_change_begin(&p->segment);
	/* relaxed: the fences before it order all that it leads to [V1] [S1] */
	expvar_word64_store_relaxed(&unit->meta, ref);
	expvar_segment_change_end(&p->segment);
	return 0;
}

EXPVAR_API int expvar_describe(struct expvar_var *var,
			       const struct expvar_meta *given)
{
	struct variable *variable = expvar_variable_of(var);
	struct expvar_meta meta = { 0 };
	struct lock_guard guard;
	int error = expvar_var_error(var), tries;

	if (!var || expvar_variable_is_private(variable) ||
	    error == EXPVAR_E_STOPPED)
		return error;
	if (given) {
		/* no version had fewer members; a newer one may have more */
		if (given->struct_size && given->struct_size < sizeof(meta))
			return -EINVAL;
		meta = *given;
		error = check(&meta);
		if (error)
			return error;
	}
	for (tries = 0; tries < 2; tries++) {
		if (!expvar_structure_enter_for(&guard, variable))
			return -EDEADLK;
		error = describe(variable, given ? &meta : NULL);
		expvar_structure_leave(&guard);
		if (!expvar_limbo_may_help(error))
			break;
	}
	return error;
}
