/* link.c - see link.h. */
#include "auth/link.h"

#include <string.h>

#include "auth/app.h"
#include "base/id.h"
#include "base/json.h"
#include "base/moment.h"

struct link link_new(struct op *op, const char *page)
{
	char token[ID_TOKEN_LEN + 1], hash[65];

	id_token(token);
	id_sha256_hex(hash, token, strlen(token));
	return (struct link){
		link_to(op, page, token),
		arena_strdup(op->arena, token),
		arena_strdup(op->arena, hash),
	};
}

const char *link_to(struct op *op, const char *page, const char *token)
{
	return arena_printf(op->arena, "%s/%s#%s", op->app->conf.public_url, page, token);
}

const char *link_invite_s(struct op *op)
{
	return arena_printf(op->arena, "%d", op->app->conf.invitation_days * 86400);
}

const char *link_reset_s(struct op *op)
{
	return arena_printf(op->arena, "%d", op->app->conf.reset_minutes * 60);
}

json_t *link_json(struct op *op, const struct link *link, const char *purpose, int64_t expires)
{
	char until[MOMENT_LEN];
	json_t *ret;

	moment_iso(until, expires * 1000000);
	ret = json_pack("{ss ss ss}", "purpose", purpose, "url", link->url, "expiresAt", until);
	json_own(op->arena, ret);
	return ret;
}

const struct field link_answer[] = {
	{"purpose", FIELD_ENUM, FIELD_REQUIRED, .one_of = "invite|reset"},
	ANSWER("url", TEXT),
	ANSWER("expiresAt", TIME),
	ANSWER_END,
};
