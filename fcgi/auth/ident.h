/*
 * ident.h - who sends a request, decided by the server alone: from the session cookie or the bearer
 * token.
 */
#ifndef IDENT_H
#define IDENT_H

#include <stdbool.h>
#include "http/req.h"

#define COOKIE_NAME "mortise_session"
/* Of system_url. Ports share cookies, so the name keeps the two apart, and the session's kind decides. */
#define SYSTEM_COOKIE "mortise_system"
#define SYSTEM_COOKIE_TLS "__Host-mortise_system"

/* Where a session is valid: on pages of public_url, of system_url, or as a bearer token, anywhere: one
 * that was got with a password, or an API token (auth/token.h), which ends like a session. */
enum session_kind { SESSION_COOKIE, SESSION_SYSTEM, SESSION_TOKEN, SESSION_API };

struct ident {
	int tenant; /* tenants.id; > 0 */
	const char *tenant_code;
	const char *tenant_name;
	int organization;      /* organizations.id, of the company; > 0 */
	const char *time_zone; /* of the company: "Europe/Berlin" */
	const char *user;      /* uuid */
	const char *email;
	const char *name;
	const char *phone, *language, *theme; /* "" = none is chosen */
	const char *roles;		      /* comma separated: "Admin" */
	const char *permissions; /* the core's that these roles give, comma separated */
	const char
		*own; /* what they may do with own tickets only: "read", "write" or NULL; db_as */
	/* Of an API token what was chosen for it, permissions by name; NULL = no token, and no such bound.
	 * `permissions` are cut to it already. */
	const char *scopes;
	const char *token;   /* its name; NULL = none */
	bool is_service;     /* a service token: acts as itself, and has no roles */
	const char *session; /* hash of the token, hex: the session's name in the cache */
	const char *
		channel; /* "s.<name>": what is open by the session ends by it, and no event is on it */
	bool by_cookie;
	enum session_kind kind;
	bool is_system; /* may act beyond the company: a system admin, and not on a page with plugins */
	bool has_factor;   /* signs in with a second step */
	bool needs_factor; /* a role wants one: this session is for setting it up, and nothing else */
	long expires;	   /* unix seconds */
	long confirmed;	   /* when the password was given last, unix seconds */
};

/* Fills r->op.who from Cookie or Authorization; leaves NULL when neither is there or valid. Only a
 * database that can't be reached is an error. */
int ident_find(struct req *r);
/* The hash of the token that was sent, and as what kind of session it is valid if at all; false when
 * none. For the routes where a session begins or ends. */
bool ident_token_hash(const struct req *r, char ret[65], enum session_kind *ret_kind);
/* As ident_find() for a known session; one of another kind is none. */
int ident_load(struct req *r, const char *hash, enum session_kind kind);
/* Reads the identity from the database, past all caches: for what stays open longer than a lease.
 * r->op.who is NULL when the session has ended. */
int ident_again(struct req *r);
/* Notes that this session is used now, by which program and from where; at most once in five minutes.
 * (Of an API token ident_find() notes it, once a minute.) */
int ident_note(struct req *r, const char *hash);
/* Takes a session out of the caches, after it ended in the database. */
void ident_forget(struct req *r, const char *hash);
bool ident_has_role(const struct ident *w, const char *role);
/* Of the core, as the session was read; SystemAdmin has every permission, but those that reach
 * beyond the company only where is_system is set. */
bool ident_may(const struct ident *w, const char *permission);
/* May it do what everybody may who is signed in, but a token only by this scope? */
bool ident_scope(const struct ident *w, const char *scope);
/* The refusal of who lacks this permission, or whose token lacks this scope. MT_EPERM. */
int ident_refuse(struct req *r, const char *permission);
/* Was the request sent to system_url? nginx's server block tells (MT_SITE). */
bool ident_on_system(const struct req *r);
const char *ident_cookie_name(const struct req *r);
/* On system_url: Host and, for browsers, Origin must be its own. MT_EPERM. */
int ident_check_site(struct req *r);
/* May this session call this route: kind, permission, how long ago the password was given? MT_EPERM. */
int ident_check_rights(struct req *r);
/* Unsafe methods by cookie: Origin, when sent, must be our own; on system_url it must be sent. MT_EPERM. */
int ident_check_origin(struct req *r);
/* A browser's Sec-Fetch-Dest and Service-Worker: may this route answer it? MT_EPERM. */
int ident_check_fetch(struct req *r);
/* Origin is absent or our own: public_url or the request's Host. "null" is foreign. */
bool ident_own_origin(const struct req *r);

#endif
