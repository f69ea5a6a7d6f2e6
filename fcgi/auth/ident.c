/*
 * ident.c - token -> identity, of sessions and API tokens alike. The token itself is never stored: its
 * SHA-256 names it in the database and in the caches. An identity is valid for the time of a lease
 * (auth/lease.h), in the worker that read it and, through memcached, in the other workers of its host.
 * In memcached it carries a MAC that binds it to its session, to the time of the database's answer and
 * to this start of this host, whose clock that time is from. So access to memcached allows neither
 * forging an administrator nor bringing back an identity that has expired.
 *
 * No header but Cookie and Authorization identifies anybody: x-company-code, x-user-id and the like
 * are claims of the client and are never read.
 */
#include "auth/ident.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/app.h"
#include "auth/device.h"
#include "auth/lease.h"
#include "auth/token.h"
#include "base/perm.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "cache/cache.h"
#include "db/db.h"
#include "auth/ident.sql.h"

#define CACHE_SECONDS 1 /* memcached's smallest; the lease inside the value is shorter */
#define MAC_LEN 64
#define N_COLUMNS 19
/* Of a packed identity: the columns of SESSION_FIND and TOKEN_FIND, when it was read, its channel. */
#define N_FIELDS (N_COLUMNS + 2)

/* --- the token ------------------------------------------------------------------------------------ */

static bool is_token(const char *s, size_t n)
{
	return n == ID_TOKEN_LEN &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") >= n;
}

static const char *cookie_token(const struct req *r)
{
	const char *name = ident_cookie_name(r);
	size_t name_len = strlen(name);
	const char *at = req_header(r, "Cookie");

	while (at && *at) {
		at += strspn(at, " \t;");
		size_t n = strcspn(at, ";");

		if (n > name_len && !strncmp(at, name, name_len) && at[name_len] == '=') {
			const char *value = at + name_len + 1;
			size_t len = n - name_len - 1;

			while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
				len--;
			if (is_token(value, len))
				return arena_strndup(r->op.arena, value, len);
		}
		at += n;
	}
	return NULL;
}

/* *ret_api: has it the form of an API token? */
static const char *bearer_token(const struct req *r, bool *ret_api)
{
	const char *h = req_header(r, "Authorization");
	size_t n;

	if (!h || strncasecmp(h, "Bearer ", 7))
		return NULL;
	h += 7 + strspn(h + 7, " ");
	n = strcspn(h, " \t");
	*ret_api = token_is(h, n);
	return *ret_api || is_token(h, n) ? arena_strndup(r->op.arena, h, n) : "";
}

static enum session_kind cookie_kind(const struct req *r)
{
	return ident_on_system(r) ? SESSION_SYSTEM : SESSION_COOKIE;
}

bool ident_token_hash(const struct req *r, char ret[65], enum session_kind *ret_kind)
{
	bool api = false;
	const char *token = bearer_token(r, &api);

	/* A request with a bearer token is meant to use it: a bad token is not replaced by the cookie. */
	*ret_kind = api ? SESSION_API : token ? SESSION_TOKEN : cookie_kind(r);
	if (!token)
		token = cookie_token(r);
	if (!token || !*token)
		return false;
	id_sha256_hex(ret, token, strlen(token));
	return true;
}

/* --- the caches ----------------------------------------------------------------------------------- */

static const char *cache_key(const struct req *r, const char *hash)
{
	return arena_printf(r->op.arena, "session:%s", hash);
}

/* Binds the value to its session and to this host: an identity can't be copied to another key, and
 * the times of another host's clock are meaningless here. */
static void value_mac(
	const struct req *r, const char *hash, const char *val, size_t n, char mac[65])
{
	size_t boot = strlen(r->op.app->boot_id);
	char *text = arena_alloc(r->op.arena, MAC_LEN + boot + n);

	memcpy(text, hash, MAC_LEN);
	memcpy(text + MAC_LEN, r->op.app->boot_id, boot);
	memcpy(text + MAC_LEN + boot, val, n);
	id_hmac_hex(mac, r->op.app->ticket_key, text, MAC_LEN + boot + n);
}

static const char *pack(struct req *r, const char *const f[N_FIELDS], size_t *ret_len)
{
	size_t n = 0, at = 0;
	char *val;

	for (int i = 0; i < N_FIELDS; i++)
		n += strlen(f[i]) + 1;
	val = arena_alloc(r->op.arena, n);
	for (int i = 0; i < N_FIELDS; i++) {
		size_t len = strlen(f[i]) + 1;

		memcpy(val + at, f[i], len);
		at += len;
	}
	*ret_len = n;
	return val;
}

