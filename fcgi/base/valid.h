/*
 * valid.h - what people and plugins hand over: one rule for each, for every room. Of a notification the
 * database keeps the same rule (sql/007-notifications.sql), because plugins reach it there; t/api/rules.t.mjs
 * compares the two.
 */
#ifndef VALID_H
#define VALID_H

#include <stdbool.h>

/* Something before and behind one '@', 254 bytes at most, no blanks, no empty part of the domain. */
bool valid_email(const char *s);

/* A company's short name in addresses and commands: 2 to 40 of a-z, 0-9 and '-', a letter first, as
 * sql/002-tenants.sql has it. */
bool valid_tenant_code(const char *s);

/* Characters at most; title and message have one at least. */
#define NOTICE_TITLE_MAX 120
#define NOTICE_MESSAGE_MAX 1000
#define NOTICE_ICON_MAX 16
#define NOTICE_URL_MAX 500
#define NOTICE_PRIORITIES "low|normal|high"
#define NOTICE_ICON "\xf0\x9f\x94\x94" /* a bell, where none is given */

/* "/path" of this site or a page of the web, without blanks: nothing that a browser would run. */
bool valid_notice_url(const char *s);

/* "12", "-0.5": digits with at most one point between them, 40 characters. */
bool valid_decimal(const char *s);

/* Is the word s in a list such as "low|normal|high"? */
bool valid_one_of(const char *list, const char *s);

#endif
