/* picture.c - see picture.h. */
#include "package/picture.h"

#include <stdbool.h>
#include <string.h>

#define PNG_HEAD 24  /* signature, IHDR with its length, width, height */
#define WEBP_HEAD 30 /* RIFF, WEBP, the first chunk up to the size */

const char *picture_type(const void *data, size_t len)
{
	const char *d = data;

	if (len > 8 && !memcmp(d, "\x89PNG\r\n\x1a\n", 8))
		return "image/png";
	if (len > 3 && !memcmp(d, "\xff\xd8\xff", 3))
		return "image/jpeg";
	if (len > 12 && !memcmp(d, "RIFF", 4) && !memcmp(d + 8, "WEBP", 4))
		return "image/webp";
	return NULL;
}

static unsigned be(const unsigned char *d, int n)
{
	unsigned ret = 0;

	for (int i = 0; i < n; i++)
		ret = ret << 8 | d[i];
	return ret;
}

static unsigned le(const unsigned char *d, int n)
{
	unsigned ret = 0;

	for (int i = n - 1; i >= 0; i--)
		ret = ret << 8 | d[i];
	return ret;
}

static int read_png(const unsigned char *d, size_t len, struct picture *ret)
{
	if (len < PNG_HEAD || memcmp(d + 12, "IHDR", 4) != 0)
		return -1;
	ret->width = be(d + 16, 4);
	ret->height = be(d + 20, 4);
	return 0;
}

/* SOF0 to SOF15 have the size; the others of these numbers are tables. */
static bool is_frame(unsigned marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
	       marker != 0xcc;
}

static int read_jpeg(const unsigned char *d, size_t len, struct picture *ret)
{
	size_t at = 2;

	while (at + 4 <= len && d[at] == 0xff) {
		unsigned marker = d[at + 1], size = be(d + at + 2, 2);

		if (marker == 0xff) { /* a byte of padding */
			at++;
			continue;
		}
		if (is_frame(marker)) {
			if (at + 9 > len)
				return -1;
			ret->height = be(d + at + 5, 2);
			ret->width = be(d + at + 7, 2);
			return 0;
		}
		if (size < 2)
			return -1;
		at += 2 + size;
	}
	return -1;
}

static int read_webp(const unsigned char *d, size_t len, struct picture *ret)
{
	unsigned bits;

	if (len < WEBP_HEAD)
		return -1;
	if (!memcmp(d + 12, "VP8 ", 4) && !memcmp(d + 23, "\x9d\x01\x2a", 3)) {
		ret->width = le(d + 26, 2) & 0x3fff;
		ret->height = le(d + 28, 2) & 0x3fff;
		return 0;
	}
	if (!memcmp(d + 12, "VP8L", 4) && d[20] == 0x2f) {
		bits = le(d + 21, 4);
		ret->width = (bits & 0x3fff) + 1;
		ret->height = (bits >> 14 & 0x3fff) + 1;
		return 0;
	}
	if (memcmp(d + 12, "VP8X", 4) != 0)
		return -1;
	ret->width = le(d + 24, 3) + 1;
	ret->height = le(d + 27, 3) + 1;
	return 0;
}

int picture_read(const void *data, size_t len, struct picture *ret)
{
	*ret = (struct picture){.type = picture_type(data, len)};
	if (!ret->type)
		return -1;
	if (!strcmp(ret->type, "image/png"))
		return read_png(data, len, ret);
	return !strcmp(ret->type, "image/jpeg") ? read_jpeg(data, len, ret)
						: read_webp(data, len, ret);
}
