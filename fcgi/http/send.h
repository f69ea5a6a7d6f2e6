/*
 * send.h - a request's reply on its client's connection, as FastCGI records: the loop's writing half.
 *
 * Nothing of libfcgi is used, which would copy a reply and send it 8 kB at a time. A write waits for room
 * with poll(), and all of a reply has to be gone by the request's deadline: nginx keeps what its client is
 * slow to take, up to a bound.
 */
#ifndef SEND_H
#define SEND_H

#include "http/req.h"

/* The request's reply and the end of the request, in one write where there is room. 0, or -1 when nobody is
 * there to read it. */
int send_reply(struct req *r);
/* req.h's `line`. */
int send_line(struct req *r, const char *text, size_t n);

#endif
