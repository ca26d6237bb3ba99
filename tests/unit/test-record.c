/* SPDX-License-Identifier: MIT */
/*
 * test-record.c - records: what is described is published, and nothing else
 */
#include <pthread.h>
#include <stddef.h>

#include "expvar/reader.h"
#include "unit/publishing.h"

struct mixed {
	int8_t a;
	/* seven bytes of nobody */
	double b;
	char c[5];
	/* one */
	uint16_t d;
	_Bool e;
	/* three */
	float f;
	int64_t g;
};

#define FIELD(member, type) EXPVAR_FIELD(struct mixed, member, type)
static const struct expvar_field mixed_fields[] = {
	FIELD(a, EXPVAR_FIELD_INT),   FIELD(b, EXPVAR_FIELD_FLOAT),
	FIELD(c, EXPVAR_FIELD_CHARS), FIELD(d, EXPVAR_FIELD_UINT),
	FIELD(e, EXPVAR_FIELD_BOOL),  FIELD(f, EXPVAR_FIELD_FLOAT),
	FIELD(g, EXPVAR_FIELD_INT),
};

static struct expvar_record *make(const char *name,
				  const struct expvar_field *fields,
				  size_t count)
{
	struct expvar_record *v = expvar_record_new(name, fields, count);

	ck_assert_int_eq(expvar_var_error(&v->var), 0);
	return v;
}

START_TEST(every_type_of_field_prints_its_value)
{
	struct expvar_record *v = make("r", mixed_fields, 7);
	struct mixed m = { -5, 2.5, "abcd", 65535, 1, 0.5f, INT64_MIN };

	assert_text(v, "{\"a\":0,\"b\":0,\"c\":\"\",\"d\":0,\"e\":false,"
		       "\"f\":0,\"g\":0}");
	expvar_record_set(v, &m);
	assert_text(v, "{\"a\":-5,\"b\":2.5,\"c\":\"abcd\",\"d\":65535,"
		       "\"e\":true,\"f\":0.5,\"g\":-9223372036854775808}");
	memcpy(m.c, "12345", 5); /* without a NUL */
	m.e = 0;
	expvar_record_set(v, &m);
	assert_text(v, "{\"a\":-5,\"b\":2.5,\"c\":\"12345\",\"d\":65535,"
		       "\"e\":false,\"f\":0.5,\"g\":-9223372036854775808}");
}
END_TEST

/* Whether a byte string is anywhere in what the file has. */
static int is_in_segment(const char *bytes, size_t len)
{
	const struct segment *s = &expvar_process()->segment;

	return memmem(s->region.base, s->region.committed, bytes, len) != NULL;
}

START_TEST(padding_is_never_published)
{
	static const char secret[] = "\xAA\xAA\xAA";
	struct expvar_record *v = make("r", mixed_fields, 7);
	struct mixed m;

	memset(&m, 0xAA, sizeof(m));
	m.a = 1;
	m.b = 1;
	memset(m.c, 'x', sizeof(m.c));
	m.d = 1;
	m.e = 1;
	m.f = 1;
	m.g = 1;
	for (int i = 0; i < 8; i++)
		expvar_record_set(v, &m);
	ck_assert(is_in_segment("xxxxx", 5));
	ck_assert(!is_in_segment(secret, 3)); /* fewer may be chance */
}
END_TEST

START_TEST(fields_of_odd_sizes_and_places_are_kept)
{
	static const struct expvar_field fields[] = {
		{ "three", EXPVAR_FIELD_CHARS, 1, 3 },
		{ "at 5", EXPVAR_FIELD_UINT, 5, 4 },
		{ "at 11", EXPVAR_FIELD_INT, 11, 8 },
		{ "at 21", EXPVAR_FIELD_FLOAT, 21, 4 },
		{ "last", EXPVAR_FIELD_UINT, 31, 1 },
	};
	struct expvar_record *v = make("r", fields, 5);
	char bytes[32] = "?abc?";
	uint32_t u = 4000000000u;
	int64_t i = -7;
	float f = 0.1f;

	memcpy(bytes + 5, &u, 4);
	memcpy(bytes + 11, &i, 8);
	memcpy(bytes + 21, &f, 4);
	bytes[31] = 9;
	expvar_record_set(v, bytes);
	assert_text(v, "{\"three\":\"abc\",\"at 5\":4000000000,\"at 11\":-7,"
		       "\"at 21\":0.1,\"last\":9}");
}
END_TEST

