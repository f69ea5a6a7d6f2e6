/*
 * plugin.c - tests the handlers against a fake host (mt_fake.h): their statements and replies.
 * `mortise plugin test` runs it, without a server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mt_fake.h"

#include "../src/plugin.c"

#define TICKET "00000000-0000-4000-8000-0000000000aa"

static int setup(void **state)
{
	struct mt_fake *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	mt_fake_init(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	mt_fake_release(*state);
	free(*state);
	return 0;
}

static void notes_are_listed(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "ticketId", TICKET);
	mt_fake_rows(f, "FROM x_my_plugin.notes", 1, 4,
		(const char *const[]){"n1", "call first", "Ann", "2026-10-27T08:00:00Z"});
	assert_int_equal(mt_fake_run(f, get_notes), 0);
	assert_int_equal(f->status, 200);
	assert_int_equal(json_array_size(json_object_get(f->json, "items")), 1);
	assert_string_equal(f->asked[0].args[0], TICKET);
}

static void nonsense_asks_nothing(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "ticketId", "1 OR 1=1");
	assert_int_equal(mt_fake_run(f, get_notes), MT_ENOENT);
	assert_int_equal(f->n_asked, 0);
}

static void a_note_is_added(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "ticketId", TICKET);
	f->body = json_pack("{ss}", "text", "call first");
	mt_fake_rows(f, "INSERT INTO", 1, 0, NULL);
	assert_int_equal(mt_fake_run(f, post_note), 0);
	assert_int_equal(f->status, 201);
	assert_string_equal(f->asked[0].args[2], "call first");
	assert_string_equal(f->asked[0].args[3], f->user_name);
}

static void a_note_on_no_ticket_is_404(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "ticketId", TICKET);
	f->body = json_pack("{ss}", "text", "call first");
	mt_fake_rows(f, "INSERT INTO", 0, 0, NULL);
	assert_int_equal(mt_fake_run(f, post_note), MT_ENOENT);
	assert_string_equal(f->message, "there is no such ticket");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(notes_are_listed),
		CASE(nonsense_asks_nothing),
		CASE(a_note_is_added),
		CASE(a_note_on_no_ticket_is_404),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
