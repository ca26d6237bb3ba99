/* SPDX-License-Identifier: MIT */
/*
 * litmus.h - does the explorer know the memory model?
 */
#ifndef MODEL_LITMUS_H
#define MODEL_LITMUS_H

#include "explorer.h"

/* 0 if every program has exactly the outcomes it should have. */
int litmus_run(void);

#endif
