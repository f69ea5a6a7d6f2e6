/*
 * zipmaker.h - ZIPs that no honest tool would write: every field can be made to lie.
 */
#ifndef ZIPMAKER_H
#define ZIPMAKER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <unistd.h>
#include "base/id.h"

struct zm_entry {
	const char *name;
	const void *data;
	size_t len;
	unsigned mode;	/* st_mode; 0 = 0100644 */
	int method;	/* 0 stored, 8 deflated (as one literal block), other: written as stored */
	unsigned flags; /* 1 = encrypted */
	int64_t claim_size; /* uncompressed size in the headers; 0 = the truth */
	int64_t claim_packed;
	uint32_t claim_crc; /* 0 = the truth */
};

struct zm {
	unsigned char *buf, *dir;
	size_t len, dir_len;
	unsigned n;
};

static inline uint32_t zm_crc(const unsigned char *p, size_t n)
{
	uint32_t c = 0xffffffffu;

	while (n--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = c >> 1 ^ (0xedb88320u & -(c & 1));
	}
	return ~c;
}

static inline void zm_put(unsigned char **to, size_t *len, const void *data, size_t n)
{
	*to = realloc(*to, *len + n + 1);
	memcpy(*to + *len, data, n);
	*len += n;
}

static inline void zm_num(unsigned char **to, size_t *len, uint64_t v, int bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		zm_put(to, len, &(unsigned char){(unsigned char)v}, 1);
}

static inline void zm_common(unsigned char **to, size_t *len, const struct zm_entry *e,
	uint32_t crc, size_t packed, size_t size)
{
	zm_num(to, len, 20, 2);
	zm_num(to, len, e->flags, 2);
	zm_num(to, len, (unsigned)e->method, 2);
	zm_num(to, len, 0x5021000, 4); /* some time, some day */
	zm_num(to, len, crc, 4);
	zm_num(to, len, packed, 4);
	zm_num(to, len, size, 4);
	zm_num(to, len, strlen(e->name), 2);
	zm_num(to, len, 0, 2);
}

static inline void zm_add(struct zm *z, struct zm_entry e)
{
	size_t at = z->len, packed = e.method == 8 ? e.len + 5 : e.len;
	size_t size = e.claim_size ? (size_t)e.claim_size : e.len;
	uint32_t crc = e.claim_crc ? e.claim_crc : zm_crc(e.data, e.len);

	if (e.claim_packed)
		packed = (size_t)e.claim_packed;
	zm_num(&z->buf, &z->len, 0x04034b50, 4);
	zm_common(&z->buf, &z->len, &e, crc, packed, size);
	zm_put(&z->buf, &z->len, e.name, strlen(e.name));
	if (e.method == 8) { /* a deflate stream of one literal block: at most 65535 bytes */
		zm_num(&z->buf, &z->len, 1, 1);
		zm_num(&z->buf, &z->len, e.len, 2);
		zm_num(&z->buf, &z->len, ~e.len & 0xffff, 2);
	}
	zm_put(&z->buf, &z->len, e.data, e.len);
	zm_num(&z->dir, &z->dir_len, 0x02014b50, 4);
	zm_num(&z->dir, &z->dir_len, 3 << 8 | 20, 2); /* made by Unix */
	zm_common(&z->dir, &z->dir_len, &e, crc, packed, size);
	zm_num(&z->dir, &z->dir_len, 0, 6);
	zm_num(&z->dir, &z->dir_len, (uint64_t)(e.mode ? e.mode : 0100644) << 16, 4);
	zm_num(&z->dir, &z->dir_len, at, 4);
	zm_put(&z->dir, &z->dir_len, e.name, strlen(e.name));
	z->n++;
}

static inline void zm_text(struct zm *z, const char *name, const char *text)
{
	zm_add(z, (struct zm_entry){.name = name, .data = text, .len = strlen(text)});
}

/* Writes the ZIP to a temporary file and empties z. The name is static; unlink it by yourself. */
static inline const char *zm_write(struct zm *z)
{
	static char path[64];
	size_t dir_at = z->len;
	int fd;

	zm_put(&z->buf, &z->len, z->dir, z->dir_len);
	zm_num(&z->buf, &z->len, 0x06054b50, 4);
	zm_num(&z->buf, &z->len, 0, 4);
	zm_num(&z->buf, &z->len, z->n, 2);
	zm_num(&z->buf, &z->len, z->n, 2);
	zm_num(&z->buf, &z->len, z->dir_len, 4);
	zm_num(&z->buf, &z->len, dir_at, 4);
	zm_num(&z->buf, &z->len, 0, 2);
	snprintf(path, sizeof(path), "/tmp/mortise-zip-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, z->buf, z->len) != (ssize_t)z->len)
		abort();
	close(fd);
	free(z->buf);
	free(z->dir);
	memset(z, 0, sizeof(*z));
	return path;
}

#endif
