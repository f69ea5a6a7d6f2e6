/*
 * company_check.c - the rules of a company's profile beyond the types of its fields: codes of
 * countries and currencies, numbers, and when it is open. Intervals and holidays are brought into
 * their order.
 */
#include "api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codes.h"

const struct field company_interval[] = {
	{"day", FIELD_INT, FIELD_REQUIRED, 1, 7},
	{"from", FIELD_STRING, FIELD_REQUIRED, 5, 5},
	{"to", FIELD_STRING, FIELD_REQUIRED, 5, 5},
	{.type = FIELD_END},
};

const struct field company_holiday[] = {
	{"date", FIELD_DATE, FIELD_REQUIRED},
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, 80},
	{"yearly", FIELD_BOOL, FIELD_REQUIRED},
	{.type = FIELD_END},
};

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* At least one digit, and nothing but these. */
static bool is_made_of(const char *s, const char *signs)
{
	return !s[strspn(s, signs)] && strpbrk(s, "0123456789");
}

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static bool is_tax_number(const char *s)
{
	return is_made_of(s, DIGITS LETTERS " ./-");
}

static bool is_phone(const char *s)
{
	return is_made_of(s, DIGITS " +()./-");
}

static bool is_website(const char *s)
{
	const char *host = !strncmp(s, "https://", 8)  ? s + 8
			   : !strncmp(s, "http://", 7) ? s + 7
						       : "";

	return *host && !strchr("/?#:@", *host) && !strpbrk(host, " \"<>\\");
}

static int check_texts(struct op *op, const json_t *body)
{
	static const struct {
		const char *name;
		bool (*is)(const char *s);
		const char *fault;
	} RULES[] = {
		{"currency", code_is_currency,
			N_("Must be a currency's code of three letters (ISO 4217), such as EUR")},
		{"country", code_is_country,
			N_("Must be a country's code of two letters (ISO 3166), such as DE")},
		{"taxNumber", is_tax_number,
			N_("Must have digits, and beside them only letters, blanks and . / -")},
		{"phone", is_phone,
			N_("Must have digits, and beside them only blanks and + ( ) . / -")},
		{"website", is_website,
			N_("Must be an address that begins with https:// or http://")},
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(RULES) / sizeof(*RULES); i++) {
		const char *s = text_of(body, RULES[i].name);

		if (s && !RULES[i].is(s))
			rc = err_addfield_plain(&op->err,
				arena_printf(op->arena, "/%s", RULES[i].name), RULES[i].fault);
	}
	return rc;
}

/* Minutes since midnight, or -1. */
static int minutes_of(const char *s)
{
	int ret;

	if (strlen(s) != 5 || strspn(s, DIGITS) != 2 || s[2] != ':' || strspn(s + 3, DIGITS) != 2 ||
		s[3] > '5')
		return -1;
	ret = ((s[0] - '0') * 10 + s[1] - '0') * 60 + (s[3] - '0') * 10 + s[4] - '0';
	return ret <= 24 * 60 ? ret : -1;
}

static int check_interval(struct op *op, const char *at, const json_t *o)
{
	int from = minutes_of(text_of(o, "from")), to = minutes_of(text_of(o, "to"));

	if (from < 0 || from == 24 * 60)
		return op_fault(op, arena_printf(op->arena, "%s/from", at),
			"Must be a time from 00:00 to 23:59");
	if (to < 0)
		return op_fault(op, arena_printf(op->arena, "%s/to", at),
			"Must be a time from 00:01 to 24:00");
	if (to <= from)
		return op_fault(op, arena_printf(op->arena, "%s/to", at),
			"Must be after its beginning: one over midnight is an interval of each day");
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	json_int_t dx = json_integer_value(json_object_get(x, "day"));
	json_int_t dy = json_integer_value(json_object_get(y, "day"));

	return dx != dy ? (dx < dy ? -1 : 1) : strcmp(text_of(x, "from"), text_of(y, "from"));
}

static int by_date(const void *a, const void *b)
{
	return strcmp(text_of(*(json_t *const *)a, "date"), text_of(*(json_t *const *)b, "date"));
}

static bool overlap(const json_t *a, const json_t *b)
{
	return json_integer_value(json_object_get(a, "day")) ==
		       json_integer_value(json_object_get(b, "day")) &&
	       strcmp(text_of(b, "from"), text_of(a, "to")) < 0;
}

static bool same_date(const json_t *a, const json_t *b)
{
	return !strcmp(text_of(a, "date"), text_of(b, "date"));
}

/* A list of the profile: each entry, then neighbours in their order. */
struct list {
	const char *name;
	const struct field *fields;
	int (*check)(struct op *op, const char *at, const json_t *o); /* or NULL */
	int (*compare)(const void *a, const void *b);
	bool (*clash)(const json_t *a, const json_t *b);
	const char *fault;
};

static int check_entries(struct op *op, const struct list *l, const json_t *entries)
{
	json_t *o;
	size_t i;
	int rc = 0;

	json_array_foreach((json_t *)entries, i, o) {
		const char *at = arena_printf(op->arena, "/%s/%zu", l->name, i);

		if (!json_is_object(o))
			rc = op_fault(op, at, "Must be an object");
		else if (fields_check(&op->err, at, l->fields, o) < 0 ||
			 (l->check && l->check(op, at, o) < 0))
			rc = MT_EFIELDS;
	}
	return rc;
}

static size_t place_of(const json_t *entries, const json_t *entry)
{
	json_t *o;
	size_t i;

	json_array_foreach((json_t *)entries, i, o)
		if (o == entry)
			break;
	return i;
}

static int check_list(struct op *op, json_t *body, const struct list *l)
{
	json_t *entries = json_object_get(body, l->name), *sorted, **one;
	size_t n = json_array_size(entries);
	int rc = check_entries(op, l, entries);

	if (rc < 0 || !n)
		return rc;
	one = arena_alloc(op->arena, n * sizeof(*one));
	for (size_t i = 0; i < n; i++)
		one[i] = json_array_get(entries, i);
	qsort(one, n, sizeof(*one), l->compare);
	for (size_t i = 1; i < n; i++)
		if (l->clash(one[i - 1], one[i]))
			rc = err_addfield_plain(&op->err,
				arena_printf(
					op->arena, "/%s/%zu", l->name, place_of(entries, one[i])),
				l->fault);
	sorted = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append(sorted, one[i]);
	json_object_set_new(body, l->name, sorted);
	return rc;
}

int company_check(struct op *op, json_t *body)
{
	static const struct list LISTS[] = {
		{"hours", company_interval, check_interval, by_time, overlap,
			N_("Must not overlap another interval of the same day")},
		{"holidays", company_holiday, NULL, by_date, same_date,
			N_("Must not be on the day of another holiday")},
	};
	int rc = check_texts(op, body);

	for (size_t i = 0; i < sizeof(LISTS) / sizeof(*LISTS); i++)
		if (check_list(op, body, &LISTS[i]) < 0)
			rc = MT_EFIELDS;
	return rc;
}
