/* SPDX-License-Identifier: MIT */
/*
 * options-check.c - which options go together
 */
#include "options.h"

#include <string.h>

#include "common/gzip.h"
#include "common/select.h"
#include "common/targets.h"
#include "format.h"

/* What a format cannot take; @format was found. */
static const char *format_conflict(const struct dump_options *options)
{
	const struct dump_format *format = dump_format_find(options->format);

	if (options->list && !format->is_document)
		return "--list prints a table, or with --format json or pretty "
		       "an array";
	if (options->get && !format->is_document)
		return "--get prints one value: leave out --format";
	if (options->meta && !format->takes_meta)
		return "--meta needs --format json, pretty or ndjson";
	if (options->output.append && format->is_live)
		return "--append: a file of these formats holds the present "
		       "only; choose another --format";
	if ((options->rate || options->merge) && format->is_live)
		return "--rate and --merge are for others: the monitoring "
		       "system does both";
	if (options->diff && !format->is_document)
		return "--diff: --format can be json or pretty";
	if (options->dead && format->is_live)
		return "--dead: a dead writer's values are not for a "
		       "monitoring system; choose another --format";
	return NULL;
}

static const char *plain_conflict(const struct dump_options *options)
{
	bool selects = dump_select_is_active(options->select);
	bool process = options->process || options->pss;

	if (options->all && options->target_count)
		return "--all and TARGET: say one of them";
	if (options->all && options->newest)
		return "--all and --newest: say one of them";
	if (options->list && options->get)
		return "--list and --get: say one of them";
	if (options->list && (selects || options->meta || process))
		return "--list prints no variables: leave out --select, "
		       "--exclude, --meta, --process and --pss";
	if (options->get && selects)
		return "--get prints one value: leave out --select and "
		       "--exclude";
	if (options->rate && !options->diff &&
	    (options->meta || process || options->builtins == DUMP_CHOICE_YES))
		return "--rate: leave out --meta, --process, --pss and "
		       "--builtins";
	if (options->rate && options->dead)
		return "--rate: a dead writer's numbers do not grow";
	return NULL;
}

static const char *check_conflict(const struct dump_options *options)
{
	if (!options->check)
		return NULL;
	if (options->get || options->list || options->diff ||
	    dump_select_is_active(options->select))
		return "--check looks at one value: leave out --get, --list, "
		       "--diff, --select and --exclude";
	if (options->format || options->output.path || options->meta)
		return "--check prints nothing: leave out --format, --output "
		       "and --meta";
	return NULL;
}

static const char *merge_conflict(const struct dump_options *options)
{
	if (!options->merge)
		return NULL;
	if (!options->all && !options->target_count)
		return "--merge needs --all or a TARGET, the application";
	if (options->rate || options->meta || options->newest ||
	    options->list || options->process || options->pss ||
	    options->builtins == DUMP_CHOICE_YES)
		return "--merge: leave out --rate, --meta, --process, --pss, "
		       "--builtins, --newest and --list";
	return NULL;
}

static const char *diff_conflict(const struct dump_options *options)
{
	if (!options->diff)
		return NULL;
	if (options->target_count != 2)
		return "--diff needs two files";
	if (options->all || options->newest || options->dead ||
	    options->merge || options->list || options->get || options->meta ||
	    options->process || options->pss ||
	    dump_select_is_active(options->select))
		return "--diff reads files: of what chooses processes and "
		       "variables nothing goes with it";
	return NULL;
}

static const char *output_conflict(const struct dump_options *options)
{
	const struct dump_output_options *output = &options->output;
	bool is_file = output->path && strcmp(output->path, "-");

	if (output->path && !*output->path)
		return "--output: the file name is empty";
	if (!is_file && (options->has_mode || output->append))
		return "--chmod and --append need --output with a file";
	if (!is_file && !options->gc && options->keep != DUMP_KEEP_USUAL)
		return "--keep needs --output with a file, or --gc";
	if (output->rotate_bytes &&
	    (!output->append || options->keep == DUMP_KEEP_USUAL))
		return "--rotate needs --append and --keep";
	if (output->append && options->list)
		return "--append: leave out --list";
	if (is_file && dump_gzip_is_meant(output->path) &&
	    !dump_gzip_is_there())
		return "--output: this expvar-dump was built without zlib, so "
		       "it cannot make a .gz";
	return NULL;
}

static const char *time_conflict(const struct dump_options *options)
{
	if (options->count && !options->watch_ns)
		return "--count needs --watch";
	if (options->watch_ns && (options->list || options->diff))
		return "--watch: leave out --list and --diff";
	return NULL;
}

static const char *gc_conflict(const struct dump_options *options)
{
	if (!options->gc) {
		if (options->dry_run)
			return "--dry-run needs --gc";
		return NULL;
	}
	if (options->list || options->all || options->newest ||
	    options->dead || options->merge || options->diff || options->get ||
	    options->check || options->rate || options->meta ||
	    options->process || options->pss || options->watch_ns || dump_select_is_active(options->select))
		return "--gc: nothing but --keep, --dry-run, --format, "
		       "--output, --quiet and TARGETs goes with it";
	if (options->format && !dump_format_find(options->format)->is_document)
		return "--gc prints a table, or with --format json or pretty "
		       "an array";
	return NULL;
}

static const char *why_conflict(const struct dump_options *options)
{
	uint64_t pid;
	size_t i;

	if (!options->why)
		return NULL;
	if (options->list || options->all || options->newest ||
	    options->dead || options->merge || options->diff || options->get ||
	    options->check || options->rate || options->meta ||
	    options->format || options->gc || options->watch_ns ||
	    dump_select_is_active(options->select))
		return "--why: nothing but --output, --quiet and PIDs goes "
		       "with it";
	for (i = 0; i < options->target_count; i++)
		if (dump_target_kind(options->targets[i], &pid) !=
			    DUMP_TARGET_PID ||
		    !pid)
			return "--why: a TARGET is a PID";
	return options->target_count ? NULL : "--why needs a PID";
}

const char *dump_options_conflict(const struct dump_options *options)
{
	static const char *(*const rules[])(const struct dump_options *) = {
		plain_conflict, check_conflict, merge_conflict,
		diff_conflict,	time_conflict,	gc_conflict,	why_conflict,
		output_conflict,
		format_conflict,
	};
	const char *why = NULL;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]) && !why; i++)
		why = rules[i](options);
	return why;
}
