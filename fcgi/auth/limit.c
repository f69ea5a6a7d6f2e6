/* limit.c - counted routes: see limit.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include "auth/app.h"
#include "db/db.h"
#include "auth/limit.h"
#include "auth/limit.sql.h"

void limit_name(const char *address, char ret[LIMIT_NAME_MAX])
{
	struct in6_addr six;
	char text[INET6_ADDRSTRLEN];

	snprintf(ret, LIMIT_NAME_MAX, "local");
	if (!address)
		return;
	if (inet_pton(AF_INET, address, &six) == 1) {
		inet_ntop(AF_INET, &six, ret, LIMIT_NAME_MAX);
	} else if (inet_pton(AF_INET6, address, &six) == 1) {
		if (IN6_IS_ADDR_V4MAPPED(&six)) {
			inet_ntop(AF_INET, &six.s6_addr[12], ret, LIMIT_NAME_MAX);
			return;
		}
		memset(&six.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &six, text, sizeof(text));
		snprintf(ret, LIMIT_NAME_MAX, "%s/64", text);
	}
}

bool limit_exempt(const char *list, const char *address)
{
	char own[LIMIT_NAME_MAX], word[LIMIT_NAME_MAX], name[LIMIT_NAME_MAX];

	limit_name(address, own);
	for (const char *at = list + strspn(list, " \t"); *at; at += strspn(at, " \t")) {
		size_t n = strcspn(at, " \t");

		snprintf(word, sizeof(word), "%.*s", (int)n, at);
		at += n;
		limit_name(word, name);
		/* "local" stands for every peer without an IP address, and is exempt only by that
		 * word. */
		if (!strcmp(name, own) && (strcmp(name, "local") != 0 || !strcmp(word, "local")))
			return true;
	}
	return false;
}

int limit_count(struct op *op, const char *address, const char *route, const char *bound, int most)
{
	char name[LIMIT_NAME_MAX];
	struct rows rows;
	long left_s;
	int rc;

	if (limit_exempt(op->app->conf.install_limit_exempt, address))
		return 0;
	limit_name(address, name);
	rc = op_write(op, NULL, &LIMIT_COUNT,
		DB_ARGS(route, name, arena_printf(op->arena, "%d", most),
			DB_NUMBER(LIMIT_WINDOW_S)),
		&rows);
	if (rc < 0 || row_int(&rows, 0, 0) <= most)
		return rc;
	left_s = row_int(&rows, 0, 1) > 0 ? row_int(&rows, 0, 1) : 1;
	op->err.retry_after = (unsigned)left_s;
	return op_fail(op, MT_ERATE,
		"Your address has used up its %d requests an hour here (%s); the next is possible in %ld"
		" minutes",
		most, bound, (left_s + 59) / 60);
}
