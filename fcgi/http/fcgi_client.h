/*
 * fcgi_client.h - the other side of FastCGI 1.0: one request to a responder, one answer (hooks of plugins,
 * the steward's word to the admin pool). The connection is the caller's; nothing here opens or closes one.
 *
 *	buf_init(&params, FCGI_PARAMS_MAX);
 *	fcgi_param(&params, "REQUEST_METHOD", "POST");
 *	fcgi_request(&request, &params, body, n);
 *	rc = fcgi_ask(fd, &request, &answer, deadline);
 */
#ifndef FCGI_CLIENT_H
#define FCGI_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

#define FCGI_PARAMS_MAX 60000 /* the other side refuses more */

void fcgi_param(struct buf *params, const char *name, const char *value);
/* The whole request as bytes. CONTENT_LENGTH is the caller's to set. */
void fcgi_request(struct buf *out, const struct buf *params, const void *body, size_t n);

/* Sends and receives: 0 with the head and body of the answer, MT_EUPSTREAM when it broke off or is longer
 * than `ret` may be, MT_ETIMEOUT, MT_EBUSY when the caller's request must give way (os/share.h). */
int fcgi_ask(int fd, const struct buf *request, struct buf *ret, int64_t deadline);

/* For who waits by poll: takes whole records off the front of in, STDOUT's content to out. 1 at the
 * request's end, 0 when more is needed. */
int fcgi_take(struct buf *in, struct buf *out);

/* The number of the "Status:" header, 200 without one, 502 when it is no status; the body behind the head. */
int fcgi_status(const struct buf *answer, const char **ret_body, size_t *ret_len);

#endif
