/* SPDX-License-Identifier: MIT */
/*
 * memory.c - shared memory as C11 has it: histories and views
 *
 * The operational form of RC11 without load buffering. A store may be put
 * anywhere behind what its thread has seen of the location, except between a
 * read-modify-write and the value that this read; so modification order is
 * not the order of execution. A read-modify-write hands on the view of what
 * it read (the release sequence); a plain store begins a new one, as in C++20.
 */
#include "memory.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static unsigned int count_of(const struct memory *m, unsigned int at)
{
	return (unsigned int)m->first[at + 1] - m->first[at];
}

static struct message *message_at(struct memory *m, unsigned int at,
				  unsigned int index)
{
	return &m->message[m->first[at] + index];
}

void memory_add_location(struct memory *m, uint32_t value)
{
	unsigned int at = m->location_count++;

	assert(at < MODEL_LOCATIONS);
	m->message[at] = (struct message){.value = value};
	m->first[at] = (uint8_t)at;
	m->first[at + 1] = (uint8_t)(at + 1);
}

void memory_copy(struct memory *to, const struct memory *from)
{
	memcpy(to, from,
	       offsetof(struct memory, message) +
		       memory_used(from) * sizeof(struct message));
}

/* ---- views ---- */

static void join(const struct memory *m, struct view *to,
		 const struct view *from)
{
	unsigned int i;

	for (i = 0; i < m->location_count; i++)
		if (to->at[i] < from->at[i])
			to->at[i] = from->at[i];
}

static void shift(struct view *view, unsigned int at, unsigned int index)
{
	if (view->at[at] >= index)
		view->at[at]++;
}

/* Makes room for a message; whoever refers to later ones still does. */
static struct message *insert(struct memory *m, unsigned int at,
			      unsigned int index)
{
	unsigned int used = memory_used(m), i;
	struct message *place = message_at(m, at, index);
	struct thread_state *t;

	assert(used < MEMORY_MESSAGES);
	memmove(place + 1, place,
		(size_t)(&m->message[used] - place) * sizeof(*place));
	for (i = at + 1; i <= m->location_count; i++)
		m->first[i]++;
	for (i = 0; i < m->thread_count; i++) {
		t = &m->thread[i];
		shift(&t->now, at, index);
		shift(&t->acquirable, at, index);
		shift(&t->released, at, index);
		shift(&t->section, at, index);
	}
	for (i = 0; i <= used; i++)
		if (&m->message[i] != place)
			shift(&m->message[i].view, at, index);
	return place;
}

static void see(struct memory *m, struct thread_state *t, unsigned int at,
		unsigned int index, enum model_order order)
{
	const struct message *read = message_at(m, at, index);

	if (t->now.at[at] < index)
		t->now.at[at] = (uint8_t)index;
	if (order & MODEL_ACQUIRE)
		join(m, &t->now, &read->view);
	join(m, &t->acquirable, &read->view);
	join(m, &t->acquirable, &t->now);
}

static void write_at(struct memory *m, struct thread_state *t, unsigned int at,
		     unsigned int index, uint32_t value, bool attached,
		     enum model_order order)
{
	struct message *new = insert(m, at, index);
	struct view before = {{0}};

	if (attached) /* the release sequence goes on */
		before = message_at(m, at, index - 1)->view;
	t->now.at[at] = (uint8_t)index;
	join(m, &t->acquirable, &t->now);
	new->value = value;
	new->attached = attached;
	new->view = order &MODEL_RELEASE ? t->now : t->released;
	new->view.at[at] = (uint8_t)index;
	join(m, &new->view, &before);
}

static bool is_attached(struct memory *m, unsigned int at, unsigned int index)
{
	return index < count_of(m, at) && message_at(m, at, index)->attached;
}

/* ---- accesses ---- */

unsigned int memory_load(struct memory *m, struct thread_state *t,
			 unsigned int at, enum model_order order,
			 unsigned int choice, uint32_t *ret_value)
{
	unsigned int first = t->now.at[at];
	unsigned int count = count_of(m, at) - first;

	*ret_value = message_at(m, at, first + choice)->value;
	see(m, t, at, first + choice, order);
	return count;
}

unsigned int memory_await(struct memory *m, struct thread_state *t,
			  unsigned int at, enum model_order order,
			  uint32_t value, bool equal, unsigned int choice,
			  uint32_t *ret_value)
{
	unsigned int index, found = count_of(m, at), options = 0;

	for (index = t->now.at[at]; index < count_of(m, at); index++)
		if ((message_at(m, at, index)->value == value) == equal &&
		    options++ == choice)
			found = index;
	if (found < count_of(m, at)) {
		*ret_value = message_at(m, at, found)->value;
		see(m, t, at, found, order);
	}
	return options;
}

unsigned int memory_store(struct memory *m, struct thread_state *t,
			  unsigned int at, enum model_order order,
			  uint32_t value, unsigned int choice)
{
	unsigned int index, found = 0, options = 0;

	for (index = t->now.at[at] + 1u; index <= count_of(m, at); index++)
		if (!is_attached(m, at, index) && options++ == choice)
			found = index;
	write_at(m, t, at, found, value, false, order);
	return options;
}

static bool matches(const struct memory_change *change, uint32_t value)
{
	return change->what < MEMORY_CAS || change->expected == value;
}

