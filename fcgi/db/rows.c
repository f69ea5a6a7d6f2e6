#include "db/impl.h"

#include <stdlib.h>
#include <string.h>
#include "base/json.h"

static void clear(void *res)
{
	PQclear(res);
}

void rows_take(struct rows *ret, void *res, long changed, struct arena *p)
{
	arena_cleanup(p, clear, res);
	ret->res = res;
	/* rows without columns are counted, not stored */
	ret->n = PQresultStatus(res) == PGRES_TUPLES_OK && PQnfields(res) == 0 ? (int)changed
									       : PQntuples(res);
	ret->changed = changed;
}

const char *row_text(const struct rows *r, int i, int col)
{
	if (i < 0 || i >= r->n || col < 0 || col >= PQnfields(r->res) ||
		PQgetisnull(r->res, i, col))
		return NULL;
	return PQgetvalue(r->res, i, col);
}

long row_int(const struct rows *r, int i, int col)
{
	const char *s = row_text(r, i, col);

	return s == NULL ? 0 : strtol(s, NULL, 10);
}

bool row_bool(const struct rows *r, int i, int col)
{
	const char *s = row_text(r, i, col);

	return s != NULL && s[0] == 't';
}

int row_json(struct op *op, const struct rows *r, int i, int col, json_t **ret)
{
	const char *s = row_text(r, i, col);

	return s == NULL ? 0 : json_parse(op->arena, s, strlen(s), ret, &op->err);
}
