/*
 * api.c - what the resources share; see api.h.
 */
#include "api/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

const struct resource *const api_resources[] = {&ticket_resource, &comment_resource,
	&attachment_resource, &state_resource, &user_resource, &team_resource,
	&custom_field_resource, &role_resource, &notification_resource, &sent_notification_resource,
	&view_resource, &audit_resource, &token_resource, &company_token_resource,
	&webhook_resource, &webhook_delivery_resource, NULL};

int api_read_json(struct req *r, const struct stmt *s, const char *const *args, int n)
{
	struct rows rows;
	int rc = op_read(&r->op, op_as(&r->op), s, args, n, &rows);

	return rc < 0 ? rc : reply_text_json(r, 200, row_text(&rows, 0, 0));
}

const char *api_body_str(const struct req *r, const char *name, const char *fallback)
{
	const json_t *v = json_object_get(r->body, name);

	return json_is_string(v) ? json_string_value(v) : fallback;
}

const char *api_lower(struct req *r, const char *s)
{
	char *ret = arena_strdup(r->op.arena, s);

	for (char *c = ret; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return ret;
}

json_t *api_json(struct req *r, json_t *v)
{
	json_own(r->op.arena, v);
	return v;
}

int api_fault(struct req *r, int code, const char *type, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	code = err_vset(&r->op.err, code, type, fmt, ap);
	va_end(ap);
	return code;
}

int api_mail_is_on(struct req *r)
{
	if (r->op.app->conf.smtp_url[0])
		return 0;
	return api_fault(r, MT_ECONFLICT, "mail-off",
		"This server sends no mails: an administrator of the company can make a link to hand over");
}
