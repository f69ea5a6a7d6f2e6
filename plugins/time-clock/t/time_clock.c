/*
 * time_clock.c - tests the plugin's handlers against a fake host: their statements and replies. The
 * effect of the statements is tested with a database.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mt_fake.h"

#ifndef MT_PLUGIN_KEY /* the build hands them in; the platform's own run of this test does not */
#define MT_PLUGIN_KEY "time-clock"
#define MT_PLUGIN_VERSION "0.0.0"
#endif

#include "../src/clock.c"
#include "../src/plugin.c"
#include "../src/report.c"

#define ANN "00000000-0000-4000-8000-000000000001" /* the fake's own user */
#define BOB "00000000-0000-4000-8000-000000000002"
#define TICKET "00000000-0000-4000-8000-0000000000aa"

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

static const char *asked_arg(const struct mt_fake *f, int query, int arg)
{
	const char *s = f->asked[query].args[arg];

	return s ? s : "NULL";
}

static void routes_of_the_seed(void **state)
{
	static const char *const want[] = {"GET /status/:technicianId", "POST /clock-in",
		"POST /clock-out", "GET /ticket-summary/:ticketId", "GET /report"};
	char got[100];
	int n = 0;

	(void)state;
	for (const struct mt_route *r = mt_plugin.routes; r->method; r++, n++) {
		assert_in_range(n, 0, 4);
		snprintf(got, sizeof(got), "%s %s", r->method, r->path);
		assert_string_equal(got, want[n]);
		assert_string_equal(r->permission, "time-clock:clock");
	}
	assert_int_equal(n, 5);
}

static void status_of_me(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "technicianId", "me");
	mt_fake_set(f, MT_FAKE_QUERY, "ticketId", TICKET);
	mt_fake_rows(f, "isClockedIn", 1, 1, (const char *const[]){"{\"isClockedIn\":true}"});
	assert_int_equal(mt_fake_run(f, get_status), 0);
	assert_int_equal(f->status, 200);
	assert_true(json_is_true(json_object_get(f->json, "isClockedIn")));
	assert_string_equal(asked_arg(f, 0, 0), ANN);
	assert_string_equal(asked_arg(f, 0, 1), TICKET);
}

static void status_of_nobody_is_404(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "technicianId", BOB);
	mt_fake_rows(f, "FROM mortise.users", 0, 1, NULL);
	assert_int_equal(mt_fake_run(f, get_status), MT_ENOENT);
}

static void status_of_nonsense_asks_nothing(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "technicianId", "1 OR 1=1");
	assert_int_equal(mt_fake_run(f, get_status), MT_ENOENT);
	assert_int_equal(f->n_asked, 0);
}

static void status_names_a_bad_ticket(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "technicianId", "me");
	mt_fake_set(f, MT_FAKE_QUERY, "ticketId", "7");
	assert_int_equal(mt_fake_run(f, get_status), MT_EFIELDS);
	assert_string_equal(f->field, "?ticketId");
}

static void clock_in_for_oneself(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{ss}", "ticketId", TICKET);
	mt_fake_rows(f, "INSERT INTO", 1, 4,
		(const char *const[]){"1", "1", "7", "{\"status\":\"active\"}"});
	assert_int_equal(mt_fake_run(f, post_clock_in), 0);
	assert_int_equal(f->status, 201);
	assert_string_equal(json_string_value(json_object_get(f->json, "status")), "active");
	assert_string_equal(asked_arg(f, 0, 0), ANN);
	assert_string_equal(asked_arg(f, 0, 1), TICKET);
	assert_true(f->asked[0].in_tx);
	assert_int_equal(f->committed, 1);
	assert_int_equal(f->n_told, 0);
}

static void second_clock_in_says_where_the_first_is(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{ss}", "ticketId", TICKET);
	mt_fake_error(f, "INSERT INTO", MT_ECONFLICT, "23505");
	mt_fake_rows(f, "clock_out IS NULL", 1, 2, (const char *const[]){"7", "08:15"});
	assert_int_equal(mt_fake_run(f, post_clock_in), MT_ECONFLICT);
	assert_non_null(strstr(f->message, "you are already clocked in on ticket #7 since 08:15"));
	assert_int_equal(f->committed, 0);
	assert_int_equal(f->undone, 1);
	assert_false(f->asked[1].in_tx);
}

static void other_errors_of_the_insert_are_passed_on(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{ss}", "ticketId", TICKET);
	mt_fake_error(f, "INSERT INTO", MT_ETIMEOUT, "57014");
	assert_int_equal(mt_fake_run(f, post_clock_in), MT_ETIMEOUT);
	assert_int_equal(f->n_asked, 1);
}

