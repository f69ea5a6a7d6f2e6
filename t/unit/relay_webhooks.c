/* What the stream of a delivery said, whole, cut off or broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/outbound.h"
#include "relay/webhooks.h"

static struct arena *arena;
static struct buf said;

static int make(void **state)
{
	(void)state;
	arena = arena_new();
	buf_init(&said, 1 << 20);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	buf_release(&said);
	arena_free(arena);
	return 0;
}

static void frame(enum outbound_type type, const char *text, size_t n)
{
	unsigned char head[OUTBOUND_FRAME];

	outbound_frame(head, type, n);
	buf_add(&said, head, sizeof(head));
	buf_add(&said, text, n);
}

static struct webhook_outcome outcome(size_t n)
{
	struct webhook_outcome ret;

	webhook_outcome(arena, said.data, n < said.len ? n : said.len, &ret);
	return ret;
}

#define TEXT(type, s) frame(type, s, strlen(s))
#define ALL SIZE_MAX

static void an_answer(void **state)
{
	struct webhook_outcome o;

	(void)state;
	TEXT(OUTBOUND_HEAD,
		"{\"status\":503,\"headers\":[[\"X\",\"1\"],[\"retry-after\",\"120\"]]}");
	TEXT(OUTBOUND_BODY, "later, ");
	TEXT(OUTBOUND_BODY, "please\x01 and more");
	TEXT(OUTBOUND_END, "{\"reason\":\"\"}");
	o = outcome(ALL);
	assert_int_equal(o.status, 503);
	assert_int_equal(o.again_s, 120);
	assert_null(o.fault);
	assert_string_equal(o.answer, "later, please"); /* as far as it is text */
}

static void the_status_decides(void **state)
{
	struct webhook_outcome o;

	(void)state;
	TEXT(OUTBOUND_HEAD, "{\"status\":200,\"headers\":[]}");
	TEXT(OUTBOUND_END, "{\"reason\":\"size\",\"message\":\"too much\"}");
	o = outcome(ALL);
	assert_int_equal(o.status, 200);
	assert_null(o.fault);
	assert_null(o.answer);
	/* Also without an end. */
	o = outcome(said.len - 3);
	assert_int_equal(o.status, 200);
	assert_null(o.fault);
}

static void no_answer(void **state)
{
	struct webhook_outcome o;

	(void)state;
	TEXT(OUTBOUND_END, "{\"reason\":\"timeout\",\"message\":\"it did not answer in time\"}");
	o = outcome(ALL);
	assert_int_equal(o.status, 0);
	assert_string_equal(o.fault, "timeout");
	assert_string_equal(o.detail, "it did not answer in time");
	for (size_t n = 0; n < said.len; n++) { /* whatever part of it came */
		o = outcome(n);
		assert_int_equal(o.status, 0);
		assert_string_equal(o.fault, "lost");
	}
}

static void nonsense(void **state)
{
	(void)state;
	TEXT(OUTBOUND_HEAD, "no JSON");
	assert_string_equal(outcome(ALL).fault, "lost");
	buf_clear(&said);
	buf_adds(&said, "Zzzzz and more than a frame");
	assert_string_equal(outcome(ALL).fault, "lost");
	buf_clear(&said);
	TEXT(OUTBOUND_END, "{\"reason\":5}");
	assert_string_equal(outcome(ALL).fault, "broken");
}

static void an_answer_is_shown_to_a_bound(void **state)
{
	static char much[50000];

	(void)state;
	memset(much, 'x', sizeof(much));
	TEXT(OUTBOUND_HEAD, "{\"status\":200,\"headers\":[[\"Retry-After\",\"Fri, 01 Jan\"]]}");
	frame(OUTBOUND_BODY, much, sizeof(much));
	frame(OUTBOUND_BODY, much, sizeof(much));
	assert_int_equal(strlen(outcome(ALL).answer), 1000);
	assert_int_equal(outcome(ALL).again_s, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer),
		TEST(the_status_decides),
		TEST(no_answer),
		TEST(nonsense),
		TEST(an_answer_is_shown_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
