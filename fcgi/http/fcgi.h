/*
 * fcgi.h - from FastCGI parameters to struct req; apart from the loop so that tests can call it.
 */
#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include "http/req.h"

/* Fills id, method, path, query, remote and content_length. arena and err must be there already. */
int fcgi_fill(struct req *r, char **envp);

#endif
