/*
 * query.c - statements and transactions of a plugin, on its own database role, in the request's
 * tenant. db/ prepares by text and keeps a bounded number; nothing to do here.
 */
#include "host/host.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 1000

/* From PostgreSQL's catalogue, fixed for good. */
enum {
	OID_BOOL = 16,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_JSON = 114,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_JSONB = 3802
};

static void give_rows(struct call *c, const struct rows *rows, struct mt_rows *ret)
{
	struct rows *kept;

	if (!ret)
		return;
	kept = pool_alloc(c->r->pool, sizeof(*kept));
	*kept = *rows;
	*ret = (struct mt_rows){.n = rows->n,
		.columns = rows->res ? PQnfields(rows->res) : 0,
		.changed = rows->changed,
		.host = &host_table,
		.impl = kept};
}

int host_query(struct mt_req *req, const char *sql, const char *const *args, int n,
	struct mt_rows *ret_rows)
{
	struct call *c = call_of(req);
	struct host *h = c->host;
	struct stmt s = {.name = "plugin", .sql = sql};
	struct rows rows = {0};
	int rc;

	if (ret_rows)
		*ret_rows = (struct mt_rows){.host = &host_table};
	if (!sql || !*sql || n < 0 || n > ARGS_MAX)
		return call_internal(c, "mt_query needs a statement and at most 1000 arguments");
	if (c->r->err.n_fields == 0)
		err_clear(&c->r->err); /* what failed before was answered by the plugin itself */
	rc = c->in_tx ? db_query(h->db, &s, args, n, &rows, &c->r->err)
		      : db_write(h->db, c->r->pool, c->r->deadline, &c->as, &s, args, n, &rows,
				&c->r->err);
	if (rc < 0) {
		snprintf(c->sqlstate, sizeof(c->sqlstate), "%s", db_sqlstate(h->db));
		return rc;
	}
	give_rows(c, &rows, ret_rows);
	return 0;
}

const char *host_sqlstate(struct mt_req *req)
{
	return call_of(req)->sqlstate;
}

int host_begin(struct mt_req *req)
{
	struct call *c = call_of(req);
	int rc;

	if (c->in_tx)
		return call_internal(c, "mt_begin inside a transaction");
	err_clear(&c->r->err);
	rc = db_begin(c->host->db, c->r->pool, c->r->deadline, &c->as, &c->r->err);
	c->in_tx = rc == 0;
	c->told = false;
	return rc;
}

int host_commit(struct mt_req *req)
{
	struct call *c = call_of(req);
	int rc;

	if (!c->in_tx)
		return call_internal(c, "mt_commit without mt_begin");
	rc = db_commit(c->host->db, &c->r->err);
	c->in_tx = false;
	if (rc == 0 && c->told)
		notify_poke(c);
	return rc;
}

void host_rollback(struct mt_req *req)
{
	struct call *c = call_of(req);

	if (c->in_tx)
		db_rollback(c->host->db);
	c->in_tx = false;
}

void query_finish(struct call *c, int *rc)
{
	if (!c->in_tx)
		return;
	host_rollback(&c->pub);
	if (*rc == 0)
		*rc = call_internal(c, "the handler left a transaction open: it is undone");
}

const char *host_text(const struct mt_rows *rows, int row, int column)
{
	return rows->impl ? row_text(rows->impl, row, column) : NULL;
}

const char *host_column(const struct mt_rows *rows, int column)
{
	const struct rows *r = rows->impl;

	return r && r->res && column >= 0 ? PQfname(r->res, column) : NULL;
}

static json_t *value_json(const struct rows *r, int row, int column)
{
	const char *s = row_text(r, row, column);
	char *end;
	double d;

	if (!s)
		return json_null();
	switch (PQftype(r->res, column)) {
	case OID_BOOL:
		return json_boolean(s[0] == 't');
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		return json_integer(strtoll(s, NULL, 10));
	case OID_FLOAT4:
	case OID_FLOAT8:
		d = strtod(s, &end);
		return *end == '\0' && d - d == 0 ? json_real(d)
						  : json_string(s); /* NaN, Infinity */
	case OID_JSON:
	case OID_JSONB:
		return json_loads(s, JSON_DECODE_ANY, NULL);
	}
	return json_string(s);
}

json_t *host_rows_json(const struct mt_rows *rows)
{
	const struct rows *r = rows->impl;
	json_t *ret = json_array();

	for (int i = 0; ret && i < rows->n; i++) {
		json_t *o = json_object();

		for (int k = 0; k < rows->columns; k++)
			if (json_object_set_new(o, PQfname(r->res, k), value_json(r, i, k)) < 0) {
				json_decref(o);
				json_decref(ret);
				return NULL;
			}
		if (json_array_append_new(ret, o) < 0) {
			json_decref(ret);
			return NULL;
		}
	}
	return ret;
}
