/*
 * op.h - an operation: everything below a route, a task or a command takes one.
 *
 * A request has one (http/req.h); so have a lifecycle step, a task of the steward and a command.
 * Its creator sets memory, deadline and on whose behalf it acts; functions report failures in
 * `err`:
 *
 *	return op_fail(op, MT_ECONFLICT, "The ticket is closed: reopen it first");
 *
 * Statements in an operation are op_read() and the like (db/db.h).
 */
#ifndef OP_H
#define OP_H

#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

struct app;   /* what the process has: configuration, cache, leases (auth/app.h) */
struct db;    /* its connection (db/db.h) */
struct ident; /* who acts (auth/ident.h) */

struct op {
	struct arena *arena;
	struct err err; /* its texts are in the arena as well */
	struct app *app;
	struct db *db;
	const struct ident *who; /* NULL = nobody who signed in: Mortise itself */
	const char *id;		 /* of the request, for logs; NULL = none */
	/* Who acts and from where, for the audit log (auth/source.h); NULL = as `who` and `id` say. */
	const char *source;
	int64_t deadline; /* clock_ms() at which everything must be done */
	/* clock_ms() of the commit that took a right away, 0 = none did: its answer is not given before that
	 * has ended everywhere (auth/rights.h). */
	int64_t ended_at;
};

/* No acting person, and nothing but memory and time. */
void op_init(struct op *op, struct arena *p, int64_t deadline);

/* Why it failed; all return the code, so that a call of theirs is the last that a function does. The
 * first error stays: it is nearest to the cause. */
int op_fail(struct op *op, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* With the problem's type: "plugin-disabled". */
int op_refuse(struct op *op, int code, const char *type, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A field that is wrong; all of them are collected. MT_EFIELDS. */
int op_fault(struct op *op, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* For the operator only. */
void op_log(struct op *op, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Nothing failed after all. */
void op_clear(struct op *op);

/*
 * An attempt that may fail without the operation failing: between the two calls `err` belongs to
 * the attempt.
 *
 *	struct err kept = op_try(op);
 *	if (hook_call(...) < 0) ...
 *	struct err why = op_tried(op, kept);
 */
struct err op_try(struct op *op);
struct err op_tried(struct op *op, struct err kept);

#endif
