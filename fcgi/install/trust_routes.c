/* trust_routes.c - GET /api/plugins/trust: the policy and the trusted keys. */
#include "auth/app.h"
#include "install/install.h"
#include "install/routes.h"
#include "registry/trust.h"

static int read_trust(struct req *r)
{
	struct trust_store *store;
	int rc = trust_load(&r->op, &store);

	if (rc < 0)
		return rc;
	return routes_reply(r, 200,
		json_pack("{s:s, s:o}", "policy", r->op.app->conf.trust_policy, "keys",
			trust_keys_json(store)));
}

static const struct field KEY[] = {ANSWER("id", TEXT), ANSWER("name", TEXT),
	ANSWER("addedAt", TIME), ANSWER_NULL("revokedAt", TIME), ANSWER_END};
static const struct field TRUST[] = {
	ANSWER("policy", TEXT), ANSWER_OF("keys", ARRAY, KEY), ANSWER_END};

static const struct route ROUTES[] = {
	{.method = "GET",
		.path = "/api/plugins/trust",
		.permission = "plugins:upload",
		.run = read_trust,
		.answer = TRUST},
	{.path = NULL},
};

const struct route_table trust_routes = {"trust", ROUTES};
