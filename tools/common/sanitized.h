/* SPDX-License-Identifier: MIT */
/*
 * sanitized.h - whether a sanitizer is built in: it needs terabytes of addresses
 * and system calls of its own, so limits and filters are left out there
 */
#ifndef TOOLS_SANITIZED_H
#define TOOLS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TOOLS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define TOOLS_SANITIZED 1
#endif
#endif
#ifndef TOOLS_SANITIZED
#define TOOLS_SANITIZED 0
#endif

#endif
