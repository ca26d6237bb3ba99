/* SPDX-License-Identifier: MIT */
/*
 * plain.h - the model as text: --plain, --once
 */
#ifndef EXPVAR_TOP_PLAIN_H
#define EXPVAR_TOP_PLAIN_H

#include "common/buffer.h"
#include "model.h"
#include "rows.h"

/*
 * Adds a block: for each process a line that says what is known of it, and
 * below it a line for each of its variables, which begin with two blanks.
 * Returns how many variables, or -ENOMEM.
 */
int top_put_plain(struct dump_buffer *to, const struct top_model *model,
		  const struct top_rows_options *options);

#endif
