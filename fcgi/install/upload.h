/*
 * upload.h - a package comes in: stored only when everything about it is right.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "http/req.h"
#include "registry/catalog.h"

/* POST /api/plugins/upload, multipart fields "package" and, optional, "signature" (minisign's file). 201,
 * or 200 for bytes that are there already. */
int upload_run(struct req *r);

/*
 * What an upload does with its ZIP, for who has one from elsewhere: reads it, checks signature (NULL =
 * none) and trial load, stores it as source ("upload", "marketplace", "bundled"). MT_EFIELDS with every
 * fault. *ret_checks, borrowed: [{name, ok, detail}]; *ret_new = false when it was there already.
 */
int upload_admit(struct req *r, const char *file, const char *source, const char *signature,
	struct catalog_package *ret, json_t **ret_checks, bool *ret_new);

#endif
