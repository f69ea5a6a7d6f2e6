/*
 * parts.c - the parts themselves: listed, made, changed, deleted. Their stock changes by moves alone
 * (moves.c).
 */
#include "parts.h"

#define PART_COLUMNS                                                                               \
	"p.id, p.sku, p.name, p.unit, p.stock::float8 AS stock, p.least::float8 AS least, "        \
	"p.stock < p.least AS low, p.version"

/* What a list can be sorted by: an expression that an index of the table has, and its type. */
static const struct sort {
	const char *name;
	const char *expression;
	const char *type;
} SORTS[] = {
	{"name", "lower(p.name)", "text"},
	{"sku", "p.sku", "text"},
	{"stock", "p.stock", "numeric"},
};

static const char ONE[] = "SELECT " PART_COLUMNS " FROM x_parts.parts p WHERE p.id = $1";

static const char CSV_ROWS[] =
	"SELECT p.sku AS \"No.\", p.name AS \"Name\", trim_scale(p.stock) AS \"Stock\", p.unit AS \"Unit\","
	" trim_scale(p.least) AS \"At least\" FROM x_parts.parts p ORDER BY lower(p.name), p.id LIMIT 10000";

/* With what is there at first as its first move. */
static const char INSERT[] =
	"WITH p AS (INSERT INTO x_parts.parts (id, sku, name, unit, least, stock)"
	"  VALUES ($1::uuid, $2, $3, $4, coalesce($5::numeric, 0), coalesce($6::numeric, 0)) RETURNING *),"
	" m AS (INSERT INTO x_parts.moves (id, part_id, kind, change, stock, moved_by, moved_by_name)"
	"  SELECT $7::uuid, p.id, 'count', p.stock, p.stock, $8::uuid, $9 FROM p WHERE p.stock > 0)"
	" SELECT " PART_COLUMNS " FROM p";

static const char LOCK[] = "SELECT version FROM x_parts.parts WHERE id = $1 FOR UPDATE";

static const char UPDATE[] =
	"UPDATE x_parts.parts p SET sku = coalesce($2, p.sku), name = coalesce($3, p.name),"
	" unit = coalesce($4, p.unit), least = coalesce($5::numeric, p.least), version = p.version + 1"
	" WHERE p.id = $1 RETURNING " PART_COLUMNS;

static const char DELETE[] = "DELETE FROM x_parts.parts WHERE id = $1";

int no_part(struct mt_req *req)
{
	return mt_fail(req, MT_ENOENT, "There is no such part");
}

const char *part_id(struct mt_req *req)
{
	const char *id = mt_param(req, "id");

	if (mt_is_uuid(id))
		return id;
	no_part(req);
	return NULL;
}

int list_parts(struct mt_req *req)
{
	const char *asked = mt_query_arg(req, "sort");
	bool down = asked && *asked == '-';
	const struct sort *by = SORTS;
	struct mt_page page;
	struct mt_rows rows;
	int rc = mt_page(req, "k,id", 50, 200, &page);

	if (rc < 0)
		return rc;
	for (size_t i = 0; asked && i < sizeof(SORTS) / sizeof(*SORTS); i++)
		if (strcmp(asked + down, SORTS[i].name) == 0)
			by = &SORTS[i];
	rc = mt_query(req,
		mt_printf(req,
			"SELECT " PART_COLUMNS ", (%s)::text AS k FROM x_parts.parts p"
			" WHERE ($1::text IS NULL OR strpos(lower(p.sku || ' ' || p.name), lower($1)) > 0)"
			" AND (%s OR NOT $2::bool)"
			" AND ($3::text IS NULL OR (%s, p.id) %s ($3::text::%s, $4::uuid))"
			" ORDER BY %s %s, p.id %s LIMIT $5",
			by->expression, "p.stock < p.least", by->expression, down ? "<" : ">",
			by->type, by->expression, down ? "DESC" : "ASC", down ? "DESC" : "ASC"),
		MT_ARGS(mt_query_arg(req, "q"), mt_arg_bool(mt_query_bool(req, "low", false)),
			page.key[0], page.key[1], mt_arg_int(req, page.limit + 1)),
		&rows);
	return rc < 0 ? rc : mt_reply_page(req, &page, &rows);
}

int export_parts(struct mt_req *req)
{
	struct mt_csv csv = mt_csv_new(req);
	struct mt_rows rows;
	int rc = mt_query(req, CSV_ROWS, MT_NOARGS, &rows);

	if (rc < 0)
		return rc;
	mt_csv_rows(&csv, &rows);
	return mt_reply_csv(req, "parts.csv", &csv);
}

/* The row that a statement gave, with its version as the ETag. */
static int reply_part(struct mt_req *req, int status, const struct mt_rows *rows)
{
	json_t *all = mt_rows_json(rows), *one = json_incref(json_array_get(all, 0));
	int rc = mt_etag(req, mt_int(rows, 0, mt_column_of(rows, "version")));

	json_decref(all);
	if (rc < 0) {
		json_decref(one);
		return rc;
	}
	return mt_reply_json(req, status, one);
}

int get_part(struct mt_req *req)
{
	const char *id = part_id(req);
	struct mt_rows rows;
	int rc = id ? mt_query(req, ONE, MT_ARGS(id), &rows) : MT_ENOENT;

	if (rc < 0)
		return rc;
	return rows.n == 0 ? no_part(req) : reply_part(req, 200, &rows);
}

/* A second part of the same number is the sender's mistake, at that field. */
static int refused(struct mt_req *req, int rc)
{
	if (strcmp(mt_sqlstate(req), "23505") != 0)
		return rc;
	mt_rollback(req);
	return mt_field_fault(req, "/sku", "Another part has this number");
}

int post_part(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req, INSERT,
		MT_ARGS(mt_uuid(req), mt_body_text(req, "sku"), mt_body_text(req, "name"),
			mt_body_text(req, "unit"), mt_body_decimal(req, "least"),
			mt_body_decimal(req, "stock"), mt_uuid(req), mt_user_id(req),
			mt_user_name(req)),
		&rows);

	return rc < 0 ? refused(req, rc) : reply_part(req, 201, &rows);
}

int patch_part(struct mt_req *req)
{
	const char *id = part_id(req);
	struct mt_rows rows;
	int rc;

	if (!id)
		return MT_ENOENT;
	if ((rc = mt_begin(req)) < 0 || (rc = mt_query(req, LOCK, MT_ARGS(id), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return no_part(req);
	if ((rc = mt_if_match(req, mt_int(&rows, 0, 0))) < 0)
		return rc;
	rc = mt_query(req, UPDATE,
		MT_ARGS(id, mt_body_text(req, "sku"), mt_body_text(req, "name"),
			mt_body_text(req, "unit"), mt_body_decimal(req, "least")),
		&rows);
	if (rc == 0)
		rc = mt_commit(req);
	return rc < 0 ? refused(req, rc) : reply_part(req, 200, &rows);
}

int delete_part(struct mt_req *req)
{
	const char *id = part_id(req);
	struct mt_rows rows;
	int rc = id ? mt_query(req, DELETE, MT_ARGS(id), &rows) : MT_ENOENT;

	if (rc < 0)
		return rc;
	return rows.changed ? 0 : no_part(req);
}
