/* SPDX-License-Identifier: MIT */
/*
 * test-surroundings.c - T10: no call changes anything of its process
 *
 * All that a process has only once is written down before and after each call
 * of every public function, and must be the same. The functions that may bring
 * a thread or a descriptor say so here.
 */
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "unit/publishing.h"

struct state {
	mode_t mask;
	char directory[4096];
	sigset_t signals, pending;
	struct {
		void (*handler)(int);
		unsigned long mask;
		unsigned long flags;
	} action[65];
	stack_t stack;
	struct rlimit limit[RLIM_NLIMITS];
	char descriptors[1024]; /* a letter each */
	int threads;
	char locale[256];
	int cancel_state, cancel_type;
	char **environment;
	size_t environment_bytes;
	struct itimerval timer[3];
	int nice, dumpable, slack;
	char name[16];
	cpu_set_t processors;
	int out_mode, in_error;
};

extern char **environ;

static int count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	int count = 0;

	while (dir && readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void look_at_process(struct state *s)
{
	s->mask = umask(022);
	umask(s->mask);
	ck_assert_ptr_nonnull(getcwd(s->directory, sizeof(s->directory)));
	for (int i = 0; i < RLIM_NLIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &s->limit[i]);
	for (int i = 0; i < 1024; i++)
		s->descriptors[i] = (char)(fcntl(i, F_GETFD) < 0 ? '-' : 'd');
	s->threads = UNDER_SANITIZER ? 0 : count_threads();
	snprintf(s->locale, sizeof(s->locale), "%s", setlocale(LC_ALL, NULL));
	s->environment = environ;
	for (char **e = environ; *e; e++)
		s->environment_bytes += strlen(*e);
	for (int i = 0; i < 3; i++)
		getitimer((__itimer_which_t)i, &s->timer[i]);
	memset(&s->timer[0].it_value, 0, sizeof(s->timer[0].it_value));
	s->nice = getpriority(PRIO_PROCESS, 0);
	s->dumpable = prctl(PR_GET_DUMPABLE);
	s->out_mode = fcntl(1, F_GETFL);
	s->in_error = ferror(stdin) | ferror(stdout) << 1;
}

/* glibc's struct has bytes that nobody fills. */
static void look_at_signal(struct state *s, int number)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action))
		return;
	s->action[number].handler = action.sa_handler;
	s->action[number].flags = (unsigned int)action.sa_flags;
	memcpy(&s->action[number].mask, &action.sa_mask,
	       sizeof(s->action[number].mask));
}

static void look_at_thread(struct state *s)
{
	pthread_sigmask(SIG_SETMASK, NULL, &s->signals);
	sigpending(&s->pending);
	for (int i = 1; i < 65; i++)
		look_at_signal(s, i);
	sigaltstack(NULL, &s->stack);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &s->cancel_state);
	pthread_setcancelstate(s->cancel_state, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &s->cancel_type);
	pthread_setcanceltype(s->cancel_type, NULL);
	prctl(PR_GET_NAME, s->name);
	s->slack = prctl(PR_GET_TIMERSLACK);
	sched_getaffinity(0, sizeof(s->processors), &s->processors);
}

static void look_around(struct state *s)
{
	memset(s, 0, sizeof(*s));
	look_at_process(s);
	look_at_thread(s);
}

static struct state before, after;
static char called[8192]; /* " name name ..." */

static void note_call(const char *text)
{
	const char *name = strstr(text, "expvar_");
	size_t len = strcspn(name, "( ");

	ck_assert_uint_lt(strlen(called) + len + 2, sizeof(called));
	snprintf(called + strlen(called), sizeof(called) - strlen(called),
		 " %.*s", (int)len, name);
}

static void begin_call(const char *text)
{
	note_call(text);
	look_around(&before);
	errno = 1234;
}

static size_t first_difference(void)
{
	const char *a = (const char *)&before, *b = (const char *)&after;
	size_t at = 0;

	while (at < sizeof(before) && a[at] == b[at])
		at++;
	return at;
}

static void end_call(const char *text, int threads, int descriptors)
{
	int error = errno;

	look_around(&after);
	ck_assert_msg(error == 1234, "%s: errno is %d", text, error);
	ck_assert_msg(after.threads == before.threads + threads,
		      "%s: %d threads", text, after.threads);
	after.threads = before.threads;
	for (int i = 0; i < 1024 && descriptors; i++)
		if (after.descriptors[i] != before.descriptors[i]) {
			after.descriptors[i] = before.descriptors[i];
			descriptors--;
		}
	ck_assert_msg(!descriptors, "%s: no descriptor", text);
	ck_assert_msg(first_difference() == sizeof(after),
		      "%s: something of the process changed, at offset %zu",
		      text, first_difference());
}

