/* qr.c - see qr.h. */
#include "auth/qr.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <qrencode.h>

#define RUN_MAX 24 /* "M177 177h177v1h-177z" */

/* A field's other bits say what it is for. */
static bool is_dark(const QRcode *q, int x, int y)
{
	return x < q->width && (q->data[y * q->width + x] & 1);
}

const char *qr_path(struct arena *p, const char *text, int *ret_size)
{
	QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	size_t size, at = 0;
	char *ret;

	if (!q)
		return NULL;
	/* A row has at most every other field a run of its own. */
	size = (size_t)q->width * ((size_t)q->width / 2 + 1) * RUN_MAX;
	ret = arena_alloc(p, size);
	ret[0] = '\0';
	for (int y = 0; y < q->width; y++)
		for (int x = 0, n; x < q->width; x += n + 1) {
			for (n = 0; is_dark(q, x + n, y);)
				n++;
			if (n)
				at += (size_t)snprintf(
					ret + at, size - at, "M%d %dh%dv1h-%dz", x, y, n, n);
		}
	*ret_size = q->width;
	QRcode_free(q);
	return ret;
}
