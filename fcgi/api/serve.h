/*
 * serve.h - what a worker of the core does with a request: the serve function of http/loop.h.
 */
#ifndef SERVE_H
#define SERVE_H

#include "http/req.h"

/* The tables of routes are the app's. A transaction that a handler left open is rolled back. */
int serve_request(struct req *r);

#endif
