/* SPDX-License-Identifier: MIT */
/*
 * allocate.c - allocates what it is told, for the tests of expvar-run
 *
 *	allocate SCENARIO [ARGUMENT]...
 *
 * What each scenario does is exactly countable. It neither prints nor reads
 * anything but what the scenario says, as the C library would allocate for
 * that.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The compiler shall not know what is done with blocks. */
static void *see(void *block)
{
	void *volatile seen = block;

	return seen;
}

static void give_back(void *block)
{
	free(see(block));
}

static void check(int is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "allocate: %s\n", what);
	exit(2);
}

/* Each of the functions once: 11 blocks are made, and one moved. */
static void each(void)
{
	void *blocks[11];
	size_t i, page = (size_t)sysconf(_SC_PAGESIZE);

	blocks[0] = see(malloc(100));
	blocks[1] = see(calloc(10, 20));
	blocks[2] = see(realloc(NULL, 300));
	blocks[2] = see(realloc(blocks[2], 400));
	blocks[3] = see(reallocarray(NULL, 5, 100));
	check(!posix_memalign(&blocks[4], 64, 600), "posix_memalign");
	blocks[5] = see(aligned_alloc(128, 768));
	blocks[6] = see(memalign(32, 800));
	blocks[7] = see(valloc(900));
	blocks[8] = see(pvalloc(1000));
	blocks[9] = see(malloc(0));
	blocks[10] = see(malloc(1000000));
	check((uintptr_t)blocks[4] % 64 == 0 && (uintptr_t)blocks[5] % 128 == 0 &&
		      (uintptr_t)blocks[7] % page == 0,
	      "alignment");
	check(malloc_usable_size(blocks[0]) >= 100, "malloc_usable_size");
	for (i = 0; i < 11; i++)
		memset(blocks[i], 1, i == 9 ? 0 : 100);
	for (i = 0; i < 11; i++)
		give_back(blocks[i]);
	free(NULL);
}

/* None of these is counted, but for the block they are tried on. */
static void fail(void)
{
	void *volatile block = see(malloc(10)); /* also after a failure */
	void *none = block;
	volatile size_t huge = SIZE_MAX / 2;

	errno = 0;
	check(!see(malloc(huge)) && errno == ENOMEM, "malloc");
	check(!see(calloc(huge, 3)), "calloc");
	check(!see(realloc(block, huge)), "realloc");
	errno = 0;
	check(!see(reallocarray(block, huge, 3)) && errno == ENOMEM,
	      "reallocarray");
	check(posix_memalign(&none, 3, 10) == EINVAL && none == block,
	      "posix_memalign");
	check(!see(aligned_alloc(64, huge)), "aligned_alloc");
	/* Frees the block, and makes none. */
	check(!see(realloc(block, 0)), "realloc to nothing");
}

static void *work(void *argument)
{
	size_t count = (size_t)(uintptr_t)argument, i;

	errno = 123;
	for (i = 0; i < count; i++)
		give_back(malloc(16 + i % 64 * 24));
	check(errno == 123, "errno");
	return NULL;
}

/* Before anything else runs, the constructors of all libraries included. */
static void work_early(int argc, char **argv, char **environment)
{
	(void)environment;
	if (argc > 1 && !strcmp(argv[1], "early"))
		work((void *)(uintptr_t)100);
}

static void (*const early)(int, char **, char **)
	__attribute__((section(".preinit_array"), used)) = work_early;

/* N threads, each of which makes 1,000 blocks; R rounds. */
static void threads(size_t number, size_t rounds)
{
	pthread_t *all = calloc(number, sizeof(*all));
	size_t round, i;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < number; i++)
			check(!pthread_create(&all[i], NULL, work,
					      (void *)(uintptr_t)1000),
			      "pthread_create");
		for (i = 0; i < number; i++)
			pthread_join(all[i], NULL);
	}
	free(all);
}

/* Blocks that are freed after the destructors of the thread have begun. */
static pthread_key_t keys[40];

static void at_end(void *block)
{
	static __thread int rounds;

	give_back(malloc(48));
	if (++rounds < 100)
		pthread_setspecific(keys[39], block);
	else
		give_back(block);
}

