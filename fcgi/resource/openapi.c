/*
 * openapi.c - GET /api/openapi.json: OpenAPI 3.1 of every route of the API, from the tables that
 * requests are checked with. Made at the first request of a worker and cached.
 */
#include "resource/impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct resource_api *described;
static char *document;

void openapi_describe(const struct resource_api *all)
{
	described = all;
}

static json_t *ref(const char *kind, const char *name)
{
	return json_pack("{so}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

/* --- parameters -------------------------------------------------------------------------------- */

static json_t *parameter(const char *name, const char *in, json_t *schema, const char *about)
{
	return json_pack("{ss ss sb so ss*}", "name", name, "in", in, "required",
		!strcmp(in, "path"), "schema", schema, "description", about);
}

static json_t *text(void)
{
	return json_pack("{ss}", "type", "string");
}

static void add_sorts(json_t *list, const struct model *m)
{
	json_t *names = json_array();

	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];

		if (!(c->flags & (SORT | SORT_DOWN)))
			continue;
		json_array_append_new(names, json_string(sort_name(c)));
		json_array_append_new(names, json_sprintf("-%s", sort_name(c)));
	}
	if (json_array_size(names))
		json_array_append_new(
			list, parameter("sort", "query",
				      json_pack("{ss sO}", "type", "string", "enum", names),
				      "with - the other way round"));
	json_decref(names);
}

static void add_filters(json_t *list, const struct model *m)
{
	bool searches = false;

	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];
		json_t *schema, *p;

		searches = searches || (c->flags & SEARCH);
		if (!(c->flags & FILTER))
			continue;
		schema = schema_of_filter(c);
		p = parameter(filter_name(c), "query", schema, c->about);
		if (json_object_get(schema, "items"))
			json_object_set_new(p, "explode", json_false());
		if (c->kind.type == FIELD_OBJECT) /* custom[floor]=3 */
			json_object_set_new(p, "style", json_string("deepObject"));
		json_array_append_new(list, p);
	}
	if (searches)
		json_array_append_new(
			list, parameter("q", "query",
				      json_pack("{ss si}", "type", "string", "maxLength", 50),
				      "finds rows that have it anywhere"));
	if (m->archived)
		json_array_append_new(list, parameter("archived", "query",
						    json_pack("{ss s[sss]}", "type", "string",
							    "enum", "true", "false", "any"),
						    NULL));
	add_sorts(list, m);
}

static void add_page(json_t *list, const struct model *m)
{
	const long most = m->res->page_max ? m->res->page_max : 200;

	json_array_append_new(list, parameter("limit", "query",
					    json_pack("{ss si sI}", "type", "integer", "minimum", 1,
						    "maximum", (json_int_t)most),
					    NULL));
	json_array_append_new(
		list, parameter("cursor", "query", text(), "nextCursor of the page before"));
	if (m->res->offers & COUNTED)
		json_array_append_new(
			list, parameter("total", "query",
				      json_pack("{ss s[s]}", "type", "string", "enum", "exact"),
				      "counts all rows; a list that takes longer"
				      " than search_timeout_ms is refused"));
}

/* ":id" of the path, the last of which is the row of a resource. */
static void add_path_params(json_t *list, const char *path)
{
	for (const char *at = strchr(path, ':'); at; at = strchr(at + 1, ':')) {
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 1, "/"), at + 1);
		json_array_append_new(list, parameter(name, "path", text(), NULL));
	}
}

/* --- requests and answers ---------------------------------------------------------------------- */

static json_t *content(const char *type, json_t *schema)
{
	return json_pack("{s{so}}", type, "schema", schema);
}

static json_t *answer(const char *about, json_t *body)
{
	return json_pack("{ss so*}", "description", about, "content", body);
}

static json_t *page_of(const struct model *m)
{
	json_t *o = json_pack("{ss s{s{ss so} s{s[ss]}} s[ss]}", "type", "object", "properties",
		"items", "type", "array", "items", ref("schemas", m->res->type), "nextCursor",
		"type", "string", "null", "required", "items", "nextCursor");

	if (m->res->offers & COUNTED)
		json_object_set_new(json_object_get(o, "properties"), "total",
			json_pack("{ss ss}", "type", "integer", "description",
				"1001 means more than 1000, but with total=exact"));
	if (m->res->matches)
		json_object_set_new(json_object_get(o, "properties"), "corrected",
			json_pack("{ss ss}", "type", "string", "description",
				"What was searched for in place of q, where no row has a word of it"
				" and similar ones were found"));
	return o;
}

