/* SPDX-License-Identifier: MIT */
/*
 * image.h - a segment as the input of a fuzzer: runs of words, packed
 *
 *	u32 length of the file
 *	u16 number of loads to be answered falsely, then 12 bytes each
 *	runs until the end: u16 words of zeros, u16 words, then these
 *
 * Whatever the bytes, they stand for an image. Most of a segment is zero, so
 * what an engine mutates is a hundredth of what the reader sees.
 */
#ifndef EXPVAR_TESTS_FUZZ_IMAGE_H
#define EXPVAR_TESTS_FUZZ_IMAGE_H

#include "fuzz/fuzz.h"
#include "layout.h"

#define IMAGE_BLOCKS 32u
#define IMAGE_MAX (2 * LAYOUT_PAGE + IMAGE_BLOCKS * LAYOUT_BLOCK)
#define IMAGE_LOADS 16u
#define IMAGE_RUNS 4096u

enum image_lie {
	IMAGE_LIE_STORE, /* the word itself changes, for good */
	IMAGE_LIE_ANSWER, /* only this answer does */
	IMAGE_LIE_XOR, /* likewise, but by the bits given */
};

/* The loads that a reader makes are counted; @skip is since the last lie. */
struct image_load {
	uint16_t skip;
	uint16_t lie;
	uint64_t value;
};

struct image_run {
	uint32_t word, count;
};

struct image {
	unsigned char *bytes; /* IMAGE_MAX; zero behind the runs */
	uint64_t len; /* of the file */
	struct image_load loads[IMAGE_LOADS];
	size_t load_count;
	struct image_run runs[IMAGE_RUNS]; /* those that may not be zero */
	size_t run_count;
};

/* @image->bytes and the runs are those of what it held before. */
void image_unpack(struct image *image, const uint8_t *bytes, size_t len);
size_t image_pack(const struct image *image, uint8_t *bytes, size_t max);
/* A file with that content, mapped for writing; one of a few that are kept. */
int image_file(const uint8_t *bytes, size_t len, struct image **ret_image);
/* From now on there is one file, of that name. */
void image_file_name(const char *path);

/* image-mutate.c, image-recipe.c: as struct fuzz_target wants them. */
size_t image_mutate(uint8_t *bytes, size_t len, size_t max, uint64_t *random);
size_t image_parse(const char *text, uint8_t *bytes, size_t max);
void image_print(const uint8_t *bytes, size_t len, FILE *to);

static inline struct layout_header *image_header(const struct image *image)
{
	return (struct layout_header *)(void *)image->bytes;
}

#endif
