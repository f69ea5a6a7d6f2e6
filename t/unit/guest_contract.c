/* contract: a library's tables, of this header and of older ones, as the host gets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "guest/abi.h"
#include "guest/guest.h"

static int first(struct mt_req *req)
{
	(void)req;
	return 1;
}

static int second(struct mt_req *req)
{
	(void)req;
	return 2;
}

static const struct mt_hook HOOKS[] = {{"install", first}, {0}};
static const struct mt_hook JOBS[] = {{"low-stock", second}, {NULL, first}, {0}};
static const struct mt_hook EVENTS[] = {{"TicketCreated", first}, {0}};

/* Jobs and events run as hooks, behind the plugin's own; one without a name is for the host to refuse. */
static void jobs_and_events_are_hooks(void **state)
{
	const struct mt_plugin p = {
		MT_PLUGIN, .key = "test", .hooks = HOOKS, .jobs = JOBS, .events = EVENTS};
	const struct mt_plugin *all = guest_whole(&p);

	(void)state;
	assert_string_equal(all->hooks[0].name, "install");
	assert_string_equal(all->hooks[1].name, "job:low-stock");
	assert_int_equal(all->hooks[1].run(NULL), 2);
	assert_string_equal(all->hooks[2].name, "job:");
	assert_string_equal(all->hooks[3].name, "event:TicketCreated");
	assert_null(all->hooks[4].run);
	assert_null(all->routes[0].run);
}

/* What ABI 1 and 2 had: the bytes behind are somebody else's. */
struct old_plugin {
	unsigned char head[ABI_PLUGIN_1];
	const void *behind[4];
};

struct old_route {
	const char *method, *path, *permission;
	const struct mt_field *fields;
	int (*run)(struct mt_req *req);
	size_t body_max;
	unsigned flags;
};

struct old_field {
	const char *name;
	enum mt_type type;
	unsigned flags;
	long min, max;
	const char *one_of;
};

static void old_tables_are_read_by_their_own_lengths(void **state)
{
	static const struct old_field fields[] = {{"title", MT_STRING, MT_REQUIRED, 1, 9, NULL},
		{"n", MT_INTEGER, 0, 0, 5, NULL}, {0}};
	static const struct old_route routes[] = {{"GET", "/a", NULL, NULL, first, 0, 0},
		{"POST", "/b", "tickets:read", (const struct mt_field *)fields, second, 77, 0},
		{0}};
	struct old_plugin old = {.behind = {"x", "y", "z", "w"}};
	struct mt_plugin p = {MT_PLUGIN, .key = "old", .version = "1.0.0",
		.routes = (const struct mt_route *)routes, .hooks = HOOKS};
	const struct mt_plugin *all;

	(void)state;
	p.abi = 2;
	p.size = sizeof(old.head);
	p.route_size = sizeof(struct old_route);
	p.field_size = sizeof(struct old_field);
	assert_true(abi_fits(&p));
	memcpy(old.head, &p, sizeof(old.head));
	all = guest_whole((const struct mt_plugin *)&old);
	assert_null(all->jobs);
	assert_null(all->events);
	assert_string_equal(all->routes[1].path, "/b");
	assert_int_equal(all->routes[1].body_max, 77);
	assert_int_equal(all->routes[1].run(NULL), 2);
	assert_string_equal(all->routes[1].fields[1].name, "n");
	assert_int_equal(all->routes[1].fields[1].max, 5);
	assert_null(all->routes[1].fields[2].name);
	assert_null(all->routes[2].run);
	assert_string_equal(all->hooks[0].name, "install");
	assert_null(all->hooks[1].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_and_events_are_hooks),
		cmocka_unit_test(old_tables_are_read_by_their_own_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
