/* SPDX-License-Identifier: MIT */
/*
 * treewalk.c - scan a directory tree with several threads, in public
 *
 * A small real program that uses most of expvar.h: it counts the files below
 * a directory, reads the beginning of each, and publishes what it is doing.
 * While it runs (or, with --wait, after it), `expvar-dump treewalk` looks.
 *
 * How it works: a stack of directories still to be read, and threads that take
 * one, read it, and push the directories found in it. The scan is over when
 * the stack is empty and no thread is busy. Nothing recurses, so the tree may
 * be as deep as PATH_MAX allows. It counts what `find DIRECTORY -xdev -type f`
 * prints: links are not followed, other file systems are not entered.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <expvar/expvar.h>

#define READ_SIZE (64 * 1024)
#define THREADS_MAX 1024
#define EXTENSIONS_MAX 32 /* keys of bytes_by_extension */
#define EXTENSION_SIZE 16

/*
 * What is published. These exist before main() runs; updating them needs no
 * lock and no error check.
 */
EXPVAR_DEFINE_STRING(state, "state", "scanning, done or stopped.");
EXPVAR_DEFINE_STRING(current, "directory", "Directory opened last.");
EXPVAR_DEFINE_COUNTER(files, "files", "", "Regular files found.");
EXPVAR_DEFINE_COUNTER(bytes, "bytes", "bytes", "Sum of their sizes.");
EXPVAR_DEFINE_COUNTER(directories, "directories", "", "Directories read.");
EXPVAR_DEFINE_INT(queued, "queued", "", "Directories waiting to be read.");
EXPVAR_DEFINE_INT(errors, "errors", "",
		  "Files and directories that could not be read.");
EXPVAR_DEFINE_HISTOGRAM(read_latency, "read_latency", "ns",
			"Time to open a file, read 64 KiB and close it.");

static struct expvar_map *bytes_by_extension;
static struct expvar_record *largest;

/* The record: its path and size always belong to the same file. */
struct largest_file {
	uint64_t size;
	char path[PATH_MAX];
};

struct directory {
	struct directory *next;
	char path[];
};

struct walk {
	pthread_mutex_t lock; /* protects all below up to the blank line */
	pthread_cond_t change; /* of todo, busy or stop */
	struct directory *todo; /* a stack: shorter than a queue would get */
	unsigned int busy; /* threads that may still push directories */
	bool stop;
	uint64_t ended_ns; /* 0 while the scan runs */
	struct largest_file largest;

	uint64_t started_ns;
	dev_t device; /* of the directory where the scan began */
	int over[2]; /* a pipe: readable when the scan is over */
};

struct worker {
	pthread_t thread;
	struct walk *walk;
	uint64_t largest_size; /* copy of walk->largest.size, may be older */
	char buffer[READ_SIZE];
};

struct settings {
	const char *directory;
	unsigned int threads;
	bool wait;
	bool report;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void join_path(char *buf, size_t size, const char *parent,
		      const char *name)
{
	size_t len = strlen(parent);
	bool slash = *name && len > 0 && parent[len - 1] != '/';

	snprintf(buf, size, "%s%s%s", parent, slash ? "/" : "", name);
}

/* A Func: runs in the library's helper thread, and only when a reader asks. */
static void files_per_second(struct expvar_json *out, void *userdata)
{
	struct walk *walk = userdata;
	uint64_t end_ns;
	double seconds, count;

	pthread_mutex_lock(&walk->lock);
	end_ns = walk->ended_ns ? walk->ended_ns : now_ns();
	pthread_mutex_unlock(&walk->lock);

	seconds = (double)(end_ns - walk->started_ns + 1) / 1e9;
	count = (double)expvar_counter_get(files);
	expvar_json_uint(out, (uint64_t)(count / seconds));
}

/* Publishes what the one-line macros do not cover. */
static void publish(struct walk *walk)
{
	static const struct expvar_field fields[] = {
		EXPVAR_FIELD(struct largest_file, path, EXPVAR_FIELD_CHARS),
		EXPVAR_FIELD(struct largest_file, size, EXPVAR_FIELD_UINT),
	};
	struct expvar_func *rate;

	bytes_by_extension = expvar_map_new("bytes_by_extension");
	expvar_map_limit(bytes_by_extension, EXTENSIONS_MAX, "(other)");
	expvar_describe(expvar_var_of(bytes_by_extension),
			&(struct expvar_meta){
				.kind = EXPVAR_KIND_COUNTER,
				.unit = "bytes",
				.help = "Sum of the sizes of such files.",
				.label = "extension",
			});

	largest = expvar_record_new("largest", fields, 2);
	expvar_describe(expvar_var_of(largest),
			&(struct expvar_meta){.help = "Largest file so far."});
	rate = expvar_func_new("files_per_second", files_per_second, walk);
	expvar_describe(expvar_var_of(rate),
			&(struct expvar_meta){
				.kind = EXPVAR_KIND_GAUGE,
				.unit = "1/s",
				.help = "Mean since the scan began.",
			});
}

/* Pushes parent/name; the empty name stands for parent itself. */
static void push_directory(struct walk *walk, const char *parent,
			   const char *name)
{
	size_t size = strlen(parent) + strlen(name) + 2;
	struct directory *d = malloc(sizeof(*d) + size);

	if (!d) {
		expvar_int_add(errors, 1);
		return;
	}
	join_path(d->path, size, parent, name);
	expvar_int_add(queued, 1);

	pthread_mutex_lock(&walk->lock);
	d->next = walk->todo;
	walk->todo = d;
	pthread_cond_signal(&walk->change);
	pthread_mutex_unlock(&walk->lock);
}

/* Waits for a directory. Returns NULL when the scan is over. */
static struct directory *take_directory(struct walk *walk)
{
	struct directory *d = NULL;

