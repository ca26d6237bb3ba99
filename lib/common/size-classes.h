/* SPDX-License-Identifier: MIT */
/*
 * size-classes.h - the sizes of Go's small objects, as memstats.BySize has them
 *
 * A block belongs to the first class that is not smaller. From 64 on they are
 * multiples of 16, from 1,024 on of 64.
 */
#ifndef EXPVAR_SIZE_CLASSES_H
#define EXPVAR_SIZE_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#define SIZE_CLASSES 61u

static const uint16_t size_classes[SIZE_CLASSES] = {
	0,    8,    16,	  24,	32,   48,   64,	   80,	  96,	 112,	128,
	144,  160,  176,  192,	208,  224,  240,   256,	  288,	 320,	352,
	384,  416,  448,  480,	512,  576,  640,   704,	  768,	 896,	1024,
	1152, 1280, 1408, 1536, 1792, 2048, 2304,  2688,  3072,	 3200,	3456,
	4096, 4864, 5376, 6144, 6528, 6784, 6912,  8192,  9472,	 9728,	10240,
	10880, 12288, 13568, 14336, 16384, 18432,
};

#define SIZE_CLASS_LAST 18432u

/* The class of a size; SIZE_CLASSES if it is beyond all of them. */
static inline size_t size_class_of(uint64_t size)
{
	size_t low = 0, high = SIZE_CLASSES, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (size_classes[middle] < size)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