START_TEST(fields_may_overlap_and_come_in_any_order)
{
	static const struct expvar_field fields[] = {
		{ "high", EXPVAR_FIELD_UINT, 4, 4 },
		{ "all", EXPVAR_FIELD_UINT, 0, 8 },
		{ "low", EXPVAR_FIELD_UINT, 0, 4 },
		{ "again", EXPVAR_FIELD_INT, 0, 8 },
		{ "middle", EXPVAR_FIELD_UINT, 2, 4 },
	};
	struct expvar_record *v = make("r", fields, 5);
	uint64_t value = UINT64_C(0x0000000300020001);

	expvar_record_set(v, &value);
	assert_text(v, "{\"high\":3,\"all\":12885032961,\"low\":131073,"
		       "\"again\":12885032961,\"middle\":196610}");
}
END_TEST

static struct expvar_field many[1025];
static char names[1025][8];

static void make_many(size_t size, size_t step)
{
	for (size_t i = 0; i < 1025; i++) {
		sprintf(names[i], "f%zu", i);
		many[i] = (struct expvar_field){ names[i], EXPVAR_FIELD_UINT,
						 i * step, size };
	}
}

START_TEST(one_field_and_1024_fields_are_fine_and_1025_are_not)
{
	static unsigned char bytes[1024 * 60];
	struct expvar_record *v, *w;
	char *text;

	make_many(4, 8); /* gaps: a run for each field */
	v = make("many", many, 1024);
	for (uint32_t i = 0; i < 1024; i++)
		memcpy(bytes + i * 8, &i, 4);
	expvar_record_set(v, bytes);
	text = text_of(&v->var);
	ck_assert_ptr_nonnull(strstr(text, "\"f1023\":1023}"));
	ck_assert_ptr_nonnull(strstr(text, "\"f0\":0,\"f1\":1,"));
	free(text);
	w = make("one", many + 1, 1);
	expvar_record_set(w, bytes);
	assert_text(w, "{\"f1\":1}");
	errno = 0;
	v = expvar_record_new("too many", many, 1025);
	ck_assert_int_eq(expvar_var_error(&v->var), -EINVAL);
	ck_assert_int_eq(errno, EINVAL);
	v = expvar_record_new("none", many, 0);
	ck_assert_int_eq(expvar_var_error(&v->var), -EINVAL);
}
END_TEST

START_TEST(the_largest_record_has_65536_bytes)
{
	static char bytes[EXPVAR_VALUE_MAX];
	struct expvar_field field = { "f", EXPVAR_FIELD_CHARS, 0,
				      EXPVAR_VALUE_MAX };
	struct expvar_record *v = make("r", &field, 1);
	char *text;

	memset(bytes, 'b', sizeof(bytes));
	for (int i = 0; i < 5; i++)
		expvar_record_set(v, bytes);
	text = text_of(&v->var);
	ck_assert_uint_eq(strlen(text), EXPVAR_VALUE_MAX + 8);
	free(text);
	field.size++;
	ck_assert_int_eq(
		expvar_var_error(&expvar_record_new("s", &field, 1)->var),
		-EINVAL);
	field.offset = 1;
	field.size--;
	ck_assert_int_eq(
		expvar_var_error(&expvar_record_new("t", &field, 1)->var),
		-EINVAL);
}
END_TEST

START_TEST(bad_fields_are_refused)
{
	static const struct expvar_field bad[] = {
		{ NULL, EXPVAR_FIELD_INT, 0, 8 },
		{ "f", EXPVAR_FIELD_INT, 0, 3 },
		{ "f", EXPVAR_FIELD_INT, 0, 0 },
		{ "f", EXPVAR_FIELD_UINT, 0, 16 },
		{ "f", EXPVAR_FIELD_FLOAT, 0, 2 },
		{ "f", EXPVAR_FIELD_BOOL, 0, 4 },
		{ "f", EXPVAR_FIELD_CHARS, 0, 0 },
		{ "f", (enum expvar_field_type)6, 0, 8 },
		{ "f", (enum expvar_field_type)0, 0, 8 },
		{ "f", EXPVAR_FIELD_INT, SIZE_MAX, 8 },
		{ "f", EXPVAR_FIELD_CHARS, 8, SIZE_MAX },
	};
	static const struct expvar_field twins[] = {
		{ "a", EXPVAR_FIELD_INT, 0, 4 },
		{ "b", EXPVAR_FIELD_INT, 0, 4 },
		{ "a", EXPVAR_FIELD_FLOAT, 4, 4 },
	};
	struct expvar_record *v;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		v = expvar_record_new("bad", &bad[i], 1);
		ck_assert_int_eq(expvar_var_error(&v->var), -EINVAL);
		expvar_record_set(v, "12345678");
	}
	v = expvar_record_new("bad", NULL, 1);
	ck_assert_int_eq(expvar_var_error(&v->var), -EINVAL);
	v = expvar_record_new("bad", twins, 3); /* a key twice in an object */
	ck_assert_int_eq(expvar_var_error(&v->var), -EINVAL);
	ck_assert_ptr_null(expvar_get("bad"));
}
END_TEST

