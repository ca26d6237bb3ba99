/* SPDX-License-Identifier: MIT */
/*
 * request.c - from a request to a response
 *
 * Headers of a response are ours: nothing that a process publishes, or a
 * client sends, gets into one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "headers.h"
#include "options.h"
#include "pages.h"
#include "server.h"

/* Of --max-response. */
#define BODIES_FACTOR 4

/* ---- responses ---- */

struct body {
	struct httpd_server *server;
	char *bytes;
	size_t size;
};

static void free_body(void *userdata)
{
	struct body *body = userdata;

	body->server->body_bytes -= body->size;
	free(body->bytes);
	free(body);
}

/* Takes the text over, without the room behind it. */
static struct body *make_body(struct httpd_server *server,
			      struct dump_buffer *text)
{
	struct body *body = malloc(sizeof(*body));
	char *less;

	if (!body)
		return NULL;
	less = text->len ? realloc(text->bytes, text->len) : NULL;
	body->server = server;
	body->bytes = less ? less : text->bytes;
	body->size = text->len;
	memset(text, 0, sizeof(*text));
	server->body_bytes += body->size;
	return body;
}

static bool add_headers(struct MHD_Response *response,
			const struct httpd_answer *answer)
{
	static const char nothing[] =
		"default-src 'none'; base-uri 'none'; form-action 'none'; "
		"frame-ancestors 'none'";
	const char *policy = answer->policy ? answer->policy : nothing;
	const char *const headers[][2] = {
		{"Content-Security-Policy", policy},
		{"Content-Type", answer->type},
		{"Cache-Control", "no-store"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Referrer-Policy", "no-referrer"},
		{"Vary", "Accept"},
		{"X-Content-Type-Options", "nosniff"},
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (MHD_add_response_header(response, headers[i][0],
					    headers[i][1]) != MHD_YES)
			return false;
	return true;
}

/* NULL: out of memory. The answer is used up. */
static struct MHD_Response *make_response(struct httpd_server *server,
					  struct httpd_answer *answer)
{
	uint64_t max = server->options->max_response_bytes;
	struct MHD_Response *response;
	struct body *body;

	if (answer->body.failed)
		httpd_answer_say(answer, 503, "out of memory");
	else if (answer->body.len > max)
		httpd_answer_say(answer, 503,
				 "cannot answer: it would be "
				 "longer than --max-response");
	else if (server->body_bytes + answer->body.len > max * BODIES_FACTOR)
		httpd_answer_say(answer, 503, "too much is being sent already");
	if (answer->body.failed)
		return NULL;
	body = make_body(server, &answer->body);
	if (!body)
		return NULL;
	response = MHD_create_response_from_buffer_with_free_callback_cls(
		body->size, body->bytes, free_body, body);
	if (!response) {
		free_body(body);
		return NULL;
	}
	if (add_headers(response, answer))
		return response;
	MHD_destroy_response(response);
	return NULL;
}

/* ---- what is asked for ---- */

enum page {
	PAGE_NONE = 0,
	PAGE_INDEX,
	PAGE_MONITOR,
	PAGE_PROCESSES,
	PAGE_VARS,
	PAGE_METRICS,
};

struct wish {
	enum page page;
	struct httpd_wanted_vars vars; /* of PAGE_VARS */
	bool open; /* PAGE_METRICS as OpenMetrics */
};

/* NULL: not given. With a NUL inside it is nobody's name or number. */
static const char *argument(struct MHD_Connection *connection, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND,
					  name, strlen(name), &value,
					  &len) != MHD_YES)
		return NULL;
	return value && strlen(value) != len ? "" : value;
}

/* ?meta, ?meta=1; but not ?meta=0. */
static bool is_given(struct MHD_Connection *connection, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	return MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND,
					     name, strlen(name), &value,
					     &len) == MHD_YES &&
	       (!value || strcmp(value, "0"));
}

static struct wish read_wish(struct MHD_Connection *connection, const char *url)
{
	struct wish wish = { 0 };
	const char *accept = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	if (!strcmp(url, "/")) {
		wish.page = accept && httpd_accepts_html(accept) ?
				    PAGE_MONITOR :
				    PAGE_INDEX;
	} else if (!strcmp(url, "/processes")) {
		wish.page = PAGE_PROCESSES;
	} else if (!strcmp(url, "/debug/vars")) {
		wish.page = PAGE_VARS;
		wish.vars.app = argument(connection, "app");
		wish.vars.pid = argument(connection, "pid");
		wish.vars.has_meta = is_given(connection, "meta");
	} else if (!strcmp(url, "/metrics")) {
		wish.page = PAGE_METRICS;
		wish.open = accept && httpd_prefers_openmetrics(accept);
	}
	return wish;
}

static void put_key(struct dump_buffer *key, const char *text)
{
	dump_putc(key, text ? 'y' : 'n');
	if (text)
		dump_put(key, text, strlen(text) + 1);
}

