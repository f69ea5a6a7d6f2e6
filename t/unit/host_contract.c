/* contract: a plugin's description of itself, and that every fault is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "fields.h"
#include "guest/abi.h"
#include "guest/wire.h"
#include "host/call.h"

static int run(struct mt_req *req)
{
	(void)req;
	return 0;
}

/* The faults of contract_read for a plugin with these routes and hooks; "" = fine. */
static const char *faults_of(const struct mt_plugin *p, const char *key)
{
	static char ret[4096];
	struct host h = {.plugin = p};
	struct buf b;
	int rc;

	buf_init(&b, sizeof(ret));
	rc = contract_read(&h, key, &b);
	assert_int_equal(rc<0, b.len> 0);
	snprintf(ret, sizeof(ret), "%s", b.data);
	buf_release(&b);
	routes_free(&h);
	return ret;
}

static const char *faults_of_routes(const struct mt_route *routes)
{
	const struct mt_plugin p = {MT_PLUGIN, .key = "test", .version = "1.0.0", .routes = routes};

	return faults_of(&p, "test");
}

#define ROUTES(...) ((const struct mt_route[]){__VA_ARGS__, {0}})
#define GET(p)                                                                                     \
	{                                                                                          \
		.method = "GET", .path = p, .run = run                                             \
	}

static void assert_fault(const char *all, const char *part)
{
	if (!strstr(all, part))
		fail_msg("\"%s\" isn't in \"%s\"", part, all);
}

static void good_plugin(void **state)
{
	(void)state;
	assert_string_equal(faults_of_routes(ROUTES(GET("/"), GET("/items/all"), GET("/items/:id"),
				    GET("/items/:id/parts/:part"),
				    {.method = "DELETE", .path = "/items/:id", .run = run})),
		"");
}

static void plugin_without_routes_is_fine(void **state)
{
	(void)state;
	assert_string_equal(faults_of_routes(NULL), "");
}

static void head_is_checked_first(void **state)
{
	struct mt_plugin p = {MT_PLUGIN, .key = "test", .version = "1.0.0"};

	(void)state;
	p.abi = MT_ABI + 1;
	assert_fault(faults_of(&p, "test"), "the host must be upgraded first");
	p.abi = 0;
	assert_fault(faults_of(&p, "test"), "is made for ABI 0");
	p.abi = MT_ABI;
	p.size = ABI_PLUGIN_1 - 8;
	p.routes = (const void *)16; /* not read */
	assert_fault(faults_of(&p, "test"), "bytes for mt_plugin");
	p.size = sizeof(p) + 8;
	assert_fault(faults_of(&p, "test"), "bytes for mt_plugin");
	p.size = sizeof(p);
	p.route_size++;
	assert_fault(faults_of(&p, "test"), "bytes for mt_plugin");
}

static void names_are_checked(void **state)
{
	const struct mt_plugin other = {MT_PLUGIN, .key = "other", .version = "1.0.0"};
	const struct mt_plugin bad = {MT_PLUGIN, .key = "Bad_Key", .version = "1.0"};
	const struct mt_plugin none = {MT_PLUGIN};

	(void)state;
	assert_fault(
		faults_of(&other, "test"), "says that it is \"other\", but \"test\" is expected");
	assert_string_equal(faults_of(&other, NULL), "");
	assert_fault(faults_of(&bad, NULL), "key \"Bad_Key\"");
	assert_fault(faults_of(&bad, NULL), "version \"1.0\"");
	assert_fault(faults_of(&none, NULL), "version \"\"");
}