START_TEST(the_same_fields_give_the_same_record)
{
	struct expvar_field copy[7];
	struct expvar_record *v = make("r", mixed_fields, 7);

	memcpy(copy, mixed_fields, sizeof(copy));
	ck_assert_ptr_eq(expvar_record_new("r", copy, 7), v);
	copy[3].type = EXPVAR_FIELD_INT;
	ck_assert_ptr_ne(expvar_record_new("r", copy, 7), v);
	copy[3] = mixed_fields[3];
	copy[6].name = "other";
	ck_assert_ptr_ne(expvar_record_new("r", copy, 7), v);
	ck_assert_ptr_ne(expvar_record_new("r", mixed_fields, 6), v);
}
END_TEST

/* ---- whole for everybody ---- */

struct checked {
	uint64_t first;
	char text[20];
	uint64_t sum; /* of the others */
};

static const struct expvar_field checked_fields[] = {
	EXPVAR_FIELD(struct checked, first, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, text, EXPVAR_FIELD_CHARS),
	EXPVAR_FIELD(struct checked, sum, EXPVAR_FIELD_UINT),
};

static struct expvar_word32 is_over;

static uint64_t sum_of(uint64_t first, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		first = first * 31 + (unsigned char)text[i];
	return first;
}

static void *set_checked(void *userdata)
{
	struct checked record = { 0, "", 0 };
	uint64_t state = 41;
	long sets = 0;

	for (; !expvar_word32_load_relaxed(&is_over); sets++) {
		record.first = runner_random(&state);
		snprintf(record.text, sizeof(record.text), "%llu",
			 (unsigned long long)runner_random(&state) >>
				 runner_random(&state) % 60);
		record.sum = sum_of(record.first, record.text,
				    strlen(record.text));
		expvar_record_set(userdata, &record);
	}
	return (void *)sets;
}

static long is_torn(struct expvar_reader *reader)
{
	struct expvar_field_value f[3];
	struct expvar_snapshot *snapshot;
	uint32_t node;
	long torn = 0;

	if (expvar_reader_snapshot(reader, 0, &snapshot))
		return 1;
	node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, "r", 1);
	for (uint32_t i = 0; i < 3; i++) {
		f[i].struct_size = sizeof(f[i]);
		torn |= expvar_snapshot_field(snapshot, node, i, &f[i]) < 0;
	}
	if (!torn)
		torn = sum_of(f[0].value.u, f[1].text, f[1].text_len) !=
		       f[2].value.u;
	expvar_snapshot_free(snapshot);
	return torn;
}

START_TEST(fields_always_belong_together)
{
	struct expvar_record *v = make("r", checked_fields, 3);
	struct expvar_reader *reader;
	struct checked zero = { 0, "", 0 };
	uint64_t end = now_ns() + 500000000;
	pthread_t thread;
	long torn = 0;
	void *sets;

	expvar_record_set(v, &zero);
	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, set_checked, v), 0);
	while (now_ns() < end)
		torn += is_torn(reader);
	expvar_word32_store_relaxed(&is_over, 1);
	pthread_join(thread, &sets);
	ck_assert_int_eq(torn, 0);
	ck_assert_int_gt((long)sets, 1000);
	ck_assert_uint_eq(ACCOUNT(lost_sets), 0);
	expvar_reader_close(reader);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("record");
	TCase *c = publishing_case(s, "fields");

	tcase_add_test(c, every_type_of_field_prints_its_value);
	tcase_add_test(c, padding_is_never_published);
	tcase_add_test(c, fields_of_odd_sizes_and_places_are_kept);
	tcase_add_test(c, fields_may_overlap_and_come_in_any_order);
	tcase_add_test(c, one_field_and_1024_fields_are_fine_and_1025_are_not);
	tcase_add_test(c, the_largest_record_has_65536_bytes);
	tcase_add_test(c, bad_fields_are_refused);
	tcase_add_test(c, the_same_fields_give_the_same_record);
	c = publishing_case(s, "threads");
	tcase_add_test(c, fields_always_belong_together);
	return s;
}