static enum session_kind kind_of(const char *word)
{
	static const struct {
		const char *word;
		enum session_kind kind;
	} KINDS[] = {{"cookie", SESSION_COOKIE}, {"system", SESSION_SYSTEM},
		{"token", SESSION_TOKEN}, {"personal", SESSION_API}, {"service", SESSION_API}};
	size_t i = 0;

	while (strcmp(word, KINDS[i].word) != 0 && i + 1 < sizeof(KINDS) / sizeof(*KINDS))
		i++;
	return KINDS[i].kind;
}

/* False when it isn't a packed identity. */
static bool unpack(struct ident *w, const char *val, size_t len, int64_t *ret_read_at)
{
	const char *f[N_FIELDS];
	size_t n = 0;

	if (!len || val[len - 1])
		return false;
	for (size_t at = 0; at < len && n < N_FIELDS; at += strlen(val + at) + 1)
		f[n++] = val + at;
	if (n < N_FIELDS)
		return false;
	*ret_read_at = strtoll(f[N_COLUMNS], NULL, 10);
	w->tenant = (int)strtol(f[0], NULL, 10);
	w->tenant_code = f[1];
	w->tenant_name = f[2];
	w->user = f[3];
	w->email = f[4];
	w->name = f[5];
	w->roles = f[6];
	w->expires = strtol(f[7], NULL, 10);
	w->kind = kind_of(f[8]);
	w->confirmed = strtol(f[9], NULL, 10);
	w->time_zone = f[10];
	w->phone = f[11];
	w->language = f[12];
	w->theme = f[13];
	w->permissions = f[14];
	w->has_factor = !strcmp(f[15], "set");
	w->needs_factor = !strcmp(f[15], "needed");
	w->is_service = !strcmp(f[8], "service");
	if (w->kind == SESSION_API) {
		w->scopes = f[16];
		w->token = f[17];
	}
	w->organization = (int)strtol(f[18], NULL, 10);
	w->channel = f[N_COLUMNS + 1];
	return true;
}

static bool from_lease(struct req *r, struct ident *w, const char *hash)
{
	int64_t read_at;
	size_t len;
	char *val = lease_get(r->op.app->lease, r->op.arena, cache_key(r, hash), &len);

	return val && unpack(w, val, len, &read_at);
}

static bool from_cache(struct req *r, struct ident *w, const char *hash)
{
	const char *key = cache_key(r, hash);
	int64_t read_at;
	size_t len;
	char mac[65];
	char *val = cache_get(r->op.app->cache, r->op.arena, 0, key, &len);

	if (!val || len <= MAC_LEN)
		return false;
	value_mac(r, hash, val + MAC_LEN, len - MAC_LEN, mac);
	if (memcmp(mac, val, MAC_LEN) || !unpack(w, val + MAC_LEN, len - MAC_LEN, &read_at) ||
		!lease_holds(read_at))
		return false;
	lease_put(r->op.app->lease, key, val + MAC_LEN, len - MAC_LEN, read_at);
	return true;
}

static void to_caches(struct req *r, const char *hash, const char *val, size_t n, int64_t read_at)
{
	const char *key = cache_key(r, hash);
	char *sealed = arena_alloc(r->op.arena, MAC_LEN + n);
	char mac[65];

	lease_put(r->op.app->lease, key, val, n, read_at);
	value_mac(r, hash, val, n, mac);
	memcpy(sealed, mac, MAC_LEN);
	memcpy(sealed + MAC_LEN, val, n);
	cache_set(r->op.app->cache, 0, key, sealed, MAC_LEN + n, CACHE_SECONDS);
}

void ident_forget(struct req *r, const char *hash)
{
	lease_drop(r->op.app->lease, cache_key(r, hash));
	cache_delete(r->op.app->cache, cache_key(r, hash));
}

/* --- the identity --------------------------------------------------------------------------------- */

/* Half of a hash of the hash: as session_channel() of sql/ has it. */
static const char *channel_of(struct req *r, const char *session)
{
	const char *text = arena_printf(r->op.arena, "stream:%s", session);
	char hash[65];

	id_sha256_hex(hash, text, strlen(text));
	return arena_printf(r->op.arena, "s.%.32s", hash);
}

int ident_note(struct req *r, const char *hash)
{
	const char *agent = device_agent(r->op.arena, req_header(r, "User-Agent"));
	struct rows rows;

	return op_write(&r->op, NULL, &SESSION_NOTE, DB_ARGS(hash, agent, r->remote), &rows);
}

