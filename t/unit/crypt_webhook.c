/* Signatures of webhooks: the example of Standard Webhooks, and what a secret has to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "crypt/seal.h"
#include "crypt/webhook.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define AT 1614265330
#define BODY "{\"test\": 2432232314}"

static struct arena *arena;

static int make(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), 0);
	arena = arena_new();
	return 0;
}

static int drop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void signs_as_the_standard_does(void **state)
{
	(void)state;
	assert_string_equal(webhook_signature(arena, SECRET, ID, AT, BODY),
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void each_part_is_signed(void **state)
{
	const char *one = webhook_signature(arena, SECRET, ID, AT, BODY);

	(void)state;
	assert_string_not_equal(one, webhook_signature(arena, SECRET, ID "x", AT, BODY));
	assert_string_not_equal(one, webhook_signature(arena, SECRET, ID, AT + 1, BODY));
	assert_string_not_equal(one, webhook_signature(arena, SECRET, ID, AT, BODY " "));
	assert_string_not_equal(one,
		webhook_signature(arena, "whsec_AfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID, AT, BODY));
}

static void what_is_no_secret_signs_nothing(void **state)
{
	static const char *const WRONG[] = {"", "whsec", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsec_MfKQ9r8GKYqrTwjU*D8ILPZIo2LaLaSw", "whsec_M",
		"whsec_"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAA"};

	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
		assert_null(webhook_signature(arena, WRONG[i], ID, AT, BODY));
}

static void new_secrets_are_secrets(void **state)
{
	char a[WEBHOOK_SECRET_LEN + 1], b[WEBHOOK_SECRET_LEN + 1];

	(void)state;
	webhook_secret(a);
	webhook_secret(b);
	assert_int_equal(strlen(a), WEBHOOK_SECRET_LEN);
	assert_string_not_equal(a, b);
	assert_non_null(webhook_signature(arena, a, ID, AT, BODY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_as_the_standard_does),
		cmocka_unit_test(each_part_is_signed),
		cmocka_unit_test(what_is_no_secret_signs_nothing),
		cmocka_unit_test(new_secrets_are_secrets),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
