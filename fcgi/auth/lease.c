/*
 * lease.c - see lease.h. A table of fixed size in which a name has one place: nothing to evict, nothing
 * that grows.
 */
#include "auth/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* clock_ms() cuts off: two readings may be a millisecond closer than what they measure. */
#define ROUNDING_MS 2

struct slot {
	char name[LEASE_NAME_MAX + 1];
	char *value; /* NULL = free */
	size_t len, room;
	int64_t read_at;
};

struct lease {
	struct slot slot[LEASE_SLOTS];
};

struct lease *lease_new(void)
{
	struct lease *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	return l;
}

void lease_free(struct lease *l)
{
	for (size_t i = 0; l && i < LEASE_SLOTS; i++)
		free(l->slot[i].value);
	free(l);
}

/* FNV-1a. Names hold a hash or a plugin's key; who makes two meet loses a cache hit. */
static struct slot *place_of(struct lease *l, const char *name)
{
	uint32_t h = 2166136261u;

	for (const char *c = name; *c; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	return &l->slot[h % LEASE_SLOTS];
}

int lease_holds(int64_t read_at)
{
	int64_t now = clock_ms();

	return read_at > 0 && read_at <= now && now - read_at < LEASE_MS;
}

char *lease_get(struct lease *l, struct arena *p, const char *name, size_t *ret_len)
{
	struct slot *s = place_of(l, name);
	char *ret;

	if (!s->value || strcmp(s->name, name) || !lease_holds(s->read_at))
		return NULL;
	ret = arena_alloc(p, s->len + 1);
	memcpy(ret, s->value, s->len);
	ret[s->len] = '\0';
	*ret_len = s->len;
	return ret;
}

void lease_put(struct lease *l, const char *name, const void *value, size_t n, int64_t read_at)
{
	struct slot *s = place_of(l, name);

	if (strlen(name) > LEASE_NAME_MAX || n > LEASE_VALUE_MAX)
		return;
	if (!s->value || s->room < n) {
		char *room = realloc(s->value, n ? n : 1);

		if (!room)
			abort();
		s->value = room;
		s->room = n;
	}
	memcpy(s->value, value, n);
	s->len = n;
	s->read_at = read_at;
	memcpy(s->name, name, strlen(name) + 1);
}

void lease_drop(struct lease *l, const char *name)
{
	struct slot *s = place_of(l, name);

	if (s->value && !strcmp(s->name, name))
		s->read_at = 0;
}

int64_t lease_over(int64_t committed_at)
{
	return committed_at + LEASE_MS + ROUNDING_MS;
}