static void clock_in_without_ticket_or_technician_is_404(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{ss}", "ticketId", TICKET);
	mt_fake_rows(f, "INSERT INTO", 1, 4, (const char *const[]){"1", "0", NULL, NULL});
	mt_fake_rows(f, "INSERT INTO", 1, 4, (const char *const[]){"0", "1", "7", NULL});
	assert_int_equal(mt_fake_run(f, post_clock_in), MT_ENOENT);
	assert_string_equal(f->message, "there is no such ticket");
	assert_int_equal(mt_fake_run(f, post_clock_in), MT_ENOENT);
	assert_string_equal(f->message, "there is no such technician");
	assert_int_equal(f->committed, 0);
}

static void technician_clocks_nobody_else(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{ssss}", "ticketId", TICKET, "technicianId", BOB);
	assert_int_equal(mt_fake_run(f, post_clock_in), MT_EPERM);
	assert_int_equal(mt_fake_run(f, post_clock_out), MT_EPERM);
	assert_int_equal(f->n_asked, 0);
}

static void own_id_in_other_case_is_oneself(void **state)
{
	struct mt_fake *f = *state;

	f->user_id = "abcdefab-0000-4000-8000-000000000001";
	f->body = json_pack("{ssss}", "ticketId", TICKET, "technicianId",
		"ABCDEFAB-0000-4000-8000-000000000001");
	mt_fake_rows(f, "INSERT INTO", 1, 4, (const char *const[]){"1", "1", "7", "{}"});
	assert_int_equal(mt_fake_run(f, post_clock_in), 0);
	assert_int_equal(f->n_told, 0);
}

static void who_manages_clocks_others_who_are_notified(void **state)
{
	struct mt_fake *f = *state;

	f->permissions = "clock,manage";
	f->body = json_pack("{ssss}", "ticketId", TICKET, "technicianId", BOB);
	mt_fake_rows(f, "INSERT INTO", 1, 4, (const char *const[]){"1", "1", "7", "{}"});
	assert_int_equal(mt_fake_run(f, post_clock_in), 0);
	assert_int_equal(f->n_told, 1);
	assert_string_equal(f->told[0].target, BOB);
	assert_non_null(strstr(f->told[0].notice.message, "ticket #7"));
	assert_string_equal(f->told[0].notice.url, "/tickets/" TICKET);
}

static void clock_out(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{s:n,ss}", "technicianId", "ticketId", TICKET);
	mt_fake_rows(f, "UPDATE", 1, 2, (const char *const[]){"7", "{\"status\":\"completed\"}"});
	assert_int_equal(mt_fake_run(f, post_clock_out), 0);
	assert_int_equal(f->status, 200);
	assert_string_equal(asked_arg(f, 0, 0), ANN);
	assert_string_equal(asked_arg(f, 0, 2), TICKET);
	assert_string_equal(asked_arg(f, 0, 3), "0");
	assert_int_equal(f->committed, 1);
}

static void clock_out_rounds_as_the_company_has_set(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_setting(f, "rounding", json_integer(15));
	f->body = json_object();
	mt_fake_rows(f, "round(", 1, 2, (const char *const[]){"7", "{}"});
	assert_int_equal(mt_fake_run(f, post_clock_out), 0);
	assert_string_equal(asked_arg(f, 0, 3), "15");
}

static void settings_that_cannot_be_read_change_nothing(void **state)
{
	struct mt_fake *f = *state;

	f->settings_code = MT_EBUSY;
	f->body = json_object();
	assert_int_equal(mt_fake_run(f, post_clock_out), MT_EBUSY);
	assert_int_equal(f->committed, 0);
}

static void nobody_is_notified_when_the_company_does_not_want_it(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_setting(f, "notify", json_false());
	f->permissions = "clock,manage";
	f->body = json_pack("{ssss}", "ticketId", TICKET, "technicianId", BOB);
	mt_fake_rows(f, "INSERT INTO", 1, 4, (const char *const[]){"1", "1", "7", "{}"});
	assert_int_equal(mt_fake_run(f, post_clock_in), 0);
	assert_int_equal(f->n_told, 0);
	assert_int_equal(f->committed, 1);
}

static void clock_out_without_entry_is_409(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_object();
	mt_fake_rows(f, "UPDATE", 0, 2, NULL);
	mt_fake_rows(f, "SELECT", 0, 2, NULL);
	assert_int_equal(mt_fake_run(f, post_clock_out), MT_ECONFLICT);
	assert_string_equal(f->message, "you are not clocked in");
	assert_string_equal(asked_arg(f, 0, 2), "NULL");
}

