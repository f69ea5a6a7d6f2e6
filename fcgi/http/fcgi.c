#include "http/fcgi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/id.h"
#include "http/url.h"

#define ID_MAX 39 /* what the scoreboard has room for */

/* nginx's id, when it is one; a request always has an id. */
static const char *request_id(struct req *r)
{
	const char *s = req_env(r, "REQUEST_ID");
	char token[ID_TOKEN_LEN + 1], hash[65];
	size_t n = s == NULL ? 0 : strspn(s, "0123456789abcdefABCDEF-");

	if (n >= 8 && n <= ID_MAX && s[n] == '\0')
		return s;
	id_token(token);
	id_sha256_hex(hash, token, ID_TOKEN_LEN);
	return arena_strndup(r->op.arena, hash, 32);
}

/* Two different lengths (stock fastcgi_params included twice): we can't know which one is true. */
static int content_length(struct req *r)
{
	static const char name[] = "CONTENT_LENGTH=";
	const char *found = NULL;
	char *end;

	for (char **v = r->envp; *v != NULL; v++) {
		if (strncmp(*v, name, sizeof(name) - 1) != 0)
			continue;
		if (found != NULL && strcmp(found, *v + sizeof(name) - 1) != 0)
			return op_fail(&r->op, MT_EINVAL, "This request has two different lengths");
		found = *v + sizeof(name) - 1;
	}
	r->content_length = -1;
	if (found == NULL || found[0] == '\0')
		return 0;
	errno = 0;
	r->content_length = strtol(found, &end, 10);
	if (errno != 0 || *end != '\0' || found[0] < '0' || found[0] > '9') {
		r->content_length = -1;
		return op_fail(
			&r->op, MT_EINVAL, "The Content-Length of this request is not valid");
	}
	return 0;
}

int fcgi_fill(struct req *r, char **envp)
{
	const char *target, *query, *method;
	int rc;

	r->envp = envp;
	r->op.id = request_id(r);
	r->remote = req_env(r, "REMOTE_ADDR");
	if (r->remote == NULL)
		r->remote = "";
	method = req_env(r, "REQUEST_METHOD");
	r->method = "?"; /* until it is known to be one: logs and replies have a text in any case */
	target = req_env(r, "REQUEST_URI");
	r->path = arena_strndup(r->op.arena, target == NULL ? "" : target,
		target == NULL ? 0 : strcspn(target, "?#"));
	if ((rc = content_length(r)) < 0)
		return rc;
	if (method == NULL || method[0] == '\0' ||
		method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
		return op_fail(&r->op, MT_EINVAL, "The method of this request is not valid");
	r->method = method;
	if ((rc = url_path(r->op.arena, r->path, &r->path, &r->op.err)) < 0)
		return rc;
	query = target == NULL ? NULL : strchr(target, '?');
	return url_query(r->op.arena,
		query == NULL ? NULL
			      : arena_strndup(r->op.arena, query + 1, strcspn(query + 1, "#")),
		&r->query, &r->n_query, &r->op.err);
}
