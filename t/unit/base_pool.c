/* pool: alignment, sizes, cleanups in reverse order, use after clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/pool.h"

static void gives_aligned_memory_of_every_size(void **state)
{
	struct pool *p = pool_new();
	(void)state;

	for (size_t n = 0; n < 20000; n += 37) {
		unsigned char *m = pool_alloc(p, n);

		assert_int_equal((uintptr_t)m % 16, 0);
		memset(m, 0xaa, n);
	}
	pool_free(p);
}

static void keeps_what_was_taken_before_a_large_block(void **state)
{
	struct pool *p = pool_new();
	char *small = pool_strdup(p, "small"), *large;
	(void)state;

	large = pool_alloc(p, 1 << 20);
	memset(large, 'x', 1 << 20);
	assert_string_equal(pool_strdup(p, "after"), "after");
	assert_string_equal(small, "small");
	pool_free(p);
}

static void clears_zalloc(void **state)
{
	struct pool *p = pool_new();
	(void)state;

	memset(pool_alloc(p, 4000), 0xff, 4000);
	pool_clear(p);
	for (int i = 0; i < 4000; i++)
		if (((char *)pool_zalloc(p, 1))[0] != 0)
			fail();
	pool_free(p);
}

static char order[8];
static struct pool *growing;

static void note(void *arg)
{
	strncat(order, arg, sizeof(order) - strlen(order) - 1);
}

static void note_and_add(void *arg)
{
	note(arg);
	pool_cleanup(growing, note, pool_strdup(growing, "n"));
}

static void runs_cleanups_in_reverse_order_once(void **state)
{
	struct pool *p = pool_new();
	(void)state;

	order[0] = '\0';
	pool_cleanup(p, note, pool_strdup(p, "a"));
	pool_cleanup(p, note, pool_strdup(p, "b"));
	pool_cleanup(p, note, pool_strdup(p, "c"));
	pool_clear(p);
	assert_string_equal(order, "cba");
	pool_free(p);
	assert_string_equal(order, "cba");
}

static void lets_a_cleanup_add_another(void **state)
{
	(void)state;

	order[0] = '\0';
	growing = pool_new();
	pool_cleanup(growing, note_and_add, pool_strdup(growing, "x"));
	pool_free(growing);
	assert_string_equal(order, "xn");
}

static void copies_strings(void **state)
{
	struct pool *p = pool_new();
	(void)state;

	assert_null(pool_strdup(p, NULL));
	assert_string_equal(pool_strndup(p, "abcdef", 3), "abc");
	assert_string_equal(pool_printf(p, "%s-%d", "x", 42), "x-42");
	assert_int_equal(strlen(pool_printf(p, "%10000d", 1)), 10000);
	pool_free(p);
}

static void frees_nothing(void **state)
{
	(void)state;
	pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_aligned_memory_of_every_size),
		cmocka_unit_test(keeps_what_was_taken_before_a_large_block),
		cmocka_unit_test(clears_zalloc),
		cmocka_unit_test(runs_cleanups_in_reverse_order_once),
		cmocka_unit_test(lets_a_cleanup_add_another),
		cmocka_unit_test(copies_strings),
		cmocka_unit_test(frees_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
