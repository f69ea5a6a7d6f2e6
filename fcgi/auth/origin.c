/*
 * origin.c - rejects requests that another site's page sends with our cookie. SameSite=Lax already
 * withholds the cookie from most of them; this is the second check. At the system administration's
 * address a page of public_url counts as another site.
 */
#include "auth/app.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "auth/ident.h"
#include "base/origin.h"

static bool is_safe(const char *method)
{
	return !strcmp(method, "GET") || !strcmp(method, "HEAD") || !strcmp(method, "OPTIONS");
}

/* "http://host:port" -> the part behind "://", or NULL. */
static const char *authority(const char *origin, size_t *ret_scheme)
{
	const char *sep = strstr(origin, "://");

	if (!sep || !sep[3])
		return NULL;
	*ret_scheme = (size_t)(sep - origin);
	return sep + 3;
}

/* Scheme and host of public_url, without path; ports as written. */
static bool is_public(const char *origin, const char *public_url)
{
	size_t scheme, n = strlen(public_url);
	const char *host = authority(public_url, &scheme);

	if (host)
		n = (size_t)(host - public_url) + strcspn(host, "/?#");
	return strlen(origin) == n && !strncasecmp(origin, public_url, n);
}

/* The page is from this server when its origin is the request's Host. The scheme must be the
 * connection's own, or https in front of us (a TLS terminator that passes Host on). */
static bool is_this_host(const struct req *r, const char *origin)
{
	const char *host = req_header(r, "Host"), *tls = req_env(r, "HTTPS");
	bool https = (tls && *tls) || !strncmp(r->op.app->conf.public_url, "https:", 6);
	size_t scheme;
	const char *from = authority(origin, &scheme);

	if (!host || !*host || !from || strcasecmp(from, host))
		return false;
	if (scheme == 5 && !strncasecmp(origin, "https", 5))
		return true;
	return !https && scheme == 4 && !strncasecmp(origin, "http", 4);
}

bool ident_own_origin(const struct req *r)
{
	const char *origin = req_header(r, "Origin");

	if (ident_on_system(r))
		return origin_is(origin, r->op.app->conf.system_url);
	if (!origin || !*origin)
		return true;
	return is_public(origin, r->op.app->conf.public_url) || is_this_host(r, origin);
}

int ident_check_origin(struct req *r)
{
	if (is_safe(r->method) || (r->op.who && !r->op.who->by_cookie) || ident_own_origin(r))
		return 0;
	op_fail(&r->op, MT_EPERM, "The request comes from a page of another site");
	r->op.err.type = "foreign-origin";
	return MT_EPERM;
}
