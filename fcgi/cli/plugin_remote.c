/*
 * plugin_remote.c - a running Mortise, by HTTP: who we are there, requests, uploads.
 */
#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/conf.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/plugin.h"

#define CONNECT_S 5L
#define ANSWER_S 180L /* a life-cycle step has its own, shorter deadline on the server */
#define ANSWER_MAX (32u << 20)
#define DEMO_URL "http://127.0.0.1:8080"

/* --- who and where ---------------------------------------------------------------------------------- */

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

static const char *find_accounts(const struct plugin_args *a, const char *near)
{
	const char *file = plugin_given(a, "--accounts"), *var = env("MORTISE_VAR");

	if (file || (file = env("MORTISE_ACCOUNTS")))
		return file;
	if (var)
		return arena_printf(a->arena, "%s/demo-accounts.json", var);
	file = find_upwards(a->arena, ".", "var/demo-accounts.json");
	return file ? file : find_upwards(a->arena, near, "var/demo-accounts.json");
}

/* The address that the demo's own configuration, beside its accounts, gives. */
static const char *demo_url(struct arena *p, const char *accounts)
{
	const char *slash = strrchr(accounts, '/');
	const char *file =
		slash ? arena_printf(p, "%.*s/etc/mortise.conf", (int)(slash - accounts), accounts)
		      : "etc/mortise.conf";
	struct conf *c = arena_zalloc(p, sizeof(*c));
	struct err *e = err_new(p);

	return access(file, R_OK) == 0 && conf_read(c, file, e) == 0 && c->public_url[0]
		       ? c->public_url
		       : NULL;
}

static int read_account(
	const struct plugin_args *a, const char *file, struct plugin_remote *r, struct err *e)
{
	const char *role = plugin_given(a, "--as");
	json_t *all, *one;
	char *text;
	size_t n, i;
	int rc;

	role = role ? role : "SystemAdmin";
	if ((rc = cli_read_file(file, &text, &n, e)) < 0)
		return rc;
	rc = json_parse(a->arena, text, n, &all, e);
	explicit_bzero(text, n);
	free(text);
	if (rc < 0)
		return err_set(e, rc, "%s is no file of accounts", file);
	json_array_foreach(all, i, one) {
		if (strcmp(json_str(one, "role", ""), role) != 0)
			continue;
		r->email = json_str(one, "email", "");
		r->password = json_str(one, "password", "");
		r->tenant = json_str(one, "tenant", NULL);
		return 0;
	}
	return err_set(e, MT_ENOENT, "%s has no account of a %s", file, role);
}

/* --- requests --------------------------------------------------------------------------------------- */

static size_t receive(char *data, size_t size, size_t n, void *arg)
{
	return buf_add(arg, data, size * n) < 0 ? 0 : size * n;
}

static bool is_local(const char *url)
{
	const char *host = strstr(url, "://");
	static const char *const LOCAL[] = {"127.", "localhost", "[::1]", NULL};

	for (int i = 0; host && LOCAL[i]; i++)
		if (strncmp(host + 3, LOCAL[i], strlen(LOCAL[i])) == 0)
			return true;
	return false;
}

/* Errors before there was an answer. */
static int no_answer(struct plugin_remote *r, CURLcode code, const char *detail, struct err *e)
{
	err_set(e, code == CURLE_OPERATION_TIMEDOUT ? MT_ETIMEOUT : MT_EBUSY, "%s: %s", r->url,
		*detail ? detail : curl_easy_strerror(code));
	if (code == CURLE_COULDNT_CONNECT)
		err_log(e, "is Mortise running there? In a checkout scripts/server starts a demo; "
			   "--url or MORTISE_URL names another");
	return e->code;
}

static int code_of(long status)
{
	switch (status) {
	case 400:
		return MT_EINVAL;
	case 401:
		return MT_EAUTH;
	case 403:
		return MT_EPERM;
	case 404:
		return MT_ENOENT;
	case 409:
		return MT_ECONFLICT;
	case 413:
		return MT_ETOOBIG;
	case 422:
		return MT_EFIELDS;
	case 429:
		return MT_ERATE;
	case 503:
		return MT_EBUSY;
	case 504:
		return MT_ETIMEOUT;
	}
	return MT_EINTERNAL;
}

/* A problem (RFC 9457) as an error. */
static int refused(struct plugin_remote *r, json_t *body, struct err *e)
{
	const char *type = json_str(body, "type", ""), *slash = strrchr(type, '/');
	json_t *f;
	size_t i;

	r->problem = body;
	err_verbatim(e, code_of(r->status),
		json_str(body, "detail",
			json_str(body, "title",
				arena_printf(r->arena, "the server answered %ld", r->status))));
	e->type = arena_strdup(r->arena, slash ? slash + 1 : type);
	json_array_foreach(json_object_get(body, "errors"), i, f)
		err_addfield_verbatim(e, json_str(f, "pointer", ""), json_str(f, "detail", ""));
	return e->code;
}

static int take_answer(struct plugin_remote *r, const struct buf *text, json_t **ret, struct err *e)
{
	json_t *body = NULL;
	struct err *why = err_new(r->arena);

	if (text->len && json_parse(r->arena, text->data, text->len, &body, why) < 0)
		body = NULL;
	if (r->status < 200 || r->status > 299)
		return refused(r, body, e);
	if (text->len && !body)
		return err_set(e, MT_EINVAL,
			"%s answered with something that is no JSON: is it a "
			"Mortise?",
			r->url);
	if (ret)
		*ret = body;
	return 0;
}