static struct dump_buffer key_of(const struct wish *wish)
{
	struct dump_buffer key = { 0 };

	dump_putf(&key, "%d %d %d ", (int)wish->page, (int)wish->open,
		  (int)wish->vars.has_meta);
	put_key(&key, wish->vars.app);
	put_key(&key, wish->vars.pid);
	return key;
}

static void fill(const struct httpd_options *options, const struct wish *wish,
		 struct httpd_answer *answer)
{
	switch (wish->page) {
	case PAGE_INDEX:
		httpd_page_index(answer);
		break;
	case PAGE_MONITOR:
		httpd_page_monitor(answer);
		break;
	case PAGE_PROCESSES:
		httpd_page_processes(answer);
		break;
	case PAGE_VARS:
		httpd_page_vars(options, &wish->vars, answer);
		break;
	case PAGE_METRICS:
		httpd_page_metrics(options, wish->open, answer);
		break;
	case PAGE_NONE:
		break;
	}
}

/* ---- requests ---- */

static enum MHD_Result send_once(struct httpd_server *server,
				 struct MHD_Connection *connection,
				 struct httpd_answer *answer)
{
	struct MHD_Response *response = make_response(server, answer);
	enum MHD_Result result = MHD_NO;

	if (response && (answer->status != MHD_HTTP_METHOD_NOT_ALLOWED ||
			 MHD_add_response_header(response, "Allow",
						 "GET, HEAD") == MHD_YES))
		result = MHD_queue_response(connection, answer->status,
					    response);
	if (response)
		MHD_destroy_response(response);
	dump_buffer_free(&answer->body);
	return result;
}

static enum MHD_Result send_page(struct httpd_server *server,
				 struct MHD_Connection *connection,
				 const struct wish *wish)
{
	struct dump_buffer key = key_of(wish);
	struct httpd_answer answer = { 0 };
	uint64_t lifetime_ns = server->options->cache_ns;
	unsigned int status = 0;
	enum MHD_Result result = MHD_NO;
	struct MHD_Response *response =
		httpd_cache_find(&server->cache, &key, &status);

	if (response) {
		result = MHD_queue_response(connection, status, response);
		goto out;
	}
	fill(server->options, wish, &answer);
	if (!lifetime_ns || key.failed) {
		result = send_once(server, connection, &answer);
		goto out;
	}
	response = make_response(server, &answer);
	if (response) {
		result =
			MHD_queue_response(connection, answer.status, response);
		httpd_cache_add(&server->cache, &key, response, answer.status,
				lifetime_ns);
	}
out:
	dump_buffer_free(&answer.body);
	dump_buffer_free(&key);
	return result;
}

struct hosts {
	const struct httpd_options *options;
	bool are_known;
};

/* There should be one, but each counts. */
static enum MHD_Result check_host(void *userdata, enum MHD_ValueKind kind,
				  const char *name, const char *value)
{
	struct hosts *hosts = userdata;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_HOST) ||
	    httpd_host_is_known(value ? value : "",
				hosts->options->allowed_hosts,
				hosts->options->allowed_host_count))
		return MHD_YES;
	hosts->are_known = false;
	return MHD_NO;
}

/* A request without any is no browser's. */
static bool is_host_known(const struct httpd_server *server,
			  struct MHD_Connection *connection)
{
	struct hosts hosts = { server->options, true };

	if (server->checks_host)
		MHD_get_connection_values(connection, MHD_HEADER_KIND,
					  check_host, &hosts);
	return hosts.are_known;
}

static enum MHD_Result answer_request(struct httpd_server *server,
				      struct MHD_Connection *connection,
				      const char *url, const char *method)
{
	struct httpd_answer answer = { 0 };
	struct wish wish;

	if (!is_host_known(server, connection)) {
		httpd_answer_say(&answer, MHD_HTTP_MISDIRECTED_REQUEST,
				 "this server is not called by that name; "
				 "--allow-host allows one");
		return send_once(server, connection, &answer);
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD)) {
		httpd_answer_say(&answer, MHD_HTTP_METHOD_NOT_ALLOWED,
				 "only GET and HEAD are answered");
		return send_once(server, connection, &answer);
	}
	wish = read_wish(connection, url);
	if (wish.page != PAGE_NONE)
		return send_page(server, connection, &wish);
	httpd_answer_say(&answer, MHD_HTTP_NOT_FOUND,
			 "there are /, /processes, /metrics and /debug/vars");
	return send_once(server, connection, &answer);
}

enum MHD_Result httpd_request(void *userdata, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_len, void **state)
{
	static const char seen[] = "";
	bool is_first = !*state;

	(void)version;
	(void)upload;
	/* The headers are there; what comes behind them is thrown away. */
	if (is_first || *upload_len) {
		*state = (void *)(uintptr_t)seen;
		*upload_len = 0;
		return MHD_YES;
	}
	return answer_request(userdata, connection, url, method);
}
