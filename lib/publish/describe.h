/* SPDX-License-Identifier: MIT */
/*
 * describe.h - kind, unit, help and label of a variable
 */
#ifndef EXPVAR_DESCRIBE_H
#define EXPVAR_DESCRIBE_H

#include "variable.h"

/** Gives the texts back; the variable is taken apart. Under the lock. */
void expvar_describe_forget(struct variable *variable);

#endif
