/* Pictures by their bytes, and what a changelog says of a version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "package/package_shown.h"
#include "package/picture.h"

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x05\0\0\0\x03\x20\x08\x02\0\0\0"
#define JPEG "\xff\xd8\xff\xe0\0\x04xx\xff\xff\xc0\0\x11\x08\x03\x20\x05\0\x03"
#define VP8 "RIFF\x10\0\0\0WEBPVP8 \x10\0\0\0\0\0\0\x9d\x01\x2a\0\x05\x20\x03"
#define VP8L "RIFF\x10\0\0\0WEBPVP8L\x10\0\0\0\x2f\xff\xc4\xc7\0\0\0\0\0\0\0"
#define VP8X "RIFF\x10\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x04\0\x1f\x03\0"
#define BYTES(s) s, sizeof(s) - 1

static void assert_picture(const char *data, size_t len, const char *type)
{
	struct picture p;

	assert_int_equal(picture_read(data, len, &p), 0);
	assert_string_equal(p.type, type);
	assert_int_equal(p.width, 1280);
	assert_int_equal(p.height, 800);
	/* One that ends anywhere before has no size, and nothing past its end is read. */
	for (size_t n = 0; n < len; n++) {
		char *copy = test_malloc(n + 1);
		struct picture part;

		memcpy(copy, data, n);
		if (picture_read(copy, n, &part) == 0)
			assert_true(part.width == 1280 && part.height == 800);
		test_free(copy);
	}
}

static void sizes_of_all_formats(void **state)
{
	(void)state;
	assert_picture(BYTES(PNG), "image/png");
	assert_picture(BYTES(JPEG), "image/jpeg");
	assert_picture(BYTES(VP8), "image/webp");
	assert_picture(BYTES(VP8L), "image/webp");
	assert_picture(BYTES(VP8X), "image/webp");
}

static void what_is_none(void **state)
{
	static const char *const NONE[] = {"", "<svg/>", "GIF89a", "\xff\xd8", "RIFF1234WAVE...."};
	struct picture p;

	(void)state;
	for (size_t i = 0; i < sizeof(NONE) / sizeof(*NONE); i++) {
		assert_null(picture_type(NONE[i], strlen(NONE[i])));
		assert_int_equal(picture_read(NONE[i], strlen(NONE[i]), &p), -1);
	}
	/* a segment without a length would never end */
	assert_int_equal(picture_read(BYTES("\xff\xd8\xff\xe0\0\0\xff\xe0\0\0"), &p), -1);
}

static void entries_of_a_changelog(void **state)
{
	static const char TEXT[] =
		"# Changelog\n\n## [1.2.0] - 2026-01-31\n- x\n\n##  v1.1.0\n### 1.0.9\n## 1.0.10\n";

	(void)state;
	assert_true(package_has_entry(TEXT, "1.2.0"));
	assert_true(package_has_entry(TEXT, "1.1.0"));
	assert_true(package_has_entry(TEXT, "1.0.10"));
	assert_false(package_has_entry(TEXT, "1.0.9"));
	assert_false(package_has_entry(TEXT, "1.0.1"));
	assert_false(package_has_entry(TEXT, "1.2"));
	assert_false(package_has_entry("", "1.2.0"));
	assert_true(package_has_entry("## 1.2.0", "1.2.0"));
	assert_false(package_has_entry("## 1.2.0-rc.1", "1.2.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_of_all_formats),
		cmocka_unit_test(what_is_none),
		cmocka_unit_test(entries_of_a_changelog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
