/* helper: a process for what may take long; a shell stands for the steward's program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "relay/helper.h"

static struct helper h = HELPER_NONE;

/* `sh -c SCRIPT --x`, as the steward's program has -c FILE. */
static void begin(const char *script, int seconds)
{
	assert_int_equal(helper_start(&h, "/bin/sh", script, "--x", NULL, seconds), 0);
	assert_true(helper_runs(&h));
}

static bool ended(int ms)
{
	int64_t until = clock_ms() + ms;
	bool worked = false;

	while (!helper_ended(&h, &worked)) {
		struct pollfd p = {.fd = h.fd, .events = POLLIN};

		assert_true(clock_left(until) > 0);
		poll(&p, 1, 50);
	}
	assert_false(helper_runs(&h));
	assert_int_equal(h.fd, -1);
	return worked;
}

static void says_how_it_went(void **state)
{
	bool worked;
	(void)state;
	assert_false(helper_ended(&h, &worked));
	begin("exit 0", 5);
	assert_true(ended(30000));
	begin("exit 3", 5);
	assert_false(ended(30000));
	begin("kill -9 $$", 5);
	assert_false(ended(30000));
}

static void starting_takes_no_time_of_the_loop(void **state)
{
	int64_t began = clock_ms();
	bool worked;
	(void)state;
	begin("exec sleep 30", 5);
	assert_false(helper_ended(&h, &worked));
	assert_true(clock_ms() - began < 15000);
	kill(h.pid, SIGKILL);
	assert_false(ended(30000));
}

static void one_that_is_late_is_ended(void **state)
{
	(void)state;
	begin("trap '' TERM ALRM; while :; do sleep 1; done", 0);
	assert_false(ended(30000));
}

static void what_is_no_program_is_said(void **state)
{
	(void)state;
	assert_int_equal(helper_start(&h, "/nowhere/at/all", "x", "--x", NULL, 5), -1);
	assert_false(helper_runs(&h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_how_it_went),
		cmocka_unit_test(starting_takes_no_time_of_the_loop),
		cmocka_unit_test(one_that_is_late_is_ended),
		cmocka_unit_test(what_is_no_program_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
