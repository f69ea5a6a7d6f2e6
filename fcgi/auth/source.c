/* source.c - see source.h. */
#include "auth/source.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/device.h"
#include "auth/ident.h"

static const char *person(const struct op *op)
{
	return op->who ? arena_printf(op->arena, "%d.%s", op->who->tenant, op->who->user) : "";
}

void source_of_download(struct req *r)
{
	struct op *op = &r->op;
	const char *agent = device_agent(op->arena, req_header(r, "User-Agent"));

	if (op->who && op->who->token)
		agent = device_agent(op->arena, arena_printf(op->arena, "token \"%s\", %s",
							op->who->token, agent ? agent : ""));
	op->source = arena_printf(
		op->arena, "%s\n%s\n%s\n%s", person(op), r->remote, op->id, agent ? agent : "");
}

void source_of_request(struct req *r)
{
	if (strcmp(r->method, "GET") != 0)
		source_of_download(r);
}

/* A name with a line break would move the lines behind it. */
static const char *line(struct arena *p, const char *s)
{
	return arena_strndup(p, s, strcspn(s, "\r\n"));
}

void source_of_command(struct op *op, const char *command)
{
	const struct passwd *who = getpwuid(getuid());
	const char *sudo = getenv("SUDO_USER");
	const char *name = sudo && *sudo ? sudo : who ? who->pw_name : "?";

	op->source = arena_printf(op->arena, "c.%s\n\n\n%s", line(op->arena, name), command);
}
