/* SPDX-License-Identifier: MIT */
/*
 * models.h - the models there are
 */
#ifndef MODEL_MODELS_H
#define MODEL_MODELS_H

#include "explorer.h"

extern const struct model model_cells;
extern const struct model model_directory;
extern const struct model model_func;
extern const struct model model_growth;
extern const struct model model_heap;
extern const struct model model_histogram;
extern const struct model model_index;
extern const struct model model_lock;
extern const struct model model_malloc;
extern const struct model model_process;
extern const struct model model_publish;
extern const struct model model_rotor;
extern const struct model model_sigbus;
extern const struct model model_stack;
extern const struct model model_timer;
extern const struct model model_variable;

#endif
