/* Identity: Cookie, Authorization, Origin and Host, a line each. */
#include "fuzz.h"

#include "auth/app.h"
#include "auth/ident.h"
#include "auth/token.h"
#include "base/id.h"

static struct app APP = {.conf = {.public_url = "https://mortise.example"}};

/* A token that was found stands in its header as a whole. */
static void check_found(
	const char *cookie, const char *bearer, enum session_kind kind, const char *hash)
{
	bool by_cookie = kind == SESSION_COOKIE || kind == SESSION_SYSTEM;
	const char *in = by_cookie ? cookie : bearer;
	size_t len = kind == SESSION_API ? TOKEN_LEN : ID_TOKEN_LEN;
	char again[65];
	bool found = false;

	for (const char *at = in; strlen(at) >= len && !found; at++) {
		id_sha256_hex(again, at, len);
		found = strcmp(again, hash) == 0;
	}
	fuzz_check(found);
	if (by_cookie)
		fuzz_check(strstr(cookie, COOKIE_NAME "=") != NULL);
	else
		fuzz_check(strncasecmp(bearer, "Bearer ", 7) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const NAMES[] = {
		"HTTP_COOKIE=", "HTTP_AUTHORIZATION=", "HTTP_ORIGIN=", "HTTP_HOST=", "HTTPS="};
	struct arena *p = arena_new();
	struct req *r = malloc(sizeof(*r));
	char *envp[6] = {NULL}, hash[65];
	enum session_kind kind;

	for (int i = 0; i < 5; i++) {
		char *line = fuzz_until(&data, &n, '\n');

		envp[i] = malloc(strlen(NAMES[i]) + strlen(line) + 1);
		sprintf(envp[i], "%s%s", NAMES[i], line);
		free(line);
	}
	fuzz_req(r, p, envp, NULL);
	r->op.app = &APP;
	if (ident_token_hash(r, hash, &kind))
		check_found(envp[0] + strlen(NAMES[0]), envp[1] + strlen(NAMES[1]), kind, hash);
	if (ident_own_origin(r) && envp[2][strlen(NAMES[2])])
		fuzz_check(!strncasecmp(envp[2] + strlen(NAMES[2]), "http", 4));
	fuzz_check(ident_check_origin(r) == 0 || r->op.err.code == MT_EPERM);
	for (int i = 0; i < 5; i++)
		free(envp[i]);
	free(r);
	arena_free(p);
	return 0;
}
