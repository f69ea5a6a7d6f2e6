/* arena: alignment, sizes, cleanups in reverse order, use after clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"

static void gives_aligned_memory_of_every_size(void **state)
{
	struct arena *p = arena_new();
	(void)state;

	for (size_t n = 0; n < 20000; n += 37) {
		unsigned char *m = arena_alloc(p, n);

		assert_int_equal((uintptr_t)m % 16, 0);
		memset(m, 0xaa, n);
	}
	arena_free(p);
}

static void keeps_what_was_taken_before_a_large_block(void **state)
{
	struct arena *p = arena_new();
	char *small = arena_strdup(p, "small"), *large;
	(void)state;

	large = arena_alloc(p, 1 << 20);
	memset(large, 'x', 1 << 20);
	assert_string_equal(arena_strdup(p, "after"), "after");
	assert_string_equal(small, "small");
	arena_free(p);
}

static void clears_zalloc(void **state)
{
	struct arena *p = arena_new();
	(void)state;

	memset(arena_alloc(p, 4000), 0xff, 4000);
	arena_clear(p);
	for (int i = 0; i < 4000; i++)
		if (((char *)arena_zalloc(p, 1))[0] != 0)
			fail();
	arena_free(p);
}

static char order[8];
static struct arena *growing;

static void note(void *arg)
{
	strncat(order, arg, sizeof(order) - strlen(order) - 1);
}

static void note_and_add(void *arg)
{
	note(arg);
	arena_cleanup(growing, note, arena_strdup(growing, "n"));
}

static void runs_cleanups_in_reverse_order_once(void **state)
{
	struct arena *p = arena_new();
	(void)state;

	order[0] = '\0';
	arena_cleanup(p, note, arena_strdup(p, "a"));
	arena_cleanup(p, note, arena_strdup(p, "b"));
	arena_cleanup(p, note, arena_strdup(p, "c"));
	arena_clear(p);
	assert_string_equal(order, "cba");
	arena_free(p);
	assert_string_equal(order, "cba");
}

static void lets_a_cleanup_add_another(void **state)
{
	(void)state;

	order[0] = '\0';
	growing = arena_new();
	arena_cleanup(growing, note_and_add, arena_strdup(growing, "x"));
	arena_free(growing);
	assert_string_equal(order, "xn");
}

static void copies_strings(void **state)
{
	struct arena *p = arena_new();
	(void)state;

	assert_null(arena_strdup(p, NULL));
	assert_string_equal(arena_strndup(p, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(p, "%s-%d", "x", 42), "x-42");
	assert_int_equal(strlen(arena_printf(p, "%10000d", 1)), 10000);
	arena_free(p);
}

static void frees_nothing(void **state)
{
	(void)state;
	arena_free(NULL);
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
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
