/* SPDX-License-Identifier: MIT */
/*
 * program.h - the program that is to be started, and whether it can be counted
 *
 * Nothing can be preloaded into a program without a dynamic loader, or with
 * another one than ours; and into one that gains rights the loader lets nobody
 * preload anything. Better to say so than to run it uncounted.
 */
#ifndef EXPVAR_RUN_PROGRAM_H
#define EXPVAR_RUN_PROGRAM_H

#include <limits.h>

struct run_program {
	char path[PATH_MAX];
	/* Of a script: how often env(1) looks for the interpreter that is meant. */
	unsigned int envs;
};

/**
 * run_program_find() - look for it, as execvp(3) does
 * @name:        as given
 * @ret_program: receives where it is
 *
 * Returns: 0, -ENOENT, -EACCES, or another -errno.
 */
int run_program_find(const char *name, struct run_program *ret_program);

/**
 * run_program_check() - can it be counted?
 * @program: that was found; what it needs is noted
 *
 * Says why not.
 *
 * Returns: 0 or -EINVAL.
 */
int run_program_check(struct run_program *program);

#endif
