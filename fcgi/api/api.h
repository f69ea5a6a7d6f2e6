/*
 * api.h - the core's resources, one a file, each exporting one route table, and the few things that
 * they share.
 */
#ifndef API_H
#define API_H

#include "auth/app.h"
#include "auth/ident.h"
#include "db/db.h"
#include "http/req.h"
#include "http/route.h"
#include "resource/resource.h"

extern const struct route_table auth_routes, sign_in_routes, password_routes, first_run_routes,
	limit_routes, registration_routes, registrations_routes, me_routes, company_routes,
	profile_routes, session_routes, event_routes, presence_routes, plugin_routes,
	storage_routes, plugin_file_routes, company_export_routes, tenant_export_routes,
	tenant_routes, organization_routes, mail_routes, announcement_routes, preference_routes,
	health_routes, picture_routes, dashboard_routes, plugin_show_routes;
extern const struct resource ticket_resource, comment_resource, attachment_resource, state_resource,
	user_resource, team_resource, custom_field_resource, role_resource, notification_resource,
	sent_notification_resource, view_resource, audit_resource, token_resource,
	company_token_resource, webhook_resource, webhook_delivery_resource;
/* All of them; ends with NULL. */
extern const struct resource *const api_resources[];

/* Answers with the JSON text of a statement that always has one. */
int api_read_json(struct req *r, const struct stmt *s, const char *const *args, int n);
/* A string of the checked body, or fallback when absent or null. */
const char *api_body_str(const struct req *r, const char *name, const char *fallback);
/* A copy in lower case (ASCII): ids and addresses compare as text. NULL stays NULL. */
const char *api_lower(struct req *r, const char *s);
/* Gives a value to the request's arena. */
json_t *api_json(struct req *r, json_t *v);
/* Slug of the problem type with the error: api_fault(r, MT_ECONFLICT, "state-conflict", "..."). */
int api_fault(struct req *r, int code, const char *type, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* 0 where the operator named a mail server, else the problem that says what to do instead. */
int api_mail_is_on(struct req *r);

/* The caller's identity as GET /api/me shows it (api/me.c); it belongs to the request. */
int me_json(struct req *r, const struct ident *w, json_t **ret);
extern const struct field me_answer[];
/* An organization, as a company has it (api/organizations.c). */
extern const struct field organization_answer[];
/* Its limits and what is in use of them (api/limits.c). */
extern const struct field company_limits_answer[];
/* Those that the front end has. */
#define ME_LANGUAGES "en|de"
#define ME_THEMES "light|dark|system"
/* Languages with the country whose dates and numbers are meant. */
#define ME_LOCALES                                                                                 \
	"en-US|en-GB|en-IE|en-CA|en-AU|en-NZ|en-IN|en-ZA|en-SG|de-DE|de-AT|de-CH|de-LI|de-LU|de-BE"
#define API_BAD_ZONE "Must be a time zone such as Europe/Berlin, or UTC"

/* The rules of what is changed of a company's profile: faults by field. Lists come into their order. */
int company_check(struct op *op, json_t *body);
extern const struct field company_interval[], company_holiday[];

#endif