static void clock_out_of_another_ticket_is_409(void **state)
{
	struct mt_fake *f = *state;

	f->body = json_pack("{ss}", "ticketId", TICKET);
	mt_fake_rows(f, "UPDATE", 0, 2, NULL);
	mt_fake_rows(f, "SELECT", 1, 2, (const char *const[]){"9", "08:15"});
	assert_int_equal(mt_fake_run(f, post_clock_out), MT_ECONFLICT);
	assert_string_equal(f->message, "you are clocked in on ticket #9, not on this one");
}

static void summary_of_a_ticket(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_PARAM, "ticketId", TICKET);
	mt_fake_rows(
		f, "FROM mortise.tickets", 1, 1, (const char *const[]){"{\"totalHours\":1.5}"});
	assert_int_equal(mt_fake_run(f, get_ticket_summary), 0);
	assert_float_equal(json_number_value(json_object_get(f->json, "totalHours")), 1.5, 0.001);
}

/* In the company's time zone. */
static void today_is(struct mt_fake *f)
{
	static const char *const DAY[] = {"2026-10-27"};

	mt_fake_rows(f, "now() AT TIME ZONE", 1, 1, DAY);
}

static void report_defaults_to_thirty_days(void **state)
{
	struct mt_fake *f = *state;

	today_is(f);
	mt_fake_rows(f, "'charts'", 1, 1, (const char *const[]){"{}"});
	assert_int_equal(mt_fake_run(f, get_report), 0);
	assert_string_equal(asked_arg(f, 1, 0), "2026-09-28");
	assert_string_equal(asked_arg(f, 1, 1), "2026-10-27");
	assert_string_equal(asked_arg(f, 1, 2), ANN);
}

static void report_of_everybody_is_for_who_manages(void **state)
{
	struct mt_fake *f = *state;

	f->permissions = "clock,manage";
	mt_fake_set(f, MT_FAKE_QUERY, "from", "2024-02-29");
	mt_fake_set(f, MT_FAKE_QUERY, "to", "2024-03-01");
	mt_fake_rows(f, "'charts'", 1, 1, (const char *const[]){"{}"});
	assert_int_equal(mt_fake_run(f, get_report), 0);
	assert_string_equal(asked_arg(f, 0, 0), "2024-02-29");
	assert_string_equal(asked_arg(f, 0, 1), "2024-03-01");
	assert_string_equal(asked_arg(f, 0, 2), "NULL");
}

static void report_names_every_bad_day(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_QUERY, "from", "2026-02-30");
	mt_fake_set(f, MT_FAKE_QUERY, "to", "27.10.2026");
	assert_int_equal(mt_fake_run(f, get_report), MT_EFIELDS);
	assert_string_equal(f->field, "?to?from");
	assert_int_equal(f->n_asked, 0);
}

static void report_has_limits(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_set(f, MT_FAKE_QUERY, "from", "2026-10-28");
	today_is(f);
	assert_int_equal(mt_fake_run(f, get_report), MT_EFIELDS);
	f->pair[0].value = "2025-10-26";
	today_is(f);
	assert_int_equal(mt_fake_run(f, get_report), MT_EFIELDS);
	f->pair[0].value = "2025-10-27";
	today_is(f);
	mt_fake_rows(f, "'charts'", 1, 1, (const char *const[]){"{}"});
	assert_int_equal(mt_fake_run(f, get_report), 0);
}

static void disabling_closes_open_entries(void **state)
{
	struct mt_fake *f = *state;

	mt_fake_rows(f, "UPDATE", 3, 0, NULL);
	assert_int_equal(mt_fake_run(f, on_disable), 0);
	assert_int_equal(f->logged, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(routes_of_the_seed),
		CASE(status_of_me),
		CASE(status_of_nobody_is_404),
		CASE(status_of_nonsense_asks_nothing),
		CASE(status_names_a_bad_ticket),
		CASE(clock_in_for_oneself),
		CASE(second_clock_in_says_where_the_first_is),
		CASE(other_errors_of_the_insert_are_passed_on),
		CASE(clock_in_without_ticket_or_technician_is_404),
		CASE(technician_clocks_nobody_else),
		CASE(own_id_in_other_case_is_oneself),
		CASE(who_manages_clocks_others_who_are_notified),
		CASE(clock_out),
		CASE(clock_out_rounds_as_the_company_has_set),
		CASE(settings_that_cannot_be_read_change_nothing),
		CASE(nobody_is_notified_when_the_company_does_not_want_it),
		CASE(clock_out_without_entry_is_409),
		CASE(clock_out_of_another_ticket_is_409),
		CASE(summary_of_a_ticket),
		CASE(report_defaults_to_thirty_days),
		CASE(report_of_everybody_is_for_who_manages),
		CASE(report_names_every_bad_day),
		CASE(report_has_limits),
		CASE(disabling_closes_open_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
