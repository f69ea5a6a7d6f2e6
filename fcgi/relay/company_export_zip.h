/*
 * company_export_zip.h - the file of an export of a company: see company_export.h.
 */
#ifndef COMPANY_EXPORT_ZIP_H
#define COMPANY_EXPORT_ZIP_H

#include "auth/app.h"

#define COMPANY_EXPORT_HOLD_S 60 /* nobody else makes it, unless the helper is silent for so long */
#define COMPANY_EXPORT_GONE "export-gone" /* type of the error: nobody wants it any more */

/* One that was taken. */
struct company_export_job {
	const char *tenant, *id, *code, *name;
};

/* Writes it to `path`: 0 or the error of op. op notes how far it is; the rows are read in a session of
 * another app, which has none yet. */
int company_export_zip(
	struct op *op, struct app *reader, const struct company_export_job *job, const char *path);

#endif
