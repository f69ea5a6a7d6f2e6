/*
 * op.c - statements in an operation: see db.h.
 */
#include "db/db.h"

int op_read(struct op *op, const struct db_as *as, const struct stmt *s, const char *const *args,
	int n, struct rows *ret)
{
	return db_read(op->db, op->arena, op->deadline, as, s, args, n, ret, &op->err);
}

/* On the same behalf, with the operation's source. */
static struct db_as with_source(const struct op *op, const struct db_as *as)
{
	return (struct db_as){.tenant = as ? as->tenant : DB_NO_TENANT,
		.user = as ? as->user : NULL,
		.source = op->source,
		.own = as ? as->own : NULL};
}

int op_write(struct op *op, const struct db_as *as, const struct stmt *s, const char *const *args,
	int n, struct rows *ret)
{
	struct db_as whose = with_source(op, as);

	return db_write(op->db, op->arena, op->deadline, &whose, s, args, n, ret, &op->err);
}

int op_begin(struct op *op, const struct db_as *as)
{
	struct db_as whose = with_source(op, as);

	return db_begin(op->db, op->arena, op->deadline, &whose, &op->err);
}

int op_queue(struct op *op, const struct stmt *s, const char *const *args, int n)
{
	return db_queue(op->db, s, args, n, &op->err);
}

int op_query(struct op *op, const struct stmt *s, const char *const *args, int n, struct rows *ret)
{
	return db_query(op->db, s, args, n, ret, &op->err);
}

int op_exec(struct op *op, const char *sql)
{
	return db_exec(op->db, op->arena, op->deadline, sql, &op->err);
}

int op_commit(struct op *op)
{
	return db_commit(op->db, &op->err);
}

void op_rollback(struct op *op)
{
	db_rollback(op->db);
}