#define CALL(call)                                                             \
	do {                                                                   \
		begin_call(#call);                                             \
		(void)(call);                                                  \
		end_call(#call, 0, 0);                                         \
	} while (0)
/* One that sets errno, for it could not do what it was asked to. */
#define FAIL(call)                                                             \
	do {                                                                   \
		begin_call(#call);                                             \
		(void)(call);                                                  \
		errno = 1234;                                                  \
		end_call(#call, 0, 0);                                         \
	} while (0)

struct fields {
	uint64_t a;
};

static const struct expvar_field fields[] = {
	EXPVAR_FIELD(struct fields, a, EXPVAR_FIELD_UINT),
};

static struct expvar_int *i;
static struct expvar_float *f;
static struct expvar_string *s;
static struct expvar_map *m;
static struct expvar_counter *c;
static struct expvar_histogram *h;
static struct expvar_record *r;

static void begin(void)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "unit",
					  .flags = EXPVAR_NO_THREAD };

	CALL(expvar_status());
	CALL(expvar_init(&options));
	ck_assert_int_eq(expvar_status(), 0);
	options.app = "another";
	options.mode = 0444;
	CALL(expvar_init(&options));
	CALL(expvar_path());
	CALL(expvar_strerror(-ENOENT));
	CALL(expvar_handle_sigbus(&options));
	CALL(expvar_thread_ready());
	CALL(expvar_republish(0));
}

static void create(void)
{
	static char name[EXPVAR_NAME_MAX + 10];

	CALL(i = expvar_int_new("i"));
	CALL(f = expvar_float_new("f"));
	CALL(s = expvar_string_new("s"));
	CALL(m = expvar_map_new("m"));
	CALL(c = expvar_counter_new("c"));
	CALL(h = expvar_histogram_new("h"));
	CALL(r = expvar_record_new("r", fields, 1));
	CALL(expvar_map_int(m, "i"));
	CALL(expvar_map_float(m, "f"));
	CALL(expvar_map_string(m, "s"));
	CALL(expvar_map_map(m, "m"));
	CALL(expvar_map_counter(m, "c"));
	CALL(expvar_map_histogram(m, "h"));
	FAIL(expvar_float_new("i"));
	memset(name, 'n', sizeof(name) - 1);
	FAIL(expvar_int_new(name));
}

static void update(void)
{
	static const struct fields values = { 5 };
	static const char text[60000];
	struct expvar_histogram_summary sum = { .struct_size = sizeof(sum) };
	struct expvar_scope scope = { h, expvar_timer_start() };
	char buf[100];

	CALL(expvar_int_add(i, 1));
	CALL(expvar_int_set(i, 1));
	CALL(expvar_int_get(i));
	CALL(expvar_float_add(f, 1));
	CALL(expvar_float_set(f, 1));
	CALL(expvar_float_get(f));
	CALL(expvar_string_set(s, "text"));
	CALL(expvar_string_setn(s, text, sizeof(text)));
	CALL(expvar_string_get(s, buf, sizeof(buf)));
	CALL(expvar_map_add(m, "i", 1));
	CALL(expvar_map_add(m, "new", 1));
	CALL(expvar_map_add_float(m, "f", 1));
	CALL(expvar_counter_inc(c));
	CALL(expvar_counter_add(c, 5));
	CALL(expvar_counter_add_slow(c, 5));
	CALL(expvar_counter_get(c));
	CALL(expvar_histogram_record(h, 5));
	CALL(expvar_histogram_record_n(h, 5, 6));
	CALL(expvar_histogram_record_slow(h, 7));
	CALL(expvar_timer_start());
	CALL(expvar_timer_ns(scope.start));
	CALL(expvar_histogram_record_since(h, scope.start));
	CALL(expvar_histogram_get(h, &sum));
	CALL(expvar_record_set(r, &values));
}

static void visit(const char *key, struct expvar_var *var, void *userdata)
{
	(void)key;
	(void)var;
	(void)userdata;
}

static void build_everything(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	CALL(expvar_json_object_begin(out));
	CALL(expvar_json_key(out, "array"));
	CALL(expvar_json_array_begin(out));
	CALL(expvar_json_null(out));
	CALL(expvar_json_bool(out, 1));
	CALL(expvar_json_int(out, -1));
	CALL(expvar_json_uint(out, 1));
	CALL(expvar_json_float(out, 1.5e300));
	CALL(expvar_json_string(out, "text"));
	CALL(expvar_json_stringn(out, "text", 3));
	CALL(expvar_json_array_end(out));
	CALL(expvar_json_object_end(out));
}

static void structure(void)
{
	static const struct expvar_meta meta = { .help = "Help." };
	struct expvar_var *var;
	char buf[10];

	CALL(expvar_func_new("func", build_everything, NULL));
	CALL(expvar_memstats_publish());
	CALL(var = expvar_get("i"));
	CALL(expvar_release(var));
	CALL(expvar_map_get(m, "i"));
	CALL(expvar_map_limit(m, 10, "other"));
	CALL(expvar_map_set(m, "again", expvar_var_of(f)));
	CALL(expvar_map_delete(m, "again"));
	CALL(expvar_map_do(m, visit, NULL));
	CALL(expvar_map_clear(m));
	CALL(expvar_var_type(&i->var));
	CALL(expvar_publish("name", &i->var));
	CALL(expvar_do(visit, NULL));
	/* not between the two looks: it calls the Func, which looks itself */
	note_call("expvar_json(");
	ck_assert_uint_gt(expvar_json(NULL, buf, sizeof(buf)), 100);
	CALL(expvar_describe(&i->var, &meta));
	CALL(expvar_var_error(&i->var));
	CALL(expvar_unpublish(&i->var));
	begin_call("expvar_poll_fd(");
	ck_assert_int_ge(expvar_poll_fd(), 0);
	end_call("expvar_poll_fd", 0, 1);
	CALL(expvar_poll());
}

/* Enough for growth, grace periods and reuse. */
static void churn(void)
{
	look_around(&before);
	errno = 1234;
	for (int n = 0; n < 2000; n++) {
		struct expvar_string *v = expvar_string_new(NULL);

		expvar_string_set(v, "text");
		expvar_release(&v->var);
		(void)expvar_counter_new(NULL);
	}
	end_call("churn", 0, 0);
}

/* What is inline is exported, too, for other languages; and one symbol. */
static bool is_internal(const char *name)
{
	static const char *const names[] = { "expvar_thread_1",
					     "expvar_histogram_carry",
					     "expvar_histogram_record_watched",
					     "expvar_var_of" };
	size_t len = strlen(name);

	for (size_t n = 0; n < COUNT_OF(names); n++)
		if (!strcmp(name, names[n]))
			return true;
	return name[len - 1] == '_';
}

static void expect_all_called(void)
{
	char path[4096], line[200], name[100], word[102];
	FILE *map;
	int functions = 0;

	snprintf(path, sizeof(path), "%.4000s/lib/libexpvar.map",
		 getenv("srcdir"));
	map = fopen(path, "r");
	ck_assert_ptr_nonnull(map);
	strcat(called, " ");
	while (fgets(line, sizeof(line), map)) {
		if (sscanf(line, " %99[a-z0-9_];", name) != 1 ||
		    strncmp(name, "expvar_", 7) || is_internal(name))
			continue;
		functions++;
		snprintf(word, sizeof(word), " %s ", name);
		ck_assert_msg(strstr(called, word), "%s is not called here",
			      name);
	}
	fclose(map);
	ck_assert_int_gt(functions, 60);
	printf("%d functions\n", functions);
}

START_TEST(no_call_changes_anything_of_its_process)
{
	mode_t mask = umask(0177);
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };

	remove_segments();
	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	signal(SIGUSR1, SIG_IGN);
	begin();
	create();
	update();
	structure();
	churn();
	/* closes the loop's descriptor again */
	begin_call("expvar_fini(");
	expvar_fini();
	end_call("expvar_fini", 0, 1);
	CALL(expvar_int_new("a new life"));
	CALL(expvar_fini());
	umask(mask);
	expect_all_called();
}
END_TEST

static void print_one(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
}

START_TEST(a_func_brings_one_thread_and_nothing_else)
{
	remove_segments();
	ck_assert_int_eq(publishing_start_with(0, 0), 0);
	begin_call("expvar_func_new(");
	expvar_func_new("func", print_one, NULL);
	end_call("expvar_func_new", UNDER_SANITIZER ? 0 : 1, 0);
	expvar_fini();
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("surroundings");
	TCase *t = plain_case(suite, "surroundings");

	tcase_add_test(t, no_call_changes_anything_of_its_process);
	tcase_add_test(t, a_func_brings_one_thread_and_nothing_else);
	return suite;
}
