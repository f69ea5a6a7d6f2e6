/* An ID token, and behind a line break another set of keys for it. */
#include "fuzz.h"

#include "base/json.h"
#include "crypt/jwt.h"

/* clang-format off */
static const char KEYS[] =
	"[{\"kty\":\"RSA\",\"n\":\"rebqZoEwCztmAs2lM9DXaPJAj-QBooJJtRCq0zxoauQcEB2JHOKfC1U6r"
	"gnmxTCUsY_BvGzL7dEE9wdxx4iIJsfwVjZjeasTWyJSA7veUXO4KR-qyAM80v5JeVp7s9t4YJLu3"
	"BcK9S1yP-CEfbUTCLUw0k4vdJwIkjNIB27a80nc3XptXxnbukWgwjd96nwMy5qBRP-Zh4yuJR8Bj"
	"1GNwcTjLrLvXjvNJVI9wV8q0GtQR9WzhUi7z8jS2vfvQVBmH25ZZbQcMHx-FAMEHjoqy0QtewlEP"
	"viaMCtUHAaslZEsun9egBVG8d5bRfBmnit7MCCQja_MK0ZUAqQ1J3uuOQ\",\"e\":\"AQAB\",\"kid\":"
	"\"r1\"},{\"kty\":\"EC\",\"x\":\"2eGPGc1HOQUZDvfwhWuvh8Na3S3a_ajzFLqUnxw8m9I\",\"y\":\"9fn"
	"rbcK1BRk3lQtV-4CVMyTw6-5qR9jm7QSIhonxuPc\",\"crv\":\"P-256\",\"kid\":\"e1\"}]";

/* What these keys signed, whose private halves are nowhere. */
static const char *const SIGNED[] = {
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InIxIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUu"
	"b3JnIiwiYXVkIjoibW9ydGlzZSIsInN1YiI6InUiLCJub25jZSI6Im4iLCJpYXQiOjE4MDAwMDAw"
	"MDAsImV4cCI6MTgwMDAwMDMwMH0.",
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImUxIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUu"
	"b3JnIiwiYXVkIjoibW9ydGlzZSIsInN1YiI6InUiLCJub25jZSI6Im4iLCJpYXQiOjE4MDAwMDAw"
	"MDAsImV4cCI6MTgwMDAwMDMwMH0.",
};
/* clang-format on */

static const struct jwt_expect EXPECT = {.issuer = "https://login.example.org",
	.client_id = "mortise",
	.nonce = "n",
	.access_token = "a",
	.now = 1800000000};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	char *text = fuzz_text(data, n), *more = strchr(text, '\n');
	const char *why = NULL;
	json_t *keys = NULL, *claims = NULL;
	struct err e;

	err_init(&e, p);
	if (more)
		*more++ = '\0';
	fuzz_check(json_parse(p, KEYS, strlen(KEYS), &keys, &e) == 0);
	if (jwt_verify(p, text, keys, &EXPECT, &claims, &why) == JWT_GOOD)
		fuzz_check(!strncmp(text, SIGNED[0], strlen(SIGNED[0])) ||
			   !strncmp(text, SIGNED[1], strlen(SIGNED[1])));
	else
		fuzz_check(why && *why);
	if (more && json_parse(p, more, strlen(more), &keys, &e) == 0)
		jwt_verify(p, text, keys, &EXPECT, &claims, &why);
	free(text);
	arena_free(p);
	return 0;
}
