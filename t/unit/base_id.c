/* id: uuids in order, tokens, hex, hashes against published vectors, plugin keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/id.h"

static void makes_uuids_of_version_7_in_order(void **state)
{
	char last[ID_UUID_LEN + 1] = "", now[ID_UUID_LEN + 1];
	(void)state;

	for (int i = 0; i < 20000; i++) {
		id_uuid7(now);
		assert_true(id_is_uuid(now));
		assert_int_equal(now[14], '7');
		assert_non_null(strchr("89ab", now[19]));
		assert_true(strcmp(now, last) > 0);
		memcpy(last, now, sizeof(now));
	}
}

static void knows_uuids(void **state)
{
	static const char *const bad[] = {"", "0", "01890a5d-ac96-774b-bcce-b302099a805",
		"01890a5d-ac96-774b-bcce-b302099a80577", "01890a5dac96774bbcceb302099a8057",
		"01890a5g-ac96-774b-bcce-b302099a8057", "{01890a5d-ac96-774b-bcce-b302099a805}",
		"01890a5d-ac96-774b-bcce_b302099a8057", " 1890a5d-ac96-774b-bcce-b302099a8057"};
	(void)state;

	assert_true(id_is_uuid("01890a5d-ac96-774b-bcce-b302099a8057"));
	assert_true(id_is_uuid("01890A5D-AC96-774B-BCCE-B302099A8057"));
	assert_false(id_is_uuid(NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(id_is_uuid(bad[i]));
}

static void makes_different_tokens(void **state)
{
	char a[ID_TOKEN_LEN + 1], b[ID_TOKEN_LEN + 1];
	(void)state;

	id_token(a);
	id_token(b);
	assert_int_equal(strlen(a), ID_TOKEN_LEN);
	assert_string_not_equal(a, b);
	assert_int_equal(
		strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
		ID_TOKEN_LEN);
}

static void reads_and_writes_hex(void **state)
{
	unsigned char out[4];
	char hex[9];
	size_t n;
	(void)state;

	id_hex(hex, "\x00\x7f\x80\xff", 4);
	assert_string_equal(hex, "007f80ff");
	assert_int_equal(id_unhex(out, sizeof(out), "007F80ff", &n), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(out, "\x00\x7f\x80\xff", 4);
	assert_int_equal(id_unhex(out, sizeof(out), "", &n), 0);
	assert_int_equal(id_unhex(out, sizeof(out), "abc", &n), -1);
	assert_int_equal(id_unhex(out, sizeof(out), "0g", &n), -1);
	assert_int_equal(id_unhex(out, sizeof(out), "0011223344", &n), -1);
}

/* FIPS 180-4 "abc" and RFC 4868 AUTH256-1. */
static void hashes_as_published(void **state)
{
	unsigned char key[32];
	char hex[65];
	(void)state;

	id_sha256_hex(hex, "abc", 3);
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(key, 0x0b, sizeof(key));
	id_hmac_hex(hex, key, "Hi There", 8);
	assert_string_equal(
		hex, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
}

static void knows_plugin_keys(void **state)
{
	static const char *const good[] = {
		"time-clock", "ab", "a1", "x-2-y", "a234567890123456789012345678901234567890"};
	static const char *const bad[] = {"", "a", "A1", "1a", "-a", "a-", "a--b", "a_b", "a b",
		"a/b", "a.b", "upload", "install", "installations", "catalog", "\xc3\xa9t",
		"a2345678901234567890123456789012345678901"};
	(void)state;

	assert_false(id_is_plugin_key(NULL));
	assert_false(id_is_plugin_key("install"));
	assert_false(id_is_plugin_key("tickets")); /* "tickets:read" is the core's */
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(id_is_plugin_key(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(id_is_plugin_key(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_uuids_of_version_7_in_order),
		cmocka_unit_test(knows_uuids),
		cmocka_unit_test(makes_different_tokens),
		cmocka_unit_test(reads_and_writes_hex),
		cmocka_unit_test(hashes_as_published),
		cmocka_unit_test(knows_plugin_keys),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
