/* SPDX-License-Identifier: MIT */
/*
 * text-float.c - floats as the shortest text that reads back the same
 *
 * The digits come from Schubfach: Raffaello Giulietti, "The Schubfach way to
 * render doubles" (2020). All texts that read back to a value lie in its
 * rounding interval. The algorithm picks the power of ten 10^k just below the
 * width of that interval, so that at least one multiple of 10^k lies inside
 * and at most one multiple of 10^(k+1); the candidates are then the multiples
 * next to the value, and comparing them needs only 128-bit powers of ten and
 * products rounded to odd.
 */
#include "text.h"

#include <float.h>
#include <stdbool.h>
#include <string.h>

#include "text-digits.h"
#include "text-float-table.h"

#define SIGN_BIT ((uint64_t)1 << 63)
#define FRACTION_BITS 52
#define FRACTION_MASK (((uint64_t)1 << FRACTION_BITS) - 1)
#define EXPONENT_SPECIAL 0x7FF
#define EXPONENT_BIAS 1075
/* Below it each whole number is a float: none has a shorter text. */
#define WHOLE_LIMIT 0x1p53

/* Their product must stay within the 15 digits that identify a double. */
#define FEW_DIGITS_LIMIT 1e11
#define FEW_DIGITS_SCALE 10000

/* Digits that shortest() may return, and most digits before the point. */
#define DIGITS_MAX 17
#define WHOLE_DIGITS_MAX 21
/* Most zeros between the point and the first digit. */
#define ZEROS_MAX 5

_Static_assert(1 + 2 + ZEROS_MAX + DIGITS_MAX <= EXPVAR_TEXT_NUMBER_MAX &&
	       1 + WHOLE_DIGITS_MAX <= EXPVAR_TEXT_NUMBER_MAX &&
	       1 + 1 + DIGITS_MAX + 5 <= EXPVAR_TEXT_NUMBER_MAX,
	       "sign and longest text of each form must fit");

__extension__ typedef unsigned __int128 uint128;

/* value = number * 10^exponent */
struct decimal {
	uint64_t number;
	int exponent;
};

/* Where a printer changes from positional to exponent form. */
struct style {
	int first_positional; /* decimal exponents */
	int last_positional;
	unsigned int min_exponent_digits;
	uint64_t whole_limit; /* whole numbers below are plain integers */
};

static const struct style style_g = { -4, 5, 2, 1000000 };
static const struct style style_json = { -6, WHOLE_DIGITS_MAX - 1, 1,
					 UINT64_MAX };

/* floor(log10(2^e)) */
static int log10_of_pow2(int e)
{
	return (e * 1262611) >> 22;
}

/* floor(log10(2^e * 3/4)) */
static int log10_of_three_quarters_pow2(int e)
{
	return (e * 1262611 - 524031) >> 22;
}

/* floor(log2(10^e)) */
static int log2_of_pow10(int e)
{
	return (e * 1741647) >> 19;
}

/*
 * power * factor / 2^128, rounded to odd: cut off, and the last bit set when
 * something was lost. Comparisons with whole numbers then come out as with the
 * exact product. That the table is rounded up adds less than @factor, which is
 * below 2^60, to the lowest word: that word says nothing and is left out.
 */
static uint64_t scale(struct expvar_power_of_ten power, uint64_t factor)
{
	uint128 low = (uint128)power.low * factor;
	uint128 sum = (uint128)power.high * factor + (uint64_t)(low >> 64);

	return (uint64_t)(sum >> 64) | ((uint64_t)sum != 0);
}

