/* wire and messages: what is exactly right is taken, everything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "guest/head.h"
#include "guest/messages.h"
#include "seed.h"

static struct wire_out out;

static const void *bytes(void)
{
	return out.data + WIRE_HEAD;
}

static size_t len(void)
{
	return out.len - WIRE_HEAD;
}

static void a_long_message_comes_in_packets(void **state)
{
	static unsigned char text[200000], back[200000];
	struct wire_message m = {0};
	const void *packet;
	size_t at = 0, n, have = 0;
	const char *why;
	int packets = 0, rc = 0;
	(void)state;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * 7 + i / 251);
	wire_begin(&out);
	wire_put_bytes(&out, text, sizeof(text));
	while (wire_next(&out, WIRE_DONE, 5, &at, &packet, &n)) {
		struct wire_head h;

		assert_int_equal(rc, 0);
		memcpy(&h, packet, sizeof(h));
		rc = wire_take(&m, &h, n - WIRE_HEAD, 1 << 20, &why);
		assert_true(rc >= 0);
		if (have == 0)
			memcpy(back, (const char *)packet + WIRE_HEAD + 4, n - WIRE_HEAD - 4);
		else
			memcpy(back + have - 4, (const char *)packet + WIRE_HEAD, n - WIRE_HEAD);
		have += n - WIRE_HEAD;
		packets++;
	}
	assert_int_equal(rc, 1);
	assert_int_equal(packets, 4);
	assert_memory_equal(back, text, sizeof(text));
}

static void an_empty_message_is_one_packet(void **state)
{
	const void *packet;
	size_t at = 0, n;
	(void)state;

	wire_begin(&out);
	assert_true(wire_next(&out, WIRE_BEGIN, 1, &at, &packet, &n));
	assert_int_equal(n, WIRE_HEAD);
	assert_false(wire_next(&out, WIRE_BEGIN, 1, &at, &packet, &n));
}

static int take(uint32_t type, uint32_t total, uint32_t at, size_t n)
{
	struct wire_message m = {0};
	struct wire_head h = {type, 1, total, at};
	const char *why;

	return wire_take(&m, &h, n, wire_limit(type), &why);
}

static void heads_that_lie(void **state)
{
	(void)state;
	assert_int_equal(take(WIRE_QUERY, 10, 0, 10), 1);
	assert_int_equal(take(WIRE_QUERY, 10, 0, 5), 0);
	assert_int_equal(take(WIRE_QUERY, 10, 0, 11), -1);
	assert_int_equal(take(WIRE_QUERY, 10, 5, 5), -1);
	assert_int_equal(take(WIRE_QUERY, 10, 0, 0), -1);
	assert_int_equal(take(WIRE_QUERY, UINT32_MAX, 0, 5), -1);
	assert_int_equal(take(WIRE_BEGIN, 0, 0, 0), 1);
	assert_int_equal(take(WIRE_BEGIN, 1, 0, 1), -1);
	assert_int_equal(take(WIRE_NONE, 0, 0, 0), -1);
	assert_int_equal(take(WIRE_TYPES, 0, 0, 0), -1);
	assert_int_equal(take(WIRE_CALL, 1, 0, 1), -1);
}

/* Every beginning of a right message, and one byte more, is wrong. */
#define REFUSES_ALL_BUT_WHOLE(call)                                                                \
	do {                                                                                       \
		size_t n = len();                                                                  \
		assert_true(call);                                                                 \
		while (n-- > 0)                                                                    \
			assert_false(call);                                                        \
		wire_put_u8(&out, 0);                                                              \
		n = len();                                                                         \
		assert_false(call);                                                                \
	} while (0)

static void queries(void **state)
{
	static struct message_query q;
	(void)state;

	wire_begin(&out);
	wire_put_u8(&out, 1);
	wire_put_text(&out, "SELECT $1, $2");
	wire_put_u32(&out, 2);
	wire_put_text(&out, "a");
	wire_put_text(&out, NULL);
	assert_true(message_read_query(bytes(), len(), &q));
	assert_string_equal(q.sql, "SELECT $1, $2");
	assert_string_equal(q.args[0], "a");
	assert_null(q.args[1]);
	REFUSES_ALL_BUT_WHOLE(message_read_query(bytes(), n, &q));
}

static void services(void **state)
{
	struct message_service s;
	(void)state;

	wire_begin(&out);
	wire_put_u32(&out, 101);
	wire_put_u32(&out, 2);
	wire_put_text(&out, "ns");
	wire_put_text(&out, NULL);
	wire_put_bytes(&out, "a\0b", 3);
	assert_true(message_read_service(bytes(), len(), &s));
	assert_int_equal(s.what, 101);
	assert_string_equal(s.args[0], "ns");
	assert_null(s.args[1]);
	assert_memory_equal(s.data, "a\0b", 3);
	REFUSES_ALL_BUT_WHOLE(message_read_service(bytes(), n, &s));
	wire_begin(&out);
	wire_put_u32(&out, 101);
	wire_put_u32(&out, WIRE_SERVICE_ARGS_MAX + 1);
	assert_false(message_read_service(bytes(), len(), &s));
}

