/*
 * signed.h - signs a request to a plugin's host as the api pool does, from the parameters that it has.
 */
#ifndef SIGNED_H
#define SIGNED_H

#include <string.h>
#include "base/clock.h"
#include "crypt/handover.h"
#include "http/req.h"

static const char *signed_env(const struct req *r, const char *name)
{
	const char *s = req_env(r, name);

	return s ? s : "";
}

/* "MT_HANDOVER=..." for what r has now; `path` below /api/plugins/<key>. */
static const char *signed_text(const struct req *r, const unsigned char key[HANDOVER_KEY],
	const char *pool, const char *path)
{
	const struct handover h = {
		.pool = pool,
		.request_id = r->op.id,
		.method = r->method,
		.path = path,
		.hook = signed_env(r, "MT_HOOK"),
		.tenant = signed_env(r, "MT_TENANT"),
		.tenant_code = signed_env(r, "MT_TENANT_CODE"),
		.user = signed_env(r, "MT_USER"),
		.user_name = signed_env(r, "MT_USER_NAME"),
		.roles = signed_env(r, "MT_ROLES"),
		.permissions = signed_env(r, "MT_PERMISSIONS"),
		.own = signed_env(r, "MT_OWN"),
		.settings_key = signed_env(r, "MT_SETTINGS_KEY"),
		.previous_version = signed_env(r, "MT_PREVIOUS_VERSION"),
		.session = signed_env(r, "MT_SESSION"),
		.decided = signed_env(r, "MT_DECIDED"),
		.scoped = signed_env(r, "MT_SCOPED"),
	};
	char text[HANDOVER_MAX];

	handover_sign(text, key, &h, clock_unix());
	return arena_printf(r->op.arena, "MT_HANDOVER=%s", text);
}

#endif
