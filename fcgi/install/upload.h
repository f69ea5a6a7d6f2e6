/*
 * upload.h - a package comes in: stored only when everything about it is right.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "http/req.h"

/* POST /api/plugins/upload, multipart field "package". 201, or 200 for bytes that are there already. */
int upload_run(struct req *r);

#endif
