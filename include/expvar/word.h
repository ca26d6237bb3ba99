/* SPDX-License-Identifier: MIT */
/*
 * word.h - shared words: the only file with atomic operations
 *
 * A word is memory that another thread, or a reader in another process, may
 * look at while it changes. It is wrapped in a struct so that plain `w++` or
 * `w == 1` does not compile: whoever touches a word names an ordering. There
 * is no form without one, and none is sequentially consistent.
 *
 * Only naturally aligned words of 4 and 8 bytes exist, and a load is a load:
 * a read-modify-write "read" of a PROT_READ mapping is a SIGSEGV, and a
 * 16-byte load may be one in disguise.
 *
 * Which store pairs with which load is listed in docs/memory-model.md; the
 * labels [V1], [D1] ... at the places of use refer to it. Nothing here knows
 * what the words mean.
 *
 * Public because the inline hot path of expvar.h needs it; programs have no
 * use for it otherwise. Clean as C99 and C++11.
 */
#ifndef EXPVAR_WORD_H
#define EXPVAR_WORD_H

/* First, so that this is what a 32-bit build says. */
#if __SIZEOF_POINTER__ != 8
#error "expvar is for 64-bit targets only: words are read and written in one piece"
#endif

#include <stddef.h>
#include <stdint.h>

struct expvar_word32 {
	uint32_t word_;
};

struct expvar_word64 {
	uint64_t word_;
};

/* A pointer as a word; only ever in private memory, never in a segment. */
struct expvar_wordptr {
	void *word_;
};

#if __GCC_ATOMIC_LLONG_LOCK_FREE != 2 || __GCC_ATOMIC_INT_LOCK_FREE != 2
#error "expvar needs lock-free words: between processes nothing else works"
#endif

/* The forms, for 32 and 64 bits alike. DEFINE is not for use elsewhere. */
#define EXPVAR_WORD_DEFINE_(bits)                                              \
	static inline uint##bits##_t expvar_word##bits##_load_relaxed(         \
		const struct expvar_word##bits *w)                             \
	{                                                                      \
		return __atomic_load_n(&w->word_, __ATOMIC_RELAXED);           \
	}                                                                      \
	static inline uint##bits##_t expvar_word##bits##_load_acquire(         \
		const struct expvar_word##bits *w)                             \
	{                                                                      \
		return __atomic_load_n(&w->word_, __ATOMIC_ACQUIRE);           \
	}                                                                      \
	static inline void expvar_word##bits##_store_relaxed(                  \
		struct expvar_word##bits *w, uint##bits##_t value)             \
	{                                                                      \
		__atomic_store_n(&w->word_, value, __ATOMIC_RELAXED);          \
	}                                                                      \
	static inline void expvar_word##bits##_store_release(                  \
		struct expvar_word##bits *w, uint##bits##_t value)             \
	{                                                                      \
		__atomic_store_n(&w->word_, value, __ATOMIC_RELEASE);          \
	}                                                                      \
	static inline uint##bits##_t expvar_word##bits##_fetch_add_relaxed(    \
		struct expvar_word##bits *w, uint##bits##_t value)             \
	{                                                                      \
		return __atomic_fetch_add(&w->word_, value, __ATOMIC_RELAXED); \
	}                                                                      \
	static inline uint##bits##_t expvar_word##bits##_exchange_acquire(     \
		struct expvar_word##bits *w, uint##bits##_t value)             \
	{                                                                      \
		return __atomic_exchange_n(&w->word_, value,                   \
					   __ATOMIC_ACQUIRE);                  \
	}                                                                      \
	static inline uint##bits##_t expvar_word##bits##_exchange_release(     \
		struct expvar_word##bits *w, uint##bits##_t value)             \
	{                                                                      \
		return __atomic_exchange_n(&w->word_, value,                   \
					   __ATOMIC_RELEASE);                  \
	}                                                                      \
	static inline uint##bits##_t expvar_word##bits##_exchange_acq_rel(     \
		struct expvar_word##bits *w, uint##bits##_t value)             \
	{                                                                      \
		return __atomic_exchange_n(&w->word_, value,                   \
					   __ATOMIC_ACQ_REL);                  \
	}                                                                      \
	/* Returns nonzero on success; *expected is refreshed on failure. */   \
	static inline int expvar_word##bits##_cas_relaxed(                     \
		struct expvar_word##bits *w, uint##bits##_t *expected,         \
		uint##bits##_t value)                                          \
	{                                                                      \
		return __atomic_compare_exchange_n(&w->word_, expected, value, \
						   0, __ATOMIC_RELAXED,        \
						   __ATOMIC_RELAXED);          \
	}                                                                      \
	static inline int expvar_word##bits##_cas_acquire(                     \
		struct expvar_word##bits *w, uint##bits##_t *expected,         \
		uint##bits##_t value)                                          \
	{                                                                      \
		return __atomic_compare_exchange_n(&w->word_, expected, value, \
						   0, __ATOMIC_ACQUIRE,        \
						   __ATOMIC_ACQUIRE);          \
	}                                                                      \
	static inline int expvar_word##bits##_cas_release(                     \
		struct expvar_word##bits *w, uint##bits##_t *expected,         \
		uint##bits##_t value)                                          \
	{                                                                      \
		return __atomic_compare_exchange_n(&w->word_, expected, value, \
						   0, __ATOMIC_RELEASE,        \
						   __ATOMIC_RELAXED);          \
	}                                                                      \
	static inline int expvar_word##bits##_cas_acq_rel(                     \
		struct expvar_word##bits *w, uint##bits##_t *expected,         \
		uint##bits##_t value)                                          \
	{                                                                      \
		return __atomic_compare_exchange_n(&w->word_, expected, value, \
						   0, __ATOMIC_ACQ_REL,        \
						   __ATOMIC_ACQUIRE);          \
	}

