/* A worker's cache: for the time of a lease, under its own name, never too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "auth/lease.h"
#include "base/clock.h"

static const char *get(struct lease *l, struct arena *p, const char *name)
{
	size_t n;

	return lease_get(l, p, name, &n);
}

static void keeps_for_a_lease(void **state)
{
	struct lease *l = lease_new();
	struct arena *p = arena_new();
	int64_t now = clock_ms();

	(void)state;
	assert_null(get(l, p, "a"));
	lease_put(l, "a", "one", 3, now);
	assert_string_equal(get(l, p, "a"), "one");
	lease_put(l, "a", "longer than before", 18, now);
	assert_string_equal(get(l, p, "a"), "longer than before");
	lease_put(l, "a", "", 0, now);
	assert_string_equal(get(l, p, "a"), "");
	lease_drop(l, "a");
	assert_null(get(l, p, "a"));
	lease_put(l, "b", "old", 3, now - LEASE_MS);
	assert_null(get(l, p, "b"));
	lease_put(l, "b", "ahead", 5, now + 60000);
	assert_null(get(l, p, "b"));
	arena_free(p);
	lease_free(l);
}

static void is_over_when_waited_for(void **state)
{
	struct lease *l = lease_new();
	struct arena *p = arena_new();
	int64_t read_at = clock_ms();

	(void)state;
	lease_put(l, "a", "one", 3, read_at);
	/* The commit can't be before what was read from the state that it changed. */
	assert_in_range(lease_over(read_at) - read_at, LEASE_MS, LEASE_MS + 20);
	assert_non_null(get(l, p, "a"));
	usleep((useconds_t)clock_left(lease_over(read_at)) * 1000);
	assert_null(get(l, p, "a"));
	arena_free(p);
	lease_free(l);
}

static void is_bounded(void **state)
{
	static char big[LEASE_VALUE_MAX + 1];
	struct lease *l = lease_new();
	struct arena *p = arena_new();
	char name[LEASE_NAME_MAX + 2];
	int64_t now = clock_ms();

	(void)state;
	lease_put(l, "big", big, sizeof(big), now);
	assert_null(get(l, p, "big"));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	lease_put(l, name, "long", 4, now);
	assert_null(get(l, p, name));
	/* Each name finds its own value or none, never that of another in its slot. */
	for (int i = 0; i < 20 * LEASE_SLOTS; i++) {
		snprintf(name, sizeof(name), "name %d", i);
		lease_put(l, name, name, strlen(name), clock_ms());
		assert_string_equal(get(l, p, name), name);
	}
	for (int i = 0; i < 20 * LEASE_SLOTS; i++) {
		const char *value;

		snprintf(name, sizeof(name), "name %d", i);
		value = get(l, p, name);
		assert_true(!value || !strcmp(value, name));
	}
	arena_free(p);
	lease_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_for_a_lease),
		cmocka_unit_test(is_over_when_waited_for),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
