/*
 * plugin_remote.c - a running Mortise, by HTTP: sign-in, requests, uploads.
 */
#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/conf.h"
#include "base/json.h"
#include "cli/plugin.h"
#include "http/problem.h"

#define CONNECT_S 5L
#define ANSWER_S 180L /* a life-cycle step has its own, shorter deadline on the server */
#define LOCAL_MS 60000
#define ANSWER_MAX (32u << 20)
#define DEMO_URL "http://127.0.0.1:8080"

/* --- account and address ---------------------------------------------------------------------- */

/* name in a folder or one above it. */
static const char *find_upwards(struct arena *p, const char *from, const char *name)
{
	char dir[PATH_MAX];

	if (!from || !realpath(from, dir))
		return NULL;
	for (;;) {
		const char *path = arena_printf(p, "%s/%s", dir, name);
		char *slash = strrchr(dir, '/');

		if (access(path, R_OK) == 0)
			return path;
		if (!slash || slash == dir)
			return NULL;
		*slash = '\0';
	}
}

static const char *env(const char *name)
{
	const char *s = getenv(name);

	return s && *s ? s : NULL;
}

static const char *find_accounts(const struct cli *c, const char *near)
{
	const char *file = cli_given(c, "--accounts"), *var = env("MORTISE_VAR");
	struct arena *p = c->op.arena;

	if (file || (file = env("MORTISE_ACCOUNTS")))
		return file;
	if (var)
		return arena_printf(p, "%s/demo-accounts.json", var);
	file = find_upwards(p, ".", "var/demo-accounts.json");
	return file ? file : find_upwards(p, near, "var/demo-accounts.json");
}

/* The demo's own configuration is beside its accounts. */
static const char *conf_beside(struct arena *p, const char *accounts)
{
	const char *slash = strrchr(accounts, '/');

	return slash ? arena_printf(p, "%.*s/etc/mortise.conf", (int)(slash - accounts), accounts)
		     : "etc/mortise.conf";
}

/* The address that it gives. */
static const char *demo_url(struct arena *p, const char *accounts)
{
	const char *file = conf_beside(p, accounts);
	struct conf *c = arena_zalloc(p, sizeof(*c));
	struct err *e = err_new(p);

	return access(file, R_OK) == 0 && conf_read(c, file, e) == 0 && c->public_url[0]
		       ? c->public_url
		       : NULL;
}

bool plugin_local(struct cli *c, struct op *op, const char *near, const char **ret_why)
{
	const char *given = cli_given(c, "-c"), *file = given ? given : env("MORTISE_CONF");
	const char *accounts;
	struct err kept, why;
	int rc;

	if (!file && (accounts = find_accounts(c, near)))
		file = conf_beside(op->arena, accounts);
	*ret_why = "no Mortise runs here: in a checkout scripts/server starts a demo; or name the "
		   "mortise.conf of another one with -c";
	if (!file || (!given && access(file, R_OK) < 0))
		return false;
	kept = op_try(op);
	if ((rc = conf_read(&op->app->conf, file, &op->err)) == 0) {
		cli_db(op, "mortise_admin", LOCAL_MS);
		rc = db_connect(op->db, op->deadline, &op->err);
	}
	why = op_tried(op, kept);
	if (rc < 0)
		*ret_why = arena_printf(op->arena, "%s%s%s (configured by %s)", why.message,
			why.log[0] ? ": " : "", why.log, file);
	return rc == 0;
}

static int read_account(struct plugin_remote *r, const char *file, const char *role)
{
	struct op *op = r->op;
	json_t *all, *one;
	char *text;
	size_t n, i;
	int rc;

	if ((rc = cli_read_file(op, file, &text, &n)) < 0)
		return rc;
	rc = json_parse(op->arena, text, n, &all, &op->err);
	explicit_bzero(text, n);
	if (rc < 0)
		return cli_about(op, file, rc);
	json_array_foreach(all, i, one) {
		if (strcmp(json_str(one, "role", ""), role) != 0)
			continue;
		r->email = json_str(one, "email", "");
		r->password = json_str(one, "password", "");
		r->tenant = json_str(one, "tenant", NULL);
		return 0;
	}
	return op_fail(op, MT_ENOENT,
		"%s has no account with the role %s: choose another with --as", file, role);
}

/* --- requests --------------------------------------------------------------------------------------- */

static size_t receive(char *data, size_t size, size_t n, void *arg)
{
	return buf_add(arg, data, size * n) < 0 ? 0 : size * n;
}

