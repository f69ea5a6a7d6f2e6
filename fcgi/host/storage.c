/*
 * storage.c - values by key, through the functions of sql/039-plugin-storage.sql: they know whose, what is
 * declared and what fits. Bytes go as hex, as everything else between a host and the database is text.
 */
#include "host/call.h"

#include <string.h>

#include "base/id.h"
#include "host/storage.sql.h"

#define BYTES_MAX (1u << 20)
#define ARGS_MAX 7

static const struct {
	int what;
	const struct stmt *s;
} STATEMENTS[] = {
	{MT_SERVICE_STORAGE_GET, &HOST_STORAGE_GET},
	{MT_SERVICE_STORAGE_SET, &HOST_STORAGE_SET},
	{MT_SERVICE_STORAGE_INCREMENT, &HOST_STORAGE_INCREMENT},
	{MT_SERVICE_STORAGE_DELETE, &HOST_STORAGE_DELETE},
	{MT_SERVICE_STORAGE_LIST, &HOST_STORAGE_LIST},
	{MT_SERVICE_STORAGE_SIZE, &HOST_STORAGE_SIZE},
	{MT_SERVICE_STORAGE_CLEAR, &HOST_STORAGE_CLEAR},
	{MT_SERVICE_STORAGE_VERSIONS, &HOST_STORAGE_VERSIONS},
	{MT_SERVICE_STORAGE_RESTORE, &HOST_STORAGE_RESTORE},
	{0, NULL},
};

static const char *bytes_text(struct call *c, const struct message_service *m)
{
	char *ret = arena_alloc(c->r->op.arena, 2 * m->len + 3);

	memcpy(ret, "\\x", 2);
	id_hex(ret + 2, m->data, m->len);
	return ret;
}

/* The bytes of a single key. */
static void take_bytes(struct call *c, struct service_answer *ret)
{
	const char *text = ret->rows.n == 1 ? row_text(&ret->rows, 0, 2) : NULL;
	size_t max = text ? strlen(text) / 2 : 0;
	unsigned char *data;

	if (!text || strncmp(text, "\\x", 2) != 0)
		return;
	data = arena_alloc(c->r->op.arena, max + 1);
	if (id_unhex(data, max, text + 2, &ret->len) == 0)
		ret->data = data;
}

/* The last row names the key that wasn't as expected; nothing was stored then, and no statement failed. */
static int check_written(struct call *c, const struct rows *rows)
{
	const char *version = rows->n ? row_text(rows, rows->n - 1, 1) : NULL;

	if (!version || strcmp(version, "0") != 0)
		return 0;
	snprintf(c->sqlstate, sizeof(c->sqlstate), "40001");
	return call_fail(c, MT_ECONFLICT,
		"Somebody else has changed \"%.100s\": read it again, and try again",
		row_text(rows, rows->n - 1, 0));
}

int storage_guest(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	const char *args[ARGS_MAX] = {c->host->plugin->version};
	int n = m->n + 1, i = 0, rc;

	while (STATEMENTS[i].s && STATEMENTS[i].what != m->what)
		i++;
	if (!STATEMENTS[i].s || n > ARGS_MAX)
		return call_internal(c, "a service of storage has no statement");
	memcpy(args + 1, m->args, (size_t)m->n * sizeof(*args));
	if (m->what == MT_SERVICE_STORAGE_SET) {
		if (m->len > BYTES_MAX)
			return call_fail(c, MT_ETOOBIG, "A value has at most 1 MB");
		args[3] = args[3] && *args[3] == 't' ? bytes_text(c, m) : NULL;
	}
	rc = query_own(c, STATEMENTS[i].s->sql, args, n, &ret->rows);
	if (rc == MT_EFULL)
		c->storage_full = true;
	if (rc < 0)
		return rc;
	if (m->what == MT_SERVICE_STORAGE_GET)
		take_bytes(c, ret);
	return m->what == MT_SERVICE_STORAGE_SET ? check_written(c, &ret->rows) : 0;
}

/* In a transaction of its own: that of the write is undone. */
void storage_end(struct call *c)
{
	struct err e;

	err_init(&e, c->r->op.arena);
	if (!c->storage_full)
		return;
	if (query_marked(c, &HOST_STORAGE_REFUSED, DB_NOARGS, &e) < 0)
		op_log(&c->r->op, "telling that the storage is full: %s", e.message);
	else
		call_wake_steward(c);
}
