/* SPDX-License-Identifier: MIT */
/*
 * time.c - TIME arguments, clocks, and how times are written
 */
#include "time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* More digits behind the point are below a nanosecond, even of an hour. */
#define FRACTION_DIGITS 13
#define UUID_LEN 36

static int unit_of(const char *text, uint64_t *ret_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", DUMP_SECOND },
		{ "us", UINT64_C(1000) },
		{ "ms", UINT64_C(1000000) },
		{ "s", DUMP_SECOND },
		{ "m", 60 * DUMP_SECOND },
		{ "h", 3600 * DUMP_SECOND },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name))
			continue;
		*ret_ns = units[i].ns;
		return 0;
	}
	return -EINVAL;
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int dump_time_parse(const char *text, uint64_t *ret_ns)
{
	uint64_t whole = 0, fraction = 0, scale = 1, unit;
	unsigned __int128 ns;
	int digits = 0, too_large = 0;

	if (!is_digit(*text))
		return -EINVAL;
	for (; is_digit(*text); text++) {
		if (whole > (UINT64_MAX - 9) / 10)
			too_large = 1;
		else
			whole = whole * 10 + (uint64_t)(*text - '0');
	}
	if (*text == '.') {
		text++;
		if (!is_digit(*text))
			return -EINVAL;
		for (; is_digit(*text); text++) {
			if (digits++ >= FRACTION_DIGITS)
				continue;
			fraction = fraction * 10 + (uint64_t)(*text - '0');
			scale *= 10;
		}
	}
	if (unit_of(text, &unit))
		return -EINVAL;
	ns = (unsigned __int128)whole * unit +
	     (unsigned __int128)fraction * unit / scale;
	if (too_large || ns > INT64_MAX)
		return -ERANGE;
	*ret_ns = (uint64_t)ns;
	return 0;
}

uint64_t dump_time_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * DUMP_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t dump_time_next(uint64_t last_ns, uint64_t interval_ns)
{
	uint64_t now_ns = dump_time_now(CLOCK_MONOTONIC);
	uint64_t next_ns = last_ns + interval_ns;

	if (next_ns < now_ns && interval_ns)
		next_ns += (now_ns - next_ns) / interval_ns * interval_ns;
	return next_ns;
}

struct dump_moment dump_time_moment(void)
{
	return (struct dump_moment){ dump_time_now(CLOCK_REALTIME),
				     dump_time_now(CLOCK_BOOTTIME) };
}

const char *dump_time_boot_id(void)
{
	static char text[UUID_LEN + 1];
	static bool is_read;
	ssize_t len = 0;
	int fd;

	if (is_read)
		return text;
	is_read = true;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return text;
	len = read(fd, text, UUID_LEN);
	close(fd);
	text[len == UUID_LEN ? len : 0] = '\0';
	return text;
}

char *dump_time_text(char text[DUMP_TIME_TEXT_MAX], uint64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / DUMP_SECOND);
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	gmtime_r(&seconds, &tm);
	snprintf(text, DUMP_TIME_TEXT_MAX,
		 "%04d-%02d-%02dT%02d:%02d:%02d.%09uZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (unsigned int)(realtime_ns % DUMP_SECOND));
	return text;
}

int dump_time_read(const char *text, uint64_t *ret_realtime_ns)
{
	struct tm tm = { 0 };
	uint64_t ns = 0;
	int digits = 9, len = 0;
	time_t seconds;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
		   &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &len) != 6)
		return -EINVAL;
	text += len;
	if (*text == '.')
		for (text++; is_digit(*text); text++)
			if (digits-- > 0)
				ns = ns * 10 + (uint64_t)(*text - '0');
	for (; digits > 0; digits--)
		ns *= 10;
	if (*text && strcmp(text, "Z"))
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	seconds = timegm(&tm);
	if (seconds < 0)
		return -EINVAL;
	*ret_realtime_ns = (uint64_t)seconds * DUMP_SECOND + ns;
	return 0;
}

char *dump_time_age(char text[DUMP_TIME_TEXT_MAX], uint64_t age_ns)
{
	unsigned int seconds = (unsigned int)(age_ns / DUMP_SECOND % 60);
	unsigned int minutes = (unsigned int)(age_ns / DUMP_SECOND / 60 % 60);
	unsigned int hours = (unsigned int)(age_ns / DUMP_SECOND / 3600 % 24);
	unsigned int days = (unsigned int)(age_ns / DUMP_SECOND / 86400);

	if (days)
		snprintf(text, DUMP_TIME_TEXT_MAX, "%ud%02uh", days, hours);
	else if (hours)
		snprintf(text, DUMP_TIME_TEXT_MAX, "%uh%02um", hours, minutes);
	else if (minutes)
		snprintf(text, DUMP_TIME_TEXT_MAX, "%um%02us", minutes,
			 seconds);
	else
		snprintf(text, DUMP_TIME_TEXT_MAX, "%us", seconds);
	return text;
}
