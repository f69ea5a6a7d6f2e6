#include "base/op.h"

void op_init(struct op *op, struct arena *p, int64_t deadline)
{
	*op = (struct op){.arena = p, .deadline = deadline};
	op_clear(op);
}

int op_fail(struct op *op, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	code = err_vset(&op->err, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int op_refuse(struct op *op, int code, const char *type, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	code = err_vset(&op->err, code, type, fmt, ap);
	va_end(ap);
	return code;
}

int op_fault(struct op *op, const char *pointer, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = err_vaddfield(&op->err, pointer, fmt, ap);
	va_end(ap);
	return rc;
}

void op_log(struct op *op, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vlog(&op->err, fmt, ap);
	va_end(ap);
}

void op_clear(struct op *op)
{
	err_init(&op->err, op->arena);
}

struct err op_try(struct op *op)
{
	struct err kept = op->err;

	op_clear(op);
	return kept;
}

struct err op_tried(struct op *op, struct err kept)
{
	struct err why = op->err;

	op->err = kept;
	return why;
}