bool plugin_is_local(const char *url)
{
	const char *host = strstr(url, "://");
	static const char *const LOCAL[] = {"127.", "localhost", "[::1]", NULL};

	for (int i = 0; host && LOCAL[i]; i++)
		if (strncmp(host + 3, LOCAL[i], strlen(LOCAL[i])) == 0)
			return true;
	return false;
}

/* Errors before there was an answer. */
static int no_answer(struct plugin_remote *r, CURLcode code, const char *detail)
{
	if (code == CURLE_COULDNT_CONNECT)
		op_log(r->op,
			"Start Mortise there (in a checkout scripts/server starts a demo), or name "
			"another address with --url or MORTISE_URL");
	return op_fail(r->op, code == CURLE_OPERATION_TIMEDOUT ? MT_ETIMEOUT : MT_EBUSY,
		"Can't reach %s: %s", r->url, *detail ? detail : curl_easy_strerror(code));
}

/* A problem (RFC 9457) as an error. */
static int refused(struct plugin_remote *r, json_t *body)
{
	const char *type = json_str(body, "type", ""), *slash = strrchr(type, '/');
	const char *title = json_str(body, "title",
		arena_printf(r->op->arena, "The server answered with status %ld", r->status));
	json_t *f;
	struct err *e = &r->op->err;
	size_t i;
	int rc;

	r->problem = body;
	rc = err_verbatim(e, problem_code((int)r->status), json_str(body, "detail", title));
	e->type = arena_strdup(r->op->arena, slash ? slash + 1 : type);
	json_array_foreach(json_object_get(body, "errors"), i, f)
		err_addfield_verbatim(e, json_str(f, "pointer", ""), json_str(f, "detail", ""));
	return rc;
}

static int take_answer(struct plugin_remote *r, const struct buf *text, json_t **ret)
{
	json_t *body = NULL;
	struct err *why = err_new(r->op->arena);

	if (text->len && json_parse(r->op->arena, text->data, text->len, &body, why) < 0)
		body = NULL;
	if (r->status < 200 || r->status > 299)
		return refused(r, body);
	if (text->len && !body)
		return op_fail(r->op, MT_EINVAL,
			"The answer of %s is not JSON: check that it is the address of a Mortise",
			r->url);
	if (ret)
		*ret = body;
	return 0;
}

/* method and path with a JSON text or a form; takes neither. */
static int request(struct plugin_remote *r, const char *method, const char *path, const char *text,
	curl_mime *form, json_t **ret)
{
	char detail[CURL_ERROR_SIZE] = "";
	struct curl_slist *head = NULL;
	CURL *c = r->curl;
	struct buf answer;
	CURLcode code;
	int rc;

	buf_init(&answer, ANSWER_MAX);
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, arena_printf(r->op->arena, "%s%s", r->url, path));
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, ANSWER_S);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "mortise/" MORTISE_VERSION);
	if (plugin_is_local(r->url))
		curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	head = curl_slist_append(head, "Accept: application/json");
	head = curl_slist_append(head, "Expect:");
	if (r->token[0])
		head = curl_slist_append(
			head, arena_printf(r->op->arena, "Authorization: Bearer %s", r->token));
	if (text) {
		head = curl_slist_append(head, "Content-Type: application/json");
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, text);
	} else if (form) {
		curl_easy_setopt(c, CURLOPT_MIMEPOST, form);
	} else if (strcmp(method, "POST") == 0) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, "");
		head = curl_slist_append(head, "Content-Type:");
	}
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, head);
	r->status = 0;
	r->problem = NULL;
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &r->status);
	rc = code == CURLE_OK ? take_answer(r, &answer, ret) : no_answer(r, code, detail);
	curl_slist_free_all(head);
	buf_release(&answer);
	return rc;
}

static int sign_in(struct plugin_remote *r)
{
	json_t *body = json_pack("{ss ss}", "email", r->email, "password", r->password), *answer;
	char *text = json_dumps(body, JSON_COMPACT);
	int rc;

	r->token[0] = '\0';
	rc = request(r, "POST", "/api/auth/token", text, NULL, &answer);
	explicit_bzero(text, strlen(text));
	free(text);
	json_decref(body);
	if (rc == MT_EAUTH)
		op_log(r->op, "The accounts file may belong to another demo than the one at %s",
			r->url);
	if (rc < 0)
		return rc;
	snprintf(r->token, sizeof(r->token), "%s", json_str(answer, "access_token", ""));
	return 0;
}

