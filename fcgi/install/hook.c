/* hook.c - hooks over FastCGI: see hook.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "crypt/handover.h"
#include "http/fcgi_client.h"
#include "http/url.h"
#include "install/configure.h"
#include "install/hook.h"
#include "crypt/role.h"
#include "os/share.h"
#include "os/sock.h"

#define ANSWER_MAX 65536
#define GRACE_MS 1000 /* the plugin's own deadline comes first */
#define REACH_MS 5000 /* until the pool is there */
#define GONE_MS 3000
#define WAIT_STEP_MS 3

/* How a call differs from that of a hook: a job has a request id and a deadline of its own, and who waits for
 * it is a worker of the pool that is there for that. */
struct manner {
	const char *request; /* NULL = a new one */
	int64_t deadline;
	int seconds; /* that its host gives it; 0 = those of a request */
	bool is_work;
};

static const char *socket_path(struct target *t, const char *sha256)
{
	return arena_printf(
		t->op->arena, "%s/plugins/%s@%.12s.sock", t->op->app->conf.run_dir, t->key, sha256);
}

static void pause_a_little(void)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* The steward informs the master, which makes the socket: some milliseconds. A file without a
 * listener is left from a dead master. */
static int reach(const char *path, int64_t deadline)
{
	for (;;) {
		int fd = sock_connect(path, SOCK_STREAM);

		if (fd >= 0 || clock_left(deadline) == 0 ||
			(errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN &&
				errno != EACCES))
			return fd;
		pause_a_little();
	}
}

void hook_gone(struct target *t, const char *sha256)
{
	const char *path = socket_path(t, sha256);
	int64_t deadline = clock_ms() + GONE_MS;

	while (access(path, F_OK) == 0 && clock_left(deadline) > 0)
		pause_a_little();
}

/* The decision of the admin pool, signed as the api pool signs that of a request. */
static void identity(struct target *t, const char *sha256, const char *hook, const char *request,
	struct buf *params)
{
	char id[ID_TOKEN_LEN + 1], hash[65], text[HANDOVER_MAX];
	unsigned char key[HANDOVER_KEY];
	struct handover h = {
		.pool = arena_printf(t->op->arena, "%s@%.12s", t->key, sha256),
		.method = "POST",
		.path = "/",
		.hook = hook,
		.tenant = target_tenant(t),
		.tenant_code = t->tenant_code ? t->tenant_code : "",
		.user = t->user,
		.user_name = t->name ? url_encode(t->op->arena, t->name) : "",
		.roles = t->roles ? t->roles : "",
		.permissions = t->permissions ? t->permissions : "",
		.settings_key = t->settings_key ? t->settings_key : "",
		.previous_version = t->from_version ? t->from_version : "",
	};

	id_token(id);
	id_sha256_hex(hash, id, ID_TOKEN_LEN);
	hash[32] = '\0';
	h.request_id = request ? request : hash;
	role_handover_key(key, t->op->app->ticket_key, t->key);
	handover_sign(text, key, &h, clock_unix());
	explicit_bzero(key, sizeof(key));
	fcgi_param(params, "REQUEST_ID", h.request_id);
	fcgi_param(params, "MT_HOOK", h.hook);
	fcgi_param(params, "MT_HANDOVER", text);
	fcgi_param(params, "MT_POOL", h.pool);
	fcgi_param(params, "MT_TENANT", h.tenant);
	fcgi_param(params, "MT_TENANT_CODE", h.tenant_code);
	fcgi_param(params, "MT_USER", h.user);
	fcgi_param(params, "MT_USER_NAME", h.user_name);
	fcgi_param(params, "MT_ROLES", h.roles);
	fcgi_param(params, "MT_PERMISSIONS", h.permissions);
	fcgi_param(params, "MT_SETTINGS_KEY", h.settings_key);
	fcgi_param(params, "MT_PREVIOUS_VERSION", h.previous_version);
	fcgi_param(params, "MT_PATH", h.path);
}

static void build(struct target *t, const char *sha256, const char *hook, const struct manner *m,
	const char *body, size_t n, struct buf *out)
{
	struct buf params;

	buf_init(&params, FCGI_PARAMS_MAX);
	fcgi_param(&params, "REQUEST_METHOD", "POST");
	fcgi_param(&params, "REQUEST_URI", arena_printf(t->op->arena, "/api/plugins/%s/", t->key));
	fcgi_param(&params, "SERVER_PROTOCOL", "HTTP/1.1");
	fcgi_param(&params, "CONTENT_TYPE", n > 0 ? "application/json" : "");
	fcgi_param(&params, "CONTENT_LENGTH", arena_printf(t->op->arena, "%zu", n));
	fcgi_param(&params, "QUERY_STRING", "");
	fcgi_param(&params, "REMOTE_ADDR", "127.0.0.1");
	if (m->seconds)
		fcgi_param(&params, "MT_SECONDS", arena_printf(t->op->arena, "%d", m->seconds));
	identity(t, sha256, hook, m->request, &params);
	fcgi_request(out, &params, body, n);
	buf_release(&params);
}

/* Field faults that the plugin named; false when there are none. */
static bool take_faults(struct target *t, const json_t *problem)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(problem, "errors"), i, one)
		err_addfield_verbatim(
			&t->op->err, json_str(one, "pointer", ""), json_str(one, "detail", ""));
	return t->op->err.n_fields > 0;
}

/* As people know it; by its key where its package was not read. */
static const char *name_of(const struct target *t)
{
	return json_str(t->pkg.manifest, "displayName", t->key);
}

