/* SPDX-License-Identifier: MIT */
/*
 * leavings.h - segments that dead processes left
 *
 * They are for a post-mortem, and so some are kept; without an end to it a
 * program that crashes every minute would fill the tmpfs.
 */
#ifndef EXPVAR_LEAVINGS_H
#define EXPVAR_LEAVINGS_H

#include "file.h"
#include "layout.h"

/** Beyond so many nothing is removed at all. */
#define LEAVINGS_KEEP_MOST 60u

/**
 * expvar_leavings_remove() - of the same application and user, all but @keep
 * @file:   a published one; the directory it is in is searched
 * @header: its header: who this process is
 *
 * Removes only what is proven dead (docs/format.md 8), the oldest first. Takes
 * a fraction of a millisecond at most: what it does not come to is left for
 * the next start.
 */
void expvar_leavings_remove(const struct file *file,
			    const struct layout_header *header,
			    unsigned int keep);

#endif
