/*
 * names.c - the titles that rows show of what they refer to (a state's label, a person's name), in this
 * worker's memory under a lease (auth/lease.h), so that most reads and lists need no joins.
 *
 * Statements exist twice. The named one joins the titles, and fills this memory; the plain one is used
 * when the last reply of the same tenant and resource would have found all its titles here. When one is
 * missing all the same, the named statement is run after it. So an idle server takes one round trip, a
 * busy one joins twice in half a second, and a company whose people don't fit keeps joining.
 *
 * A title is found by its tenant, resource and key, and is as old as its lease at most when a request
 * begins: a request that changes one is answered when no worker has the old one (write_hold()).
 */
#include "resource/impl.h"

#include <string.h>

#include "auth/lease.h"
#include "base/clock.h"

/* 2,048 titles of about half a megabyte; a page of memory is used when a title is in it. */
#define SETS 512
#define WAYS 4
#define KEY_BYTES 40	/* a uuid, or a word of REF_KEY() */
#define TITLE_BYTES 160 /* in JSON; a longer one is joined each time */
#define EXPECTED 256

struct title {
	int tenant; /* 0 = free */
	const struct resource *of;
	int64_t read_at;
	uint8_t key_len, len;
	char key[KEY_BYTES], json[TITLE_BYTES];
};

static struct title titles[SETS][WAYS];

/* Of the last reply whose statement had the titles: were all of them here? */
static struct {
	int tenant;
	const struct model *m;
	int64_t read_at;
} expected[EXPECTED];

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

static struct title *set_of(int tenant, const struct resource *of, const char *key, size_t len)
{
	uint64_t h = mix((uint64_t)tenant, (uint64_t)(uintptr_t)of), word = 0;

	for (; len >= sizeof(word); key += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = mix(h, word);
	}
	word = 0;
	memcpy(&word, key, len);
	return titles[mix(h, word) % SETS];
}

static bool is_it(
	const struct title *t, int tenant, const struct resource *of, const char *key, size_t len)
{
	return t->tenant == tenant && t->of == of && t->key_len == len && !memcmp(t->key, key, len);
}

static bool holds(const struct title *t, int64_t now)
{
	return now - t->read_at < LEASE_MS;
}

static const struct title *find(const struct names *n, const struct resource *of, const char *key)
{
	size_t len = strlen(key);
	struct title *set;

	if (len > KEY_BYTES)
		return NULL;
	set = set_of(n->tenant, of, key, len);
	for (int i = 0; i < WAYS; i++)
		if (is_it(&set[i], n->tenant, of, key, len))
			return holds(&set[i], n->now) ? &set[i] : NULL;
	return NULL;
}

/* Its own place, else the oldest of the set. */
static struct title *place_for(
	const struct names *n, const struct resource *of, const char *key, size_t len)
{
	struct title *set = set_of(n->tenant, of, key, len), *ret = set;

	for (int i = 0; i < WAYS; i++) {
		if (is_it(&set[i], n->tenant, of, key, len))
			return &set[i];
		if (set[i].read_at < ret->read_at)
			ret = &set[i];
	}
	return ret;
}

static void keep(const struct names *n, const struct resource *of, const char *key,
	const char *json, size_t json_len)
{
	size_t len = strlen(key);
	struct title *t;

	if (len > KEY_BYTES || json_len > TITLE_BYTES)
		return;
	t = place_for(n, of, key, len);
	t->tenant = n->tenant;
	t->of = of;
	t->read_at = n->now;
	t->key_len = (uint8_t)len;
	t->len = (uint8_t)json_len;
	memcpy(t->key, key, len);
	memcpy(t->json, json, json_len);
}

static size_t place_of(int tenant, const struct model *m)
{
	return mix((uint64_t)tenant, (uint64_t)(uintptr_t)m) % EXPECTED;
}

struct names names_begin_named(const struct op *op)
{
	return (struct names){.tenant = op->who->tenant, .now = clock_ms(), .in_rows = true};
}

struct names names_begin(const struct op *op, const struct model *m)
{
	struct names n = names_begin_named(op);
	size_t at = place_of(n.tenant, m);

	n.in_rows = expected[at].tenant != n.tenant || expected[at].m != m ||
		    n.now - expected[at].read_at >= LEASE_MS;
	return n;
}

bool names_begin_again(struct names *n)
{
	if (n->in_rows || !n->missing)
		return false;
	*n = (struct names){.tenant = n->tenant, .now = clock_ms(), .in_rows = true};
	return true;
}

bool names_are_here(const struct names *n, const struct model *m, const char *const *values)
{
	for (int i = 0; i < m->n; i++) {
		const struct column *c = &m->res->columns[i];

		if (!c->shown)
			continue;
		if ((c->flags & READONLY) || (values[i] && !find(n, c->kind.of, values[i])))
			return false; /* what the database sets is known afterwards */
	}
	return true;
}

void names_add(
	struct names *n, struct buf *b, const struct column *c, const char *key, const char *title)
{
	const struct title *t = key ? find(n, c->kind.of, key) : NULL;
	size_t from = b->len;

	n->missing = n->missing || (key && !t);
	if (!n->in_rows) {
		buf_add(b, t ? t->json : "null", t ? t->len : 4);
		return;
	}
	value_add_json(b, FIELD_STRING, title);
	if (title && !n->uncommitted && !b->full)
		keep(n, c->kind.of, key, b->data + from, b->len - from);
}

void names_end(const struct names *n, const struct model *m)
{
	size_t at = place_of(n->tenant, m);

	expected[at].tenant = n->missing || !m->shows ? 0 : n->tenant;
	expected[at].m = m;
	if (n->in_rows)
		expected[at].read_at = n->now;
}
