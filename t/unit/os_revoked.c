/* revoked: a request stops when its right has ended, whenever that was written; nobody else's does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/clock.h"
#include "os/revoked.h"
#include "os/share.h"

static struct score *page;
static const char *const MINE[] = {
	"s.one", "u.ann", "t.7", "p.7.clock", "g.7.clock.Admin,Dispatcher", "k.clock@0123456789ab"};

static int fresh(void **state)
{
	(void)state;
	revoked_leave();
	if (page)
		munmap(page, sizeof(*page));
	page = mmap(
		NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	revoked_open(page, 0);
	revoked_on_news(NULL);
	atomic_store(&page->slot[0].busy, 1);
	return page == MAP_FAILED ? -1 : 0;
}

static void stops_by_each_of_its_rights(void **state)
{
	static const struct {
		const char *type;
		int code;
	} WANTED[] = {{"", MT_EAUTH}, {"rights-changed", MT_EPERM}, {"", MT_EAUTH},
		{"plugin-disabled", MT_EPERM}, {"rights-changed", MT_EPERM},
		{"plugin-refused", MT_EPERM}};
	struct err e;

	for (int i = 0; i < 6; i++) {
		fresh(state);
		assert_false(revoked_enter(MINE, 6, 1000));
		assert_true(revoked_runs(&page->slot[0], MINE[i], 1000));
		revoked_write(page, MINE[i], 1000);
		assert_true(revoked());
		err_init(&e, NULL);
		assert_int_equal(revoked_error(&e), WANTED[i].code);
		assert_string_equal(e.type, WANTED[i].type);
		revoked_leave();
		assert_false(revoked());
		assert_false(revoked_runs(&page->slot[0], MINE[i], 1000));
	}
}

static void another_s_right_and_a_later_decision_are_let_be(void **state)
{
	(void)state;
	assert_false(revoked_enter(MINE, 4, 1000));
	revoked_write(page, "s.two", 2000);
	revoked_write(page, "t.70", 2000);
	revoked_write(page, "p.7.clocks", 2000);
	revoked_write(page, "u.ann", 999);
	assert_false(revoked());
	assert_false(revoked_runs(&page->slot[0], "u.ann", 999));
	revoked_write(page, "u.ann", 1000);
	assert_true(revoked());
	/* A later entry for the same right never takes it back. */
	revoked_write(page, "u.ann", 500);
	assert_true(revoked_enter(MINE, 4, 1000));
	assert_false(revoked_enter(MINE, 4, 1001));
}

static void one_that_waited_in_a_queue_does_not_begin(void **state)
{
	(void)state;
	revoked_write(page, "s.one", 1500);
	assert_true(revoked_enter(MINE, 4, 1000));
	assert_false(revoked_enter(MINE + 1, 3, 1000));
}

static void a_wait_ends(void **state)
{
	int64_t began = clock_ms();

	(void)state;
	assert_false(revoked_enter(MINE, 3, began));
	assert_int_equal(share_poll(NULL, 0, began + 120), 0);
	revoked_write(page, "t.7", began + 1);
	began = clock_ms();
	assert_int_equal(share_poll(NULL, 0, began + 5000), -1);
	assert_int_equal(errno, EACCES);
	assert_in_range(clock_ms() - began, 0, 4000);
}

static int heard;

static void hear(void)
{
	heard++;
	assert_true(revoked_since("t.9", 10));
	assert_false(revoked_since("t.9", 11));
	assert_false(revoked_since("t.7", 1));
}

static void who_waits_hears_of_others(void **state)
{
	(void)state;
	revoked_on_news(hear);
	assert_false(revoked_enter(MINE, 3, 5));
	assert_int_equal(share_poll(NULL, 0, clock_ms() + 60), 0);
	assert_int_equal(heard, 0);
	revoked_write(page, "t.9", 10);
	for (int i = 0; i < 20 && heard == 0; i++)
		assert_int_equal(share_poll(NULL, 0, clock_ms() + 120), 0);
	assert_int_equal(heard, 1);
}

static void the_latest_are_remembered(void **state)
{
	char name[24];

	(void)state;
	for (int i = 0; i < 3 * SCORE_ENDED; i++) {
		snprintf(name, sizeof(name), "s.%d", i);
		revoked_write(page, name, 1000 + i);
	}
	for (int i = 0; i < 3 * SCORE_ENDED; i++) {
		snprintf(name, sizeof(name), "s.%d", i);
		assert_int_equal(revoked_since(name, 1000 + i), i >= 2 * SCORE_ENDED);
	}
}

#define T(name) cmocka_unit_test_setup(name, fresh)

static void roles_that_a_company_made_are_rights_of_their_own(void **state)
{
	const char *whose[SCORE_WHOSE] = {"s.x"};
	struct arena *a = arena_new();

	fresh(state);
	assert_int_equal(revoked_add_roles(a, 7, "", whose, 1), 1);
	assert_int_equal(revoked_add_roles(a, 7, "Technician,Admin", whose, 1), 1);
	assert_int_equal(revoked_add_roles(a, 7, "Admin,r0123456789ab,rffffffffffff", whose, 1), 3);
	assert_string_equal(whose[1], "r.7.r0123456789ab");
	assert_string_equal(whose[2], "r.7.rffffffffffff");
	for (int n = SCORE_WHOSE - 1; n <= SCORE_WHOSE; n++)
		assert_int_equal(revoked_add_roles(a, 7, "r0123456789ab,rffffffffffff", whose, n),
			SCORE_WHOSE);
	assert_false(revoked_enter(whose, 3, 1000));
	assert_true(revoked_runs(&page->slot[0], "r.7.rffffffffffff", 1000));
	assert_false(revoked_enter(whose, 1, 1000));
	assert_false(revoked_runs(&page->slot[0], "r.7.rffffffffffff", 1000));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(stops_by_each_of_its_rights),
		T(another_s_right_and_a_later_decision_are_let_be),
		T(one_that_waited_in_a_queue_does_not_begin),
		T(a_wait_ends),
		T(who_waits_hears_of_others),
		T(the_latest_are_remembered),
		T(roles_that_a_company_made_are_rights_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
