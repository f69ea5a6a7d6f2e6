/* Names of permissions and roles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/perm.h"

static void words_of_a_list_are_whole(void **state)
{
	(void)state;
	assert_true(perm_in("Technician,Admin", "Admin"));
	assert_true(perm_in("Admin", "Admin"));
	assert_false(perm_in("Technician,SystemAdmin", "Admin"));
	assert_false(perm_in("Administrator", "Admin"));
	assert_false(perm_in("Technician", ""));
	assert_false(perm_in("", "Admin"));
}

static void names_are_known(void **state)
{
	(void)state;
	assert_true(perm_is_core("roles:manage"));
	assert_false(perm_is_core("time-clock:report"));
	assert_false(perm_is_core(""));
	assert_true(perm_is_system("tenants:manage"));
	assert_true(perm_is_system("plugins:upload"));
	assert_false(perm_is_system("roles:manage"));
	assert_false(perm_is_system("time-clock:report"));
	assert_true(perm_is_role("SystemAdmin"));
	assert_false(perm_is_role("admin"));
}

static void ids_of_own_roles_have_one_form(void **state)
{
	static const char *const NOT[] = {"", "r", "r0123456789a", "r0123456789abc",
		"r0123456789aB", "R0123456789ab", "r0123456789a,", "Technician", NULL};

	(void)state;
	assert_true(perm_is_own_role("r0123456789ab"));
	for (int i = 0; NOT[i]; i++)
		assert_false(perm_is_own_role(NOT[i]));
}

static void what_plugins_may_ask_for_is_said_three_times_alike(void **state)
{
	int n = 0;

	(void)state;
	for (int k = 0; perm_core[k].name; k++)
		if (perm_core[k].plugins) {
			assert_string_equal(perm_plugins[n++], perm_core[k].name);
			assert_non_null(strstr(PERM_PLUGINS, perm_core[k].name));
		}
	for (int k = 0; perm_services[k].name; k++) {
		assert_string_equal(perm_plugins[n++], perm_services[k].name);
		assert_non_null(strstr(PERM_PLUGINS, perm_services[k].name));
	}
	assert_null(perm_plugins[n]);
	assert_string_equal(
		perm_plugin_use("tickets:read"), "reads tickets, their descriptions and comments");
	assert_non_null(strstr(perm_plugin_use("users:write"), "nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_list_are_whole),
		cmocka_unit_test(names_are_known),
		cmocka_unit_test(ids_of_own_roles_have_one_form),
		cmocka_unit_test(what_plugins_may_ask_for_is_said_three_times_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
