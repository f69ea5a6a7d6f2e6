/* thumbnail.c - see thumbnail.h. A picture is three bytes a pixel here: red, green, blue. */
#include "inspect/thumbnail.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>

/* What is decoded whole, three or four bytes a pixel; a JPEG's eighth may be of more. */
#define PIXELS_MAX (24u << 20)
#define JPEG_PIXELS_MAX (200u << 20)
#define JPEG_MEMORY_MAX (128L << 20)
#define QUALITY 78
#define EXIF_ORIENTATION 0x0112

struct pixels {
	unsigned width, height;
	unsigned char *rgb;
};

static int make(unsigned width, unsigned height, struct pixels *ret)
{
	*ret = (struct pixels){.width = width, .height = height};
	if (width == 0 || height == 0 || (uint64_t)width * height > PIXELS_MAX)
		return -1;
	ret->rgb = malloc((size_t)width * height * 3);
	return ret->rgb ? 0 : -1;
}

/* --- the orientation of a photo ----------------------------------------------------------------------- */

static unsigned number(const unsigned char *d, int n, bool is_big)
{
	unsigned ret = 0;

	for (int i = 0; i < n; i++)
		ret = ret << 8 | d[is_big ? i : n - 1 - i];
	return ret;
}

int thumbnail_orientation(const unsigned char *exif, size_t len)
{
	const unsigned char *tiff = exif + 6;
	unsigned at, count, value;
	bool is_big;

	if (len < 6 + 8 || memcmp(exif, "Exif\0\0", 6) != 0)
		return 1;
	len -= 6;
	is_big = tiff[0] == 'M';
	at = number(tiff + 4, 4, is_big);
	if (at > len || len - at < 2)
		return 1;
	count = number(tiff + at, 2, is_big);
	at += 2;
	for (; count > 0 && len - at >= 12; count--, at += 12) {
		if (number(tiff + at, 2, is_big) != EXIF_ORIENTATION)
			continue;
		value = number(tiff + at + 8, 2, is_big);
		return value >= 1 && value <= 8 ? (int)value : 1;
	}
	return 1;
}

/* 5 to 8 lie on their side. */
static int turn(struct pixels *p, int orientation)
{
	struct pixels to;
	bool lies = orientation >= 5;

	if (orientation == 1)
		return 0;
	if (make(lies ? p->height : p->width, lies ? p->width : p->height, &to) < 0)
		return -1;
	for (unsigned y = 0; y < to.height; y++) {
		for (unsigned x = 0; x < to.width; x++) {
			unsigned u = lies ? y : x, v = lies ? x : y;

			if (orientation == 2 || orientation == 3 || orientation == 7 ||
				orientation == 8)
				u = p->width - 1 - u;
			if (orientation == 3 || orientation == 4 || orientation == 6 ||
				orientation == 7)
				v = p->height - 1 - v;
			memcpy(to.rgb + 3 * ((size_t)y * to.width + x),
				p->rgb + 3 * ((size_t)v * p->width + u), 3);
		}
	}
	free(p->rgb);
	*p = to;
	return 0;
}

/* --- formats ------------------------------------------------------------------------------------------ */

/* libjpeg expects that this doesn't return: nothing is left to do in this process. */
static void give_up(j_common_ptr c)
{
	(void)c;
	_Exit(1);
}

static void say_nothing(j_common_ptr c)
{
	(void)c;
}

static struct jpeg_error_mgr *quiet(struct jpeg_error_mgr *e)
{
	jpeg_std_error(e);
	e->error_exit = give_up;
	e->output_message = say_nothing;
	return e;
}

/* An eighth to a whole of its size, the smallest that is enough. */
static int read_jpeg(
	const void *data, size_t len, unsigned side, struct pixels *ret, int *ret_orientation)
{
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr e;
	unsigned longer;
	int rc;

	c.err = quiet(&e);
	jpeg_create_decompress(&c);
	c.mem->max_memory_to_use = JPEG_MEMORY_MAX;
	jpeg_mem_src(&c, data, len);
	jpeg_save_markers(&c, JPEG_APP0 + 1, 0xffff);
	jpeg_read_header(&c, TRUE);
	longer = c.image_width > c.image_height ? c.image_width : c.image_height;
	if ((uint64_t)c.image_width * c.image_height > JPEG_PIXELS_MAX)
		return -1;
	for (jpeg_saved_marker_ptr m = c.marker_list; m && *ret_orientation == 1; m = m->next)
		*ret_orientation = thumbnail_orientation(m->data, m->data_length);
	c.out_color_space = JCS_RGB;
	c.dct_method = JDCT_IFAST;
	c.scale_num = 1;
	for (c.scale_denom = 8; c.scale_denom > 1 && longer / c.scale_denom < side;)
		c.scale_denom /= 2;
	jpeg_start_decompress(&c);
	rc = c.output_components == 3 ? make(c.output_width, c.output_height, ret) : -1;
	while (rc == 0 && c.output_scanline < c.output_height) {
		JSAMPROW row = ret->rgb + (size_t)c.output_scanline * c.output_width * 3;

		jpeg_read_scanlines(&c, &row, 1);
	}
	jpeg_destroy_decompress(&c);
	return rc;
}