static json_t *items_of(json_t *item)
{
	return json_pack("{ss s{s{ss so}} s[s]}", "type", "object", "properties", "items", "type",
		"array", "items", item, "required", "items");
}

static bool ends(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && !strcmp(s + n - k, end);
}

static const struct field IMPORTED[] = {ANSWER("dryRun", BOOL), ANSWER("created", INT),
	ANSWER("changed", INT), ANSWER("unchanged", INT), ANSWER_END};

/* The row, with what changed() adds to it. */
static json_t *changed_row(const struct model *m)
{
	json_t *row, *more;

	if (!m->res->changed)
		return ref("schemas", m->res->type);
	row = schema_of_row(m);
	more = schema_of_answer(m->res->changed_answer);
	json_object_update(json_object_get(row, "properties"), json_object_get(more, "properties"));
	json_decref(more);
	return row;
}

/* The answer of a resource's own route; NULL = not declared. */
static json_t *resource_answers(const struct model *m, const struct route *rt)
{
	bool one = ends(rt->path, "/:id"), get = !strcmp(rt->method, "GET");
	json_t *row = ref("schemas", m->res->type), *o = NULL;

	if (ends(rt->path, ".csv"))
		o = json_pack("{so}", "200",
			get ? answer("The rows", content("text/csv", text()))
			    : answer("What was done",
				      content("application/json", schema_of_answer(IMPORTED))));
	else if (ends(rt->path, "/history"))
		o = json_pack("{so}", "200",
			answer("Changes, oldest first",
				content("application/json",
					items_of(ref("schemas", "HistoryEntry")))));
	else if (ends(rt->path, "/bulk"))
		o = json_pack("{so}", "200",
			answer("The rows afterwards",
				content("application/json", items_of(json_incref(row)))));
	else if (!strcmp(rt->method, "DELETE"))
		o = json_pack("{so}", "204", answer("Done", NULL));
	else if (get && !one)
		o = json_pack(
			"{so}", "200", answer("A page", content("application/json", page_of(m))));
	else
		o = json_pack("{so}", !get && !strcmp(rt->path, m->res->path) ? "201" : "200",
			answer("The row", content("application/json",
						  get ? json_incref(row) : changed_row(m))));
	json_decref(row);
	return o;
}

/* The refusals of what is checked before the handler; any other is "default". */
static void add_problems(json_t *o, const struct route *rt)
{
	const bool has_body = rt->fields || rt->flags & ROUTE_RAW_BODY;
	const struct {
		const char *status;
		bool may_be;
	} ALL[] = {
		{"400", has_body},
		{"401", !(rt->flags & ROUTE_PUBLIC) || rt->fields}, /* a public body is a sign-in */
		{"403", rt->permission || strcmp(rt->method, "GET")},
		{"404", strchr(rt->path, ':')},
		{"413", has_body},
		{"415", has_body},
		{"422", has_body || rt->query || model_of_route(rt)},
	};

	for (size_t i = 0; i < sizeof(ALL) / sizeof(*ALL); i++)
		if (ALL[i].may_be)
			json_object_set_new(o, ALL[i].status, ref("responses", "Problem"));
}

static json_t *answers(const struct route *rt)
{
	const struct model *m = model_of_route(rt);
	json_t *o = NULL;

	if (rt->answer == answer_none)
		o = json_pack("{so}", "204", answer("Done", NULL));
	else if (rt->type)
		o = json_pack("{so}", "2XX", answer("Done", content(rt->type, text())));
	else if (rt->answer)
		o = json_pack("{so}", !strcmp(rt->method, "GET") ? "200" : "2XX",
			answer("Done", content("application/json", schema_of_answer(rt->answer))));
	else if (m)
		o = resource_answers(m, rt);
	if (!o)
		o = json_pack("{so}", "2XX", answer("Done", NULL));
	add_problems(o, rt);
	json_object_set_new(o, "default", ref("responses", "Problem"));
	return o;
}

static json_t *request_body(const struct route *rt)
{
	bool must = false;

	if (model_of_route(rt) && ends(rt->path, ".csv") && rt->flags & ROUTE_RAW_BODY)
		return json_pack("{so sb}", "content", content("text/csv", text()), "required", 1);
	if (!rt->fields)
		return NULL;
	for (const struct field *f = rt->fields; f->type != FIELD_END; f++)
		must = must || (f->flags & FIELD_REQUIRED);
	return json_pack("{so sb}", "content",
		content("application/json", schema_of_fields(rt->fields)), "required", must);
}