EXPVAR_WORD_DEFINE_(32)
EXPVAR_WORD_DEFINE_(64)

#undef EXPVAR_WORD_DEFINE_

/*
 * add_single_writer: load, add, store - for a cell that exactly one thread
 * writes. Cheaper than a locked add by most of its price; a second writer
 * would lose updates. _sign also returns whether bit 63 is set afterwards.
 *
 * On x86-64 both are one instruction, which no signal handler of the thread can
 * come between. The sanitizers get the C form, which they understand.
 */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define EXPVAR_WORD_IN_C_ 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || \
	__has_feature(memory_sanitizer)
#define EXPVAR_WORD_IN_C_ 1
#endif
#endif

#if defined(__x86_64__) && !defined(EXPVAR_WORD_IN_C_)
/* Both dialects, {AT&T|Intel}; there, gcc says an operand's size, clang not. */
#ifdef __clang__
#define EXPVAR_WORD_SIZE_ " qword ptr"
#else
#define EXPVAR_WORD_SIZE_
#endif
static inline void expvar_word64_add_single_writer(struct expvar_word64 *w,
						   uint64_t value)
{
	__asm__("add{q %1, %0|" EXPVAR_WORD_SIZE_ " %0, %1}"
		: "+m"(w->word_)
		: "er"(value)
		: "cc");
}

static inline int expvar_word64_add_single_writer_sign(struct expvar_word64 *w,
						       uint64_t value)
{
	int sign;

	__asm__("add{q %2, %0|" EXPVAR_WORD_SIZE_ " %0, %2}"
		: "+m"(w->word_), "=@ccs"(sign)
		: "er"(value));
	return sign;
}
#undef EXPVAR_WORD_SIZE_
#else
static inline void expvar_word64_add_single_writer(struct expvar_word64 *w,
						   uint64_t value)
{
	expvar_word64_store_relaxed(w, expvar_word64_load_relaxed(w) + value);
}

static inline int expvar_word64_add_single_writer_sign(struct expvar_word64 *w,
						       uint64_t value)
{
	uint64_t sum = expvar_word64_load_relaxed(w) + value;

	expvar_word64_store_relaxed(w, sum);
	return (int)(sum >> 63);
}
#endif
#undef EXPVAR_WORD_IN_C_

static inline void *expvar_wordptr_load_relaxed(const struct expvar_wordptr *w)
{
	return __atomic_load_n(&w->word_, __ATOMIC_RELAXED);
}

static inline void *expvar_wordptr_load_acquire(const struct expvar_wordptr *w)
{
	return __atomic_load_n(&w->word_, __ATOMIC_ACQUIRE);
}

static inline void expvar_wordptr_store_relaxed(struct expvar_wordptr *w,
						void *value)
{
	__atomic_store_n(&w->word_, value, __ATOMIC_RELAXED);
}

static inline void expvar_wordptr_store_release(struct expvar_wordptr *w,
						void *value)
{
	__atomic_store_n(&w->word_, value, __ATOMIC_RELEASE);
}

/*
 * Fences order the relaxed accesses of a copy loop against the generation
 * around it; acquire or release on the generation alone is not enough at
 * either place (docs/memory-model.md, "Why fences").
 */
static inline void expvar_fence_acquire(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void expvar_fence_release(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/*
 * Orders against a signal handler of the same thread only; costs nothing but
 * what it keeps the compiler from doing.
 */
static inline void expvar_fence_signal(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif
