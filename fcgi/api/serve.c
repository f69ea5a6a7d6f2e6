/* serve.c - the one path of a request: route, use, site, identity, origin, permission, body, handler. */
#include "api/serve.h"

#include "auth/app.h"
#include "auth/ident.h"
#include "auth/rights.h"
#include "auth/source.h"
#include "db/db.h"
#include "os/revoked.h"
#include "os/share.h"

/* The request counts to its company's share and ends with its sender's rights. Operations of the
 * admin pool run to their end: they are either whole or undone, and both take statements. */
static int enter(struct req *r)
{
	const char *tenant = arena_printf(r->op.arena, "t.%d", r->op.who->tenant);
	const char *whose[SCORE_WHOSE] = {
		r->op.who->channel, arena_printf(r->op.arena, "u.%s", r->op.who->user), tenant};
	int n = revoked_add_roles(r->op.arena, r->op.who->tenant, r->op.who->roles, whose, 3);

	share_enter(share_name('t', tenant + 2), 0, r->started_ms);
	return revoked_enter(whose, n, r->started_ms) ? revoked_error(&r->op.err) : 0;
}

static int find_who(struct req *r)
{
	int rc;

	if (r->route->flags & ROUTE_PUBLIC)
		return 0;
	if ((rc = ident_find(r)) < 0)
		return rc;
	if (!r->op.who && req_header(r, "Authorization"))
		return op_fail(&r->op, MT_EAUTH,
			"This token doesn't work: it was revoked, its time is over, or it isn't whole");
	if (!r->op.who)
		return op_fail(&r->op, MT_EAUTH, "Sign in first");
	r->log_user = r->op.who->user;
	r->log_tenant = r->op.who->tenant;
	return r->op.app->counts_held ? enter(r) : 0;
}

int serve_request(struct req *r)
{
	int rc;

	r->op.db = r->op.app->db;
	/* An answer is for one person, so no cache may keep it; static files are nginx's. */
	reply_header(r, "Cache-Control", "no-store");
	if (r->op.app->counts_held)
		share_enter(share_name('a', r->remote ? r->remote : ""), 0, r->started_ms);
	if ((rc = route_take(r, r->op.app->tables, r->path)) < 0)
		return rc;
	if ((rc = ident_check_fetch(r)) < 0)
		return rc;
	if ((rc = ident_check_site(r)) < 0)
		return rc;
	if ((rc = find_who(r)) < 0)
		return rc;
	if (!(r->route->flags & ROUTE_ANY_ORIGIN) && (rc = ident_check_origin(r)) < 0)
		return rc;
	if ((rc = ident_check_rights(r)) < 0 || (rc = route_check_query(r)) < 0)
		return rc;
	/* nginx sends such a request before it accepts a large body (nginx/snippets/upload.conf). */
	if (r->route->flags & ROUTE_RAW_BODY && req_env(r, "MT_HEAD_ONLY"))
		return reply_empty(r);
	if (!(r->route->flags & ROUTE_RAW_BODY) && (rc = route_check_body(r)) < 0)
		return rc;
	source_of_request(r);
	rc = r->route->run(r);
	if (r->op.ended_at)
		rights_hold(r, r->op.ended_at);
	/* For a handler that left a transaction open: its locks must not outlive the request. */
	op_rollback(&r->op);
	return rc;
}