unsigned int memory_change(struct memory *m, struct thread_state *t,
			   unsigned int at, enum model_order order,
			   const struct memory_change *change,
			   unsigned int choice, uint32_t *ret_value)
{
	unsigned int index, found = count_of(m, at), options = 0;
	uint32_t value;

	for (index = t->now.at[at]; index < count_of(m, at); index++) {
		value = message_at(m, at, index)->value;
		if (matches(change, value) && is_attached(m, at, index + 1))
			continue; /* somebody else changed this very value */
		if (change->what == MEMORY_AWAIT && !matches(change, value))
			continue;
		if (options++ == choice)
			found = index;
	}
	if (found == count_of(m, at))
		return options;
	value = message_at(m, at, found)->value;
	*ret_value = value;
	see(m, t, at, found, order);
	if (matches(change, value))
		write_at(m, t, at, found + 1,
			 change->what == MEMORY_ADD ? value + change->value :
						      change->value,
			 true, order);
	return options;
}

void memory_fence(struct thread_state *t, enum model_order order)
{
	if (order & MODEL_ACQUIRE)
		t->now = t->acquirable;
	if (order & MODEL_RELEASE)
		t->released = t->now;
}

uint32_t memory_last(const struct memory *m, unsigned int at)
{
	return m->message[m->first[at + 1] - 1].value;
}

uint32_t memory_look(struct memory *m, struct thread_state *t, unsigned int at)
{
	unsigned int index = count_of(m, at) - 1;

	see(m, t, at, index, MODEL_RELAXED);
	return message_at(m, at, index)->value;
}

void memory_join(const struct memory *m, struct thread_state *to,
		 const struct view *from)
{
	join(m, &to->now, from);
	join(m, &to->acquirable, &to->now);
}

/* ---- states ---- */

static void lower(struct view *view, unsigned int at, unsigned int by)
{
	view->at[at] = view->at[at] > by ? (uint8_t)(view->at[at] - by) : 0;
}

/* Drops the first @by messages of a history. */
static void drop(struct memory *m, unsigned int at, unsigned int by)
{
	unsigned int used = memory_used(m), i;
	struct message *place = message_at(m, at, 0);

	memmove(place, place + by,
		(size_t)(&m->message[used] - place - by) * sizeof(*place));
	for (i = at + 1; i <= m->location_count; i++)
		m->first[i] = (uint8_t)(m->first[i] - by);
	for (i = 0; i < m->thread_count; i++) {
		lower(&m->thread[i].now, at, by);
		lower(&m->thread[i].acquirable, at, by);
		lower(&m->thread[i].released, at, by);
		lower(&m->thread[i].section, at, by);
	}
	for (i = 0; i < used - by; i++)
		lower(&m->message[i].view, at, by);
	place->attached = 0;
}

void memory_tidy(struct memory *m)
{
	unsigned int at, i, least;

	for (i = 0; i < m->thread_count; i++) {
		struct thread_state *t = &m->thread[i];

		if (!t->done)
			continue;
		/* it reads no more: it holds nothing back */
		for (at = 0; at < m->location_count; at++)
			t->now.at[at] = (uint8_t)(count_of(m, at) - 1);
		t->acquirable = t->released = t->now;
		memset(t->reg, 0, sizeof(t->reg));
		t->operations = t->logged = 0;
	}
	for (at = 0; at < m->location_count; at++) {
		least = count_of(m, at) - 1;
		for (i = 0; i < m->thread_count; i++)
			if (m->thread[i].now.at[at] < least)
				least = m->thread[i].now.at[at];
		if (least)
			drop(m, at, least);
	}
}

struct hash {
	uint64_t a;
};

static void mix(struct hash *h, uint64_t word)
{
	unsigned __int128 product =
		(unsigned __int128)(h->a ^ word) * UINT64_C(0x9e3779b97f4a7c15);

	h->a = (uint64_t)product ^ (uint64_t)(product >> 64) ^
	       UINT64_C(0xd6e8feb86659fd93);
}

static void mix_bytes(struct hash *h, const void *bytes, size_t len)
{
	const char *at = bytes;
	uint64_t word;

	for (; len >= 8; len -= 8, at += 8) {
		memcpy(&word, at, 8);
		mix(h, word);
	}
	if (len) {
		word = 0;
		memcpy(&word, at, len);
		mix(h, word);
	}
}

static void mix_thread(struct hash *h, const struct memory *m,
		       const struct thread_state *t, unsigned int flags)
{
	mix(h, (uint64_t)t->done | (uint64_t)t->woken << 1 |
		       (uint64_t)t->in_section << 2 | (uint64_t)t->sleeps << 8 |
		       (uint64_t)t->sections << 16 |
		       (uint64_t)t->operations << 24 |
		       (uint64_t)t->logged << 32);
	if (t->sections)
		mix_bytes(h, t->section.at, m->location_count);
	if (t->done)
		return;
	mix_bytes(h, t->reg, sizeof(t->reg));
	mix_bytes(h, t->log, t->logged * sizeof(t->log[0]));
	mix_bytes(h, t->now.at, m->location_count);
	/* without such fences nothing depends on the other two */
	if (flags & MODEL_FENCE_ACQUIRE)
		mix_bytes(h, t->acquirable.at, m->location_count);
	if (flags & MODEL_FENCE_RELEASE)
		mix_bytes(h, t->released.at, m->location_count);
}

uint64_t memory_hash(const struct memory *m, const unsigned int *flags)
{
	struct hash h = {1};
	unsigned int i;

	for (i = 0; i < m->thread_count; i++)
		mix_thread(&h, m, &m->thread[i], flags[i]);
	mix_bytes(&h, m->first, m->location_count + 1);
	for (i = 0; i < memory_used(m); i++) {
		mix(&h, (uint64_t)m->message[i].attached << 32 |
				m->message[i].value);
		mix_bytes(&h, m->message[i].view.at, m->location_count);
	}
	return h.a;
}
