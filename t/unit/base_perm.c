/* Permissions of the roles, as in the API's contract. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/perm.h"

static void roles_have_their_permissions_and_no_more(void **state)
{
	static const struct {
		const char *role;
		const char *may; /* one letter a permission of perm_core, in its order */
	} WANT[] = {
		{"Technician", "yyy------"},
		{"Dispatcher", "yyy-y----"},
		{"Admin", "yyyyyyy-y"},
		{"SystemAdmin", "yyyyyyyyy"},
		{"", "---------"},
		{"admin", "---------"},
		{"Adm", "---------"},
		{"Administrator", "---------"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(WANT) / sizeof(*WANT); i++)
		for (int k = 0; perm_core[k].name; k++)
			assert_int_equal(perm_granted(WANT[i].role, perm_core[k].name),
				WANT[i].may[k] == 'y');
}

static void several_roles_add_up(void **state)
{
	(void)state;
	assert_true(perm_granted("Technician,Dispatcher", "notifications:send"));
	assert_true(perm_granted("Dispatcher,Technician", "notifications:send"));
	assert_false(perm_granted("Technician,Dispatcher", "plugins:manage"));
	assert_true(perm_has_role("Technician,Admin", "Admin"));
	assert_false(perm_has_role("Technician,SystemAdmin", "Admin"));
	assert_false(perm_has_role("Technician", ""));
}

static void nobody_has_an_unknown_permission_but_the_system_admin(void **state)
{
	(void)state;
	assert_false(perm_granted("Admin", "time-clock:report"));
	assert_true(perm_granted("SystemAdmin", "time-clock:report"));
	assert_false(perm_granted("Admin", ""));
	assert_true(perm_is_core("roles:manage"));
	assert_false(perm_is_core("time-clock:report"));
	assert_false(perm_is_core(""));
	for (int k = 0; perm_core[k].name; k++)
		assert_string_not_equal(perm_core[k].label, perm_core[k].name);
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
	assert_null(perm_plugins[n]);
	assert_string_equal(perm_plugin_use("tickets:read"), "reads tickets");
	assert_non_null(strstr(perm_plugin_use("users:write"), "nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_have_their_permissions_and_no_more),
		cmocka_unit_test(several_roles_add_up),
		cmocka_unit_test(nobody_has_an_unknown_permission_but_the_system_admin),
		cmocka_unit_test(what_plugins_may_ask_for_is_said_three_times_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
