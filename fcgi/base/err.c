#include "base/err.h"

#include <stdio.h>
#include <string.h>

void err_clear(struct err *e)
{
	/* The field array is 24 kB and guarded by n_fields: not worth clearing for every request. */
	e->code = 0;
	e->message[0] = e->log[0] = e->type[0] = '\0';
	e->retry_after = 0;
	e->n_fields = 0;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	if (e->code != 0)
		return e->code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	return code;
}

int err_addfield(struct err *e, const char *pointer, const char *fmt, ...)
{
	struct err_field *f;
	va_list ap;

	if (e == NULL)
		return MT_EFIELDS;
	if (e->code == 0) {
		e->code = MT_EFIELDS;
		snprintf(e->message, sizeof(e->message), "some fields are not valid");
	}
	if (e->n_fields >= ERR_FIELDS_MAX)
		return MT_EFIELDS;
	f = &e->field[e->n_fields++];
	snprintf(f->pointer, sizeof(f->pointer), "%s", pointer);
	va_start(ap, fmt);
	vsnprintf(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
	return MT_EFIELDS;
}

void err_log(struct err *e, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (e == NULL)
		return;
	n = strlen(e->log);
	if (n > 0 && n + 3 < sizeof(e->log)) {
		memcpy(e->log + n, "; ", 3);
		n += 2;
	}
	va_start(ap, fmt);
	vsnprintf(e->log + n, sizeof(e->log) - n, fmt, ap);
	va_end(ap);
}
