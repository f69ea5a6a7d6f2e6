/* share: who gives way when the workers of a pool are held, by processes with one page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "os/score.h"
#include "os/share.h"

#define HELD_MS 60
#define LONG_MS 1500

static struct score *page;

static bool somebody(void)
{
	return true;
}

static bool nobody(void)
{
	return false;
}

static int fresh(void **state)
{
	(void)state;
	if (page)
		munmap(page, sizeof(*page));
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED ? -1 : 0;
}

/* A worker that waits for nothing; exits with 1 when it had to give way, 0 when its time was over. */
static pid_t worker(int slot, const char *holder, const char *second, bool (*waiting)(void), int ms)
{
	pid_t pid = fork();
	struct err e;

	if (pid != 0)
		return pid;
	share_open(page, slot, waiting);
	share_limits(HELD_MS, 50);
	share_enter(share_name('t', holder), second ? share_name('p', second) : 0, clock_ms());
	if (share_poll(NULL, 0, clock_ms() + ms) == 0)
		_exit(0);
	err_init(&e, NULL);
	_exit(errno == EBUSY && share_error(&e) == MT_EBUSY && e.retry_after == 1 ? 1 : 9);
}

/* How many of n gave way. */
static int give_way(int size, int n, const char *const *holder, bool (*waiting)(void))
{
	pid_t pid[8];
	int gone = 0;

	atomic_store(&page->size, size);
	for (int i = 0; i < n; i++)
		pid[i] = worker(i, holder[i], NULL, waiting, LONG_MS);
	for (int i = 0; i < n; i++) {
		int status;

		waitpid(pid[i], &status, 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		gone += WEXITSTATUS(status);
	}
	return gone;
}

/* A machine that stands still may end a worker's time before it looks: not three times. */
static void gives_way(int wanted, int size, int n, const char *const *holder, bool (*waiting)(void))
{
	int gone = -1;

	for (int i = 0; i < 3 && gone != wanted; i++) {
		fresh(NULL);
		gone = give_way(size, n, holder, waiting);
	}
	assert_int_equal(gone, wanted);
}

static void one_company_uses_all_while_nobody_waits(void **state)
{
	static const char *const same[] = {"1", "1", "1", "1"};
	(void)state;
	gives_way(0, 4, 4, same, nobody);
}

static void a_holder_keeps_half_when_others_wait(void **state)
{
	static const char *const same[] = {"1", "1", "1", "1", "1", "1", "1", "1"};
	(void)state;
	gives_way(2, 4, 4, same, somebody);
	gives_way(4, 8, 8, same, somebody);
	gives_way(1, 2, 2, same, somebody);
	gives_way(0, 1, 1, same, somebody);
}

static void all_holders_together_leave_one_worker(void **state)
{
	static const char *const each[] = {"1", "2", "3", "4"};
	static const char *const two[] = {"1", "2"};
	(void)state;
	gives_way(1, 4, 4, each, somebody);
	gives_way(0, 4, 2, two, somebody);
}

static void a_plugin_is_a_holder_over_all_companies(void **state)
{
	int gone = 0;
	(void)state;

	for (int n = 0; n < 3 && gone != 1; n++) {
		fresh(NULL);
		gone = 0;
		atomic_store(&page->size, 6);
		for (int i = 0; i < 4; i++)
			worker(i, (const char *[]){"1", "2", "3", "4"}[i], "slow", somebody,
				LONG_MS);
		for (int i = 0, status; i < 4; i++) {
			wait(&status);
			gone += WEXITSTATUS(status);
		}
	}
	assert_int_equal(gone, 1); /* three of six */
}

static void time_is_up_as_usual(void **state)
{
	int64_t began = clock_ms();
	(void)state;

	share_open(page, 0, somebody);
	share_limits(HELD_MS, 50);
	atomic_store(&page->size, 4);
	assert_int_equal(share_poll(NULL, 0, began + 30), 0);
	share_enter(share_name('t', "1"), 0, clock_ms());
	assert_int_equal(share_poll(NULL, 0, clock_ms() + 2 * HELD_MS), 0);
	share_leave();
	assert_int_equal(atomic_load(&page->slot[0].held_since), 0);
	assert_true(clock_ms() - began >= 30 + 2 * HELD_MS);
}

/* Has the worker of this slot held its request for longer than anybody's patience? */
static bool held(int slot)
{
	int64_t since = atomic_load(&page->slot[slot].held_since);

	return since && clock_ms() - since >= HELD_MS;
}

/* Ten slow requests behind two that hold the share: far less than ten times the patience of the first. */
static void a_queue_of_slow_requests_is_worked_off_quickly(void **state)
{
	pid_t first[2];
	int64_t began, spent = 6 * HELD_MS;
	int status;
	(void)state;

	atomic_store(&page->size, 4);
	for (int i = 0; i < 2; i++)
		first[i] = worker(i, "1", NULL, somebody, 60000);
	share_open(page, 2, somebody);
	share_limits(HELD_MS, 50);
	for (began = clock_ms(); !held(0) || !held(1); usleep(1000))
		assert_true(clock_ms() - began < 30000);
	for (int n = 0; n < 3 && spent >= 6 * HELD_MS; n++) {
		began = clock_ms();
		for (int i = 0; i < 10; i++) {
			share_enter(share_name('t', "1"), 0, clock_ms());
			assert_int_equal(share_poll(NULL, 0, clock_ms() + 30000), -1);
			assert_int_equal(errno, EBUSY);
			share_leave();
		}
		spent = clock_ms() - began;
	}
	print_message("# ten requests gave way within %d ms\n", (int)spent);
	assert_true(spent < 6 * HELD_MS);
	for (int i = 0; i < 2; i++) {
		kill(first[i], SIGKILL);
		waitpid(first[i], &status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_company_uses_all_while_nobody_waits, fresh),
		cmocka_unit_test_setup(a_holder_keeps_half_when_others_wait, fresh),
		cmocka_unit_test_setup(all_holders_together_leave_one_worker, fresh),
		cmocka_unit_test_setup(a_plugin_is_a_holder_over_all_companies, fresh),
		cmocka_unit_test_setup(time_is_up_as_usual, fresh),
		cmocka_unit_test_setup(a_queue_of_slow_requests_is_worked_off_quickly, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
