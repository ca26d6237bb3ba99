/* SPDX-License-Identifier: MIT */
/*
 * page-processes.c - /processes: what there is, for programs
 */
#include "answer.h"
#include "common/targets-json.h"
#include "common/targets.h"
#include "pages.h"

void httpd_page_processes(struct httpd_answer *answer)
{
	struct dump_targets targets = { 0 };
	size_t denied;

	if (!httpd_find_readable(&targets, &denied, answer)) {
		dump_putf(&answer->body, "{\"denied\":%zu,\"processes\":",
			  denied);
		dump_put_targets(&answer->body, &targets);
		dump_puts(&answer->body, "}\n");
		answer->status = 200;
		answer->type = "application/json; charset=utf-8";
	}
	dump_targets_free(&targets);
}
