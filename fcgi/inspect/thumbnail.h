/*
 * thumbnail.h - a small JPEG of a picture (JPEG, PNG, WebP), upright as its Exif says, white where it is
 * transparent.
 *
 * Runs in a process of its own for each picture (cmd/mortise-inspect.c): a fault of a decoder ends that
 * process, and then the file has no thumbnail.
 */
#ifndef THUMBNAIL_H
#define THUMBNAIL_H

#include <stddef.h>

struct thumbnail {
	unsigned char *data; /* a JPEG, of malloc() */
	size_t len;
};

/* type: as picture_type() says. 0, or -1: none can be made, or it is too large. A broken JPEG may end the
 * process. */
int thumbnail_make(
	const char *type, const void *data, size_t len, unsigned side, struct thumbnail *ret);

/* 1 to 8, the orientation that a JPEG's Exif names; 1 without one. */
int thumbnail_orientation(const unsigned char *exif, size_t len);

#endif