static void replies(void **state)
{
	struct message_done d;
	(void)state;

	wire_begin(&out);
	wire_put_u32(&out, 0);
	wire_put_u32(&out, 1);
	wire_put_text(&out, "ETag");
	wire_put_text(&out, "\"1\"");
	wire_put_u8(&out, 1);
	wire_put_u32(&out, 200);
	wire_put_text(&out, "text/csv");
	wire_put_text(&out, NULL);
	wire_put_bytes(&out, "a,b", 3);
	assert_true(message_read_done(bytes(), len(), &d));
	assert_int_equal(d.len, 3);
	assert_string_equal(d.header[0].name, "ETag");
	REFUSES_ALL_BUT_WHOLE(message_read_done(bytes(), n, &d));
	wire_begin(&out);
	wire_put_u32(&out, 0);
	wire_put_u32(&out, WIRE_HEADERS_MAX + 1);
	assert_false(message_read_done(bytes(), len(), &d));
}

static void texts(void **state)
{
	static const uint32_t types[] = {
		WIRE_LOG, WIRE_REFUSE, WIRE_FIELD, WIRE_MISUSE, WIRE_UNFIT, WIRE_CRASH};
	struct message_text t;
	(void)state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		uint32_t type = types[i];

		wire_begin(&out);
		if (type == WIRE_LOG || type == WIRE_REFUSE || type == WIRE_CRASH)
			wire_put_u32(&out, 3);
		if (type == WIRE_FIELD)
			wire_put_text(&out, "/a");
		wire_put_text(&out, "text");
		REFUSES_ALL_BUT_WHOLE(message_read_text(type, bytes(), n, &t));
	}
	wire_begin(&out);
	wire_put_u32(&out, 2);
	wire_put_u8(&out, 'a');
	wire_put_u8(&out, 0);
	wire_put_u8(&out, 0); /* a NUL that the length counts */
	assert_false(message_read_text(WIRE_MISUSE, bytes(), len(), &t));
}

static void random_bytes_are_read_without_harm(void **state)
{
	static unsigned char data[512];
	static struct message_query q;
	struct message_service sv;
	struct message_notify nf;
	struct message_text t;
	struct message_done d;
	size_t wanted;
	(void)state;

	srandom(test_seed());
	for (int i = 0; i < 20000; i++) {
		size_t n = (size_t)random() % sizeof(data);

		for (size_t k = 0; k < n; k++)
			data[k] = (unsigned char)(random() % (k % 4 ? 3 : 256));
		message_read_query(data, n, &q);
		message_read_service(data, n, &sv);
		message_read_notify(data, n, &nf);
		message_read_text((uint32_t)random() % WIRE_TYPES, data, n, &t);
		message_read_done(data, n, &d);
		message_read_body(data, n, &wanted);
	}
}

static void heads_of_replies(void **state)
{
	static const char *const bad[] = {"Alt-Svc", "NEL", "Report-To", "Refresh", "Link",
		"WWW-Authenticate", "Timing-Allow-Origin", "Set-Cookie", "Status",
		"X-Accel-Buffering", "Service-Worker-Allowed", "Content-Type", "Content-Length",
		"X-Mt-Pool", "X-Frame-Options", "X-Content-Type-Options", "X", "X-", "", "X-A b",
		"X-A:"};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(head_fault(bad[i], "1"));
	assert_null(head_fault("X-Report-Rows", "1"));
	assert_null(head_fault("etag", "\"1\""));
	assert_non_null(head_fault("X-Fine", "a\nb"));
	assert_non_null(head_fault("Location", "https://example.com"));
	assert_non_null(head_fault("Location", "//example.com"));
	assert_null(head_fault("Location", "/tab"));
	for (int status = 0; status < 1100; status++)
		assert_int_equal(head_reply_fault(status, "text/plain", NULL) == NULL,
			status >= 200 && status <= 299);
	assert_non_null(head_reply_fault(200, "text/plain\r\nX: 1", NULL));
	assert_non_null(head_reply_fault(200, "text", NULL));
	assert_false(head_is_shown("text/html"));
	assert_false(head_is_shown("image/svg+xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_message_comes_in_packets),
		cmocka_unit_test(an_empty_message_is_one_packet),
		cmocka_unit_test(heads_that_lie),
		cmocka_unit_test(queries),
		cmocka_unit_test(services),
		cmocka_unit_test(replies),
		cmocka_unit_test(texts),
		cmocka_unit_test(random_bytes_are_read_without_harm),
		cmocka_unit_test(heads_of_replies),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	wire_release(&out);
	return rc;
}