/* Tokens end; a command that watches a folder all day signs in again. */
static int request_again(struct plugin_remote *r, const char *method, const char *path,
	const char *text, json_t **ret)
{
	int rc = request(r, method, path, text, NULL, ret);

	if (rc != MT_EAUTH || !r->password)
		return rc;
	op_clear(r->op);
	rc = sign_in(r);
	return rc < 0 ? rc : request(r, method, path, text, NULL, ret);
}

int plugin_remote_call(
	struct plugin_remote *r, const char *method, const char *path, json_t *body, json_t **ret)
{
	const char *text = NULL;

	if (ret)
		*ret = NULL;
	if (body) {
		json_own(r->op->arena, body);
		if (!(text = json_text(r->op->arena, body, NULL)))
			return op_fail(r->op, MT_EINTERNAL, "Can't write the request as JSON");
	}
	return request_again(r, method, path, text, ret);
}

static void free_form(void *form)
{
	curl_mime_free(form);
}

static int add_file(struct plugin_remote *r, curl_mime *form, const char *name, const char *file)
{
	curl_mimepart *part = curl_mime_addpart(form);

	curl_mime_name(part, name);
	if (!file || curl_mime_filedata(part, file) == CURLE_OK)
		return 0;
	return op_fail(r->op, MT_ENOENT, "Can't read %s", file);
}

int plugin_remote_upload(
	struct plugin_remote *r, const char *zip, const char *signature, json_t **ret)
{
	curl_mime *form = curl_mime_init(r->curl);
	int rc;

	arena_cleanup(r->op->arena, free_form, form);
	if ((rc = add_file(r, form, "package", zip)) < 0 ||
		(signature && (rc = add_file(r, form, "signature", signature)) < 0))
		return rc;
	return request(r, "POST", "/api/plugins/upload", NULL, form, ret);
}

static void end(void *curl)
{
	curl_easy_cleanup(curl);
	curl_global_cleanup();
}

static const char *find_url(struct cli *c, const char *accounts)
{
	const char *url = cli_given(c, "--url");
	size_t n;

	url = url ? url : env("MORTISE_URL");
	if (!url && accounts)
		url = demo_url(c->op.arena, accounts);
	url = url ? url : DEMO_URL;
	n = strlen(url);
	return arena_strndup(c->op.arena, url, n - (n > 0 && url[n - 1] == '/'));
}

/* An API token from the environment or the file that it names; NULL = neither is there. */
static int find_token(struct op *op, const char **ret)
{
	const char *file = env("MORTISE_TOKEN_FILE");
	char *text;
	size_t n;
	int rc;

	*ret = env("MORTISE_TOKEN");
	if (*ret || !file)
		return 0;
	if ((rc = cli_read_file(op, file, &text, &n)) < 0)
		return rc;
	text[strcspn(text, " \t\r\n")] = '\0';
	*ret = text;
	return *text ? 0 : op_fail(op, MT_EINVAL, "%s has no token in its first line", file);
}

int plugin_remote_open(struct cli *c, const char *near, struct plugin_remote *ret)
{
	const char *role = cli_given(c, "--as"), *token, *file;
	struct op *op = &c->op;
	int rc;

	if ((rc = find_token(op, &token)) < 0)
		return rc;
	file = token ? NULL : find_accounts(c, near);
	*ret = (struct plugin_remote){.op = op, .url = find_url(c, file), .accounts = file};
	if (!token && !file)
		return op_fail(op, MT_EAUTH,
			"No account for %s: set MORTISE_TOKEN or MORTISE_TOKEN_FILE to an API token, or "
			"name a demo's accounts file with "
			"--accounts (scripts/server writes var/demo-accounts.json)",
			ret->url);
	if (!plugin_is_local(ret->url) && strncmp(ret->url, "https://", 8) != 0)
		return op_fail(op, MT_EPERM,
			"%s is another machine and not encrypted: use https://", ret->url);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	ret->curl = curl_easy_init();
	if (!ret->curl)
		return op_fail(op, MT_EINTERNAL, "Can't start libcurl");
	arena_cleanup(op->arena, end, ret->curl);
	if (token) {
		snprintf(ret->token, sizeof(ret->token), "%s", token);
		return 0;
	}
	if ((rc = read_account(ret, file, role ? role : "SystemAdmin")) < 0)
		return rc;
	return sign_in(ret);
}
