/*
 * serve.c - a request or a hook call from its FastCGI parameters to its outcome.
 *
 * Person and tenant were decided by the api pool (for hooks: the admin pool) and come as MT_*
 * parameters, which that pool has signed (crypt/handover.h).
 */
#include "host/call.h"

#include <ctype.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "crypt/handover.h"
#include "host/guests.h"
#include "host/usage.h"
#include "os/revoked.h"
#include "os/worker.h"

#define BODY_DEFAULT (1024 * 1024)
#define API_PREFIX "/api/plugins/"
#define WORK_MARGIN_MS 1000 /* to answer before the master ends this process */

static const char *env(const struct req *r, const char *name)
{
	const char *s = req_env(r, name);

	return s ? s : "";
}

/* The session is the person's, not the plugin's. The api pool leaves these out already. */
static void hide_secrets(struct req *r)
{
	static const char *const names[] = {
		"HTTP_COOKIE=", "HTTP_AUTHORIZATION=", "HTTP_PROXY_AUTHORIZATION="};

	for (char **p = r->envp; p && *p; p++)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(*p, names[i], strlen(names[i])) == 0) {
				char *value = strchr(*p, '=') + 1;

				explicit_bzero(value, strlen(value));
			}
}

/* Path below /api/plugins/<key>. The request's own address is decoded by the code that the api pool
 * uses, too; MT_PATH is for callers that have no address. */
static const char *plugin_path(const struct call *c)
{
	const char *s = c->r->path ? c->r->path : "";
	size_t n = strlen(c->host->key);

	if (strncmp(s, API_PREFIX, strlen(API_PREFIX)) == 0) {
		s += strlen(API_PREFIX);
		if (strncmp(s, c->host->key, n) == 0 && s[n] == '/')
			return s + n;
	}
	s = env(c->r, "MT_PATH");
	return *s == '/' ? s : "/";
}

/* Was all of it decided for this request, this plugin and version, and just now? */
static int check_handover(struct call *c)
{
	struct req *r = c->r;
	const struct handover h = {
		.pool = c->host->pool,
		.request_id = r->op.id,
		.method = r->method,
		.path = plugin_path(c),
		.hook = env(r, "MT_HOOK"),
		.tenant = env(r, "MT_TENANT"),
		.tenant_code = env(r, "MT_TENANT_CODE"),
		.user = env(r, "MT_USER"),
		.user_name = env(r, "MT_USER_NAME"),
		.roles = env(r, "MT_ROLES"),
		.permissions = env(r, "MT_PERMISSIONS"),
		.own = env(r, "MT_OWN"),
		.settings_key = c->settings_key, /* wiped from the parameters */
		.previous_version = env(r, "MT_PREVIOUS_VERSION"),
		.session = env(r, "MT_SESSION"),
		.decided = env(r, "MT_DECIDED"),
		.scoped = env(r, "MT_SCOPED"),
	};
	enum handover_fault f =
		handover_verify(c->host->handover_key, req_env(r, "MT_HANDOVER"), &h, clock_unix());

	if (f == HANDOVER_GOOD)
		return 0;
	op_log(&r->op, "hand-over: %s", handover_fault_text(f));
	if (f != HANDOVER_EXPIRED)
		return op_fail(&r->op, MT_EAUTH, "A plugin is reached through /api/plugins/ only");
	r->op.err.retry_after = 1;
	return op_fail(&r->op, MT_EBUSY, "The plugin was busy for too long; try again");
}

/* The call ends with the session, the person's rights, the company, the plugin there, what the
 * person's roles may do in it, or its signature, and may have waited in the pool's queue while one
 * of them ended. Hooks are of no session: the admin pool's operations. */
