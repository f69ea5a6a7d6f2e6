/*
 * loop.h - the life of a FastCGI worker: wait, accept, run one request, answer, log once.
 *
 * A handler may hold its reply back until something has come true (req.h, `held`): the worker serves others
 * meanwhile. One that is told to leave sends those replies first.
 *
 * libfcgi's traps are closed here: SIGTERM is blocked during a request and taken only while waiting;
 * the body that arrives is compared with CONTENT_LENGTH; a client that is gone is noticed; connections
 * are never kept.
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
	/* Decides and answers: find the route, check, run the handler. Errors are in r->err. */
	int (*serve)(struct req *);
	void (*done)(
		struct req *); /* after the reply was sent: upkeep such as datagrams; or NULL */
	/* Before each wait; or NULL. Returns ms after which it wants to be asked again, -1 = never. */
	long (*quiet)(struct app *);
};

/* Returns the process's exit status: 0 told to stop or idle. */
int loop_run(const struct loop *l);

#endif
