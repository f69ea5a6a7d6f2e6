/* usage.c - see usage.h. */
#include "relay/usage.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "db/db.h"
#include "os/sock.h"
#include "os/tally.h"
#include "relay/usage.sql.h"

#define TAKE_MAX 64
#define DATAGRAM_MAX 2048
#define NUMBERS (5 + TALLY_BUCKETS) /* calls errors us us_max cpu_us, then the buckets */
#define CALLS_MAX 1000000ULL	    /* of one line: a second of one worker */
#define US_MAX 3600000000ULL	    /* an hour */
#define DAY_MS (24 * 3600 * 1000LL)
#define BODY_MAX (4UL << 20)

struct usage_sum {
	char key[41];
	int tenant;
	unsigned long long value[NUMBERS];
};

int usage_open(struct usage *u, const char *run_dir)
{
	const struct sock_owner owner = {.uid = (uid_t)-1, .gid = (gid_t)-1, .mode = 0600};
	char path[512];

	memset(u, 0, sizeof(*u));
	u->fd = -1;
	if (snprintf(path, sizeof(path), "%s/usage.sock", run_dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	u->sum = calloc(USAGE_SUMS_MAX, sizeof(*u->sum));
	if (!u->sum)
		return -1;
	u->fd = sock_listen(path, SOCK_DGRAM, 0, &owner);
	u->clean_at = clock_ms() + 60000;
	return u->fd < 0 ? -1 : 0;
}

void usage_close(struct usage *u)
{
	if (u->fd >= 0)
		close(u->fd);
	free(u->sum);
	u->fd = -1;
	u->sum = NULL;
}

static struct usage_sum *sum_of(struct usage *u, const char *key, int tenant)
{
	struct usage_sum *s;

	for (size_t i = 0; i < u->n; i++)
		if (u->sum[i].tenant == tenant && !strcmp(u->sum[i].key, key))
			return &u->sum[i];
	if (u->n == USAGE_SUMS_MAX)
		return NULL;
	s = &u->sum[u->n++];
	memset(s, 0, sizeof(*s));
	snprintf(s->key, sizeof(s->key), "%s", key);
	s->tenant = tenant;
	return s;
}

/* A number of at most `most`, and the blank behind it. */
static bool number(const char **at, unsigned long long most, unsigned long long *ret)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*ret = strtoull(*at, &end, 10);
	if (errno || *ret > most || (*end != ' ' && *end != '\0'))
		return false;
	*at = end + (*end == ' ');
	return true;
}

static void add_line(struct usage *u, const char *key, const char *line)
{
	unsigned long long tenant, v[NUMBERS], calls = 0;
	struct usage_sum *s;
	bool ok = number(&line, INT_MAX, &tenant) && tenant > 0;

	for (int i = 0; ok && i < NUMBERS; i++)
		ok = number(&line, i == 2 || i == 3 || i == 4 ? US_MAX : CALLS_MAX, &v[i]);
	if (!ok || *line)
		return;
	for (int b = 5; b < NUMBERS; b++)
		calls += v[b];
	v[0] = calls;
	s = calls ? sum_of(u, key, (int)tenant) : NULL;
	for (int i = 0; s && i < NUMBERS; i++)
		s->value[i] =
			i == 3 ? (v[i] > s->value[i] ? v[i] : s->value[i]) : s->value[i] + v[i];
}

void usage_add(struct usage *u, char *text)
{
	char *save = NULL, *line = strtok_r(text, "\n", &save), *at;

	at = line ? strchr(line, '@') : NULL;
	if (!at)
		return;
	*at = '\0';
	if (!id_is_plugin_key(line))
		return;
	for (const char *key = line; (line = strtok_r(NULL, "\n", &save));)
		add_line(u, key, line);
}

void usage_take(struct usage *u)
{
	char text[DATAGRAM_MAX];

	for (int i = 0; i < TAKE_MAX; i++) {
		ssize_t n = recv(u->fd, text, sizeof(text) - 1, MSG_DONTWAIT);

		if (n <= 0)
			return;
		text[n] = '\0';
		usage_add(u, text);
	}
}

static int write_sums(struct usage *u, struct relay *r)
{
	struct arena *p = arena_new();
	struct rows rows;
	struct op op;
	struct buf b;
	int rc;

	buf_init(&b, BODY_MAX);
	for (size_t i = 0; i < u->n; i++) {
		const struct usage_sum *s = &u->sum[i];

		buf_addf(&b, "%s{\"k\":\"%s\",\"t\":%d,\"v\":[", i ? "," : "[", s->key, s->tenant);
		for (int k = 0; k < NUMBERS; k++)
			buf_addf(&b, "%s%llu", k ? "," : "", s->value[k]);
		buf_adds(&b, "]}");
	}
	buf_adds(&b, "]");
	relay_op(r, &op, p);
	rc = op_write(&op, NULL, &USAGE_WRITE, DB_ARGS(b.data), &rows);
	relay_db_result(r, rc, &op.err, "writing what plugins did");
	buf_release(&b);
	arena_free(p);
	return rc;
}

static void clean(struct usage *u, struct relay *r, int64_t now)
{
	struct arena *p = arena_new();
	struct rows rows;
	struct op op;
	int rc;

	relay_op(r, &op, p);
	rc = op_write(&op, NULL, &USAGE_CLEAN, DB_ARGS(DB_NUMBER(USAGE_DAYS)), &rows);
	relay_db_result(r, rc, &op.err, "clearing away old usage");
	u->clean_at = now + (rc == 0 ? DAY_MS : 60000);
	arena_free(p);
}

int64_t usage_tick(struct usage *u, struct relay *r)
{
	int64_t now = clock_ms();

	if (now < u->due)
		return u->due;
	u->due = now + USAGE_WRITE_MS;
	if (!relay_db_ready(r))
		return u->due;
	if (now >= u->clean_at)
		clean(u, r, now);
	/* Retried in the next turn when the database is down; a statement of ours that fails is
	 * logged and its numbers are dropped, or it would fail for ever. */
	if (u->n > 0) {
		int rc = write_sums(u, r);

		if (rc != MT_EBUSY && rc != MT_ETIMEOUT)
			u->n = 0;
	}
	return u->due;
}
