/*
 * server.c - the tracking server: how it is asked, and whether it can be.
 */
#include "mlflow.h"

#define SECONDS_DEFAULT 4

const char *url_encoded(struct mt_req *req, const char *s)
{
	struct mt_str out = mt_str_new(req);

	for (; *s; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			     (*s >= '0' && *s <= '9') || strchr("-_.~", *s) != NULL;

		if (plain)
			mt_str_bytes(&out, s, 1);
		else
			mt_str_addf(&out, "%%%02X", (unsigned char)*s);
	}
	return out.data ? out.data : "";
}

/* RFC 4648. */
static const char *base64(struct mt_req *req, const char *s)
{
	static const char DIGITS[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct mt_str out = mt_str_new(req);
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i += 3) {
		unsigned bits = (unsigned)(unsigned char)s[i] << 16;

		if (i + 1 < n)
			bits |= (unsigned)(unsigned char)s[i + 1] << 8;
		if (i + 2 < n)
			bits |= (unsigned char)s[i + 2];
		mt_str_addf(&out, "%c%c%c%c", DIGITS[bits >> 18], DIGITS[bits >> 12 & 63],
			i + 1 < n ? DIGITS[bits >> 6 & 63] : '=',
			i + 2 < n ? DIGITS[bits & 63] : '=');
	}
	return out.data ? out.data : "";
}

static bool signs_in_by(struct mt_req *req, const char *method)
{
	const char *set = mt_setting_text(req, "auth_method");

	return set && strcmp(set, method) == 0;
}

/* A token goes on its way by the platform and is never here; a password is needed for its header. */
static void add_sign_in(struct mt_req *req, struct mt_fetch_header *h)
{
	const char *user = mt_setting_text(req, "username");
	const char *password = mt_setting_text(req, "password");

	if (signs_in_by(req, "token"))
		*h = (struct mt_fetch_header){
			.name = "Authorization", .prefix = "Bearer ", .secret = "api_token"};
	else if (signs_in_by(req, "basic"))
		*h = (struct mt_fetch_header){.name = "Authorization",
			.value = mt_printf(req, "Basic %s",
				base64(req, mt_printf(req, "%s:%s", user ? user : "",
						    password ? password : "")))};
}

/* MLflow says why in {"error_code", "message"}. */
static int refused(struct mt_req *req, const struct mt_fetch_response *a)
{
	json_t *said = mt_fetch_json(a);
	const char *message = json_string_value(json_object_get(said, "message"));
	int rc;

	if (a->status == 401 || a->status == 403)
		rc = mt_fail(req, MT_EUPSTREAM,
			"The tracking server refuses the sign-in (%d): look at the settings",
			a->status);
	else
		rc = mt_fail(req, MT_EUPSTREAM, "The tracking server answers %d%s%.200s", a->status,
			message ? ": " : "", message ? message : "");
	json_decref(said);
	return rc;
}

int server_get(struct mt_req *req, const char *path, const char *query, json_t **ret)
{
	struct mt_fetch_header headers[] = {
		{.name = "Accept", .value = "application/json"}, {0}, {0}};
	const char *server = mt_settings(req) ? mt_setting_text(req, "tracking_server_url") : NULL;
	struct mt_fetch_request q = {.headers = headers};
	struct mt_fetch_response a;
	size_t n = server ? strlen(server) : 0;
	int rc;

	if (n == 0)
		return mt_fail(req, MT_ECONFLICT, "No tracking server is set yet");
	while (n > 0 && server[n - 1] == '/')
		n--;
	add_sign_in(req, &headers[1]);
	q.ms = (long)mt_setting_int(req, "timeout", SECONDS_DEFAULT) * 1000;
	q.url = mt_printf(req, "%.*s/api/2.0/mlflow/%s?%s", (int)n, server, path, query);
	if ((rc = mt_fetch(req, &q, &a)) < 0)
		return rc;
	if (a.status != 200)
		return refused(req, &a);
	*ret = mt_fetch_json(&a);
	if (!json_is_object(*ret)) {
		json_decref(*ret);
		return mt_fail(req, MT_EUPSTREAM,
			"The server answers, but not as MLflow does: look at its address");
	}
	return 0;
}

int on_validate(struct mt_req *req)
{
	const char *user = mt_setting_text(req, "username");

	if (signs_in_by(req, "basic") && (!user || !*user))
		return mt_setting_fault(req, "username", "Is needed for basic sign-in");
	if (user && strchr(user, ':'))
		return mt_setting_fault(req, "username", "Must not contain a colon (RFC 7617)");
	return 0;
}

int on_test_connection(struct mt_req *req)
{
	json_t *answer = NULL;
	int rc = server_get(req, "registered-models/search", "max_results=1", &answer);
	size_t n = json_array_size(json_object_get(answer, "registered_models"));

	json_decref(answer);
	if (rc < 0)
		return rc;
	return mt_hook_result(req, true, "The tracking server answers%s",
		n ? "" : "; it has no registered models yet");
}
