/* A form's file, in pieces of every size, whole and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/arena.h"
#include "http/multipart.h"

#define TYPE "CONTENT_TYPE=multipart/form-data; boundary=xYz"
#define HEAD                                                                                       \
	"Content-Disposition: form-data; name=\"package\"; filename=\"p.zip\"\r\n"                 \
	"Content-Type: application/zip\r\n\r\n"
#define SIGNED "Content-Disposition: form-data; name=\"signature\"; filename=\"s\"\r\n\r\n"

static struct req R;
static struct buf GOT, SIGNATURE;
static struct multipart_field FORM[3];
static const char *BODY;
static size_t LEN, AT, PIECE;

static long give(struct req *r, void *buf, size_t n)
{
	(void)r;
	if (n > PIECE)
		n = PIECE;
	if (n > LEN - AT)
		n = LEN - AT;
	memcpy(buf, BODY + AT, n);
	AT += n;
	return (long)n;
}

static int take(void *arg, const void *data, size_t n, struct err *e)
{
	(void)e;
	assert_int_equal(buf_add(arg, data, n), 0);
	return 0;
}

static int parse(const char *type, const void *body, size_t len, size_t piece, size_t max)
{
	char *envp[] = {(char *)type, NULL};

	R.envp = type ? envp : envp + 1;
	R.read = give;
	op_clear(&R.op);
	buf_clear(&GOT);
	BODY = body;
	LEN = len;
	AT = 0;
	PIECE = piece;
	buf_clear(&SIGNATURE);
	FORM[0] =
		(struct multipart_field){.name = "package", .max = max, .sink = take, .arg = &GOT};
	FORM[1] = (struct multipart_field){.name = "signature",
		.max = 1000,
		.sink = take,
		.arg = &SIGNATURE,
		.optional = true};
	return multipart_read(&R, FORM);
}

static int setup(void **state)
{
	(void)state;
	R.op.arena = arena_new();
	buf_init(&GOT, 1 << 20);
	buf_init(&SIGNATURE, 1 << 10);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(R.op.arena);
	buf_release(&GOT);
	buf_release(&SIGNATURE);
	return 0;
}

/* Content that looks like boundaries, in pieces of every size from a byte on. */
static void pieces_of_every_size(void **state)
{
	static const char data[] = "PK\3\4\r\n--xY\r\n--\r\r\n-\0--xYz\r\n\r";
	char body[500];
	size_t n;

	(void)state;
	n = (size_t)snprintf(body, sizeof(body), "--xYz\r\n" HEAD);
	memcpy(body + n, data, sizeof(data));
	n += sizeof(data);
	n += (size_t)snprintf(body + n, sizeof(body) - n, "\r\n--xYz--\r\n");
	for (size_t piece = 1; piece <= n; piece++) {
		assert_int_equal(parse(TYPE, body, n, piece, 1000), 0);
		assert_int_equal(GOT.len, sizeof(data));
		assert_memory_equal(GOT.data, data, sizeof(data));
	}
}

static void every_cut_is_noticed(void **state)
{
	static const char body[] = "--xYz\r\n" HEAD "abc\r\n--xYz--\r\n";

	(void)state;
	for (size_t n = 0; n < sizeof(body) - 3; n++)
		if (parse(TYPE, body, n, 7, 1000) >= 0)
			fail_msg(
				"%zu of %zu bytes were taken as a whole form", n, sizeof(body) - 1);
	assert_int_equal(parse(TYPE, body, sizeof(body) - 1, 7, 1000), 0);
}

static void other_spellings(void **state)
{
	static const char a[] =
		"preamble\r\n--xYz  \r\ncontent-disposition: form-data; filename=a; name=package"
		"\r\n\r\nabc\r\n--xYz--trailer";

	(void)state;
	assert_int_equal(parse("CONTENT_TYPE=Multipart/Form-Data; charset=x; boundary=\"xYz\"", a,
				 sizeof(a) - 1, 5, 1000),
		0);
	assert_string_equal(GOT.data, "abc");
}

static void empty_file(void **state)
{
	static const char a[] = "--xYz\r\n" HEAD "\r\n--xYz--\r\n";

	(void)state;
	assert_int_equal(parse(TYPE, a, sizeof(a) - 1, 5, 1000), 0);
	assert_int_equal(GOT.len, 0);
}