/* Shortest decimal in the rounding interval of c * 2^q; nearest of these. */
static struct decimal shortest(uint64_t c, int q, bool is_lower_half_as_wide)
{
	int k = is_lower_half_as_wide ? log10_of_three_quarters_pow2(q) :
					log10_of_pow2(q);
	int shift = q + log2_of_pow10(-k) + 1;
	struct expvar_power_of_ten power =
		expvar_powers_of_ten[-k - EXPVAR_POWER_OF_TEN_FIRST];
	/* Readers round ties to even: only then the ends belong to it. */
	uint64_t odd = c & 1;
	/* Everything in quarters of 10^k, so that the ends are whole too. */
	uint64_t value = scale(power, (4 * c) << shift);
	uint64_t lower = odd + scale(power, (4 * c - 2 + is_lower_half_as_wide)
						    << shift);
	uint64_t upper = scale(power, (4 * c + 2) << shift) - odd;
	uint64_t down = value / 4;
	uint64_t tens = down / 10;
	bool is_down_inside, is_up_inside;

	/* One digit less? At most one of the two neighbours can be inside. */
	is_down_inside = lower <= 40 * tens;
	is_up_inside = 40 * tens + 40 <= upper;
	if (is_down_inside != is_up_inside)
		return (struct decimal){ tens + is_up_inside, k + 1 };

	is_down_inside = lower <= 4 * down;
	is_up_inside = 4 * down + 4 <= upper;
	if (is_down_inside != is_up_inside)
		return (struct decimal){ down + is_up_inside, k };

	/* Both inside: the nearer one, the even one of two equally near. */
	if (value > 4 * down + 2 || (value == 4 * down + 2 && (down & 1)))
		down++;
	return (struct decimal){ down, k };
}

/* Any other value; @value must be positive. */
static struct decimal decimal_of_float(double value)
{
	uint64_t bits, fraction;
	int exponent;

	memcpy(&bits, &value, sizeof(bits));
	fraction = bits & FRACTION_MASK;
	exponent = (int)(bits >> FRACTION_BITS);
	if (exponent == 0)
		return shortest(fraction, 1 - EXPONENT_BIAS, false);
	/* Below a power of two the next float is only half as far away. */
	return shortest(fraction | (FRACTION_MASK + 1),
			exponent - EXPONENT_BIAS,
			fraction == 0 && exponent > 1);
}

/* The same of a value of 32 bits, whose interval is wider. */
static struct decimal decimal_of_narrow(float value)
{
	uint32_t bits, fraction;
	int exponent;

	memcpy(&bits, &value, sizeof(bits));
	fraction = bits & 0x7fffff;
	exponent = (int)(bits >> 23);
	if (exponent == 0)
		return shortest(fraction, -149, false);
	return shortest(fraction | 0x800000, exponent - 150,
			fraction == 0 && exponent > 1);
}

/*
 * Most values in practice; @value must not be negative. Signed, because most
 * processors convert signed integers in one instruction, unsigned ones not.
 */
static bool decimal_of_whole(double value, struct decimal *ret_decimal)
{
	int64_t whole;

	/* Also keeps the conversion to an integer defined. */
	if (!(value < WHOLE_LIMIT))
		return false;
	whole = (int64_t)value;
	if ((double)whole < value)
		return false;
	*ret_decimal = (struct decimal){ (uint64_t)whole, 0 };
	return true;
}

/*
 * Most other values in practice: up to four digits behind the point. The
 * number is a guess that may be off by one. The quotient of two exact numbers,
 * however, is rounded as a reader rounds the text, so equality proves that the
 * text reads back. No other text of at most 15 digits does, so it is also the
 * shortest. (Assumes the default rounding mode.)
 */
static bool decimal_of_few_digits(double value, struct decimal *ret_decimal)
{
	int64_t number;
	double back;

	if (!(value < FEW_DIGITS_LIMIT))
		return false;
	number = (int64_t)(value * FEW_DIGITS_SCALE + 0.5);
	back = (double)number / FEW_DIGITS_SCALE;
	if (back < value || back > value)
		return false;
	*ret_decimal = (struct decimal){ (uint64_t)number, -4 };
	return true;
}

/* @end is behind digits of which at least one is not 0. */
static char *strip_zeros(char *end)
{
	while (end[-1] == '0')
		end--;
	return end;
}