/* --- operations -------------------------------------------------------------------------------- */

/* "GET /api/tickets/:id" -> "getTicketsId", "GET /events" -> "get_events" */
static json_t *operation_id(const char *method, const char *path)
{
	char name[128];
	size_t n = 0;
	bool upper = false, inside = !strncmp(path, "/api/", 5);

	for (; *method && n < 8; method++)
		name[n++] = (char)tolower(*method);
	if (!inside)
		name[n++] = '_';
	path += inside ? 4 : 1;
	for (; *path && n + 1 < sizeof(name); path++) {
		if (isalnum((unsigned char)*path))
			name[n++] = upper ? (char)toupper(*path) : *path;
		upper = !isalnum((unsigned char)*path);
	}
	name[n] = '\0';
	return json_string(name);
}

static json_t *parameters(const struct route *rt, const char *path)
{
	const struct model *m = model_of_route(rt);
	json_t *list = json_array();

	add_path_params(list, path);
	for (const struct field *f = rt->query; f && f->type != FIELD_END; f++) {
		json_t *p = parameter(f->name, "query", schema_of_field(f), NULL);

		json_object_set_new(p, "required", json_boolean(f->flags & FIELD_REQUIRED));
		json_array_append_new(list, p);
	}
	if (!m || strcmp(rt->method, "GET"))
		return list;
	if (!strcmp(rt->path, m->res->path) || ends(rt->path, ".csv"))
		add_filters(list, m);
	if (!strcmp(rt->path, m->res->path))
		add_page(list, m);
	return list;
}

static json_t *operation(
	const struct route *rt, const char *tag, const char *method, const char *path)
{
	json_t *body = request_body(rt);
	json_t *o = json_pack("{so s[s] so so}", "operationId", operation_id(method, path), "tags",
		tag, "parameters", parameters(rt, path), "responses", answers(rt));

	if (body)
		json_object_set_new(o, "requestBody", body);
	if (body && ends(path, ".csv"))
		json_array_append_new(json_object_get(o, "parameters"),
			parameter("dryRun", "query", json_pack("{ss}", "type", "boolean"),
				"does everything and takes it back"));
	if (rt->permission)
		json_object_set_new(o, "x-permission", json_string(rt->permission));
	if (!rt->permission && rt->scope)
		json_object_set_new(o, "x-scope", json_string(rt->scope));
	if (rt->flags & ROUTE_PUBLIC)
		json_object_set_new(o, "security", json_array());
	return o;
}

/* "/api/tickets/:id" -> "/api/tickets/{id}" */
static void path_text(char *ret, size_t size, const char *path)
{
	size_t n = 0;
	bool inside = false;

	for (; n + 3 < size; path++) {
		if (inside && (*path == '/' || !*path)) {
			ret[n++] = '}';
			inside = false;
		}
		if (!*path)
			break;
		inside = inside || *path == ':';
		ret[n++] = *path == ':' ? '{' : *path;
	}
	ret[n] = '\0';
}

static void add_operation(
	json_t *paths, const struct route *rt, const char *tag, const char *method)
{
	char text_of[200], path[200], lower[8];
	json_t *item;

	snprintf(path, sizeof(path), "%s%s", rt->path, rt->flags & ROUTE_PREFIX ? ":path" : "");
	path_text(text_of, sizeof(text_of), path);
	snprintf(lower, sizeof(lower), "%s", method);
	for (char *c = lower; *c; c++)
		*c = (char)tolower(*c);
	item = json_object_get(paths, text_of);
	if (!item) {
		item = json_object();
		json_object_set_new(paths, text_of, item);
	}
	if (!json_object_get(item, lower)) /* two pools may have the same: /api/health */
		json_object_set_new(item, lower, operation(rt, tag, method, path));
}