/* The plugin's own words from its problem document. */
static int refused(struct target *t, const char *hook, int status, const char *body, size_t n)
{
	struct err *why = err_new(t->op->arena);
	const char *reason = NULL;
	json_t *problem;

	if (n > 0 && json_parse(t->op->arena, body, n, &problem, why) == 0)
		reason = json_str(problem, "detail", json_str(problem, "title", NULL));
	op_log(t->op, "hook %s of %s: status %d", hook, t->key, status);
	if (status == 422 && reason && take_faults(t, problem))
		return t->op->err.code;
	if (!reason)
		reason = message_part(t->op->arena, "it gave no reason");
	if (status >= 500)
		return op_fail(t->op, MT_EUPSTREAM, "%s failed in its %s hook: %.200s", name_of(t),
			hook, reason);
	return op_fail(t->op, MT_ECONFLICT, "%s refused: %.200s", name_of(t), reason);
}

/* The hook's own JSON, if any; ret NULL = not needed. */
static int judge(struct target *t, const char *hook, const struct buf *answer, json_t **ret)
{
	struct err *why = err_new(t->op->arena);
	const char *body;
	size_t n;
	int status = fcgi_status(answer, &body, &n);

	if (answer->len == 0)
		return op_fail(
			t->op, MT_EUPSTREAM, "%s gave no answer to its %s hook", name_of(t), hook);
	if (status < 200 || status >= 300)
		return refused(t, hook, status, body, n);
	if (!ret || n == 0 || json_parse(t->op->arena, body, n, ret, why) == 0)
		return 0;
	op_log(t->op, "hook %s of %s: %s", hook, t->key, why->message);
	return op_fail(t->op, MT_EUPSTREAM,
		"%s answered its %s hook with something that isn't JSON", name_of(t), hook);
}

static int unanswered(struct target *t, const char *hook, int rc)
{
	if (rc == MT_EBUSY)
		return share_error(&t->op->err);
	if (rc == MT_ETIMEOUT)
		return op_fail(t->op, rc, "%s did not end its %s hook in time", name_of(t), hook);
	return op_fail(t->op, rc, "%s's process ended during its %s hook", name_of(t), hook);
}

static int talk(struct target *t, const char *sha256, const char *hook, const struct manner *m,
	int fd, const char *body, size_t n, json_t **ret)
{
	int64_t deadline = m->deadline;
	struct buf request, answer;
	int rc;

	if (deadline > t->op->deadline)
		deadline = t->op->deadline;
	buf_init(&request, FCGI_PARAMS_MAX + 2 * HOOK_BODY_MAX);
	buf_init(&answer, ANSWER_MAX);
	build(t, sha256, hook, m, body, n, &request);
	/* The plugin's code decides how long this takes: it counts as held by the company and the plugin. */
	if (!m->is_work)
		share_enter(share_name('t', target_tenant(t)), share_name('p', t->key), clock_ms());
	rc = fcgi_ask(fd, &request, &answer, deadline);
	if (!m->is_work)
		share_leave();
	rc = rc < 0 ? unanswered(t, hook, rc) : judge(t, hook, &answer, ret);
	/* Secrets may have been in there. */
	explicit_bzero(request.data, request.len);
	buf_release(&request);
	buf_release(&answer);
	return rc;
}

static int call(struct target *t, const char *sha256, const char *hook, const struct manner *m,
	json_t *body, json_t **ret)
{
	const char *path = socket_path(t, sha256), *text = "";
	int64_t deadline = clock_ms() + REACH_MS;
	size_t n = 0;
	int fd, rc;

	if (ret)
		*ret = NULL;
	if (body && (!(text = json_text(t->op->arena, body, &n)) || n > HOOK_BODY_MAX))
		return op_fail(t->op, MT_ETOOBIG,
			"The data for %s's %s hook is more than %d kB: make it smaller", name_of(t),
			hook, HOOK_BODY_MAX >> 10);
	fd = reach(path, deadline < t->op->deadline ? deadline : t->op->deadline);
	if (fd < 0) {
		op_log(t->op, "%s: %s", path, strerror(errno));
		t->op->err.retry_after = 5;
		return op_fail(t->op, MT_EBUSY,
			"%s's processes can't be started now, the steward or the master is away: try "
			"again in a few seconds",
			name_of(t));
	}
	rc = talk(t, sha256, hook, m, fd, text, n, ret);
	close(fd);
	if (n > 0)
		explicit_bzero((char *)text, n);
	return rc;
}

int hook_call_json(
	struct target *t, const char *sha256, const char *hook, json_t *body, json_t **ret)
{
	const struct manner m = {
		.deadline = clock_ms() + t->op->app->conf.plugin_deadline_ms + GRACE_MS};

	return call(t, sha256, hook, &m, body, ret);
}

int hook_work(struct target *t, const char *sha256, const char *hook, const char *request,
	json_t *body, int seconds)
{
	const struct manner m = {.request = request,
		.deadline = clock_ms() + seconds * INT64_C(1000) + GRACE_MS,
		.seconds = seconds,
		.is_work = true};
	int rc = configure_key(t, &t->settings_key);

	return rc < 0 ? rc : call(t, sha256, hook, &m, body, NULL);
}

int hook_call(struct target *t, const char *sha256, const char *hook)
{
	/* The others bring the settings that they are about. */
	int rc = t->settings_key ? 0 : configure_key(t, &t->settings_key);

	return rc < 0 ? rc : hook_call_json(t, sha256, hook, NULL, NULL);
}