static void two_files_in_either_order(void **state)
{
	static const char *const BODIES[] = {
		"--xYz\r\n" HEAD "abc\r\n--xYz\r\n" SIGNED "sig\r\n--xYz--",
		"--xYz\r\n" SIGNED "sig\r\n--xYz\r\n" HEAD "abc\r\n--xYz--",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		for (size_t piece = 1; piece < 200; piece++) {
			assert_int_equal(parse(TYPE, BODIES[i], strlen(BODIES[i]), piece, 3), 0);
			assert_string_equal(GOT.data, "abc");
			assert_string_equal(SIGNATURE.data, "sig");
			assert_true(FORM[1].found && FORM[1].got == 3);
		}
	}
	assert_int_equal(parse(TYPE, BODIES[0], strlen(BODIES[0]), 9, 2), MT_ETOOBIG);
}

static void refused(void **state)
{
	static const struct {
		const char *type, *body;
		int code;
	} T[] = {
		{NULL, "", MT_EMEDIA},
		{"CONTENT_TYPE=application/json", "{}", MT_EMEDIA},
		{"CONTENT_TYPE=multipart/form-data", "", MT_EMEDIA},
		{"CONTENT_TYPE=multipart/form-data; boundary=", "", MT_EMEDIA},
		{"CONTENT_TYPE=multipart/form-data; boundary=0123456789012345678901234567890123456789"
		 "01234567890123456789012345678901234567890",
			"", MT_EMEDIA},
		{TYPE, "--xYz--\r\n", MT_EFIELDS},
		{TYPE, "--xYz\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--xYz--",
			MT_EFIELDS},
		{TYPE, "--xYz\r\nContent-Disposition: form-data; filename=\"package\"\r\n\r\nx\r\n--xYz--",
			MT_EFIELDS},
		{TYPE, "--xYz\r\n\r\nx\r\n--xYz--", MT_EFIELDS},
		{TYPE, "--xYz\r\n" HEAD "x\r\n--xYz\r\n" HEAD "y\r\n--xYz--", MT_EFIELDS},
		{TYPE, "--xYz\r\n" SIGNED "x\r\n--xYz--", MT_EFIELDS},
		{TYPE,
			"--xYz\r\n" HEAD "x\r\n--xYz\r\n" SIGNED "y\r\n--xYz\r\n" SIGNED
			"y\r\n--xYz--",
			MT_EFIELDS},
		{TYPE, "--xYzoops", MT_EINVAL},
		{TYPE, "no form at all", MT_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		int rc = parse(T[i].type, T[i].body, strlen(T[i].body), 9, 1000);

		if (rc != T[i].code || R.op.err.code != T[i].code)
			fail_msg("case %zu: %d, %d", i, rc, R.op.err.code);
	}
}

static void too_large(void **state)
{
	static char body[300000];
	size_t n = (size_t)snprintf(body, sizeof(body), "--xYz\r\n" HEAD);

	(void)state;
	memset(body + n, 'x', sizeof(body) - n - 11);
	memcpy(body + sizeof(body) - 11, "\r\n--xYz--\r\n", 11);
	assert_int_equal(parse(TYPE, body, sizeof(body), 100000, 1000), MT_ETOOBIG);
	assert_true(AT < 200000); /* it doesn't wait for the rest */
	assert_int_equal(parse(TYPE, body, sizeof(body), 100000, sizeof(body)), 0);
	assert_int_equal(GOT.len, sizeof(body) - n - 11);
}

static void endless_head(void **state)
{
	static char body[200000];

	(void)state;
	memset(body, 'x', sizeof(body));
	memcpy(body, "--xYz\r\n", 7);
	assert_int_equal(parse(TYPE, body, sizeof(body), 1000, 1000), MT_EINVAL);
	for (size_t i = 7; i + 1 < sizeof(body); i += 2)
		memcpy(body + i, i % 4 == 1 ? "\r\n" : "xx", 2);
	assert_int_equal(parse(TYPE, body, sizeof(body), 1000, 1000), MT_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pieces_of_every_size, setup, teardown),
		cmocka_unit_test_setup_teardown(every_cut_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(other_spellings, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_file, setup, teardown),
		cmocka_unit_test_setup_teardown(two_files_in_either_order, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_head, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