/* Of a request that can do without it. */
static void try_note(struct req *r, const char *hash, enum session_kind kind)
{
	struct err kept = op_try(&r->op);
	struct rows rows;
	struct err why;

	if (kind == SESSION_API)
		op_write(&r->op, NULL, &TOKEN_NOTE, DB_ARGS(hash, r->remote), &rows);
	else
		ident_note(r, hash);
	why = op_tried(&r->op, kept);
	if (why.code)
		log_warn("the use of a session can't be noted: %s", why.message);
}

static int from_database(
	struct req *r, struct ident *w, const char *hash, enum session_kind kind, bool *ret_found)
{
	int64_t now = clock_ms(), read_at;
	const char *f[N_FIELDS], *val;
	struct rows rows;
	size_t n;
	int rc = op_read(&r->op, NULL, kind == SESSION_API ? &TOKEN_FIND : &SESSION_FIND,
		DB_ARGS(hash), &rows);

	*ret_found = rc == 0 && rows.n == 1;
	if (!*ret_found)
		return rc;
	for (int i = 0; i < N_COLUMNS; i++) {
		f[i] = row_text(&rows, 0, i);
		if (!f[i])
			f[i] = "";
	}
	if (!row_bool(&rows, 0, N_COLUMNS))
		try_note(r, hash, kind);
	f[N_COLUMNS] = arena_printf(r->op.arena, "%lld", (long long)now);
	f[N_COLUMNS + 1] = channel_of(r, hash);
	val = pack(r, f, &n);
	*ret_found = unpack(w, val, n, &read_at);
	to_caches(r, hash, val, n, read_at);
	return 0;
}

/* Who may not read tickets at all gets no others by a plugin, either. */
static const char *own_tickets(const struct ident *w)
{
	if (!ident_may(w, "tickets:read"))
		return "read";
	return ident_may(w, "tickets:write:own") && !ident_may(w, "tickets:write") ? "write" : NULL;
}

/* Does the system administration want a second step that this person hasn't? */
static bool lacks_factor(const struct req *r, const struct ident *w)
{
	return !w->has_factor && !strcmp(r->op.app->conf.system_second_factor, "required");
}

static int found_as(
	struct req *r, struct ident *w, const char *hash, enum session_kind kind, bool found)
{
	r->op.who = NULL;
	if (!found || w->tenant <= 0 || !id_is_uuid(w->user) || w->expires <= clock_unix())
		return 0;
	if (w->kind != kind || (kind == SESSION_SYSTEM && (w->needs_factor || lacks_factor(r, w))))
		return 0;
	w->session = arena_strdup(r->op.arena, hash);
	w->by_cookie = kind == SESSION_COOKIE || kind == SESSION_SYSTEM;
	w->is_system = (kind == SESSION_SYSTEM || kind == SESSION_TOKEN) &&
		       ident_has_role(w, "SystemAdmin") && !lacks_factor(r, w);
	w->own = own_tickets(w);
	r->op.who = w;
	return 0;
}

int ident_load(struct req *r, const char *hash, enum session_kind kind)
{
	struct ident *w = arena_zalloc(r->op.arena, sizeof(*w));
	bool found = from_lease(r, w, hash) || from_cache(r, w, hash);
	int rc;

	if (!found && (rc = from_database(r, w, hash, kind, &found)) < 0)
		return rc;
	return found_as(r, w, hash, kind, found);
}

int ident_again(struct req *r)
{
	struct ident *w = arena_zalloc(r->op.arena, sizeof(*w));
	bool found;
	enum session_kind kind = r->op.who->kind;
	int rc = from_database(r, w, r->op.who->session, kind, &found);

	return rc < 0 ? rc : found_as(r, w, r->op.who->session, kind, found);
}

int ident_find(struct req *r)
{
	enum session_kind kind;
	char hash[65];

	if (!ident_token_hash(r, hash, &kind))
		return 0;
	return ident_load(r, hash, kind);
}

bool ident_has_role(const struct ident *w, const char *role)
{
	return w && perm_in(w->roles, role);
}

bool ident_scope(const struct ident *w, const char *scope)
{
	return w && (!w->scopes || perm_in(w->scopes, scope));
}

bool ident_may(const struct ident *w, const char *permission)
{
	if (w && w->scopes)
		return perm_in(w->permissions, permission);
	return w && (perm_in(w->permissions, permission) || ident_has_role(w, "SystemAdmin")) &&
	       (w->is_system || !perm_is_system(permission));
}
