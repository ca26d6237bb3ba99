/* SPDX-License-Identifier: MIT */
/*
 * keys.h - what is pressed, and the list of what it does
 */
#ifndef EXPVAR_TOP_KEYS_H
#define EXPVAR_TOP_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Characters stand for themselves; these are beyond Unicode. */
enum top_key {
	TOP_KEY_BACKSPACE = 0x08,
	TOP_KEY_TAB = 0x09,
	TOP_KEY_ENTER = 0x0D,
	TOP_KEY_ESCAPE = 0x1B,
	TOP_KEY_UP = 0x200000,
	TOP_KEY_DOWN,
	TOP_KEY_LEFT,
	TOP_KEY_RIGHT,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_BACK_TAB,
};
#define TOP_KEY_CTRL(letter) ((letter)&0x1F)

struct top_key_help {
	const char *keys, *text;
};
extern const struct top_key_help top_keys_help[];
extern const size_t top_keys_help_count;

#endif
