/*
 * get.h - one file from the internet into a descriptor: the work of mortise-fetch, which is a
 * process of its own because a foreign URL, a foreign server and a TLS library don't belong into
 * the admin pool, nor into the one that signs people in.
 *
 * https only; every address is checked when it is connected to (address.h), every redirect anew, at
 * most five; ports are 443, the port of the marketplace itself, or an allowed one. No proxy,
 * cookies or compression. Credentials are those of the order alone, and what is sent or has some
 * follows no redirect. Plain http is for a provider of OpenID Connect on this machine, as tests have
 * one: allowed by name, and a loopback address. Bytes are counted as they arrive; total time and a least
 * speed are enforced.
 */
#ifndef GET_H
#define GET_H

#include <stdbool.h>
#include <stddef.h>

#define GET_REDIRECTS_MAX 5
#define GET_HEADERS_MAX (64L << 10) /* all header lines of one answer */

struct get_order {
	const char *url;
	const char *base;  /* the marketplace's own URL: its port is fine on its host; NULL = url */
	const char *allow; /* "host:port ..." whose addresses aren't checked; "" = none */
	const char *rule;  /* the setting of mortise.conf that this is */
	bool plain;	   /* http to an allowed loopback address, too */
	const char *post;  /* a form to send; NULL = GET */
	const char *basic; /* "user:password", NULL = without */
	const char *bearer; /* a token, NULL = without */
	int ca_fd;	    /* PEM file of further authorities, open; -1 = none */
	const char *etag;   /* of what we have: If-None-Match; "" = none */
	long max;	    /* bytes */
	int seconds;	    /* all of it, redirects included */
	int fd;		    /* where the bytes go */
	/* Called with the bytes so far, at most four times a second; -1 = cancel. May be NULL. */
	int (*progress)(long bytes);
};

struct get_answer {
	int status; /* 200 or 304; 0 = failed */
	int http;   /* the server's status, when it is that which failed; else 0 */
	long bytes;
	char etag[128]; /* "" = none */
	char reason
		[16]; /* refused, resolve, connect, tls, timeout, size, status, redirect, broken */
	char message[400]; /* for people: "answered with status 404" */
};

/* The ports that the order may lead to, most of them at most, and a 0. */
void get_ports(const struct get_order *o, unsigned short *ret, size_t most);
/* 0, or -1 with reason and message. */
int get_url(const struct get_order *o, struct get_answer *ret);

struct buf;
/* Certificates are checked with the system's authorities and these (PEM; closed): `keep` has them as long as
 * the handle of libcurl lives. 0 or -1 with errno. */
int get_authorities(void *curl, int ca_fd, struct buf *keep);

#endif
