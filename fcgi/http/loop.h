/*
 * loop.h - the life of a FastCGI worker: wait, accept, run one request, answer, log once.
 *
 * A handler may hold its reply back until a condition is true (req.h, `held`), while the worker
 * serves others. A worker that is stopped sends those replies first.
 *
 * This file works around libfcgi's traps: SIGTERM is blocked during a request and taken only while
 * waiting; the body that arrives is compared with CONTENT_LENGTH; a client that is gone is noticed;
 * connections are never kept open.
 */
#ifndef LOOP_H
#define LOOP_H

#include "http/req.h"

struct loop {
	const char *process; /* for logs: "api", "admin", "plugin" */
	struct app *app;
	int deadline_ms;
	long idle_ms;	   /* leave after this long without a request; 0 = stay */
	long requests_max; /* leave after so many; 0 = no limit */
	bool takes_handed; /* requests that other workers hand over, too (handed.h) */
	/* Decides and answers: find the route, check, run the handler. Errors are in r->err. */
	int (*serve)(struct req *);
	void (*done)(
		struct req *); /* after the reply was sent: upkeep such as datagrams; or NULL */
	/* Before each wait; or NULL. Returns ms until its next call, -1 = none needed. */
	long (*quiet)(struct app *);
};

/* Returns the process's exit status: 0 stopped or idle. */
int loop_run(const struct loop *l);

#endif