static void add_route(json_t *paths, const struct route *rt, const char *tag)
{
	static const char *const ALL[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

	if (!strncmp(rt->path, "/-/", 3)) /* between our own processes */
		return;
	if (strcmp(rt->method, "*")) {
		add_operation(paths, rt, tag, rt->method);
		return;
	}
	for (size_t i = 0; i < sizeof(ALL) / sizeof(*ALL); i++)
		add_operation(paths, rt, tag, ALL[i]);
}

/* --- the document ------------------------------------------------------------------------------ */

/* A message's key and values: base/message.h. */
static json_t *text_schema(void)
{
	return json_pack("{ss ss s{s{ss} s{ss s{s[{s[ss]} o]}}} s[ss]}", "type", "object",
		"description",
		"The message for translation: an ICU message and the values of its {0}, {1}, which may"
		" be messages as well. Missing where the words are a plugin's.",
		"properties", "key", "type", "string", "values", "type", "array", "items", "anyOf",
		"type", "string", "number", ref("schemas", "Text"), "required", "key", "values");
}

static json_t *problem_schema(void)
{
	return json_pack(
		"{ss s{s{ss} s{ss} s{ss} s{ss} so s{ss} s{ss s{ss s{s{ss} s{ss} so} s[ss]}}} s[sss]}",
		"type", "object", "properties", "type", "type", "string", "title", "type", "string",
		"status", "type", "integer", "detail", "type", "string", "text",
		ref("schemas", "Text"), "requestId", "type", "string", "errors", "type", "array",
		"items", "type", "object", "properties", "pointer", "type", "string", "detail",
		"type", "string", "text", ref("schemas", "Text"), "required", "pointer", "detail",
		"required", "type", "title", "status");
}

static json_t *history_schema(void)
{
	return json_pack("{ss s{s{ss} s{ss ss} s{s[ss] ss} s{s[ss]} s{ss}} s[sss]}", "type",
		"object", "properties", "id", "type", "integer", "at", "type", "string", "format",
		"date-time", "userId", "type", "string", "null", "format", "uuid", "userName",
		"type", "string", "null", "changes", "type", "object", "required", "id", "at",
		"changes");
}

static json_t *components(json_t *schemas)
{
	json_object_set_new(schemas, "Text", text_schema());
	json_object_set_new(schemas, "Problem", problem_schema());
	json_object_set_new(schemas, "HistoryEntry", history_schema());
	return json_pack("{so s{so} s{s{ss ss ss} s{ss ss ss ss}}}", "schemas", schemas,
		"responses", "Problem",
		answer("What went wrong (RFC 9457)",
			content("application/problem+json", ref("schemas", "Problem"))),
		"securitySchemes", "session", "type", "apiKey", "in", "cookie", "name", COOKIE_NAME,
		"token", "type", "http", "scheme", "bearer", "bearerFormat", "mtp_... or mts_...",
		"description",
		"An API token of a person or a service, or one that POST /api/auth/token gives for"
		" a password. x-permission is the scope that an API token needs; where x-scope is"
		" instead, that; a route with neither needs a person who is signed in.");
}

static void add_tables(json_t *paths, json_t *schemas, const struct route_table *const *tables)
{
	for (; *tables; tables++) {
		for (const struct route *rt = (*tables)->routes; rt->path; rt++) {
			const struct model *m = model_of_route(rt);

			add_route(paths, rt, (*tables)->name);
			if (m)
				json_object_set_new(schemas, m->res->type, schema_of_row(m));
		}
	}
}

static char *make_document(void)
{
	json_t *paths = json_object(), *schemas = json_object(), *all;
	char *ret;

	for (const struct resource_api *a = described; a && a->tables; a++)
		add_tables(paths, schemas, a->tables);
	all = json_pack("{ss s{ss ss ss} so so s[{s[]} {s[]}]}", "openapi", "3.1.0", "info",
		"title", "Mortise", "version", MORTISE_VERSION, "description",
		"Every answer that is an error is application/problem+json. x-permission is what the"
		" caller's roles need.",
		"paths", paths, "components", components(schemas), "security", "session", "token");
	ret = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	return ret;
}

static int openapi_get(struct req *r)
{
	if (!document)
		document = make_document();
	if (!document)
		return op_fail(&r->op, MT_EINTERNAL, "The description can't be made");
	return reply_text_json(r, 200, document);
}

static const struct field DOCUMENT[] = {ANSWER("openapi", TEXT), ANSWER("info", OBJECT),
	ANSWER("paths", OBJECT), ANSWER("components", OBJECT), ANSWER_END};

static const struct route ROUTES[] = {
	{"GET", "/api/openapi.json", NULL, NULL, 0, 0, openapi_get, .answer = DOCUMENT,
		.scope = SCOPE_NONE},
	{.path = NULL},
};

const struct route_table openapi_routes = {"openapi", ROUTES};