static void bad_paths(void **state)
{
	static const struct {
		const char *path, *fault;
	} cases[] = {
		{"", "must begin with /"},
		{"items", "must begin with /"},
		{"/items/", "empty segment"},
		{"//items", "empty segment"},
		{"/../secret", "segment . or .."},
		{"/a b", "letters, digits"},
		{"/%2e", "letters, digits"},
		{"/:", "parameter without a name"},
		{"/:1", "doesn't begin with a letter"},
		{"/:a-b", "letters, digits and _"},
		{"/:id/x/:id", "two parameters of one name"},
		{"/:a/:b/:c/:d/:e/:f/:g/:h/:i", "more than 8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fault(faults_of_routes(ROUTES(GET(cases[i].path))), cases[i].fault);
	assert_string_equal(faults_of_routes(ROUTES(GET("/:id/x/:id2"))), "");
}

static void routes_that_meet(void **state)
{
	(void)state;
	assert_fault(
		faults_of_routes(ROUTES(GET("/a/:x"), GET("/a/:y"))), "is there before, as /a/:x");
	assert_fault(
		faults_of_routes(ROUTES(GET("/a/:x"), GET("/a/b"))), "must stand before /a/:x");
	assert_fault(
		faults_of_routes(ROUTES(GET("/a/:x/c"), GET("/a/b/:y"))), "can match the same");
	assert_string_equal(faults_of_routes(ROUTES(GET("/a/b"), GET("/a/:x"))), "");
	assert_string_equal(faults_of_routes(ROUTES(GET("/:x"), GET("/"))), "");
	assert_string_equal(faults_of_routes(ROUTES(
				    GET("/a/:x"), {.method = "POST", .path = "/a/:y", .run = run})),
		"");
}

static void every_fault_is_named(void **state)
{
	const char *all = faults_of_routes(ROUTES({.method = "FETCH", .path = "/a", .run = run},
		{.method = "GET", .path = "/b"}, {.method = "GET", .path = "c", .run = run},
		{.method = "GET", .path = "/d", .run = run, .permission = "everything"},
		{.method = "GET", .path = "/e", .run = run, .flags = 64},
		{.method = "GET", .run = run}));

	(void)state;
	assert_fault(all, "method is FETCH");
	assert_fault(all, "GET /b has no function");
	assert_fault(all, "must begin with /");
	assert_fault(all, "permission \"everything\"");
	assert_fault(all, "/e has flags");
	assert_fault(all, "number 6 (GET) has no path");
}

static void fields_are_checked(void **state)
{
	static const struct mt_field fields[] = {{.name = "a", .type = (enum mt_type)99},
		{.name = "b", .type = MT_ENUM},
		{.name = "c", .type = MT_STRING, .min = 5, .max = 2},
		{.name = "d", .type = MT_UUID, .flags = 8},
		{.name = "e", .type = MT_STRING, .min = 5},
		{.name = "f", .type = MT_INTEGER, .min = 5}, {0}};
	const char *all = faults_of_routes(
		ROUTES({.method = "POST", .path = "/a", .run = run, .fields = fields}));

	(void)state;
	assert_fault(all, "field a of POST /a has no type");
	assert_fault(all, "field b of POST /a is an enum without");
	assert_fault(all, "field c of POST /a has min 5 above max 2");
	assert_fault(all, "field d of POST /a has flags");
	assert_null(strstr(all, "field e"));
	assert_fault(all, "field f of POST /a has min 5 above max 0");
}

static void members_and_queries(void **state)
{
	static const struct mt_field row[] = {
		{.name = "sku", .type = MT_STRING}, {.name = "n", .type = (enum mt_type)77}, {0}};
	static const struct mt_field entry[] = {
		{.name = "entry", .type = MT_OBJECT, .of = row}, {0}};
	static const struct mt_field fields[] = {{.name = "rows", .type = MT_ARRAY, .of = entry},
		{.name = "a", .type = MT_STRING, .of = row},
		{.name = "price", .type = MT_DECIMAL, .min = 2, .max = 1}, {0}};
	static const struct mt_field query[] = {
		{.name = "from", .type = MT_DATE}, {.name = "rows", .type = MT_ARRAY}, {0}};
	static const struct mt_field good_row[] = {{.name = "sku", .type = MT_STRING}, {0}};
	static const struct mt_field list[] = {
		{.name = "entry", .type = MT_OBJECT, .of = good_row}, {0}};
	static const struct mt_field good[] = {{.name = "rows", .type = MT_ARRAY, .of = list},
		{.name = "at", .type = MT_TIME}, {.name = "n", .type = MT_DECIMAL}, {0}};
	const char *all = faults_of_routes(ROUTES(
		{.method = "POST", .path = "/a", .run = run, .fields = fields, .query = query}));

	(void)state;
	assert_fault(all, "field n of POST /a has no type");
	assert_fault(all, "field a of POST /a has .of");
	assert_fault(all, "field price of POST /a has min 2 above max 1");
	assert_fault(all, "parameter rows of POST /a can't be");
	assert_null(strstr(all, "from"));
	assert_string_equal(
		faults_of_routes(ROUTES({.method = "POST",
			.path = "/a",
			.run = run,
			.fields = good,
			.query = (const struct mt_field[]){{.name = "from", .type = MT_DATE},
				{0}}})),
		"");
}

static void table_without_end(void **state)
{
	static struct mt_route many[HOST_ROUTES_MAX + 2];

	(void)state;
	for (int i = 0; i <= HOST_ROUTES_MAX; i++)
		many[i] = (struct mt_route){.method = "GET", .path = "/a", .run = run};
	assert_fault(faults_of_routes(many), "doesn't end with {0}");
}

static void hooks_are_checked(void **state)
{
	static const struct mt_hook hooks[] = {
		{"install", run}, {"instal", run}, {"enable", NULL}, {"install", run}, {0}};
	const struct mt_plugin p = {MT_PLUGIN, .key = "test", .version = "1.0.0", .hooks = hooks};
	const char *all = faults_of(&p, "test");

	(void)state;
	assert_fault(all, "hook \"instal\" isn't one of");
	assert_fault(all, "hook enable has no function");
	assert_fault(all, "hook install is there twice");
}

static void contract_as_json(void **state)
{
	static const struct mt_hook hooks[] = {{"enable", run}, {0}};
	const struct mt_plugin p = {MT_PLUGIN, .key = "test", .version = "1.2.3-rc.1",
		.hooks = hooks,
		.routes = ROUTES(
			{.method = "GET", .path = "/a", .permission = "tickets:read", .run = run},
			GET("/b"))};
	struct host h = {.plugin = &p};
	struct buf b;
	json_t *v;
	char *text;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(contract_read(&h, "test", &b), 0);
	v = contract_json(&h);
	text = json_dumps(v, JSON_COMPACT);
	assert_string_equal(text,
		"{\"key\":\"test\",\"version\":\"1.2.3-rc.1\",\"abi\":3,\"routes\":[{\"method\":\"GET\","
		"\"path\":\"/a\",\"permission\":\"tickets:read\"},{\"method\":\"GET\",\"path\":\"/b\","
		"\"permission\":null}],\"hooks\":[\"enable\"]}");
	free(text);
	json_decref(v);
	buf_release(&b);
	routes_free(&h);
}

/* A file with these bytes, loaded: what is wrong with it? */
static const char *faults_of_file(const void *data, size_t n)
{
	static char ret[512];
	char name[] = "/tmp/host_contract.XXXXXX";
	struct buf b;
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	buf_init(&b, 1000);
	assert_int_equal(host_check_elf(fd, &b), -1);
	close(fd);
	unlink(name);
	snprintf(ret, sizeof(ret), "%s", b.data);
	buf_release(&b);
	return ret;
}

static void files_that_are_no_library(void **state)
{
	unsigned char elf[64] = {0x7f, 'E', 'L', 'F', sizeof(void *) == 8 ? 2 : 1, 1, 1};
	struct buf b;

	(void)state;
	assert_fault(faults_of_file("", 0), "is no ELF file");
	assert_fault(faults_of_file("#!/bin/sh\n", 10), "is no ELF file");
	elf[16] = 3;  /* ET_DYN */
	elf[18] = 22; /* s390 */
	assert_fault(faults_of_file(elf, sizeof(elf)), "is made for s390");
#ifdef __x86_64__
	elf[18] = 62;
	elf[54] = 56; /* size and number of segments, which aren't there */
	elf[56] = 3;
	assert_fault(faults_of_file(elf, sizeof(elf)), "cut off");
#endif
	elf[5] = 2;
	assert_fault(faults_of_file(elf, sizeof(elf)), "another byte order");
	buf_init(&b, 1000);
	assert_int_equal(host_library("/nonexistent.so", NULL, &b), -1);
	assert_fault(b.data, "can't be read: No such file");
	buf_release(&b);
}

/* A message that a library could make itself: `n` routes of this method and path. */
static const char *faults_of_message(uint32_t n, const char *method, const char *path, size_t cut)
{
	static char ret[8192];
	static struct wire_out out;
	struct host h = {0};
	struct buf b;

	wire_begin(&out);
	wire_put_text(&out, "seccomp");
	wire_put_u64(&out, sizeof(struct mt_plugin));
	wire_put_u32(&out, MT_ABI);
	wire_put_u32(&out, sizeof(struct mt_route));
	wire_put_u32(&out, sizeof(struct mt_hook));
	wire_put_u32(&out, sizeof(struct mt_field));
	wire_put_text(&out, "test");
	wire_put_text(&out, "1.0.0");
	wire_put_u32(&out, n);
	for (uint32_t i = 0; i < n; i++) {
		wire_put_text(&out, method);
		wire_put_text(&out, path);
		wire_put_text(&out, NULL);
		wire_put_u8(&out, 1);
		wire_put_u64(&out, 0);
		wire_put_u32(&out, 0);
		for (int k = 0; k < 2; k++) { /* fields, query */
			wire_put_u8(&out, 0);
			wire_put_u32(&out, 0);
		}
	}
	wire_put_u32(&out, 0);
	buf_init(&b, sizeof(ret));
	if (contract_take(&h, out.data + WIRE_HEAD, out.len - WIRE_HEAD - cut, "test", &b) == 0)
		assert_non_null(h.plugin);
	else
		assert_null(h.plugin);
	snprintf(ret, sizeof(ret), "%s", b.data);
	buf_release(&b);
	wire_release(&out);
	routes_free(&h);
	return ret;
}

static void contracts_of_libraries_own_making(void **state)
{
	(void)state;
	assert_string_equal(faults_of_message(1, "GET", "/items", 0), "");
	assert_fault(faults_of_message(1, "*", "/items", 0), "one of GET POST PUT PATCH DELETE");
	assert_fault(faults_of_message(1, NULL, "/items", 0), "method is missing");
	assert_fault(faults_of_message(1500, "GET", "/items", 0), "256 routes");
	assert_fault(faults_of_message(UINT16_MAX, "GET", "/items", 0), "256 routes");
	for (size_t cut = 1; cut < 60; cut++)
		assert_fault(faults_of_message(1, "GET", "/items", cut), "describes itself");
}

static void addresses_of_the_core_are_refused(void **state)
{
	(void)state;
	assert_fault(faults_of_routes(ROUTES(GET("/test-connection"))), "the core's own");
	assert_fault(faults_of_routes(ROUTES(GET("/ui/dist/:file"))), "interface is served");
	assert_fault(faults_of_routes(ROUTES(GET("/ui/dist/main.js"))), "interface is served");
	assert_fault(faults_of_routes(ROUTES(GET("/:a/:b/:c"))), "interface is served");
	assert_string_equal(faults_of_routes(ROUTES(GET("/ui/dist"), GET("/ui/other/:file"))), "");
}

static void statements_of_plugins(void **state)
{
	static const char *const good[] = {"SELECT 1", "  select 1", "(SELECT 1) UNION SELECT 2",
		"/* a /* b */ c */ -- d\n WITH x AS (SELECT 1) SELECT 1",
		"Insert into t values (1)", "update t set a = 1", "DELETE FROM t",
		"MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "VALUES (1)",
		"SELECT/**/1", "SELECT*FROM t"};
	static const char *const bad[] = {"", " ", "SET a = 1", "-- SELECT 1", "/* SELECT",
		"/* /* */ SELECT 1", "BEGIN", "SELECTED", "SELECT_1", "EXPLAIN SELECT 1",
		"; SELECT 1", "DO $$ $$", "RESET ALL", "SEL/**/ECT 1", "-- x\rSET a = 1",
		"-- x\nSET a = 1", "TABLE t", "COPY t TO STDOUT"};
	(void)state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(query_is_allowed(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(query_is_allowed(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_plugin),
		cmocka_unit_test(plugin_without_routes_is_fine),
		cmocka_unit_test(head_is_checked_first),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test(routes_that_meet),
		cmocka_unit_test(every_fault_is_named),
		cmocka_unit_test(fields_are_checked),
		cmocka_unit_test(members_and_queries),
		cmocka_unit_test(table_without_end),
		cmocka_unit_test(hooks_are_checked),
		cmocka_unit_test(contract_as_json),
		cmocka_unit_test(files_that_are_no_library),
		cmocka_unit_test(contracts_of_libraries_own_making),
		cmocka_unit_test(addresses_of_the_core_are_refused),
		cmocka_unit_test(statements_of_plugins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