static int check_right(struct call *c)
{
	struct arena *a = c->r->op.arena;
	const char *session = env(c->r, "MT_SESSION");
	const char *whose[SCORE_WHOSE] = {session, arena_printf(a, "u.%s", env(c->r, "MT_USER")),
		arena_printf(a, "t.%d", c->tenant),
		arena_printf(a, "p.%d.%s", c->tenant, c->host->key),
		arena_printf(a, "g.%d.%s.%s", c->tenant, c->host->key, env(c->r, "MT_ROLES")),
		arena_printf(a, "k.%s", c->host->pool)};
	int n = revoked_add_roles(a, c->tenant, env(c->r, "MT_ROLES"), whose, 6);

	if (!*session)
		return 0;
	return revoked_enter(whose, n, strtoll(env(c->r, "MT_DECIDED"), NULL, 10))
		       ? revoked_error(&c->r->op.err)
		       : 0;
}

static int read_identity(struct call *c)
{
	char *end;
	long tenant = strtol(env(c->r, "MT_TENANT"), &end, 10);
	int rc = check_handover(c);

	if (rc < 0)
		return rc;
	c->hook = env(c->r, "MT_HOOK");
	if (*end || tenant <= 0 || tenant > INT_MAX) {
		op_log(&c->r->op, "MT_TENANT is not a tenant");
		return op_fail(
			&c->r->op, MT_EAUTH, "A plugin is reached through /api/plugins/ only");
	}
	c->tenant = (int)tenant;
	c->as = (struct db_as){
		.tenant = c->tenant, .user = env(c->r, "MT_USER"), .own = env(c->r, "MT_OWN")};
	c->r->log_tenant = c->tenant;
	c->r->log_user = env(c->r, "MT_USER");
	return check_right(c);
}

static bool is_json_type(const char *s)
{
	size_t n = strlen("application/json");

	if (!s || strncasecmp(s, "application/json", n) != 0)
		return false;
	return s[n] == '\0' || s[n] == ';' || s[n] == ' ';
}

/* A body that no field list describes: any object or array, or none. */
static int read_json(struct call *c)
{
	struct req *r = c->r;
	int rc;

	if (r->content_length <= 0 || strcmp(r->method, "GET") == 0)
		return 0;
	if (!is_json_type(req_env(r, "CONTENT_TYPE")))
		return op_fail(&r->op, MT_EMEDIA, "The body must be application/json");
	if ((rc = req_body(r, c->body_max, &c->body, &c->body_len)) < 0)
		return rc;
	if ((rc = json_parse(r->op.arena, c->body, c->body_len, &c->json, &r->op.err)) < 0)
		return rc;
	if (!json_is_object(c->json) && !json_is_array(c->json))
		return op_fail(&r->op, MT_EINVAL, "The body must be a JSON object or array");
	return 0;
}

static int find_route(struct call *c)
{
	struct req *r = c->r;
	const struct mt_route *m;
	int rc;

	c->path = plugin_path(c);
	if ((rc = route_take(r, c->host->tables, c->path)) < 0)
		return rc;
	c->index = (uint32_t)(r->route - c->host->routes);
	m = &c->host->mt_routes[c->index];
	c->raw_body = m->flags & MT_ROUTE_RAW;
	c->body_max = m->body_max ? m->body_max : BODY_DEFAULT;
	if ((rc = route_check_query(r)) < 0)
		return rc;
	if (c->raw_body)
		return 0;
	if (!m->fields)
		return read_json(c);
	if ((rc = route_check_body(r)) < 0)
		return rc;
	c->json = r->body;
	c->body = json_text(r->op.arena, r->body, &c->body_len);
	return c->body ? 0 : call_internal(c, "a body can't be written as JSON");
}

/* Some hooks are given JSON; the core sends them no more than this. */
static int find_hook(struct call *c, bool *ret_found)
{
	int rc;

	c->body_max = BODY_DEFAULT;
	for (const struct mt_hook *h = c->host->hooks; h->name; h++) {
		if (strcmp(h->name, c->hook) != 0)
			continue;
		*ret_found = true;
		c->index = (uint32_t)(h - c->host->hooks);
		rc = read_json(c);
		return rc < 0 ? rc : fetch_hide(c);
	}
	return 0; /* a plugin needs no hooks: done */
}

/* The handler's return value counts; the message of the failed call is used when it has the same
 * code. */
