/* SPDX-License-Identifier: MIT */
/*
 * headers.c - what a request's headers ask for
 */
#include "headers.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* ---- Host ---- */

#define HOST_MAX 256

static bool is_port(const char *text)
{
	return !*text || (*text == ':' &&
			  text[1 + strspn(text + 1, "0123456789")] == '\0');
}

static bool is_address(const char *host, size_t len, int family)
{
	char text[HOST_MAX];
	unsigned char address[sizeof(struct in6_addr)];

	memcpy(text, host, len);
	text[len] = '\0';
	return inet_pton(family, text, address) == 1;
}

static bool is_name(const char *host, size_t len, const char *name)
{
	return strlen(name) == len && !strncasecmp(host, name, len);
}

bool httpd_host_is_known(const char *host, const char *const *names,
			 size_t count)
{
	size_t len = strcspn(host, ":"), i;

	if (strlen(host) >= HOST_MAX)
		return false;
	for (i = 0; i < count; i++)
		if (!strcmp(names[i], "*"))
			return true;
	if (*host == '[') {
		len = strcspn(host, "]");
		return host[len] == ']' && is_port(host + len + 1) &&
		       is_address(host + 1, len - 1, AF_INET6);
	}
	if (!is_port(host + len))
		return false;
	for (i = 0; i < count; i++)
		if (is_name(host, len, names[i]))
			return true;
	return is_name(host, len, "localhost") ||
	       is_address(host, len, AF_INET);
}

/* ---- Accept ---- */

#define SPACES " \t"

struct span {
	const char *at;
	size_t len;
};

/* The next part up to @end, without the spaces around it. */
static bool next_part(const char **text, char end, struct span *ret)
{
	const char stop[2] = { end, '\0' };
	size_t len;

	if (!**text)
		return false;
	*text += strspn(*text, SPACES);
	len = strcspn(*text, stop);
	ret->at = *text;
	ret->len = len;
	while (ret->len && strchr(SPACES, ret->at[ret->len - 1]))
		ret->len--;
	*text += len + ((*text)[len] == end);
	return true;
}

static bool is_text(struct span span, const char *text)
{
	return span.len == strlen(text) &&
	       !strncasecmp(span.at, text, span.len);
}

/* In thousandths: 1, 0.5, 0.750. What is none of these is 0. */
static int read_quality(struct span span)
{
	int quality, unit = 100;
	size_t i;

	if (!span.len || (span.at[0] != '0' && span.at[0] != '1'))
		return 0;
	quality = (span.at[0] - '0') * 1000;
	if (span.len > 1 && span.at[1] != '.')
		return 0;
	for (i = 2; i < span.len && unit; i++, unit /= 10) {
		if (span.at[i] < '0' || span.at[i] > '9')
			return 0;
		quality += (span.at[i] - '0') * unit;
	}
	return quality > 1000 ? 1000 : quality;
}

/* The parameters of a range: how much it is liked, and whether it is 1.0. */
static int read_parameters(struct span range, bool *ret_is_ours)
{
	char text[HOST_MAX];
	const char *rest = text;
	int quality = 1000;
	struct span part;

	*ret_is_ours = true;
	if (range.len >= sizeof(text))
		return 0;
	memcpy(text, range.at, range.len);
	text[range.len] = '\0';
	next_part(&rest, ';', &part);
	while (next_part(&rest, ';', &part)) {
		if (part.len > 2 && !strncasecmp(part.at, "q=", 2))
			quality = read_quality(
				(struct span){part.at + 2, part.len - 2});
		else if (part.len > 8 && !strncasecmp(part.at, "version=", 8))
			*ret_is_ours = is_text(part, "version=1.0.0") ||
				       is_text(part, "version=\"1.0.0\"");
	}
	return quality;
}

/* A range without its parameters. */
static struct span type_of(struct span range)
{
	struct span type = { range.at, 0 };

	while (type.len < range.len && type.at[type.len] != ';' &&
	       !strchr(SPACES, type.at[type.len]))
		type.len++;
	return type;
}

bool httpd_accepts_html(const char *accept)
{
	struct span range;
	bool is_ours;

	while (next_part(&accept, ',', &range))
		if (is_text(type_of(range), "text/html") &&
		    read_parameters(range, &is_ours))
			return true;
	return false;
}

bool httpd_prefers_openmetrics(const char *accept)
{
	int open = 0, text = 0;
	struct span range;

	while (next_part(&accept, ',', &range)) {
		struct span type = type_of(range);
		bool is_ours;
		int quality = read_parameters(range, &is_ours);

		if (is_text(type, "application/openmetrics-text")) {
			if (is_ours && quality > open)
				open = quality;
		} else if (is_text(type, "text/plain") && quality > text) {
			text = quality;
		}
	}
	return open && open >= text;
}
