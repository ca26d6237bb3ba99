/* SPDX-License-Identifier: MIT */
/*
 * api-calls.h - what programs for fuzz-api.c can do
 *
 * A program is four bytes a step: a call, and three operands. What each call
 * takes is said where it is defined; whatever the bytes, they are a program.
 */
#ifndef EXPVAR_TESTS_FUZZ_API_CALLS_H
#define EXPVAR_TESTS_FUZZ_API_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/api-model.h"

#define API_SLOTS 16u

/* Handles, as a program keeps them. */
struct api_slot {
	struct expvar_var *handle;
	struct model_var *var;
};

extern struct api_slot api_slots[API_SLOTS];

struct api_step {
	uint8_t call, a, b, c;
};

struct api_call {
	const char *name;
	void (*run)(const struct api_step *step);
};

/* Each ends with a NULL. */
extern const struct api_call api_new_calls[], api_name_calls[],
	api_life_calls[], api_update_calls[];

/* The steps that are left; a forked child goes on with them. */
struct api_program {
	const struct api_step *steps;
	size_t count, at;
	unsigned int forks, lives;
};

extern struct api_program api_program;

/* How a program begins, from its first byte; or anew after expvar_fini(). */
void api_start(uint8_t how);

/* A slot of that type from @number on, or an empty one: then NULL is used. */
struct api_slot *api_slot_of(uint8_t number, enum expvar_type type);
/* Any; with handle and var NULL if it is empty. */
struct api_slot *api_slot(uint8_t number);
int64_t api_number(uint8_t number);
double api_real(uint8_t number);
const char *api_bytes(uint8_t number, size_t *ret_len);

const char *api_name(uint8_t number);
struct expvar_map *api_map(const struct api_slot *slot);

/* The slot's handle is released, and replaced. */
void api_put(struct api_slot *slot, struct expvar_var *handle,
	     struct model_var *var);
/* A call that begins a life by itself, if it had to. */
void api_started(void);
bool api_is_lack_of_room(int error);
/* The model of what could not be published. */
struct model_var *api_stand_in(struct expvar_var *handle,
			       enum expvar_type type);
void api_enter_private(struct model_var *map, const char *key,
		       struct model_var *var);
/* A map of this life. */
bool api_is_usable(const struct api_slot *map);

/* api-check.c: compares everything there is with the model. */
void api_check(void);
/* Likewise what a reader in this process sees. */
void api_check_reader(void);

#endif
