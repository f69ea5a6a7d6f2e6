/*
 * messenger.c - tests the handlers against a fake host (mt_fake.h): their statements and replies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mt_fake.h"

#ifndef MT_PLUGIN_KEY /* the build hands them in; the platform's own run of this test does not */
#define MT_PLUGIN_KEY "popup-messenger"
#define MT_PLUGIN_VERSION "0.0.0"
#endif

#include "../src/messages.c"
#include "../src/plugin.c"

#define ANN "00000000-0000-4000-8000-000000000001" /* the fake's own user */
#define BOB "00000000-0000-4000-8000-000000000002"

static int setup(void **state)
{
	struct mt_fake *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	mt_fake_init(f);
	mt_fake_setting(f, "notify", json_true());
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	mt_fake_release(*state);
	free(*state);
	return 0;
}

static void write_to(struct mt_fake *f, const char *whom, const char *text)
{
	f->body = json_pack("{ss ss}", "toUserId", whom, "message", text);
}

static void nothing_is_sent_to_nobody(void **state)
{
	struct mt_fake *f = *state;

	write_to(f, BOB, "hello");
	mt_fake_rows(f, "INSERT INTO x_popup_messenger.messages", 0, 3, NULL);
	assert_int_equal(mt_fake_run(f, send_message), MT_EFIELDS);
	assert_string_equal(f->field, "/toUserId");
	assert_int_equal(f->committed, 0);
}

static void one_does_not_write_to_oneself(void **state)
{
	struct mt_fake *f = *state;

	write_to(f, ANN, "hello");
	assert_int_equal(mt_fake_run(f, send_message), MT_EFIELDS);
	assert_int_equal(f->n_asked, 0);
}

static void blanks_are_no_message(void **state)
{
	struct mt_fake *f = *state;

	write_to(f, BOB, " \n\t");
	assert_int_equal(mt_fake_run(f, send_message), MT_EFIELDS);
	assert_string_equal(f->field, "/message");
}

static void strangers_have_no_conversation(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "userId", "' OR true");
	assert_int_equal(mt_fake_run(f, get_conversation), MT_ENOENT);
	assert_int_equal(mt_fake_run(f, list_messages), MT_ENOENT);
	assert_int_equal(mt_fake_run(f, mark_read), MT_ENOENT);
	assert_int_equal(f->n_asked, 0);
}

static void statements_ask_for_the_person(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_rows(f, "FROM x_popup_messenger.conversations", 0, 8, NULL);
	assert_int_equal(mt_fake_run(f, list_conversations), 0);
	assert_string_equal(f->asked[0].args[0], ANN);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_sent_to_nobody),
		CASE(one_does_not_write_to_oneself),
		CASE(blanks_are_no_message),
		CASE(strangers_have_no_conversation),
		CASE(statements_ask_for_the_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
