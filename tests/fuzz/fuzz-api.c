/* SPDX-License-Identifier: MIT */
/*
 * fuzz-api.c - programs of calls of the publishing library, beside a model
 *
 * T6. Handles of all types, right and wrong arguments, names that collide,
 * removal and release in any order, forks, lives that end and begin. After
 * it, and wherever the program says so, the library's text and a reader's
 * snapshot are what the model says.
 *
 * A recipe is one call a line, with up to three operands: "new 3 0 2". The
 * first line says how it begins: "start HOW", see api_start().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/api-calls.h"
#include "fuzz/fuzz.h"
#include "fuzz/isolate.h"
#include "util.h"

struct api_program api_program;

static const struct api_call *const tables[] = { api_new_calls, api_name_calls,
						 api_life_calls,
						 api_update_calls };

static const struct api_call *call_at(size_t number)
{
	size_t i, at;

	for (i = 0; i < UTIL_COUNT(tables); i++)
		for (at = 0; tables[i][at].name; at++)
			if (!number--)
				return &tables[i][at];
	return NULL;
}

static size_t call_count(void)
{
	size_t count = 0;

	while (call_at(count))
		count++;
	return count;
}

/* 0 by the first call, 1 small, 2 without a thread, 3 nowhere, 4 refused */
void api_start(uint8_t how)
{
	struct expvar_options options = { .struct_size = sizeof(options) };
	int expected = 0, error;

	switch (how % 8) {
	case 1:
		options.max_bytes = 1; /* as small as can be */
		break;
	case 2:
		options.flags = EXPVAR_NO_THREAD | EXPVAR_NO_CMDLINE;
		break;
	case 3:
		options.directory = "/nowhere";
		options.flags = EXPVAR_NO_ENVIRONMENT;
		expected = -ENOENT;
		break;
	case 4:
		options.struct_size = 1;
		expected = -EINVAL;
		break;
	default:
		return;
	}
	error = expvar_init(&options);
	FUZZ_CHECK(error == expected && expvar_status() == expected);
	model.started = true;
	model.is_small = how % 8 == 1;
	model.status = expected;
}

static int run_program(const uint8_t *bytes, size_t len)
{
	static struct api_step steps[512];
	size_t count = call_count();

	model_init();
	model.status = EXPVAR_E_NOT_STARTED;
	memset(&api_program, 0, sizeof(api_program));
	api_program.steps = steps;
	api_program.count = util_min(len / sizeof(*steps), UTIL_COUNT(steps));
	if (!api_program.count)
		return 1;
	memcpy(steps, bytes, api_program.count * sizeof(*steps));
	api_start(steps[0].a);
	for (api_program.at = 1; api_program.at < api_program.count;
	     api_program.at++) {
		const struct api_step *step = &steps[api_program.at];

		call_at(step->call % count)->run(step);
	}
	api_check();
	api_check_reader();
	expvar_fini();
	/* Children of the program's own making end here, too. */
	return 0;
}

static enum fuzz_verdict run(const uint8_t *bytes, size_t len)
{
	int status = fuzz_isolated(run_program, bytes, len);

	FUZZ_CHECK(status <= 1);
	return status ? FUZZ_BAD : FUZZ_GOOD;
}

/* Whole steps: each is a call of its own. */
static size_t mutate(uint8_t *bytes, size_t len, size_t max, uint64_t *random)
{
	struct api_step *steps = (struct api_step *)(void *)bytes;
	size_t count = len / sizeof(*steps), calls = call_count();
	size_t most = util_min(max / sizeof(*steps), 256);
	size_t rounds = 1 + fuzz_below(random, 4), at, from, n;

	while (rounds--) {
		at = fuzz_below(random, count + 1);
		switch (fuzz_below(random, 6)) {
		case 0: /* another call */
		case 1:
		case 2:
			if (count < most) {
				memmove(&steps[at + 1], &steps[at],
					(count - at) * sizeof(*steps));
				count++;
			}
			at = util_min(at, count - 1);
			steps[at] = (struct api_step){
				(uint8_t)fuzz_below(random, calls),
				(uint8_t)fuzz_below(random, API_SLOTS),
				(uint8_t)fuzz_below(random, MODEL_NAMES),
				(uint8_t)fuzz_below(random, 16)
			};
			break;
		case 3: /* one less */
			if (count < 2)
				break;
			at = fuzz_below(random, count);
			memmove(&steps[at], &steps[at + 1],
				(count - at - 1) * sizeof(*steps));
			count--;
			break;
		case 4: /* some of them again */
			if (!count)
				break;
			from = fuzz_below(random, count);
			n = util_min(util_min(count - from,
					      1 + fuzz_below(random, 8)),
				     most - util_min(most, count));
			memmove(&steps[count], &steps[from],
				n * sizeof(*steps));
			count += n;
			break;
		default:
			if (count)
				bytes[fuzz_below(random,
						 count * sizeof(*steps))] =
					(uint8_t)fuzz_number(random);
		}
	}
	return count * sizeof(*steps);
}

/* ---- recipes ---- */

static uint8_t call_number(const struct fuzz_line *line, const char *name)
{
	size_t number = 0;

	if (!strcmp(name, "start"))
		return 0;
	while (call_at(number) && strcmp(call_at(number)->name, name))
		number++;
	if (!call_at(number))
		fuzz_line_broken(line, "no such call");
	return (uint8_t)number;
}

static size_t parse(const char *text, uint8_t *bytes, size_t max)
{
	struct fuzz_line line = { .number = 0 };
	char word[64], *end;
	size_t len = 0, i;

	while (fuzz_next_line(&text, &line)) {
		uint8_t step[4] = { 0 };

		fuzz_word(&line, word, sizeof(word));
		if ((len == 0) != !strcmp(word, "start"))
			fuzz_line_broken(&line, "start comes first, once");
		step[0] = call_number(&line, word);
		for (i = 1; i < 4 && fuzz_word(&line, word, sizeof(word)); i++) {
			step[i] = (uint8_t)strtoul(word, &end, 0);
			if (*end)
				fuzz_line_broken(&line, "not a number");
		}
		if (len + sizeof(step) > max)
			fuzz_line_broken(&line, "too many");
		memcpy(bytes + len, step, sizeof(step));
		len += sizeof(step);
	}
	return len;
}

static void print(const uint8_t *bytes, size_t len, FILE *to)
{
	size_t at, count = call_count();

	for (at = 0; at + 4 <= len; at += 4)
		fprintf(to, "%s %u %u %u\n",
			at ? call_at(bytes[at] % count)->name : "start",
			bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

const struct fuzz_target fuzz_target = {
	.name = "api",
	.run = run,
	.mutate = mutate,
	.parse = parse,
	.print = print,
};
