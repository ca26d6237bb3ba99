/* SPDX-License-Identifier: MIT */
/*
 * time.h - TIME arguments, clocks, and how times are written
 *
 * Nothing depends on the locale or the time zone. All times are nanoseconds.
 */
#ifndef EXPVAR_TOOLS_TIME_H
#define EXPVAR_TOOLS_TIME_H

#include <stdint.h>
#include <time.h>

#define DUMP_SECOND UINT64_C(1000000000)

/**
 * dump_time_parse() - a TIME of the command line
 * @text:   decimal digits, maybe a point and more of them, and us, ms, s, m, h
 *          or nothing, which means seconds
 * @ret_ns: receives the time, rounded down
 *
 * Returns: 0, -EINVAL (something else), -ERANGE (292 years or more).
 */
int dump_time_parse(const char *text, uint64_t *ret_ns);

/* CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME */
uint64_t dump_time_now(clockid_t clock);

/*
 * The next time of those that are an interval apart, on CLOCK_MONOTONIC; late
 * ones are left out. 0: at once.
 */
uint64_t dump_time_next(uint64_t last_ns, uint64_t interval_ns);

/* One moment on both clocks that matter to others. */
struct dump_moment {
	uint64_t realtime_ns;
	uint64_t boottime_ns;
};
struct dump_moment dump_time_moment(void);

/*
 * Which boot CLOCK_BOOTTIME is counted from: the kernel's UUID, or "" if it is
 * not known. The first call reads it.
 */
const char *dump_time_boot_id(void);

/* Room that no compiler can doubt, whatever year it thinks of. */
#define DUMP_TIME_TEXT_MAX 88
/* RFC 3339, UTC: 2026-11-23T02:25:00.123456789Z; returns @text. */
char *dump_time_text(char text[DUMP_TIME_TEXT_MAX], uint64_t realtime_ns);

/* The other way round, also without the Z: 0, or -EINVAL if it is no such time. */
int dump_time_read(const char *text, uint64_t *ret_realtime_ns);

/* The largest two units: 3d04h, 5h12m, 12m05s, 42s; returns @text. */
char *dump_time_age(char text[DUMP_TIME_TEXT_MAX], uint64_t age_ns);

#endif
