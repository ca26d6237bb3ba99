/* SPDX-License-Identifier: MIT */
/*
 * text-digits.h - decimal digits of an integer, private to text-*.c
 *
 * Counting and writing are apart because text-float.c must know where the
 * point goes before it writes.
 */
#ifndef EXPVAR_TEXT_DIGITS_H
#define EXPVAR_TEXT_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPVAR_EIGHT_DIGITS 100000000u

static const char expvar_digit_pairs[] =
	"00010203040506070809" "10111213141516171819"
	"20212223242526272829" "30313233343536373839"
	"40414243444546474849" "50515253545556575859"
	"60616263646566676869" "70717273747576777879"
	"80818283848586878889" "90919293949596979899";

/* Entry n is 10^n, but entry 0 is 0 so that zero counts as one digit. */
static const uint64_t expvar_digit_steps[] = {
	0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
	100000000000000, 1000000000000000, 10000000000000000,
	100000000000000000, 1000000000000000000, 10000000000000000000u,
};

static inline size_t expvar_digits_count(uint64_t value)
{
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(value | 1);
	/* 1233 / 4096 is log10(2), close enough for 64 bits. */
	unsigned int guess = bits * 1233 >> 12;

	return guess + (value >= expvar_digit_steps[guess]);
}

static inline void expvar_digits_put_pair(char *out, uint32_t value)
{
	memcpy(out, expvar_digit_pairs + 2 * value, 2);
}

static inline void expvar_digits_put_four(char *out, uint32_t value)
{
	expvar_digits_put_pair(out, value / 100);
	expvar_digits_put_pair(out + 2, value % 100);
}

/* @len must be expvar_digits_count(@value). */
static inline void expvar_digits_put(char *out, uint64_t value, size_t len)
{
	char *end = out + len;
	uint32_t rest;

	/* Blocks of eight: their inner divisions do not wait for each other. */
	while (value >= EXPVAR_EIGHT_DIGITS) {
		uint32_t block = (uint32_t)(value % EXPVAR_EIGHT_DIGITS);

		value /= EXPVAR_EIGHT_DIGITS;
		end -= 8;
		expvar_digits_put_four(end, block / 10000);
		expvar_digits_put_four(end + 4, block % 10000);
	}

	for (rest = (uint32_t)value; rest >= 100; rest /= 100) {
		end -= 2;
		expvar_digits_put_pair(end, rest % 100);
	}
	if (rest >= 10)
		expvar_digits_put_pair(end - 2, rest);
	else
		end[-1] = (char)('0' + rest);
}

#endif
