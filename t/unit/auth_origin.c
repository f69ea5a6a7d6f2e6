/* Pages that may use our cookie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/app.h"
#include "auth/ident.h"

static bool own(const char *public_url, const char *host, const char *origin)
{
	static struct app app;
	struct req r = {.op = {.arena = arena_new(), .app = &app}, .method = "POST"};
	char *envp[3] = {NULL};
	int n = 0;
	bool ret;

	snprintf(app.conf.public_url, sizeof(app.conf.public_url), "%s", public_url);
	if (host)
		envp[n++] = arena_printf(r.op.arena, "HTTP_HOST=%s", host);
	if (origin)
		envp[n++] = arena_printf(r.op.arena, "HTTP_ORIGIN=%s", origin);
	r.envp = envp;
	ret = ident_own_origin(&r);
	arena_free(r.op.arena);
	return ret;
}

static void own_origins(void **state)
{
	(void)state;
	assert_true(own("http://127.0.0.1:8080", "127.0.0.1:8080", NULL));
	assert_true(own("http://127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080"));
	assert_true(own("http://127.0.0.1:8080/", "x", "http://127.0.0.1:8080"));
	assert_true(own("http://127.0.0.1:8080", "localhost:8080", "http://localhost:8080"));
	assert_true(own("https://mortise.example/app", "inner:80", "https://mortise.example"));
	assert_true(own("https://mortise.example", "inner:80", "HTTPS://Mortise.Example"));
	assert_true(own("http://127.0.0.1:8080", "field.example", "https://field.example"));
}

static void foreign_origins(void **state)
{
	static const char *const FOREIGN[] = {
		"null",
		"http://evil.example",
		"http://127.0.0.1:8081",
		"http://127.0.0.1",
		"http://127.0.0.1:80800",
		"http://127.0.0.1:8080.evil.example",
		"http://127.0.0.1:8080/",
		"http://x@127.0.0.1:8080",
		"ftp://127.0.0.1:8080",
		"127.0.0.1:8080",
		"http://",
		"://127.0.0.1:8080",
		"http://127.0.0.1:8080 http://evil.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(FOREIGN) / sizeof(*FOREIGN); i++)
		assert_false(own("http://127.0.0.1:8080", "127.0.0.1:8080", FOREIGN[i]));
	/* Plain http of the same name may be anybody on the way. */
	assert_false(own("https://mortise.example", "mortise.example", "http://mortise.example"));
	assert_false(own("http://127.0.0.1:8080", NULL, "http://evil.example"));
	assert_false(own("http://127.0.0.1:8080", "", "http://"));
}

static int check(const char *method, const struct ident *who)
{
	static struct app app = {.conf = {.public_url = "http://here.example"}};
	char *envp[] = {(char[]){"HTTP_ORIGIN=http://evil.example"}, NULL};
	struct req r = {.op = {.arena = arena_new(), .app = &app, .who = who},
		.method = method,
		.envp = envp};
	int rc;

	op_clear(&r.op);
	rc = ident_check_origin(&r);
	arena_free(r.op.arena);
	return rc;
}

static void only_unsafe_methods_without_bearer_are_checked(void **state)
{
	static const struct ident cookie = {.by_cookie = true}, bearer = {.by_cookie = false};

	(void)state;
	assert_int_equal(check("GET", &cookie), 0);
	assert_int_equal(check("HEAD", &cookie), 0);
	assert_int_equal(check("POST", &bearer), 0);
	assert_int_equal(check("POST", &cookie), MT_EPERM);
	assert_int_equal(check("PATCH", &cookie), MT_EPERM);
	assert_int_equal(check("DELETE", &cookie), MT_EPERM);
	assert_int_equal(check("PROPFIND", &cookie), MT_EPERM);
	/* Signing in is an act as well: else a page could sign a visitor in as somebody else. */
	assert_int_equal(check("POST", NULL), MT_EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_origins),
		cmocka_unit_test(foreign_origins),
		cmocka_unit_test(only_unsafe_methods_without_bearer_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
