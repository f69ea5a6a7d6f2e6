/* Thumbnails: photos are upright whichever way the camera was held, and an Exif that lies is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jpeglib.h>
#include "inspect/thumbnail.h"

#define WIDE 400
#define HIGH 200
#define EXIF(order, what) "Exif\0\0" order what "\0\0\0\0"
#define BIG(value) EXIF("MM\0\x2a\0\0\0\x08", "\0\x01\x01\x12\0\x03\0\0\0\x01\0" value "\0\0")
#define LITTLE(value) EXIF("II\x2a\0\x08\0\0\0", "\x01\0\x12\x01\x03\0\x01\0\0\0" value "\0\0\0")

static const unsigned char UPRIGHT[] = BIG("\x01"), TURNED[] = BIG("\x06"),
			   OTHER[] = LITTLE("\x08");

/* Its left half is red, the right one blue. */
static unsigned char *photo(const unsigned char *exif, size_t n, unsigned long *ret_len)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr e;
	unsigned char row[WIDE * 3], *ret = NULL;
	JSAMPROW rows[1] = {row};

	for (int x = 0; x < WIDE; x++)
		memcpy(row + 3 * x, x < WIDE / 2 ? "\xff\0\0" : "\0\0\xff", 3);
	c.err = jpeg_std_error(&e);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &ret, ret_len);
	c.image_width = WIDE;
	c.image_height = HIGH;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_start_compress(&c, TRUE);
	jpeg_write_marker(&c, JPEG_APP0 + 1, exif, (unsigned)n);
	while (c.next_scanline < c.image_height)
		jpeg_write_scanlines(&c, rows, 1);
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return ret;
}

/* Red or blue at this place of a JPEG of this size. */
static char colour_at(
	const struct thumbnail *t, unsigned width, unsigned height, unsigned x, unsigned y)
{
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr e;
	unsigned char *row = malloc(3 * (size_t)width);
	char ret = '?';

	c.err = jpeg_std_error(&e);
	jpeg_create_decompress(&c);
	jpeg_mem_src(&c, t->data, t->len);
	jpeg_read_header(&c, TRUE);
	jpeg_start_decompress(&c);
	assert_int_equal(c.output_width, width);
	assert_int_equal(c.output_height, height);
	while (c.output_scanline < height) {
		unsigned now = c.output_scanline;

		jpeg_read_scanlines(&c, &row, 1);
		if (now == y)
			ret = row[3 * x] > 200 ? 'r' : row[3 * x + 2] > 200 ? 'b' : '?';
	}
	jpeg_finish_decompress(&c);
	jpeg_destroy_decompress(&c);
	free(row);
	return ret;
}

static void assert_photo(
	const unsigned char *exif, size_t n, unsigned width, unsigned height, const char *corners)
{
	struct thumbnail t;
	unsigned long len = 0;
	unsigned char *data = photo(exif, n, &len);
	const unsigned at[4][2] = {
		{5, 5}, {width - 5, 5}, {5, height - 5}, {width - 5, height - 5}};

	assert_int_equal(thumbnail_make("image/jpeg", data, len, 100, &t), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(colour_at(&t, width, height, at[i][0], at[i][1]), corners[i]);
	free(t.data);
	free(data);
}

static void photos_are_upright(void **state)
{
	(void)state;
	assert_photo(UPRIGHT, sizeof(UPRIGHT) - 1, 100, 50, "rbrb");
	assert_photo(TURNED, sizeof(TURNED) - 1, 50, 100, "rrbb"); /* by a quarter, clockwise */
	assert_photo(OTHER, sizeof(OTHER) - 1, 50, 100, "bbrr");
}

static void broken_exif_is_none(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(TURNED); n++) {
		unsigned char *copy = test_malloc(n + 1);
		int found;

		memcpy(copy, TURNED, n);
		found = thumbnail_orientation(copy, n);
		assert_true(found == 1 || found == 6);
		test_free(copy);
	}
	assert_int_equal(thumbnail_orientation((const unsigned char *)BIG("\x09"), 32), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(photos_are_upright),
		cmocka_unit_test(broken_exif_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