static int outcome(struct call *c, int rc)
{
	struct err *e = &c->r->op.err;

	query_finish(c, &rc);
	rc = query_storage(c, rc);
	if (rc == 0) {
		op_clear(&c->r->op);
		return 0;
	}
	if (rc > 0 || rc < MT_EFULL) {
		char what[64];

		snprintf(what, sizeof(what), "the handler returned %d", rc);
		return call_internal(c, what);
	}
	if (rc == MT_EAUTH) /* a plugin doesn't decide who is signed in */
		rc = MT_EPERM;
	/* A handler that got no settings may return any code; the cause is that of the settings. */
	if (c->settings_rc < 0 && e->code == c->settings_rc)
		return e->code;
	if (e->code != rc)
		return rc == MT_ENOENT
			       ? call_fail(c, rc, "The plugin found nothing at this address")
			       : call_fail(c, rc, "The plugin refused this");
	return rc;
}

static int call_run(struct call *c)
{
	struct host *h = c->host;
	struct proc *p = h->take ? h->take(h, c->tenant)
				 : guests_take(h, c->tenant, c->r->op.deadline, &c->r->op.err);
	bool failed = false;
	int rc;

	if (!p)
		return c->r->op.err.code;
	rc = talk(c, p, &failed);
	if (failed) { /* the transaction with it */
		query_rollback(c);
		return rc;
	}
	if (!h->take)
		h->guest_cpu_us = guests_leave(h, p);
	return outcome(c, rc);
}

static bool is_work(const char *hook)
{
	return strncmp(hook, "job:", 4) == 0 || strncmp(hook, "event:", 6) == 0;
}

/* Nobody waits for it but a worker that is there for that. */
static void take_time(struct call *c)
{
	long seconds = strtol(env(c->r, "MT_SECONDS"), NULL, 10);
	long ms = seconds > 0 && seconds < c->host->job_deadline_ms / 1000
			  ? seconds * 1000
			  : c->host->job_deadline_ms - WORK_MARGIN_MS;

	c->r->op.deadline = clock_ms() + ms;
	worker_busy(c->r->op.id, (int)ms + WORK_MARGIN_MS);
}

/* From the parameters to the reply, or to the error that is sent instead. */
static int serve_call(struct call *c)
{
	bool found = false;
	int rc;

	if ((rc = read_identity(c)) < 0)
		return rc;
	if (!*c->hook)
		worker_serves(c->tenant);
	else if (is_work(c->hook))
		take_time(c);
	rc = *c->hook ? find_hook(c, &found) : find_route(c);
	if (rc < 0)
		return rc;
	return *c->hook && !found ? reply_empty(c->r) : call_run(c);
}

int host_serve(struct req *r)
{
	struct host *h = (struct host *)r->op.app; /* this program's own kind of app */
	struct call *c = arena_zalloc(r->op.arena, sizeof(*c));
	int rc;

	if (!h->plugin && !(h->start && h->start())) {
		r->op.err.retry_after = 1;
		return op_fail(&r->op, MT_EBUSY, "The database is not reachable");
	}
	r->op.db = h->db;
	c->host = h;
	h->guest_cpu_us = 0;
	c->r = r;
	c->path = c->hook = "";
	hide_secrets(r);
	settings_begin(c);
	rc = serve_call(c);
	fetch_end(c);
	storage_end(c);
	settings_end(c);
	if (h->db && !db_is_connected(h->db))
		h->leave = true;
	return rc;
}

/* Without a database this process is of no use, and its filter lets it make no new connection: the
 * master starts another at the next request. Status 0, for it is no crash: a database that is away for
 * a minute must not bring every plugin into quarantine. */
void host_done(struct req *r)
{
	struct host *h = (struct host *)r->op.app;
	const char *hook = req_env(r, "MT_HOOK");

	usage_count(h->steward_fd, r, r->log_tenant, hook && *hook, h->guest_cpu_us);
	if (!h->leave)
		return;
	log_warn("no database connection, or no guests: making room for a new process");
	/* Blocked during requests and checked between them: the loop ends in order. */
	if (kill(getpid(), SIGTERM) < 0)
		_exit(0);
}
