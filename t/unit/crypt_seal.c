/* A sealed text opens with its own key at its own place, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypt/seal.h"

static struct arena *arena;
static struct seal_ring ring;
static struct err e;

static int make(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), 0);
	arena = arena_new();
	err_init(&e, NULL);
	memset(&ring, 0, sizeof(ring));
	assert_int_equal(seal_ring_grow(&ring, &e), 0);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static char *sealed(const struct seal_key *k, const char *value)
{
	unsigned char sub[SEAL_KEY];

	seal_subkey(sub, k, "crm", 7);
	return seal_value(arena, sub, "crm", 7, "token", value, strlen(value));
}

static int opens(const struct seal_key *k, const char *plugin, int tenant, const char *name,
	const char *text, const char *want)
{
	unsigned char sub[SEAL_KEY];
	char *got;
	size_t n;

	seal_subkey(sub, k, plugin, tenant);
	if (seal_open(arena, sub, plugin, tenant, name, text, &got, &n) < 0)
		return 0;
	return n == strlen(want) && strcmp(got, want) == 0;
}

static void opens_where_it_was_sealed(void **state)
{
	char *long_one = arena_alloc(arena, SEAL_VALUE_MAX + 1);

	(void)state;
	memset(long_one, 'x', SEAL_VALUE_MAX);
	long_one[SEAL_VALUE_MAX] = '\0';
	assert_true(opens(ring.key, "crm", 7, "token", sealed(ring.key, "geheim"), "geheim"));
	assert_true(opens(ring.key, "crm", 7, "token", sealed(ring.key, ""), ""));
	assert_true(opens(ring.key, "crm", 7, "token", sealed(ring.key, long_one), long_one));
}

static void opens_nowhere_else(void **state)
{
	const char *text = sealed(ring.key, "geheim");

	(void)state;
	assert_false(opens(ring.key, "crm", 8, "token", text, "geheim"));
	assert_false(opens(ring.key, "crm-2", 7, "token", text, "geheim"));
	assert_false(opens(ring.key, "crm", 7, "tokem", text, "geheim"));
	assert_int_equal(seal_ring_grow(&ring, &e), 0);
	assert_false(opens(&ring.key[1], "crm", 7, "token", text, "geheim"));
	assert_true(opens(&ring.key[0], "crm", 7, "token", text, "geheim"));
}

/* The key of one plugin doesn't help at another's place, even when that place is named. */
static void a_subkey_is_of_one_plugin_and_tenant(void **state)
{
	unsigned char own[SEAL_KEY], other[SEAL_KEY], shifted[SEAL_KEY];

	(void)state;
	seal_subkey(own, ring.key, "crm", 71);
	seal_subkey(other, ring.key, "crm", 7);
	seal_subkey(shifted, ring.key, "crm7", 1);
	assert_memory_not_equal(own, other, SEAL_KEY);
	assert_memory_not_equal(own, shifted, SEAL_KEY);
	assert_memory_not_equal(own, ring.key[0].key, SEAL_KEY);
}

static void never_the_same_text_twice(void **state)
{
	(void)state;
	assert_string_not_equal(sealed(ring.key, "geheim"), sealed(ring.key, "geheim"));
	assert_null(strstr(sealed(ring.key, "geheim"), "geheim"));
}

static void every_changed_character_is_noticed(void **state)
{
	const char *text = sealed(ring.key, "geheim");

	(void)state;
	for (size_t i = 0; i < strlen(text); i++) {
		char *bad = arena_strdup(arena, text);

		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_false(opens(ring.key, "crm", 7, "token", bad, "geheim"));
		bad[i] = '\0';
		assert_false(opens(ring.key, "crm", 7, "token", bad, "geheim"));
	}
	assert_false(opens(ring.key, "crm", 7, "token", "", ""));
	assert_false(opens(ring.key, "crm", 7, "token", "v1.", ""));
	assert_false(opens(ring.key, "crm", 7, "token", "v1.not base64!", ""));
}

static void the_ring_survives_its_file(void **state)
{
	struct seal_ring again;
	char *text;
	size_t n;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(seal_ring_grow(&ring, &e), 0);
	text = seal_ring_text(arena, &ring, &n);
	assert_int_equal(n, strlen(text));
	assert_int_equal(seal_ring_read(text, n, &again, &e), 0);
	assert_memory_equal(&again, &ring, sizeof(ring));
	assert_int_equal(seal_ring_read(text, n - 1, &again, &e), 0); /* without the last newline */
	assert_int_equal(seal_ring_newest(&again)->id, 6);
	assert_null(seal_ring_find(&again, 7));
}

static void a_full_ring_says_so(void **state)
{
	(void)state;
	while (ring.n < SEAL_KEYS_MAX)
		assert_int_equal(seal_ring_grow(&ring, &e), 0);
	assert_int_equal(seal_ring_grow(&ring, &e), MT_EFULL);
	assert_non_null(strstr(e.message, "prune"));
}

static void a_broken_ring_is_refused(void **state)
{
#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	static const char *const bad[] = {"", "\n", "1", "1 ", HEX, "0 " HEX, "-1 " HEX, "1  " HEX,
		"1 " HEX "00", "1 0g" HEX, "1 " HEX "\n1 " HEX, "2 " HEX "\n1 " HEX, "1:" HEX,
		"1 " HEX "\r\n", "99999999999 " HEX, "x " HEX};
	struct seal_ring r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err_init(&e, NULL);
		assert_int_equal(seal_ring_read(bad[i], strlen(bad[i]), &r, &e), MT_EINVAL);
		assert_true(e.message[0] != '\0');
		assert_null(strstr(e.message, "0102"));
	}
}

static void a_request_has_its_rows_key_and_the_newest(void **state)
{
	unsigned char want[SEAL_KEY], got[SEAL_KEY];
	const char *text;

	(void)state;
	assert_null(seal_request_key(arena, &ring, "crm", 7, 0));
	assert_null(seal_request_key(arena, &ring, "crm", 7, 2));
	for (int i = 0; i < 9; i++)
		assert_int_equal(seal_ring_grow(&ring, &e), 0);
	text = seal_request_key(arena, &ring, "crm", 7, 3);
	for (int id = 1; id <= 10; id++) {
		bool there = seal_request_subkey(text, id, got);

		assert_int_equal(there, id == 3 || id == 10);
		seal_subkey(want, seal_ring_find(&ring, id), "crm", 7);
		if (there)
			assert_memory_equal(got, want, SEAL_KEY);
	}
	text = seal_request_key(arena, &ring, "crm", 7, 10);
	assert_null(strchr(text, ','));
	assert_true(seal_request_subkey(text, 10, got));
	assert_false(seal_request_subkey(text, 1, got)); /* 10 begins with 1 */
	assert_false(seal_request_subkey("", 1, got));
	assert_false(seal_request_subkey(NULL, 1, got));
	assert_false(seal_request_subkey("1:00", 1, got));
	assert_false(seal_request_subkey("1:" HEX "00", 1, got));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)
	const struct CMUnitTest tests[] = {
		TEST(opens_where_it_was_sealed),
		TEST(opens_nowhere_else),
		TEST(a_subkey_is_of_one_plugin_and_tenant),
		TEST(never_the_same_text_twice),
		TEST(every_changed_character_is_noticed),
		TEST(the_ring_survives_its_file),
		TEST(a_full_ring_says_so),
		TEST(a_broken_ring_is_refused),
		TEST(a_request_has_its_rows_key_and_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
