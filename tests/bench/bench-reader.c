/* SPDX-License-Identifier: MIT */
/*
 * bench-reader.c - CPU time of a snapshot, and of a snapshot as JSON
 *
 * The mixture of the studies: 70 % integers, 10 % floats, 10 % strings, 10 %
 * in maps of ten; names in no order. Prints the best and the median of several rounds of
 * this process's own CPU time, in ns a variable.
 *
 * usage: bench-reader [VARIABLES]...
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "expvar/reader.h"
#include "support/mkseg.h"

#define ROUNDS 15

static int to_null(const char *bytes, size_t len, void *userdata)
{
	int *fd = userdata;

	return write(*fd, bytes, len) == (ssize_t)len ? 0 : -1;
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct mkseg *build(size_t count)
{
	struct mkseg *m = mkseg_new((uint64_t)count * 260 + (1 << 20));
	uint64_t state = count, map = 0, value;
	size_t i, in_map = 10;
	char name[64], text[64];
	double number;

	mkseg_identify(m, "bench");
	for (i = 0; i < count; i++) {
		value = next_random(&state);
		snprintf(name, sizeof(name), "%s.%s_%07zu",
			 (value & 1) ? "http" : "storage",
			 (value & 2) ? "requests" : "bytes",
			 (size_t)(value >> 8) % (count * 8));
		switch (i % 10) {
		case 7:
			number = (double)(value >> 12) / 1e6;
			mkseg_add(m, LAYOUT_FLOAT, LAYOUT_UNIT_ROOT, name,
				  mkseg_float(number));
			break;
		case 8:
			snprintf(text, sizeof(text), "state \"%zu\" of %zu", i,
				 count);
			mkseg_add(m, LAYOUT_STRING, LAYOUT_UNIT_ROOT, name,
				  mkseg_version(m, text, strlen(text), 0));
			break;
		case 9:
			if (in_map == 10) {
				map = mkseg_add(m, LAYOUT_MAP,
						LAYOUT_UNIT_ROOT, name, 0);
				in_map = 0;
			}
			snprintf(name, sizeof(name), "key%zu", ++in_map);
			mkseg_add(m, LAYOUT_INT, map, name, value >> 40);
			break;
		default:
			mkseg_add(m, LAYOUT_INT, LAYOUT_UNIT_ROOT, name,
				  value >> (value & 63));
		}
	}
	return m;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int bench(const char *path, size_t count, int null)
{
	double open_snapshot[ROUNDS], json[ROUNDS], t0, t1;
	struct expvar_reader *reader;
	struct expvar_snapshot *snapshot;
	struct expvar_snapshot_totals totals = { .struct_size = sizeof(totals) };
	int i, error;

	for (i = 0; i < ROUNDS; i++) {
		t0 = cpu_ns();
		error = expvar_reader_open(path, 0, &reader);
		if (!error)
			error = expvar_reader_snapshot(reader, 0, &snapshot);
		if (error) {
			fprintf(stderr, "bench-reader: %s\n",
				expvar_reader_strerror(error));
			return 1;
		}
		t1 = cpu_ns();
		expvar_snapshot_json(snapshot, NULL, to_null, &null);
		expvar_snapshot_stats(snapshot, &totals);
		expvar_snapshot_free(snapshot);
		expvar_reader_close(reader);
		open_snapshot[i] = (t1 - t0) / (double)count;
		json[i] = (cpu_ns() - t0) / (double)count;
	}
	qsort(open_snapshot, ROUNDS, sizeof(double), compare);
	qsort(json, ROUNDS, sizeof(double), compare);
	printf("%8zu variables: snapshot %5.1f (%5.1f), with JSON and release %5.1f (%5.1f) ns each; %.1f MiB held\n",
	       count, open_snapshot[0], open_snapshot[ROUNDS / 2], json[0],
	       json[ROUNDS / 2], (double)totals.memory_bytes / 1048576);
	return 0;
}

int main(int argc, char **argv)
{
	static const size_t usual[] = { 1000, 10000, 100000, 1000000 };
	const char *directory = getenv("EXPVAR_BENCH_DIR");
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), failed = 0, i;
	int rounds = argc > 1 ? argc - 1 : 4;
	char path[256];

	snprintf(path, sizeof(path), "%s/bench-reader.%d",
		 directory ? directory : "/dev/shm", (int)getpid());
	for (i = 0; i < rounds && !failed; i++) {
		size_t count = argc > 1 ? strtoull(argv[i + 1], NULL, 10) :
					  usual[i];
		struct mkseg *m = build(count);

		failed = mkseg_write(m, path) || bench(path, count, null);
		mkseg_free(m);
		unlink(path);
	}
	return failed;
}
