/* SPDX-License-Identifier: MIT */
/*
 * size-class.c - Go's size classes, for who makes a memstats object
 */
#include "reader.h"
#include "size-classes.h"

_Static_assert(SIZE_CLASSES == EXPVAR_SIZE_CLASSES, "as reader.h says");

uint32_t expvar_size_class(uint32_t number)
{
	return number < SIZE_CLASSES ? size_classes[number] : 0;
}

uint32_t expvar_size_class_of(uint64_t size)
{
	return (uint32_t)size_class_of(size);
}
