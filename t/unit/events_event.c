/* Channels of a person: only their own, ascending. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/ident.h"
#include "events/event.h"

#define USER "0190a1b2-0000-7000-8000-000000000001"

static void check_may(const char *roles, const char *permissions, const char *want)
{
	struct ident who = {.tenant = 7,
		.organization = 3,
		.user = USER,
		.roles = roles,
		.permissions = permissions,
		.is_system = strstr(want, "admin,") != NULL};
	struct op op = {.arena = arena_new(), .who = &who};

	assert_string_equal(event_channels(&op), want);
	arena_free(op.arena);
}

static void check(const char *roles, const char *want)
{
	check_may(roles, "tickets:read,users:read", want);
}

static void a_person_hears_everyone_the_tenant_their_roles_and_themselves(void **state)
{
	(void)state;
	check("Technician", "all,o.3,r.7.Technician,t.7,u." USER);
	check("", "all,o.3,t.7,u." USER);
	check("Technician,Dispatcher,Admin",
		"all,o.3,r.7.Admin,r.7.Dispatcher,r.7.Technician,t.7,u." USER);
}

static void who_sees_own_tickets_only_hears_of_no_others(void **state)
{
	(void)state;
	check_may("r0123456789ab", "tickets:read:own", "all,o.3,r.7.r0123456789ab,t.7.own,u." USER);
	check_may("r0123456789ab", "", "all,o.3,r.7.r0123456789ab,t.7.own,u." USER);
}

static void the_system_administration_hears_of_no_company(void **state)
{
	struct ident who = {.tenant = 7,
		.user = USER,
		.roles = "SystemAdmin",
		.kind = SESSION_SYSTEM,
		.is_system = true};
	struct op op = {.arena = arena_new(), .who = &who};

	(void)state;
	assert_string_equal(event_channels(&op), "admin,all");
	arena_free(op.arena);
}

static void only_the_system_admin_hears_admin(void **state)
{
	(void)state;
	/* Not where plugins' code could listen: at the company's address. */
	check("SystemAdmin", "all,o.3,r.7.SystemAdmin,t.7,u." USER);
	check("SystemAdmin", "admin,all,o.3,r.7.SystemAdmin,t.7,u." USER);
	check("Admin", "all,o.3,r.7.Admin,t.7,u." USER);
}

static void channels_by_name(void **state)
{
	struct ident who = {.tenant = 12, .user = USER, .roles = ""};
	struct op op = {.arena = arena_new(), .who = &who};

	(void)state;
	assert_string_equal(event_tenant(&op), "t.12");
	assert_string_equal(event_user(&op, USER), "u." USER);
	assert_string_equal(event_role(&op, "Admin"), "r.12.Admin");
	arena_free(op.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_hears_everyone_the_tenant_their_roles_and_themselves),
		cmocka_unit_test(who_sees_own_tickets_only_hears_of_no_others),
		cmocka_unit_test(the_system_administration_hears_of_no_company),
		cmocka_unit_test(only_the_system_admin_hears_admin),
		cmocka_unit_test(channels_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
