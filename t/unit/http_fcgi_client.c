/* The FastCGI client's bytes: what it sends and how it reads what comes in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "http/fcgi_client.h"

static void add(struct buf *b, int type, const char *text, size_t n, size_t padding)
{
	const unsigned char head[8] = {1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8),
		(unsigned char)n, (unsigned char)padding, 0};

	buf_add(b, head, sizeof(head));
	buf_add(b, text, n);
	buf_add(b, "pppppppp", padding);
}

static void a_request_is_whole_records(void **state)
{
	static char body[70000];
	struct buf params, out;
	size_t at = 0, seen = 0;
	int ends = 0;

	(void)state;
	memset(body, 'b', sizeof(body));
	buf_init(&params, FCGI_PARAMS_MAX);
	buf_init(&out, 200000);
	fcgi_param(&params, "A", "1");
	body[200] = '\0';
	fcgi_param(&params, "LONG", body);
	body[200] = 'b';
	assert_memory_equal(params.data, "\1\1A1\4\200\0\0\310LONGbbb", 16);
	fcgi_request(&out, &params, body, sizeof(body));
	assert_false(out.full);
	while (at < out.len) {
		const unsigned char *h = (unsigned char *)out.data + at;
		size_t n = (size_t)h[4] << 8 | h[5];

		assert_int_equal(h[0], 1);
		if (h[1] == 5)
			seen += n;
		ends += (h[1] == 4 || h[1] == 5) && n == 0;
		at += 8 + n + h[6];
	}
	assert_int_equal(at, out.len);
	assert_int_equal(seen, sizeof(body));
	assert_int_equal(ends, 2);
	buf_release(&params);
	buf_release(&out);
}

static void an_answer_in_single_bytes(void **state)
{
	struct buf all, in, out;
	const char *body;
	size_t n;
	int ended = 0;

	(void)state;
	buf_init(&all, 10000);
	buf_init(&in, 10000);
	buf_init(&out, 10000);
	add(&all, 6, "Status: 409 Conflict\r\nX: y\r\n", 28, 3);
	add(&all, 7, "for the log", 11, 0);
	add(&all, 6, "\r\n{\"a\":1}", 9, 7);
	add(&all, 6, "", 0, 0);
	add(&all, 3, "12345678", 8, 0);
	for (size_t i = 0; i < all.len; i++) {
		assert_int_equal(ended, 0);
		buf_add(&in, all.data + i, 1);
		ended = fcgi_take(&in, &out);
	}
	assert_int_equal(ended, 1);
	assert_int_equal(in.len, 0);
	assert_int_equal(fcgi_status(&out, &body, &n), 409);
	assert_int_equal(n, 7);
	assert_memory_equal(body, "{\"a\":1}", 7);
	buf_release(&all);
	buf_release(&in);
	buf_release(&out);
}

static void status_without_its_line(void **state)
{
	struct buf b;
	const char *body;
	size_t n;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(fcgi_status(&b, &body, &n), 200);
	assert_int_equal(n, 0);
	buf_adds(&b, "Content-Type: text/plain\r\n\r\nStatus: 500\r\n");
	assert_int_equal(fcgi_status(&b, &body, &n), 200);
	assert_int_equal(n, 13);
	buf_release(&b);
}

static void a_status_that_is_none_is_502(void **state)
{
	static const char *const heads[] = {"Status: 4294967496\r\n\r\n", "Status:\r\n\r\n200",
		"Status: 20\r\n\r\n", "Status: -200\r\n\r\n", "Status: 099 x\r\n\r\n"};
	struct buf b;
	const char *body;
	size_t n;

	(void)state;
	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		buf_clear(&b);
		buf_adds(&b, heads[i]);
		assert_int_equal(fcgi_status(&b, &body, &n), 502);
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_whole_records),
		cmocka_unit_test(an_answer_in_single_bytes),
		cmocka_unit_test(status_without_its_line),
		cmocka_unit_test(a_status_that_is_none_is_502),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
