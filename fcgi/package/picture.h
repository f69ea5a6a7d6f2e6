/*
 * picture.h - what a picture is, by its bytes: no name and no server is believed.
 *
 * Formats that are drawn and nothing else: PNG, JPEG, WebP. An SVG is a document and none of them.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include <stddef.h>

struct picture {
	const char *type; /* "image/png" */
	unsigned width, height;
};

/* NULL = none of them. */
const char *picture_type(const void *data, size_t len);
/* 0, or -1 when it is none of them or its head doesn't give its size. */
int picture_read(const void *data, size_t len, struct picture *ret);

#endif
