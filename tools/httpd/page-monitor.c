/* SPDX-License-Identifier: MIT */
/*
 * page-monitor.c - / for a browser: everything live, in one page
 *
 * The page is put together from page/ when this is built, and asks for the rest
 * as JSON. All in it that is not constant is the index, for those who run no
 * scripts. Its policy names the one script and the one style by their hashes:
 * whatever else gets into it is not run.
 */
#include <string.h>

#include "answer.h"
#include "common/sha256.h"
#include "page-text.h"
#include "pages.h"

/* The beginning is that of all answers; the rest opens what this one needs. */
static void make_policy(struct dump_buffer *to)
{
	dump_puts(to, "default-src 'none'; script-src ");
	dump_put_csp_hash(to, httpd_page_script, strlen(httpd_page_script));
	dump_puts(to, "; style-src ");
	dump_put_csp_hash(to, httpd_page_style, strlen(httpd_page_style));
	dump_puts(to, "; connect-src 'self'; img-src data:; "
		      "require-trusted-types-for 'script'; trusted-types; "
		      "base-uri 'none'; form-action 'none'; "
		      "frame-ancestors 'none'");
	dump_putc(to, '\0');
}

/* Once; NULL: out of memory. */
static const char *policy(void)
{
	static struct dump_buffer text;

	if (!text.len)
		make_policy(&text);
	return text.failed ? NULL : text.bytes;
}

/* What stands before a mark; moves behind it. */
static void put_until(struct dump_buffer *to, const char **page,
		      const char *mark)
{
	const char *end = strstr(*page, mark);

	dump_put(to, *page, (size_t)(end - *page));
	*page = end + strlen(mark);
}

void httpd_page_monitor(struct httpd_answer *answer)
{
	struct dump_buffer *body = &answer->body;
	const char *page = httpd_page_html;

	put_until(body, &page, "@STYLE@");
	dump_puts(body, "<style>");
	dump_puts(body, httpd_page_style);
	dump_puts(body, "</style>");
	put_until(body, &page, "@INDEX@");
	dump_puts(body, "<noscript>\n");
	if (httpd_put_index(answer))
		return;
	dump_puts(body, "</noscript>");
	put_until(body, &page, "@SCRIPT@");
	dump_puts(body, "<script>");
	dump_puts(body, httpd_page_script);
	dump_puts(body, "</script>");
	dump_puts(body, page);
	answer->policy = policy();
	if (!answer->policy) {
		body->failed = true;
		return;
	}
	answer->status = 200;
	answer->type = "text/html; charset=utf-8";
}
