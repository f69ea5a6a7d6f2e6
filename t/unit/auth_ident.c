/* Which token a request carries: cookies and bearer, well formed and forged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/ident.h"
#include "base/id.h"

#define A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define API "mtp_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1O6sjP"
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB-"

/* Which of the two tokens is taken: 'a', 'b', or '-' for none; upper case by bearer. */
static char taken(const char *cookie, const char *authorization)
{
	struct req r = {.op = {.arena = arena_new()}};
	char *envp[3] = {NULL};
	char hash[65], a[65], b[65], ret = '-';
	enum session_kind kind;
	int n = 0;

	if (cookie)
		envp[n++] = arena_printf(r.op.arena, "HTTP_COOKIE=%s", cookie);
	if (authorization)
		envp[n++] = arena_printf(r.op.arena, "HTTP_AUTHORIZATION=%s", authorization);
	r.envp = envp;
	id_sha256_hex(a, A, strlen(A));
	id_sha256_hex(b, B, strlen(B));
	if (ident_token_hash(&r, hash, &kind)) {
		ret = !strcmp(hash, a) ? 'a' : !strcmp(hash, b) ? 'b' : '?';
		if (kind != SESSION_COOKIE)
			ret = (char)(ret - 'a' + 'A');
	}
	arena_free(r.op.arena);
	return ret;
}

static void reads_the_cookie(void **state)
{
	(void)state;
	assert_int_equal(strlen(A), ID_TOKEN_LEN);
	assert_int_equal(taken("mortise_session=" A, NULL), 'a');
	assert_int_equal(taken("x=1; mortise_session=" B "; y=2", NULL), 'b');
	assert_int_equal(taken("x=1;mortise_session=" A " ;y", NULL), 'a');
	assert_int_equal(taken("mortise_session=" A "; mortise_session=" B, NULL), 'a');
}

static void leaves_forged_cookies(void **state)
{
	static const char *const FORGED[] = {
		"",
		";",
		";;;",
		"=",
		"mortise_session",
		"mortise_session=",
		"mortise_session=x",
		"mortise_session=" A "A",
		"xmortise_session=" A,
		"mortise_session2=" A,
		"Mortise_Session=" A,
		"mortise_session=\"" A "\"",
		"x=mortise_session=" A,
		"mortise_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%0",
		"mortise_session=' OR 1=1 -- AAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(FORGED) / sizeof(*FORGED); i++)
		assert_int_equal(taken(FORGED[i], NULL), '-');
}

static void bearer_goes_first_and_stays_alone(void **state)
{
	(void)state;
	assert_int_equal(taken(NULL, "Bearer " A), 'A');
	assert_int_equal(taken("mortise_session=" B, "bearer " A), 'A');
	assert_int_equal(taken("mortise_session=" B, "Bearer nonsense"), '-');
	assert_int_equal(taken("mortise_session=" B, "Bearer "), '-');
	assert_int_equal(taken("mortise_session=" B, "Basic dXNlcjpwdw=="), 'b');
	assert_int_equal(taken(NULL, NULL), '-');
}

/* As what kind of session: an API token is none of the others', and comes by Authorization alone. */
static void tells_an_api_token_by_its_form(void **state)
{
	static const char *const ENVIRONMENTS[][2] = {
		{"HTTP_AUTHORIZATION=Bearer " API, NULL},
		{"HTTP_AUTHORIZATION=Bearer " API "x", NULL},
		{"HTTP_COOKIE=mortise_session=" API, NULL},
	};
	char hash[65], wanted[65];
	enum session_kind kind;

	(void)state;
	id_sha256_hex(wanted, API, strlen(API));
	for (size_t i = 0; i < sizeof(ENVIRONMENTS) / sizeof(*ENVIRONMENTS); i++) {
		struct req r = {.op = {.arena = arena_new()}, .envp = (char **)ENVIRONMENTS[i]};

		assert_int_equal(ident_token_hash(&r, hash, &kind), i == 0);
		if (i == 0) {
			assert_int_equal(kind, SESSION_API);
			assert_string_equal(hash, wanted);
		}
		arena_free(r.op.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_cookie),
		cmocka_unit_test(leaves_forged_cookies),
		cmocka_unit_test(tells_an_api_token_by_its_form),
		cmocka_unit_test(bearer_goes_first_and_stays_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