static int read_png(const void *data, size_t len, struct pixels *ret)
{
	static const png_color white = {255, 255, 255};
	png_image image = {.version = PNG_IMAGE_VERSION};
	int rc = -1;

	if (!png_image_begin_read_from_memory(&image, data, len))
		return -1;
	image.format = PNG_FORMAT_RGB;
	if (make(image.width, image.height, ret) == 0 &&
		png_image_finish_read(&image, &white, ret->rgb, 0, NULL))
		rc = 0;
	png_image_free(&image);
	return rc;
}

static int read_webp(const void *data, size_t len, unsigned side, struct pixels *ret)
{
	WebPDecoderConfig c;
	unsigned width, height, longer;
	int rc = -1;

	if (!WebPInitDecoderConfig(&c) || WebPGetFeatures(data, len, &c.input) != VP8_STATUS_OK ||
		c.input.has_animation)
		return -1;
	width = (unsigned)c.input.width;
	height = (unsigned)c.input.height;
	longer = width > height ? width : height;
	if ((uint64_t)width * height > PIXELS_MAX)
		return -1;
	if (longer > 2 * side) {
		width = width * 2 * side / longer;
		height = height * 2 * side / longer;
		c.options.use_scaling = 1;
		c.options.scaled_width = (int)(width += width == 0);
		c.options.scaled_height = (int)(height += height == 0);
	}
	c.output.colorspace = MODE_RGBA;
	if (WebPDecode(data, len, &c) == VP8_STATUS_OK &&
		make((unsigned)c.output.width, (unsigned)c.output.height, ret) == 0) {
		for (unsigned y = 0; y < ret->height; y++)
			for (unsigned x = 0; x < ret->width; x++) {
				const uint8_t *from = c.output.u.RGBA.rgba +
						      (size_t)y * (size_t)c.output.u.RGBA.stride +
						      4 * (size_t)x;
				unsigned char *to = ret->rgb + 3 * ((size_t)y * ret->width + x);

				for (int k = 0; k < 3; k++)
					to[k] = (unsigned char)((from[k] * from[3] +
									255 * (255 - from[3])) /
								255);
			}
		rc = 0;
	}
	WebPFreeDecBuffer(&c.output);
	return rc;
}

/* --- smaller ------------------------------------------------------------------------------------------ */

/* Each new pixel is the average of those that it covers. */
static int shrink(struct pixels *p, unsigned side)
{
	unsigned longer = p->width > p->height ? p->width : p->height;
	unsigned width = (unsigned)((uint64_t)p->width * side / longer);
	unsigned height = (unsigned)((uint64_t)p->height * side / longer);
	struct pixels to;

	if (longer <= side)
		return 0;
	if (make(width ? width : 1, height ? height : 1, &to) < 0)
		return -1;
	for (unsigned y = 0; y < to.height; y++) {
		unsigned top = (unsigned)((uint64_t)y * p->height / to.height);
		unsigned end = (unsigned)((uint64_t)(y + 1) * p->height / to.height);

		for (unsigned x = 0; x < to.width; x++) {
			unsigned left = (unsigned)((uint64_t)x * p->width / to.width);
			unsigned right = (unsigned)((uint64_t)(x + 1) * p->width / to.width);
			uint64_t sum[3] = {0};
			uint64_t n = (uint64_t)(end - top) * (right - left);

			for (unsigned v = top; v < end; v++)
				for (unsigned u = left; u < right; u++)
					for (int k = 0; k < 3; k++)
						sum[k] += p->rgb[3 * ((size_t)v * p->width + u) +
								 (size_t)k];
			for (int k = 0; k < 3; k++)
				to.rgb[3 * ((size_t)y * to.width + x) + (size_t)k] =
					(unsigned char)(sum[k] / n);
		}
	}
	free(p->rgb);
	*p = to;
	return 0;
}

static void write_jpeg(const struct pixels *p, struct thumbnail *ret)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr e;
	unsigned long len = 0;

	c.err = quiet(&e);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &ret->data, &len);
	c.image_width = p->width;
	c.image_height = p->height;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, QUALITY, TRUE);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = p->rgb + (size_t)c.next_scanline * p->width * 3;

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	ret->len = len;
}

int thumbnail_make(
	const char *type, const void *data, size_t len, unsigned side, struct thumbnail *ret)
{
	struct pixels p = {0};
	int orientation = 1, rc = -1;

	*ret = (struct thumbnail){0};
	if (!strcmp(type, "image/jpeg"))
		rc = read_jpeg(data, len, side, &p, &orientation);
	else if (!strcmp(type, "image/png"))
		rc = read_png(data, len, &p);
	else if (!strcmp(type, "image/webp"))
		rc = read_webp(data, len, side, &p);
	if (rc == 0 && (rc = shrink(&p, side)) == 0 && (rc = turn(&p, orientation)) == 0)
		write_jpeg(&p, ret);
	free(p.rgb);
	return rc;
}
