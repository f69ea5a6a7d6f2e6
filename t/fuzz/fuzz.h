/*
 * fuzz.h - what the fuzzers share.
 *
 * A fuzzer is one C file with fuzz_one(), linked with the rooms as they are. Beyond what the sanitizers
 * see, it states what must hold for every input with fuzz_check(): a failed one is a find like a crash.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "http/req.h"

/* libFuzzer's two names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);

#define fuzz_check(what)                                                                           \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* A copy with a NUL behind it in memory of exactly that size. */
static inline char *fuzz_text(const uint8_t *data, size_t n)
{
	char *s = malloc(n + 1);

	if (n > 0)
		memcpy(s, data, n);
	s[n] = '\0';
	return s;
}

/* The input in front of the first `end`, which is taken away too; all of it when there is none. */
static inline char *fuzz_until(const uint8_t **data, size_t *n, int end)
{
	const uint8_t *at = *n > 0 ? memchr(*data, end, *n) : NULL;
	size_t len = at ? (size_t)(at - *data) : *n;
	char *s = fuzz_text(*data, len);

	*data += at ? len + 1 : len;
	*n -= at ? len + 1 : len;
	return s;
}

/* --- a request whose body is these bytes, given in pieces ------------------------------------------- */

struct fuzz_body {
	const uint8_t *at;
	size_t left, piece;
};

static inline long fuzz_body_read(struct req *r, void *buf, size_t n)
{
	struct fuzz_body *b = r->io;

	n = n > b->piece ? b->piece : n;
	n = n > b->left ? b->left : n;
	if (n > 0)
		memcpy(buf, b->at, n);
	b->at += n;
	b->left -= n;
	return (long)n;
}

static inline void fuzz_req(struct req *r, struct arena *p, char **envp, struct fuzz_body *body)
{
	memset(r, 0, sizeof(*r));
	op_init(&r->op, p, 0);
	r->method = "POST";
	r->path = "/";
	r->remote = "127.0.0.1";
	r->envp = envp;
	r->content_length = body ? (long)body->left : -1;
	r->read = fuzz_body_read;
	r->io = body;
}

/* --- a file of these bytes, for what takes a path ---------------------------------------------------- */

static inline const char *fuzz_file(const void *data, size_t n)
{
	static char path[40];
	static int fd = -1;

	if (fd < 0) {
		snprintf(path, sizeof(path), "/tmp/mortise-fuzz-XXXXXX");
		fd = mkstemp(path);
		fuzz_check(fd >= 0);
		unlink(path); /* held by its descriptor alone, whatever ends the process */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	fuzz_check(ftruncate(fd, 0) == 0);
	fuzz_check(pwrite(fd, data, n, 0) == (ssize_t)n);
	return path;
}

#endif
