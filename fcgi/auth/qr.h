/*
 * qr.h - a text as a QR code for a camera, with libqrencode, as the path of an SVG: the page needs no
 * library and no picture from elsewhere for it.
 */
#ifndef QR_H
#define QR_H

#include "base/arena.h"

/* The dark fields of a square of *ret_size fields, in the arena; NULL when the text is too long. */
const char *qr_path(struct arena *p, const char *text, int *ret_size);

#endif