static void *leave(void *argument)
{
	(void)argument;
	pthread_setspecific(keys[39], malloc(24));
	return NULL;
}

static void destructors(size_t number)
{
	pthread_t thread;
	size_t i;

	for (i = 0; i < 40; i++)
		check(!pthread_key_create(&keys[i], i == 39 ? at_end : NULL),
		      "pthread_key_create");
	for (i = 0; i < number; i++) {
		check(!pthread_create(&thread, NULL, leave, NULL),
		      "pthread_create");
		pthread_join(thread, NULL);
	}
}

/* Children that allocate, all of whose calls are their own. */
static void forks(size_t number)
{
	int status;
	pid_t pid;
	size_t i;

	for (i = 0; i < number; i++) {
		pid = fork();
		check(pid >= 0, "fork");
		if (pid == 0) {
			work((void *)(uintptr_t)500);
			_exit(7);
		}
		check(waitpid(pid, &status, 0) == pid &&
			      WEXITSTATUS(status) == 7,
		      "child");
		give_back(malloc(32));
	}
}

/* The same while other threads are in the middle of calls; some become others. */
static void *go_on(void *argument)
{
	while (!*(volatile int *)argument)
		work((void *)(uintptr_t)100);
	return NULL;
}

static void storm(size_t number)
{
	pthread_t threads[4];
	volatile int is_over = 0;
	size_t i;

	for (i = 0; i < 4; i++)
		check(!pthread_create(&threads[i], NULL, go_on,
				      (void *)(uintptr_t)&is_over),
		      "pthread_create");
	forks(number);
	for (i = 0; i < number; i++)
		check(!system(":"), "system");
	is_over = 1;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void on_signal(int number)
{
	(void)number;
	/* No program may; this one is in no malloc() when it is done. */
	give_back(malloc(40));
}

static void signals(size_t number)
{
	size_t i;

	signal(SIGUSR1, on_signal);
	for (i = 0; i < number; i++)
		raise(SIGUSR1);
}

static void libraries(char **names)
{
	void *library;

	for (; *names; names++) {
		library = dlopen(*names, RTLD_NOW | RTLD_GLOBAL);
		check(library != NULL, *names);
		dlclose(library);
	}
}

/* A server's idea of tidiness. */
static void close_all(void)
{
	int fd;

	for (fd = 0; fd < 1024; fd++)
		close(fd);
	work((void *)(uintptr_t)1000);
}

static size_t number_of(const char *text)
{
	return text ? strtoul(text, NULL, 10) : 0;
}

static void run(const char *what, char **arguments)
{
	size_t number = number_of(arguments[0]);

	if (!strcmp(what, "each"))
		each();
	else if (!strcmp(what, "fail"))
		fail();
	else if (!strcmp(what, "early") || !strcmp(what, "work"))
		work((void *)(uintptr_t)number);
	else if (!strcmp(what, "leak"))
		while (number--)
			(void)see(malloc(100));
	else if (!strcmp(what, "threads"))
		threads(number, number_of(arguments[1]));
	else if (!strcmp(what, "destructors"))
		destructors(number);
	else if (!strcmp(what, "forks"))
		forks(number);
	else if (!strcmp(what, "storm"))
		storm(number);
	else if (!strcmp(what, "signals"))
		signals(number);
	else if (!strcmp(what, "libraries"))
		libraries(arguments);
	else if (!strcmp(what, "close"))
		close_all();
	else if (!strcmp(what, "exit"))
		exit((int)number);
	else if (!strcmp(what, "kill"))
		raise((int)number);
	else if (!strcmp(what, "chroot"))
		check(!chroot(arguments[0]) && !chdir("/"), "chroot");
	else if (!strcmp(what, "wait"))
		pause();
	else
		check(0, "no such scenario");
}

/* allocate [SCENARIO [ARGUMENT]... [-- ...]]: one after the other */
int main(int argc, char **argv)
{
	char **arguments = argv + 1, **end;

	if (argc < 2)
		return 2;
	for (;;) {
		for (end = arguments; *end && strcmp(*end, "--");)
			end++;
		if (!*end) {
			run(arguments[0], arguments + 1);
			return 0;
		}
		*end = NULL;
		run(arguments[0], arguments + 1);
		arguments = end + 1;
	}
}
