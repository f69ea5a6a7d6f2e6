/* fault.c - faults of a package: see fault.h. */
#include <stdarg.h>
#include <stdbool.h>
#include "package/fault.h"

/* False: the last place was taken by a fault that reports this. */
static bool may_add(struct err *e)
{
	err_set(e, MT_EFIELDS, "The package is faulty");
	if (e->n_fields == ERR_FIELDS_MAX - 1)
		err_addfield(e, "/", "There are more faults; these are the first %d",
			ERR_FIELDS_MAX - 1);
	return e->n_fields < ERR_FIELDS_MAX;
}

int fault_add(struct err *e, const char *pointer, const char *fmt, ...)
{
	va_list ap;

	if (!may_add(e))
		return MT_EFIELDS;
	va_start(ap, fmt);
	err_vaddfield(e, pointer, fmt, ap);
	va_end(ap);
	return MT_EFIELDS;
}

int fault_plain(struct err *e, const char *pointer, const char *text)
{
	return may_add(e) ? err_addfield_plain(e, pointer, text) : MT_EFIELDS;
}

int fault_verbatim(struct err *e, const char *pointer, const char *text)
{
	return may_add(e) ? err_addfield_verbatim(e, pointer, text) : MT_EFIELDS;
}

int fault_take(struct err *e, const char *pointer, const struct err *why)
{
	return may_add(e) ? err_takefield(e, pointer, why) : MT_EFIELDS;
}

int fault_any(const struct err *e)
{
	return e->n_fields > 0 ? MT_EFIELDS : 0;
}
