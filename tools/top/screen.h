/* SPDX-License-Identifier: MIT */
/*
 * screen.h - the terminal: a canvas comes onto it, keys come from it
 *
 * It alone knows ncurses. Between top_screen_open() and top_screen_close() the
 * process may divide in two (confine/apart.h): the one that stays confined
 * draws and reads keys, and the other one, which still may, does the rest.
 * Messages to standard error are kept until the end.
 */
#ifndef EXPVAR_TOP_SCREEN_H
#define EXPVAR_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "confine/confine.h"

struct top_canvas;

/* One in a process. 0, or negative: it was said what is wrong. */
int top_screen_open(bool ascii, bool no_color);
/* As it was before; then what was said meanwhile. */
void top_screen_close(void);

/* The canvas gets the size of the terminal. False: out of memory. */
bool top_screen_fit(struct top_canvas *canvas);
void top_screen_show(const struct top_canvas *canvas);
/* Nothing on the terminal is right. */
void top_screen_spoiled(void);

/* Waits for a key, at most @timeout_ns; 0: there is none. */
uint32_t top_screen_key(uint64_t timeout_ns);
/* Whether the user, or the terminal, is gone. */
bool top_screen_is_gone(void);

/* To the shell, and back when it says so. */
void top_screen_suspend(void);

/* The last line of what was said, fit for the canvas. */
void top_screen_message(char *text, size_t size);

/* For apart_options.serve: what the confined one asks for. */
void top_screen_serve(struct confine_message *message, int *ret_fd,
		      void *userdata);

#endif
