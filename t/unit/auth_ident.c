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
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB-"

/* Which of the two tokens is taken: 'a', 'b', or '-' for none; upper case by bearer. */
static char taken(const char *cookie, const char *authorization)
{
	struct req r = {.op = {.arena = arena_new()}};
	char *envp[3] = {NULL};
	char hash[65], a[65], b[65], ret = '-';
	bool by_cookie;
	int n = 0;

	if (cookie)
		envp[n++] = arena_printf(r.op.arena, "HTTP_COOKIE=%s", cookie);
	if (authorization)
		envp[n++] = arena_printf(r.op.arena, "HTTP_AUTHORIZATION=%s", authorization);
	r.envp = envp;
	id_sha256_hex(a, A, strlen(A));
	id_sha256_hex(b, B, strlen(B));
	if (ident_token_hash(&r, hash, &by_cookie)) {
		ret = !strcmp(hash, a) ? 'a' : !strcmp(hash, b) ? 'b' : '?';
		if (!by_cookie)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_cookie),
		cmocka_unit_test(leaves_forged_cookies),
		cmocka_unit_test(bearer_goes_first_and_stays_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
