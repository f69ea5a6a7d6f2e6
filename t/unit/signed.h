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
	const struct handover h = {pool, r->op.id, r->method, path, signed_env(r, "MT_HOOK"),
		signed_env(r, "MT_TENANT"), signed_env(r, "MT_TENANT_CODE"),
		signed_env(r, "MT_USER"), signed_env(r, "MT_USER_NAME"), signed_env(r, "MT_ROLES"),
		signed_env(r, "MT_PERMISSIONS"), signed_env(r, "MT_SETTINGS_KEY"),
		signed_env(r, "MT_PREVIOUS_VERSION"), signed_env(r, "MT_SESSION"),
		signed_env(r, "MT_DECIDED")};
	char text[HANDOVER_MAX];

	handover_sign(text, key, &h, clock_unix());
	return arena_printf(r->op.arena, "MT_HANDOVER=%s", text);
}

#endif
