/*
 * site.c - the two addresses of a Mortise, and which sessions may do what at each.
 *
 * Plugins' code runs on the pages of public_url with the rights of the signed-in person, and
 * nothing on the same origin can prevent it from using them. Therefore everything that reaches
 * beyond a company is done at system_url, an origin of its own with its own sessions and cookie and
 * without plugins; a session of one address is not valid at the other. Programs with a token, which
 * is got with a password, may do everything at both: no page has that token. An API token may do at both
 * what its scopes name, and nothing that a person does at the screen.
 */
#include "auth/app.h"

#include <stdio.h>
#include <string.h>

#include "auth/ident.h"
#include "base/perm.h"
#include "base/clock.h"
#include "base/origin.h"

/* Time to send the request that asked for the password once more. */
#define CONFIRM_NOW_S 60

bool ident_on_system(const struct req *r)
{
	const char *site = req_env(r, "MT_SITE");

	return site && !strcmp(site, "system");
}

const char *ident_cookie_name(const struct req *r)
{
	if (!ident_on_system(r))
		return COOKIE_NAME;
	return strncmp(r->op.app->conf.system_url, "https:", 6) ? SYSTEM_COOKIE : SYSTEM_COOKIE_TLS;
}

static int refuse(struct req *r, const char *type)
{
	r->op.err.type = type;
	return MT_EPERM;
}

int ident_check_site(struct req *r)
{
	const char *url = r->op.app->conf.system_url, *from = req_header(r, "Sec-Fetch-Site");

	if (!ident_on_system(r))
		return 0;
	if (!*url) {
		op_fail(&r->op, MT_EPERM,
			"The system administration is switched off: mortise.conf has no system_url");
		return refuse(r, "system-origin");
	}
	if (!origin_is_host(req_header(r, "Host"), url)) {
		op_fail(&r->op, MT_EPERM, "The system administration is at %s only", url);
		return refuse(r, "system-origin");
	}
	/* The other address is "same-site": its pages may not even read. */
	if (from && strcmp(from, "same-origin") != 0 && strcmp(from, "none") != 0) {
		op_fail(&r->op, MT_EPERM, "The request comes from a page of another site");
		return refuse(r, "foreign-origin");
	}
	return 0;
}

/* Sends a system admin on a page with plugins to the address where the route works. */
static int not_here(struct req *r)
{
	const char *url = r->op.app->conf.system_url;

	if (*url)
		op_fail(&r->op, MT_EPERM,
			"This reaches beyond the company: do it in the system administration, %s,"
			" or with a token",
			url);
	else
		op_fail(&r->op, MT_EPERM,
			"This reaches beyond the company: set system_url in mortise.conf and do it"
			" there, or use a token (the mortise command does)");
	return refuse(r, "system-origin");
}

/* How long an entered password counts for the request's route. */
static long confirm_s(const struct req *r)
{
	if ((r->route->flags & ROUTE_CONFIRM_NOW) && r->op.who->by_cookie)
		return CONFIRM_NOW_S;
	return r->op.app->conf.confirm_minutes * 60L;
}

int ident_refuse(struct req *r, const char *permission)
{
	if (ident_scope(r->op.who, permission))
		return op_fail(&r->op, MT_EPERM, "This needs the permission %s", permission);
	op_fail(&r->op, MT_EPERM, "This needs a token with the scope %s", permission);
	return refuse(r, "scope-needed");
}

/* What gives rights or an account away needs somebody at the screen; what any person may do a scope. */
static int check_token(struct req *r)
{
	const struct route *route = r->route;

	if (route->flags & ROUTE_CONFIRM || (!route->permission && !route->scope)) {
		op_fail(&r->op, MT_EPERM,
			"A person who is signed in does this: an API token can't");
		return refuse(r, "person-needed");
	}
	if (!route->permission && *route->scope && !ident_scope(r->op.who, route->scope))
		return ident_refuse(r, route->scope);
	return 0;
}

int ident_check_rights(struct req *r)
{
	const struct ident *w = r->op.who;
	const struct route *route = r->route;
	const char *permission = route->permission;
	long age;
	int rc;

	if (!w)
		return 0; /* a public route */
	if (w->needs_factor && !(route->flags & ROUTE_ENROL)) {
		op_fail(&r->op, MT_EPERM,
			"Your role needs two-step sign-in: set it up in your account first");
		return refuse(r, "second-factor-needed");
	}
	if (w->kind == SESSION_SYSTEM && !(route->flags & ROUTE_SYSTEM) &&
		!(permission && perm_is_system(permission))) {
		op_fail(&r->op, MT_EPERM, "This is done inside a company, at %s",
			r->op.app->conf.public_url);
		return refuse(r, "company-origin");
	}
	if (w->scopes && (rc = check_token(r)) < 0)
		return rc;
	if (permission && !ident_may(w, permission)) {
		if (perm_is_system(permission) && ident_has_role(w, "SystemAdmin") && !w->scopes)
			return not_here(r);
		return ident_refuse(r, permission);
	}
	age = clock_unix() - w->confirmed;
	if ((route->flags & ROUTE_CONFIRM) && age > confirm_s(r)) {
		op_fail(&r->op, MT_EPERM,
			w->kind == SESSION_TOKEN
				? "This gives rights away: get a new token, the password was"
				  " given too long ago"
				: "This gives rights away: confirm it with your password");
		return refuse(r, "password-needed");
	}
	return 0;
}
