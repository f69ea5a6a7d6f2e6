/*
 * fetch.h - a file of a marketplace into a temporary file: the admin pool's side of mortise-fetch.
 *
 * That is a pool of its own (run_dir/fetch.sock), with a user of its own. It gets the address and
 * the descriptor to write to, and answers in lines. The caller waits no longer than its deadline
 * and `seconds`, then closes the connection, which ends the download. The file is removed with the
 * arena.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stdint.h>
#include "base/conf.h"
#include "base/arena.h"

struct fetch_order {
	const char *url;
	const char *base; /* the marketplace's own URL */
	const char *etag; /* of what we have; "" = none */
	long max;	  /* bytes */
	int seconds;
	/* Called now and then with the bytes so far; -1 = cancel. NULL = not called. */
	int (*progress)(void *arg, long got);
	void *arg;
};

struct fetch {
	int status;	  /* 200; 304 = etag still holds; 404 */
	const char *path; /* the file, when 200 */
	long bytes;
	const char *etag; /* "" = none */
};

/* 404 is an answer, too. Everything else that isn't the file is MT_EUPSTREAM with words for people;
 * MT_EINVAL when nobody wants it any more. */
int fetch_file(struct arena *p, const struct conf *c, int64_t deadline, const struct fetch_order *o,
	struct fetch *ret, struct err *e);

#endif