	pthread_mutex_lock(&walk->lock);
	while (!walk->stop && !walk->todo && walk->busy > 0)
		pthread_cond_wait(&walk->change, &walk->lock);
	if (!walk->stop && walk->todo) {
		d = walk->todo;
		walk->todo = d->next;
		walk->busy++;
	}
	pthread_mutex_unlock(&walk->lock);
	if (d)
		expvar_int_add(queued, -1);
	return d;
}

/* Says that the caller has pushed all it found in the directory it took. */
static void finish_directory(struct walk *walk, struct directory *d)
{
	free(d);
	pthread_mutex_lock(&walk->lock);
	if (--walk->busy == 0 && (walk->stop || !walk->todo)) {
		walk->ended_ns = now_ns();
		expvar_string_set(state, walk->stop ? "stopped" : "done");
		pthread_cond_broadcast(&walk->change);
		close(walk->over[1]); /* makes over[0] readable */
	}
	pthread_mutex_unlock(&walk->lock);
}

/* Lets every thread end after the directory it is reading. */
static void stop_walk(struct walk *walk)
{
	pthread_mutex_lock(&walk->lock);
	walk->stop = true;
	pthread_cond_broadcast(&walk->change);
	pthread_mutex_unlock(&walk->lock);
}

/* What disappears or changes while we look at it is no error. */
static void count_error(int error)
{
	if (error != ENOENT && error != ENOTDIR && error != ELOOP)
		expvar_int_add(errors, 1);
}

static void read_beginning(struct worker *w, int dir, const char *name)
{
	const uint64_t start_ns = now_ns();
	/* O_NONBLOCK: the name may be a FIFO by now. */
	int fd = openat(dir, name,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
				O_NOCTTY);

	if (fd < 0) {
		count_error(errno);
		return;
	}
	if (read(fd, w->buffer, sizeof(w->buffer)) < 0)
		count_error(errno);
	close(fd);
	expvar_histogram_record(read_latency, now_ns() - start_ns);
}

/* The key of bytes_by_extension: short and no version number, or "(none)". */
static const char *extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name || !isalpha((unsigned char)dot[1]) ||
	    strlen(dot) > EXTENSION_SIZE)
		return "(none)";
	return dot + 1;
}

/* The lock is for our threads; readers see a whole record without one. */
static void note_largest(struct worker *w, const char *directory,
			 const char *name, uint64_t size)
{
	struct walk *walk = w->walk;

	if (size <= w->largest_size)
		return;
	pthread_mutex_lock(&walk->lock);
	if (size > walk->largest.size) {
		walk->largest.size = size;
		join_path(walk->largest.path, sizeof(walk->largest.path),
			  directory, name);
		expvar_record_set(largest, &walk->largest);
	}
	w->largest_size = walk->largest.size;
	pthread_mutex_unlock(&walk->lock);
}

static void visit_entry(struct worker *w, int dir, const char *directory,
			const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		count_error(errno);
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		if (st.st_dev == w->walk->device)
			push_directory(w->walk, directory, name);
	} else if (S_ISREG(st.st_mode)) {
		expvar_counter_inc(files);
		expvar_counter_add(bytes, (uint64_t)st.st_size);
		expvar_map_add(bytes_by_extension, extension_of(name),
			       st.st_size);
		note_largest(w, directory, name, (uint64_t)st.st_size);
		read_beginning(w, dir, name);
	}
}

static void read_directory(struct worker *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		count_error(errno);
		if (fd >= 0)
			close(fd);
		return;
	}
	expvar_string_set(current, path);
	expvar_counter_inc(directories);
	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			visit_entry(w, fd, path, entry->d_name);
	}
	if (errno)
		count_error(errno);
	closedir(dir);
}

