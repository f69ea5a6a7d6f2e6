/*
 * trial.c - a worker of the api pool with one more resource, that reads its requests from standard
 * input: a line of JSON each, {"method", "uri", "headers", "body"}, and writes {"status", "headers",
 * "body"}. Everything but nginx and FastCGI is what the api pool has: sign-in, permissions, the stack's
 * database.
 *
 *	trial FILE			FILE: mortise.conf of a running stack
 *	trial --types | --tables	as mortise-api
 */
#include "trial.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/serve.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/fcgi.h"
#include "resource/resource.h"

#define DEADLINE_MS 20000
#define HEADERS_MAX 40

static const struct resource *const LIST[] = {
	&van_resource, &trip_resource, &van_kind_resource, NULL};
static const struct route_table *const MORE[] = {&openapi_routes, NULL};

struct body {
	const char *at;
	size_t left;
};

static long body_read(struct req *r, void *buf, size_t n)
{
	struct body *b = r->io;

	n = n > b->left ? b->left : n;
	memcpy(buf, b->at, n);
	b->at += n;
	b->left -= n;
	return (long)n;
}

/* "If-Match" -> HTTP_IF_MATCH */
static char *env_of(struct arena *p, const char *name, const char *value)
{
	bool own = !strcasecmp(name, "Content-Type");
	char *text = arena_printf(p, "%s%s=%s", own ? "" : "HTTP_", name, value);

	for (char *c = text; *c != '='; c++)
		*c = *c == '-' ? '_' : (char)toupper(*c);
	return text;
}

static char **envp_of(struct arena *p, const json_t *in, size_t length)
{
	char **envp = arena_zalloc(p, sizeof(*envp) * HEADERS_MAX);
	const char *name;
	json_t *value;
	int n = 0;

	envp[n++] = arena_printf(
		p, "REQUEST_METHOD=%s", json_string_value(json_object_get(in, "method")));
	envp[n++] =
		arena_printf(p, "REQUEST_URI=%s", json_string_value(json_object_get(in, "uri")));
	envp[n++] = arena_printf(p, "CONTENT_LENGTH=%zu", length);
	json_object_foreach(json_object_get(in, "headers"), name, value)
		if (n + 1 < HEADERS_MAX)
			envp[n++] = env_of(p, name, json_string_value(value));
	return envp;
}

static void answer(const struct req *r)
{
	json_t *headers = json_object(), *o;

	for (int i = 0; i < r->n_headers; i++)
		json_object_set_new(headers, r->header[i].name, json_string(r->header[i].value));
	if (r->content_type)
		json_object_set_new(headers, "Content-Type", json_string(r->content_type));
	o = json_pack("{si so so}", "status", r->status ? r->status : 204, "headers", headers,
		"body", json_stringn(r->out ? r->out : "", r->out ? r->out_len : 0));
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
}

/* As http/loop.c, but with nothing to do meanwhile. */
static void wait_held(struct req *r)
{
	while (r->held && r->held_at) {
		poll(NULL, 0, clock_left(r->held_at));
		r->held_at = r->held(r);
	}
}

static void serve(struct app *app, const json_t *in)
{
	const json_t *text = json_object_get(in, "body");
	struct body body = {json_string_value(text), json_string_length(text)};
	struct arena *p = arena_new();
	struct req *r = arena_zalloc(p, sizeof(*r));

	op_init(&r->op, p, clock_ms() + DEADLINE_MS);
	r->op.app = app;
	r->op.db = app->db;
	r->read = body_read;
	r->io = &body;
	r->started_ms = clock_ms();
	if (fcgi_fill(r, envp_of(p, in, body.left)) < 0 || serve_request(r) < 0)
		reply_problem(r);
	wait_held(r);
	if (r->op.err.log[0])
		fprintf(stderr, "%s\n", r->op.err.log);
	answer(r);
	arena_free(p);
}

int main(int argc, char **argv)
{
	static struct app app;
	const struct route_table *const *tables = resource_tables(LIST, MORE);
	struct resource_api all[] = {{"api", tables}, {0}};
	struct err e;
	json_t *in;

	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "--types"))
		return resource_print_types(tables), 0;
	if (!strcmp(argv[1], "--tables"))
		return resource_print_tables(tables), 0;
	log_init("trial", LOG_LV_INFO);
	err_init(&e, NULL);
	if (app_init(&app, argv[1], "mortise_api", &e) < 0) {
		fprintf(stderr, "%s\n", e.message);
		return 1;
	}
	app.tables = tables;
	openapi_describe(all);
	while ((in = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
		serve(&app, in);
		json_decref(in);
	}
	return 0;
}
