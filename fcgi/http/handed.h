/*
 * handed.h - a request that one worker hands over to another: the api pool to a plugin's.
 *
 * One message over a connection to the other's socket: the parameters, the connection that the reply is
 * written to, and where there is a body a file in memory with it. No FastCGI request begins as such a
 * message does. The sender has read and checked all of it by libfcgi.
 */
#ifndef HANDED_H
#define HANDED_H

#include "base/arena.h"
#include "base/buf.h"

#define HANDED_MAX (128u * 1024)

struct handed {
	int client; /* the connection */
	int id;	    /* of the request on it */
	int body;   /* a memfd; -1 = there is none */
	char **envp;
};

/* Adds "NAME=value" to the parameters of a message. */
void handed_param(struct buf *params, const char *name, const char *value);
void handed_param_env(struct buf *params, const char *env);
/* 0, or -1 with errno: nobody has it. The descriptors stay the caller's. */
int handed_send(const char *path, const struct handed *h, const struct buf *params);
/* Receives one, envp in the arena: 1, and the descriptors are the caller's; 0 when the connection begins with
 * something else, of which nothing was taken; -1 when it isn't whole. It waits for bytes as long as the
 * socket does. */
int handed_take(int fd, struct arena *p, struct handed *ret);

#endif