/* method and path with a JSON text or a form; takes neither. */
static int request(struct plugin_remote *r, const char *method, const char *path, const char *text,
	curl_mime *form, json_t **ret, struct err *e)
{
	char detail[CURL_ERROR_SIZE] = "";
	struct curl_slist *head = NULL;
	CURL *c = r->curl;
	struct buf answer;
	CURLcode code;
	int rc;

	buf_init(&answer, ANSWER_MAX);
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, arena_printf(r->arena, "%s%s", r->url, path));
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, ANSWER_S);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "mortise/" MORTISE_VERSION);
	if (is_local(r->url))
		curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	head = curl_slist_append(head, "Accept: application/json");
	head = curl_slist_append(head, "Expect:");
	if (r->token[0])
		head = curl_slist_append(
			head, arena_printf(r->arena, "Authorization: Bearer %s", r->token));
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
	rc = code == CURLE_OK ? take_answer(r, &answer, ret, e) : no_answer(r, code, detail, e);
	curl_slist_free_all(head);
	buf_release(&answer);
	return rc;
}

static int sign_in(struct plugin_remote *r, struct err *e)
{
	json_t *body = json_pack("{ss ss}", "email", r->email, "password", r->password), *answer;
	char *text = json_dumps(body, JSON_COMPACT);
	int rc;

	r->token[0] = '\0';
	rc = request(r, "POST", "/api/auth/token", text, NULL, &answer, e);
	explicit_bzero(text, strlen(text));
	free(text);
	json_decref(body);
	if (rc == 0)
		snprintf(r->token, sizeof(r->token), "%s", json_str(answer, "access_token", ""));
	if (rc == MT_EAUTH)
		err_log(e, "the accounts file may be another demo's than the one at %s", r->url);
	return rc;
}

/* Tokens expire: a command that watches a folder all day signs in again. */
static int request_again(struct plugin_remote *r, const char *method, const char *path,
	const char *text, json_t **ret, struct err *e)
{
	int rc = request(r, method, path, text, NULL, ret, e);

	if (rc != MT_EAUTH || !r->password)
		return rc;
	err_init(e, e->arena);
	rc = sign_in(r, e);
	return rc < 0 ? rc : request(r, method, path, text, NULL, ret, e);
}

int plugin_remote_call(struct plugin_remote *r, const char *method, const char *path, json_t *body,
	json_t **ret, struct err *e)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	int rc;

	if (ret)
		*ret = NULL;
	if (body && !text)
		rc = err_set(e, MT_EINTERNAL, "the request can't be written as JSON");
	else
		rc = request_again(r, method, path, text, ret, e);
	free(text);
	json_decref(body);
	return rc;
}

int plugin_remote_upload(struct plugin_remote *r, const char *zip, const char *signature,
	json_t **ret, struct err *e)
{
	curl_mime *form = curl_mime_init(r->curl);
	curl_mimepart *part = curl_mime_addpart(form);
	int rc;

	curl_mime_name(part, "package");
	if (curl_mime_filedata(part, zip) != CURLE_OK)
		rc = err_set(e, MT_ENOENT, "%s can't be read", zip);
	else
		rc = 0;
	if (rc == 0 && signature) {
		part = curl_mime_addpart(form);
		curl_mime_name(part, "signature");
		if (curl_mime_filedata(part, signature) != CURLE_OK)
			rc = err_set(e, MT_ENOENT, "%s can't be read", signature);
	}
	if (rc == 0)
		rc = request(r, "POST", "/api/plugins/upload", NULL, form, ret, e);
	curl_mime_free(form);
	return rc;
}

static void end(void *curl)
{
	curl_easy_cleanup(curl);
	curl_global_cleanup();
}

int plugin_remote_open(
	const struct plugin_args *a, const char *near, struct plugin_remote *ret, struct err *e)
{
	const char *token = env("MORTISE_TOKEN"), *file = token ? NULL : find_accounts(a, near);
	const char *url = plugin_given(a, "--url");
	size_t n;
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->arena = a->arena;
	url = url ? url : env("MORTISE_URL");
	if (!url && file)
		url = demo_url(a->arena, file);
	ret->url = arena_strdup(a->arena, url ? url : DEMO_URL);
	n = strlen(ret->url);
	if (n && ret->url[n - 1] == '/')
		ret->url = arena_strndup(a->arena, ret->url, n - 1);
	if (!token && !file)
		return err_set(e, MT_EAUTH,
			"who are you at %s? Set MORTISE_TOKEN, or name a demo's accounts file with "
			"--accounts (scripts/server writes var/demo-accounts.json)",
			ret->url);
	if (!is_local(ret->url) && strncmp(ret->url, "https://", 8) != 0)
		return err_set(e, MT_EPERM,
			"%s is on another machine and not encrypted: use https://", ret->url);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	ret->curl = curl_easy_init();
	if (!ret->curl)
		return err_set(e, MT_EINTERNAL, "libcurl does not start");
	arena_cleanup(a->arena, end, ret->curl);
	snprintf(ret->token, sizeof(ret->token), "%s", token ? token : "");
	if (!token && (rc = read_account(a, file, ret, e)) < 0)
		return rc;
	return token ? 0 : sign_in(ret, e);
}
