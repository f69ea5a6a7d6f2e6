/* fault.c - faults of a package: see fault.h. */
#include <stdio.h>
#include "package/fault.h"

int fault_add(struct err *e, const char *pointer, const char *fmt, ...)
{
	char detail[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	if (e->n_fields == ERR_FIELDS_MAX - 1) {
		pointer = "/";
		snprintf(detail, sizeof(detail), "there are more faults; these are the first %d",
			ERR_FIELDS_MAX - 1);
	}
	err_set(e, MT_EFIELDS, "the package is faulty");
	return err_addfield(e, pointer, "%s", detail);
}

int fault_any(const struct err *e)
{
	return e->n_fields > 0 ? MT_EFIELDS : 0;
}
