/*
 * upload.h - receives a package: stored only when everything about it is right.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "http/req.h"
#include "registry/catalog.h"
#include "package/package.h"

/* POST /api/plugins/upload, multipart fields "package" and, optional, "signature" (minisign's file). 201,
 * or 200 for bytes that are there already. */
int upload_run(struct req *r);

struct upload_order {
	const char *file;
	const char *source;    /* "upload", "marketplace", "bundled" */
	const char *signature; /* NULL = none */
	/* Refuses, by its error, what was read and isn't what was wanted; NULL = anything is. */
	int (*compare)(struct req *r, const struct package *pkg, const json_t *wanted);
	const json_t *wanted;
};

/*
 * The same for a ZIP from elsewhere, as an upload does it: reads it, checks signature and trial
 * load, stores it. MT_EFIELDS with every fault. *ret_checks, borrowed: [{name, ok, detail}]; *ret_new =
 * false when it was there already.
 */
int upload_admit(struct req *r, const struct upload_order *o, struct catalog_package *ret,
	json_t **ret_checks, bool *ret_new);

#endif