static char *put_exponent(char *out, int exponent, unsigned int min_digits)
{
	unsigned int magnitude = (unsigned int)(exponent < 0 ? -exponent :
							       exponent);
	size_t len = expvar_digits_count(magnitude);

	*out++ = 'e';
	*out++ = exponent < 0 ? '-' : '+';
	if (len < min_digits)
		*out++ = '0';
	expvar_digits_put(out, magnitude, len);
	return out + len;
}

/* The value is 0.DIGITS * 10^point, here and below. */
static char *put_scientific(char *out, struct decimal d, size_t len, int point,
			    unsigned int min_exponent_digits)
{
	char *end;

	expvar_digits_put(out + 1, d.number, len);
	end = strip_zeros(out + 1 + len);
	/* The first digit is there twice; the point replaces its copy. */
	out[0] = out[1];
	out[1] = '.';
	if (end == out + 2)
		end = out + 1;
	return put_exponent(end, point - 1, min_exponent_digits);
}

static char *put_positional(char *out, struct decimal d, size_t len, int point)
{
	if (d.exponent >= 0) {
		memset(out, '0', WHOLE_DIGITS_MAX);
		expvar_digits_put(out, d.number, len);
		return out + point;
	}
	/* Whole values do not come here: some digit follows the point. */
	if (point <= 0) {
		memcpy(out, "0.00000", 2 + ZEROS_MAX);
		out += 2 - point;
		expvar_digits_put(out, d.number, len);
		return strip_zeros(out + len);
	}
	expvar_digits_put(out + 1, d.number, len);
	for (int i = 0; i < point; i++)
		out[i] = out[i + 1];
	out[point] = '.';
	return strip_zeros(out + 1 + len);
}

static inline char *put_decimal(char *out, struct decimal d,
				const struct style *style)
{
	size_t len = expvar_digits_count(d.number);
	int point;

	if (d.exponent == 0 && d.number < style->whole_limit) {
		expvar_digits_put(out, d.number, len);
		return out + len;
	}

	point = (int)len + d.exponent;
	if (point - 1 < style->first_positional ||
	    point - 1 > style->last_positional)
		return put_scientific(out, d, len, point,
				      style->min_exponent_digits);
	return put_positional(out, d, len, point);
}

static char *put_finite(char *out, double value, const struct style *style)
{
	struct decimal d;

	if (!decimal_of_whole(value, &d) && !decimal_of_few_digits(value, &d))
		d = decimal_of_float(value);
	return put_decimal(out, d, style);
}

static inline size_t put_float(char *out, double value,
			       const struct style *style)
{
	char *at = out;
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	if ((bits & ~SIGN_BIT) >> FRACTION_BITS == EXPONENT_SPECIAL) {
		memcpy(out, "null", 4);
		return 4;
	}
	/* The sign bit, not a comparison: -0 has one, too. */
	if (bits & SIGN_BIT) {
		*at++ = '-';
		value = -value;
	}
	return (size_t)(put_finite(at, value, style) - out);
}

size_t expvar_text_float(char *out, double value)
{
	return put_float(out, value, &style_g);
}

/* Whole numbers of up to six digits have no shorter text of 32 bits either. */
size_t expvar_text_float_narrow(char *out, float value)
{
	float magnitude = value < 0 ? -value : value;
	size_t sign = value < 0;

	/* this includes the zeros, and what is no number */
	if (!(magnitude > 0) || !(magnitude <= FLT_MAX) ||
	    (magnitude < 1e6f && (float)(int32_t)magnitude >= magnitude))
		return put_float(out, (double)value, &style_g);
	*out = '-';
	return (size_t)(put_decimal(out + sign, decimal_of_narrow(magnitude),
				    &style_g) -
			out);
}

size_t expvar_text_float_json(char *out, double value)
{
	return put_float(out, value, &style_json);
}