static void *work(void *userdata)
{
	struct worker *w = userdata;
	struct directory *d;

	/* Optional: so that not even the first update does more than count. */
	expvar_thread_ready();
	while ((d = take_directory(w->walk)) != NULL) {
		read_directory(w, d->path);
		finish_directory(w->walk, d);
	}
	return NULL;
}

static void usage(FILE *out)
{
	fputs("usage: treewalk [OPTION]... [DIRECTORY]\n"
	      "Scan the files below DIRECTORY (/usr), and publish what is found.\n"
	      "\n"
	      "  -j, --threads N  scan with N threads (2)\n"
	      "  -w, --wait       stay after the scan, until SIGTERM, SIGINT or a\n"
	      "                   line on standard input\n"
	      "  -r, --report     print the totals at the end\n"
	      "  -h, --help       this text\n"
	      "\n"
	      "Exit status: 0 done, 1 no such directory, 2 wrong usage.\n",
	      out);
}

static bool parse_options(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"threads", required_argument, NULL, 'j'},
		{"wait", no_argument, NULL, 'w'},
		{"report", no_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	char *end;
	long number;
	int c;

	while ((c = getopt_long(argc, argv, "j:wrh", options, NULL)) != -1) {
		if (c == 'j') {
			number = strtol(optarg, &end, 10);
			if (*end || number < 1 || number > THREADS_MAX)
				return false;
			settings->threads = (unsigned int)number;
		} else if (c == 'w') {
			settings->wait = true;
		} else if (c == 'r') {
			settings->report = true;
		} else if (c == 'h') {
			usage(stdout);
			exit(0);
		} else {
			return false;
		}
	}
	if (optind < argc)
		settings->directory = argv[optind++];
	return optind == argc;
}

/*
 * Waits for the end: of the scan, or (settings->wait) for somebody to say so.
 * Signals arrive here and nowhere else: they are blocked in every thread.
 */
static void supervise(struct walk *walk, int signals, bool wait)
{
	struct pollfd fds[3] = {
		{.fd = signals, .events = POLLIN},
		{.fd = walk->over[0], .events = POLLIN},
		{.fd = -1, .events = POLLIN},
	};
	char line[256];

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents)
			break;
		if (fds[1].revents) {
			if (!wait)
				break;
			fds[1].fd = -1;
			fds[2].fd = STDIN_FILENO;
		}
		if (fds[2].revents) {
			if (read(STDIN_FILENO, line, sizeof(line)) > 0)
				break;
			fds[2].fd = -1; /* no input: a signal, then */
		}
	}
	stop_walk(walk);
}

static int run(const struct settings *settings, struct walk *walk, int signals)
{
	struct worker *workers = calloc(settings->threads, sizeof(*workers));
	struct directory *d;
	unsigned int i, count = 0;
	int error = workers ? 0 : ENOMEM;

	push_directory(walk, settings->directory, "");
	while (count < settings->threads && !error) {
		workers[count].walk = walk;
		error = pthread_create(&workers[count].thread, NULL, work,
				       &workers[count]);
		count += !error;
	}
	if (count > 0) /* fewer threads than wanted will do */
		supervise(walk, signals, settings->wait);
	for (i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	while ((d = walk->todo) != NULL) { /* stopped early */
		walk->todo = d->next;
		free(d);
	}
	free(workers);
	return count > 0 ? 0 : error;
}

/* Blocks the signals that end the program. Returns a descriptor for them. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
	struct settings settings = {.directory = "/usr", .threads = 2};
	static struct walk walk = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER,
	};
	struct stat st;
	int signals, error = 0;

	if (!parse_options(argc, argv, &settings)) {
		usage(stderr);
		return 2;
	}
	if (lstat(settings.directory, &st) != 0)
		error = errno;
	else if (!S_ISDIR(st.st_mode))
		error = ENOTDIR;
	signals = open_signals();
	if (!error && (signals < 0 || pipe(walk.over) != 0))
		error = errno;
	if (!error) {
		walk.device = st.st_dev;
		walk.started_ns = now_ns();
		expvar_string_set(state, "scanning");
		publish(&walk);
		error = run(&settings, &walk, signals);
	}
	if (error) {
		fprintf(stderr, "treewalk: %s: %s\n", settings.directory,
			strerror(error));
		return 1;
	}
	if (settings.report)
		printf("files %" PRIu64 "\nbytes %" PRIu64 "\nerrors %" PRId64
		       "\n",
		       expvar_counter_get(files), expvar_counter_get(bytes),
		       expvar_int_get(errors));
	return 0;
}
