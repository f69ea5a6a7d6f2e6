/* A ticket is what sql/ verifies: its shape, and that each part of it is under the MAC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/ticket.h"
#include "base/id.h"

#define USER "0190a1b2-0000-7000-8000-000000000001"

static const unsigned char KEY[32] = {1, 2, 3};

static void has_four_parts_and_the_documented_mac(void **state)
{
	struct pool *p = pool_new();
	const char *t = ticket_mint(p, KEY, 7, USER, "mortise_api", 1800000000);
	const char *text = "7." USER ".1800000000.mortise_api";
	char mac[65];

	(void)state;
	id_hmac_hex(mac, KEY, text, strlen(text));
	assert_string_equal(t, pool_printf(p, "7." USER ".1800000000.%s", mac));
	pool_free(p);
}

static void differs_by_tenant_user_role_expiry_and_key(void **state)
{
	static const unsigned char other[32] = {9};
	struct pool *p = pool_new();
	const char *mac[] = {
		ticket_mint(p, KEY, 7, USER, "mortise_api", 1800000000),
		ticket_mint(p, KEY, 8, USER, "mortise_api", 1800000000),
		ticket_mint(p, KEY, 7, "0190a1b2-0000-7000-8000-000000000002", "mortise_api",
			1800000000),
		ticket_mint(p, KEY, 7, USER, "p_time_clock", 1800000000),
		ticket_mint(p, KEY, 7, USER, "mortise_api", 1800000001),
		ticket_mint(p, other, 7, USER, "mortise_api", 1800000000),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(mac) / sizeof(*mac); i++)
		for (size_t j = i + 1; j < sizeof(mac) / sizeof(*mac); j++)
			assert_string_not_equal(strrchr(mac[i], '.'), strrchr(mac[j], '.'));
	pool_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_four_parts_and_the_documented_mac),
		cmocka_unit_test(differs_by_tenant_user_role_expiry_and_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
