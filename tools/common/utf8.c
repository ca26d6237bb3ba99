/* SPDX-License-Identifier: MIT */
/*
 * utf8.c - characters of UTF-8
 */
#include "utf8.h"

size_t dump_utf8_decode(const char *bytes, size_t len, uint32_t *ret_rune)
{
	const unsigned char *s = (const unsigned char *)bytes;
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t width = s[0] < 0x80	 ? 1 :
		       (s[0] >> 5) == 6	 ? 2 :
		       (s[0] >> 4) == 14 ? 3 :
		       (s[0] >> 3) == 30 ? 4 :
					   0;
	uint32_t rune = s[0];
	size_t i;

	if (!width || width > len)
		return 0;
	if (width > 1)
		rune &= (1u << (7 - width)) - 1;
	for (i = 1; i < width; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		rune = rune << 6 | (s[i] & 0x3Fu);
	}
	if (rune < smallest[width] || rune > 0x10FFFF ||
	    (rune >= 0xD800 && rune < 0xE000))
		return 0;
	*ret_rune = rune;
	return width;
}
