/*
 * fetch.h - a file of a marketplace, or an answer of a provider of OpenID Connect, into a temporary
 * file: the side of mortise-fetch in the pools that need it.
 *
 * That is a pool of its own (run_dir/fetch.sock), with a user of its own. It gets the address and
 * the descriptor to write to, and answers in lines. The caller waits no longer than its deadline
 * and `seconds`, then closes the connection, which ends the download. The file is removed with the
 * arena.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stdint.h>
#include "auth/app.h"

struct fetch_order {
	const char *url;  /* of a source: source_read() fills it and base */
	const char *base; /* the marketplace's own URL */
	const char *etag; /* of what we have; "" = none */
	/* Of a provider of OpenID Connect (oidc/provider.c): NULL = it is a marketplace's. */
	const char *allow; /* instead of marketplace_allow, and http within this machine */
	const char *post, *basic, *bearer; /* get.h */
	long max;			   /* bytes */
	int seconds;
	/* Called now and then with the bytes that have come; -1 cancels. NULL = no progress. */
	int (*progress)(void *arg, long got);
	void *arg;
};

struct fetch {
	int status;	  /* 200; 304 = etag still holds; 404 */
	const char *path; /* the file, when 200 */
	long bytes;
	const char *etag;   /* "" = none */
	const char *reason; /* why there is no answer, of get.h: "timeout", "status" */
};

/* 404 is an answer, too. Everything else that isn't the file is MT_EUPSTREAM with a message for people;
 * MT_EINVAL when it was cancelled. */
int fetch_file(struct op *op, const struct fetch_order *o, struct fetch *ret);
/* The bytes of the file, with a NUL behind them. */
int fetch_text(struct op *op, const struct fetch *f, char **ret);

#endif
