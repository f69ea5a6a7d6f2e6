/*
 * attachment_store.h - from a form's file to bytes in files_dir, whose type is known.
 */
#ifndef ATTACHMENT_STORE_H
#define ATTACHMENT_STORE_H

#include <stdbool.h>
#include "base/temp.h"
#include "http/req.h"

struct stored {
	const char *name; /* as its sender calls it, cleaned */
	const char *type; /* by its bytes */
	unsigned width, height;
	size_t size;
	char sha256[65];
	struct temp *file, *thumbnail; /* temporary; thumbnail NULL = none can be made */
};

/* Receives the request's body. Nothing stays when the request ends without attachment_begin(). */
int attachment_receive(struct req *r, struct stored *ret);
/* Begins the transaction that adds the row, and puts both in their place. */
int attachment_begin(struct req *r, struct stored *s);
/* Has nginx send it. A browser shows only what it draws without running anything, and saves the rest. */
int attachment_send(
	struct req *r, const char *name, const char *type, const char *sha256, bool thumbnail);
/* A name that is shown, and saved on people's machines: its last part, without hidden characters and marks
 * that turn the direction of writing, at most 200 and with its ending. "" becomes "file". */
const char *attachment_name(struct arena *p, const char *given);

#endif
