/* A JSON body against the fields that its route declares. */
#define MUTATOR_NAMES "title", "text", "n", "any", "yes", "id", "mail", "kind", "o", "list"
#include "json_mutator.h"

#include "base/utf8.h"
#include "http/route.h"

static const struct field FIELDS[] = {
	{"title", FIELD_STRING, FIELD_REQUIRED, 1, 5, NULL},
	{"text", FIELD_TEXT, FIELD_NULLABLE, 0, 100, NULL},
	{"n", FIELD_INT, 0, -3, 7, NULL},
	{"any", FIELD_INT, 0, 0, 0, NULL},
	{"yes", FIELD_BOOL, 0, 0, 0, NULL},
	{"id", FIELD_UUID, FIELD_NULLABLE, 0, 0, NULL},
	{"mail", FIELD_EMAIL, 0, 0, 0, NULL},
	{"kind", FIELD_ENUM, 0, 0, 0, "low|high"},
	{"o", FIELD_OBJECT, 0, 0, 0, NULL},
	{"list", FIELD_ARRAY, 0, 1, 2, NULL},
	{.type = FIELD_END},
};
static const struct route ROUTE = {
	.method = "POST", .path = "/", .fields = FIELDS, .body_max = 100000};

/* What handlers rely on. */
static void check_accepted(const json_t *body)
{
	const json_t *title = json_object_get(body, "title"), *n = json_object_get(body, "n");
	const json_t *id = json_object_get(body, "id"), *list = json_object_get(body, "list");
	const char *mail = json_string_value(json_object_get(body, "mail"));
	const char *s = json_string_value(title);

	fuzz_check(s && strlen(s) == json_string_length(title));
	fuzz_check(utf8_length(s, strlen(s)) >= 1 && utf8_length(s, strlen(s)) <= 5);
	fuzz_check(!strpbrk(s, "\n\r\t\x01\x1f\x7f"));
	fuzz_check(!n || (json_integer_value(n) >= -3 && json_integer_value(n) <= 7));
	fuzz_check(!id || json_is_null(id) || json_string_length(id) == 36);
	fuzz_check(!list || (json_array_size(list) >= 1 && json_array_size(list) <= 2));
	fuzz_check(!mail || (strchr(mail, '@') && !strpbrk(mail, " <>,;\n")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	struct fuzz_body body = {.at = data, .left = n, .piece = 7};
	char type[] = "CONTENT_TYPE=application/json";
	char *envp[] = {type, NULL};
	struct req *r = malloc(sizeof(*r));

	fuzz_req(r, p, envp, &body);
	r->route = &ROUTE;
	if (route_check_body(r) == 0)
		check_accepted(r->body);
	else
		fuzz_check(r->op.err.code == MT_EFIELDS || r->op.err.code == MT_EINVAL ||
			   r->op.err.code == MT_ETOOBIG);
	if (r->op.err.code) {
		reply_problem(r);
		fuzz_check(r->out && r->out_len > 0);
	}
	free(r);
	arena_free(p);
	return 0;
}
