/* SPDX-License-Identifier: MIT */
/*
 * image.c - packed images, and files of them
 */
#include "fuzz/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

#define FILES 8
#define WORDS_MAX (IMAGE_MAX / 8)

struct packed {
	const uint8_t *at, *end;
};

static bool take(struct packed *packed, void *to, size_t size)
{
	if ((size_t)(packed->end - packed->at) < size)
		return false;
	memcpy(to, packed->at, size);
	packed->at += size;
	return true;
}

/* The file's length, and what is behind it. */
static uint64_t take_len(struct packed *packed)
{
	uint32_t len = 0;

	take(packed, &len, sizeof(len));
	return util_min(len, IMAGE_MAX);
}

static void take_loads(struct packed *packed, struct image *image)
{
	uint16_t count = 0;

	image->load_count = 0;
	take(packed, &count, sizeof(count));
	for (count %= IMAGE_LOADS + 1; count; count--) {
		struct image_load *load = &image->loads[image->load_count];

		if (!take(packed, &load->skip, 2) ||
		    !take(packed, &load->lie, 2) ||
		    !take(packed, &load->value, 8))
			break;
		load->lie %= IMAGE_LIE_XOR + 1;
		image->load_count++;
	}
}

static void take_runs(struct packed *packed, struct image *image)
{
	uint64_t word = 0, words = image->len / 8;
	uint16_t skip, count;
	size_t size;

	while (image->run_count < IMAGE_RUNS && take(packed, &skip, 2) &&
	       take(packed, &count, 2)) {
		word += skip;
		if (word >= words)
			return;
		size = util_min(util_min(count, words - word) * 8,
				(size_t)(packed->end - packed->at));
		take(packed, image->bytes + word * 8, size);
		image->runs[image->run_count].word = (uint32_t)word;
		image->runs[image->run_count++].count =
			(uint32_t)((size + 7) / 8);
		word += count;
	}
}

void image_unpack(struct image *image, const uint8_t *bytes, size_t len)
{
	struct packed packed = { bytes, bytes + len };
	size_t i;

	for (i = 0; i < image->run_count; i++)
		memset(image->bytes + (size_t)image->runs[i].word * 8, 0,
		       (size_t)image->runs[i].count * 8);
	image->run_count = 0;
	image->len = take_len(&packed);
	take_loads(&packed, image);
	take_runs(&packed, image);
}

/* ---- packing ---- */

struct writer {
	uint8_t *bytes;
	size_t len, max;
};

static bool put(struct writer *w, const void *bytes, size_t size)
{
	if (size > w->max - w->len)
		return false;
	memcpy(w->bytes + w->len, bytes, size);
	w->len += size;
	return true;
}

static bool put_run(struct writer *w, size_t skip, const uint64_t *words,
		    size_t count)
{
	uint16_t n;

	/* Numbers of 16 bits: more zeros are several runs without words. */
	while (skip > UINT16_MAX) {
		if (!put(w, &(uint16_t){ UINT16_MAX }, 2) ||
		    !put(w, &(uint16_t){ 0 }, 2))
			return false;
		skip -= UINT16_MAX;
	}
	do {
		n = (uint16_t)util_min(count, UINT16_MAX);
		if (w->max - w->len < 4 + (size_t)n * 8)
			return false;
		put(w, &(uint16_t){ (uint16_t)skip }, 2);
		put(w, &n, 2);
		put(w, words, (size_t)n * 8);
		skip = 0;
		words += n;
		count -= n;
	} while (count);
	return true;
}

static void put_runs(struct writer *w, const uint64_t *words, size_t count)
{
	size_t at = 0, last = 0, begin;

	for (;;) {
		/* Nearly all of it: eight at a time. */
		while (count - at >= 8 &&
		       !(words[at] | words[at + 1] | words[at + 2] |
			 words[at + 3] | words[at + 4] | words[at + 5] |
			 words[at + 6] | words[at + 7]))
			at += 8;
		while (at < count && !words[at])
			at++;
		if (at == count)
			return;
		for (begin = at; at < count && words[at];)
			at++;
		if (!put_run(w, begin - last, words + begin, at - begin))
			return;
		last = at;
	}
}

size_t image_pack(const struct image *image, uint8_t *bytes, size_t max)
{
	struct writer w = { bytes, 0, max };
	uint32_t len = (uint32_t)image->len;
	uint16_t count = (uint16_t)image->load_count;
	size_t i;

	put(&w, &len, sizeof(len));
	put(&w, &count, sizeof(count));
	for (i = 0; i < count; i++) {
		put(&w, &image->loads[i].skip, 2);
		put(&w, &image->loads[i].lie, 2);
		put(&w, &image->loads[i].value, 8);
	}
	put_runs(&w, (const void *)image->bytes, image->len / 8);
	return w.len;
}

/* ---- files ---- */

struct file {
	int fd;
	uint64_t age;
	struct image image;
};

/* Held, so that a reader takes the writer for alive. */
static void lock_file(int fd)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_len = 1 };
	char path[64];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	if (other < 0 || fcntl(other, F_OFD_SETLK, &lock))
		fuzz_broken("lock", strerror(errno));
	/* Its mapping, which is never undone, keeps the lock. */
	if (mmap(NULL, 1, PROT_READ, MAP_SHARED, other, 0) == MAP_FAILED)
		fuzz_broken("mmap", strerror(errno));
	close(other);
}

/*
 * No hole anywhere: a segment with holes is refused before it is looked at.
 * What fallocate() made is still a hole to SEEK_HOLE; what was written is not.
 */
static void set_len(struct file *file, uint64_t len)
{
	if (ftruncate(file->fd, 0) || ftruncate(file->fd, (off_t)len) ||
	    (len && posix_fallocate(file->fd, 0, (off_t)len)))
		fuzz_broken("memfd", "no memory");
	memset(file->image.bytes, 0, len);
	file->image.run_count = 0;
	file->image.len = len;
}

static const char *file_path; /* NULL: none has a name */

void image_file_name(const char *path)
{
	file_path = path;
}

static void open_file(struct file *file)
{
	void *bytes;

	file->fd = file_path ? open(file_path, O_RDWR | O_CREAT | O_CLOEXEC,
				    0600) :
			       memfd_create("fuzz", MFD_CLOEXEC);
	if (file->fd < 0)
		fuzz_broken("file", strerror(errno));
	bytes = mmap(NULL, IMAGE_MAX, PROT_READ | PROT_WRITE, MAP_SHARED,
		     file->fd, 0);
	if (bytes == MAP_FAILED)
		fuzz_broken("memfd", strerror(errno));
	file->image.bytes = bytes;
	lock_file(file->fd);
}

int image_file(const uint8_t *bytes, size_t len, struct image **ret_image)
{
	static struct file files[FILES];
	static uint64_t age;
	struct packed packed = { bytes, bytes + len };
	uint64_t file_len = take_len(&packed);
	struct file *file = &files[0];
	size_t i;

	/* The one of this length, or an unused one, or the least used. */
	for (i = 0; i < (file_path ? 1 : FILES); i++) {
		if (files[i].age && files[i].image.len == file_len) {
			file = &files[i];
			break;
		}
		if (files[i].age < file->age)
			file = &files[i];
	}
	if (!file->age)
		open_file(file);
	if (!file->age || file->image.len != file_len)
		set_len(file, file_len);
	file->age = ++age;
	image_unpack(&file->image, bytes, len);
	*ret_image = &file->image;
	return file->fd;
}
