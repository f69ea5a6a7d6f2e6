/* handover: what is signed is believed, for this request and a few seconds, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "crypt/handover.h"

static const unsigned char KEY[HANDOVER_KEY + 1] = "0123456789abcdef0123456789abcdef";
static const unsigned char OTHER_KEY[HANDOVER_KEY + 1] = "0123456789abcdef0123456789abcdeX";
#define NOW 1800000000L

static const struct handover CALL = {.pool = "time-clock@0123456789ab",
	.request_id = "00112233445566778899aabbccddeeff",
	.method = "POST",
	.path = "/clock-in",
	.tenant = "7",
	.tenant_code = "northwind",
	.user = "01900000-0000-7000-8000-000000000001",
	.user_name = "J%C3%BCrgen",
	.roles = "Technician,Admin",
	.permissions = "clock,manage",
	.own = "write",
	.settings_key = "1:00",
	.hook = "",
	.previous_version = "",
	.session = "s.0123456789abcdef0123456789abcdef",
	.decided = "123456789",
	.scoped = "yes"};

static char text[HANDOVER_MAX];

static int sign(void **state)
{
	(void)state;
	handover_sign(text, KEY, &CALL, NOW);
	return 0;
}

static void what_was_signed_is_good_for_some_seconds(void **state)
{
	(void)state;
	assert_int_equal(handover_verify(KEY, text, &CALL, NOW), HANDOVER_GOOD);
	assert_int_equal(handover_verify(KEY, text, &CALL, NOW + HANDOVER_SECONDS), HANDOVER_GOOD);
	assert_int_equal(handover_verify(KEY, text, &CALL, NOW - 1), HANDOVER_GOOD);
}

static void it_is_what_openssl_makes_of_it(void **state)
{
	/* printf '3:v1.,10:1800000015,3:a@b,2:id,3:GET,1:/,0:,1:7,0:,0:,0:,0:,0:,0:,0:,0:,0:,0:,0:,' |
	 * openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef */
	const struct handover h = {
		.pool = "a@b", .request_id = "id", .method = "GET", .path = "/", .tenant = "7"};
	char made[HANDOVER_MAX];
	(void)state;

	handover_sign(made, KEY, &h, NOW);
	assert_string_equal(made,
		"v1.1800000015.fa6144df5050cb00f05a35ea6c17e268959957c4358c83cde4909ddc5bc70138");
}

static void an_old_one_is_expired(void **state)
{
	(void)state;
	assert_int_equal(
		handover_verify(KEY, text, &CALL, NOW + HANDOVER_SECONDS + 1), HANDOVER_EXPIRED);
	assert_int_equal(handover_verify(KEY, text, &CALL, NOW - 60), HANDOVER_EXPIRED);
}

static void another_expiry_is_not_believed(void **state)
{
	(void)state;
	text[strlen("v1.180000001")]++;
	assert_int_equal(handover_verify(KEY, text, &CALL, NOW), HANDOVER_FOREIGN);
}

static void another_key_is_not_believed(void **state)
{
	(void)state;
	assert_int_equal(handover_verify(OTHER_KEY, text, &CALL, NOW), HANDOVER_FOREIGN);
}

/* Each field in turn: changed, emptied, and one byte longer. */
static void it_is_for_this_and_nothing_else(void **state)
{
	const size_t n = sizeof(struct handover) / sizeof(const char *);
	static const char *const others[] = {"", "x", "time-clock@0123456789ac",
		"time-clock@0123456789a", "clock@0123456789ab", "GET", "/clock-out", "/clock-in/",
		"8", "77", "clock"};
	(void)state;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			struct handover h = CALL;
			const char **field = (const char **)&h + i;

			if (!strcmp(*field, others[k]))
				continue;
			*field = others[k];
			assert_int_equal(handover_verify(KEY, text, &h, NOW), HANDOVER_FOREIGN);
		}
}

static void no_byte_moves_to_the_next_field(void **state)
{
	struct handover h = CALL;
	(void)state;

	h.tenant = "7,9:northwind";
	h.tenant_code = "";
	assert_int_equal(handover_verify(KEY, text, &h, NOW), HANDOVER_FOREIGN);
	h = CALL;
	h.roles = "Technician,Admi";
	h.permissions = "nclock,manage";
	assert_int_equal(handover_verify(KEY, text, &h, NOW), HANDOVER_FOREIGN);
}

static void every_piece_of_it_is_malformed_or_foreign(void **state)
{
	size_t len = strlen(text);
	char piece[HANDOVER_MAX + 2];
	(void)state;

	for (size_t n = 0; n < len; n++) {
		snprintf(piece, sizeof(piece), "%.*s", (int)n, text);
		assert_int_equal(handover_verify(KEY, piece, &CALL, NOW), HANDOVER_MALFORMED);
	}
	for (size_t n = 0; n < len; n++)
		for (int bit = 0; bit < 8; bit++) {
			snprintf(piece, sizeof(piece), "%s", text);
			piece[n] = (char)(piece[n] ^ (1 << bit));
			assert_int_not_equal(
				handover_verify(KEY, piece, &CALL, NOW), HANDOVER_GOOD);
		}
	snprintf(piece, sizeof(piece), "%s0", text);
	assert_int_equal(handover_verify(KEY, piece, &CALL, NOW), HANDOVER_MALFORMED);
}

static void rubbish_is_malformed(void **state)
{
	static const char *const rubbish[] = {"", "v1", "v1.", "v1..", "v1.-5.", "v2.1800000015.00",
		"v1.99999999999999999999999."
		"0000000000000000000000000000000000000000000000000000000000000000",
		"v1.1800000015.ABCDEF0000000000000000000000000000000000000000000000000000000000",
		"v1.1800000015.00000000000000000000000000000000000000000000000000000000000000 0"};
	(void)state;

	assert_int_equal(handover_verify(KEY, NULL, &CALL, NOW), HANDOVER_MALFORMED);
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
		assert_int_equal(handover_verify(KEY, rubbish[i], &CALL, NOW), HANDOVER_MALFORMED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, sign)
	const struct CMUnitTest handover[] = {
		T(what_was_signed_is_good_for_some_seconds),
		T(it_is_what_openssl_makes_of_it),
		T(an_old_one_is_expired),
		T(another_expiry_is_not_believed),
		T(another_key_is_not_believed),
		T(it_is_for_this_and_nothing_else),
		T(no_byte_moves_to_the_next_field),
		T(every_piece_of_it_is_malformed_or_foreign),
		T(rubbish_is_malformed),
	};

	return cmocka_run_group_tests(handover, NULL, NULL);
}
