/*
 * cache.c - libmemcached behind a circuit breaker of our own: the library never marks a hung server
 * dead, and its default time-outs are seconds.
 *
 * A value is stored as "<tenant>\n<bytes>". Keys that memcached would refuse are hashed. Deletes
 * that arrive while the breaker is open are remembered and sent first when it closes, so that
 * deleted values can't reappear; when there are too many of them, the servers are flushed.
 */
#include "cache/cache.h"

#include <errno.h>
#include <libmemcached/memcached.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/id.h"

#define LIMIT_MS 50
#define OFF_MS 5000
#define KEY_MAX 200
#define VALUE_MAX (900 * 1024) /* memcached takes 1 MB with its own header */
#define MISSED_MAX 64
#define SERVERS_MAX 16

struct cache {
	memcached_st *mc; /* NULL = no servers */
	char socket[SERVERS_MAX][108];
	int n_sockets;
	int64_t off_until; /* clock_ms(); 0 = in use; past = probe before the next use */
	char missed[MISSED_MAX][KEY_MAX + 1];
	int n_missed;
	bool overflow;
};

static void set_limits(memcached_st *mc)
{
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, LIMIT_MS);
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, LIMIT_MS);
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_SND_TIMEOUT, LIMIT_MS * 1000);
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, LIMIT_MS * 1000);
	/* The breaker decides when to try again. */
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 0);
	memcached_behavior_set(mc, MEMCACHED_BEHAVIOR_DEAD_TIMEOUT, 0);
}

/* "/path", "host:port", "host" or "[::1]:port", one of a comma separated list. */
static void add_server(struct cache *c, const char *s, size_t n)
{
	char host[256];
	char *colon, *end;
	unsigned long port = 11211;

	while (n > 0 && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n == 0 || n >= sizeof(host))
		return;
	memcpy(host, s, n);
	host[n] = '\0';
	if (host[0] == '/') {
		if (n < sizeof(c->socket[0]) && c->n_sockets < SERVERS_MAX &&
			memcached_server_add_unix_socket(c->mc, host) == MEMCACHED_SUCCESS)
			memcpy(c->socket[c->n_sockets++], host, n + 1);
		return;
	}
	colon = strrchr(host, ':');
	if (colon != NULL && (host[0] != '[' || colon[-1] == ']')) {
		*colon = '\0';
		port = strtoul(colon + 1, &end, 10);
		if (*end != '\0' || port == 0 || port > 65535)
			return;
	}
	n = strlen(host);
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}
	memcached_server_add(c->mc, host, (in_port_t)port);
}

struct cache *cache_new(const char *servers)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	if (servers == NULL || servers[0] == '\0')
		return c;
	c->mc = memcached_create(NULL);
	if (c->mc == NULL)
		abort();
	set_limits(c->mc);
	while (*servers != '\0') {
		size_t n = strcspn(servers, ",");

		add_server(c, servers, n);
		servers += n + (servers[n] == ',');
	}
	c->off_until = 1; /* the first use probes the sockets */
	if (memcached_server_count(c->mc) == 0) {
		memcached_free(c->mc);
		c->mc = NULL;
	}
	return c;
}

void cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	if (c->mc != NULL)
		memcached_free(c->mc);
	free(c);
}

/* Keys that memcached's text protocol can carry stay as they are; any other becomes its hash. */
static const char *safe_key(const char *key, char tmp[KEY_MAX + 1])
{
	size_t n = 0;

	while (n <= KEY_MAX && (unsigned char)key[n] > 0x20 && (unsigned char)key[n] < 0x7f)
		n++;
	if (n > 0 && n <= KEY_MAX && key[n] == '\0' && strncmp(key, "h:", 2) != 0)
		return key;
	tmp[0] = 'h';
	tmp[1] = ':';
	id_sha256_hex(tmp + 2, key, strlen(key));
	return tmp;
}

static void turn_off(struct cache *c)
{
	/* Connections may have half an answer in them. */
	memcached_quit(c->mc);
	c->off_until = clock_ms() + OFF_MS;
}

/* libmemcached connects to a unix socket without a limit, and a stopped server's queue can be full. */
static bool sockets_answer(const struct cache *c)
{
	bool ok = true;

	for (int i = 0; i < c->n_sockets && ok; i++) {
		struct sockaddr_un to = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		memcpy(to.sun_path, c->socket[i], sizeof(to.sun_path));
		ok = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
		if (fd >= 0)
			close(fd);
	}
	return ok;
}

/* Evaluates a result: true when the server answered, whatever the answer. */
static bool answered(struct cache *c, memcached_return_t rc)
{
	switch (rc) {
	case MEMCACHED_SUCCESS:
	case MEMCACHED_STORED:
	case MEMCACHED_DELETED:
	case MEMCACHED_NOTFOUND:
	case MEMCACHED_NOTSTORED:
	case MEMCACHED_DATA_EXISTS:
	case MEMCACHED_BUFFERED:
	case MEMCACHED_E2BIG:
	case MEMCACHED_SERVER_MEMORY_ALLOCATION_FAILURE:
	case MEMCACHED_BAD_KEY_PROVIDED:
		return true;
	default:
		turn_off(c);
		return false;
	}
}

static void delete_missed(struct cache *c)
{
	if (c->overflow && !answered(c, memcached_flush(c->mc, 0)))
		return;
	while (!c->overflow && c->n_missed > 0) {
		const char *key = c->missed[c->n_missed - 1];

		if (!answered(c, memcached_delete(c->mc, key, strlen(key), 0)))
			return;
		c->n_missed--;
	}
	c->n_missed = 0;
	c->overflow = false;
}

static bool is_usable(struct cache *c)
{
	if (c->mc == NULL || clock_ms() < c->off_until)
		return false;
	if (c->off_until != 0) {
		c->off_until = 0;
		if (!sockets_answer(c)) {
			turn_off(c);
			return false;
		}
		delete_missed(c);
	}
	return c->off_until == 0;
}

int cache_is_open(const struct cache *c)
{
	return c->mc != NULL && clock_ms() >= c->off_until;
}

char *cache_get(struct cache *c, struct arena *p, int tenant, const char *key, size_t *ret_len)
{
	char tmp[KEY_MAX + 1], mark[16];
	memcached_return_t rc;
	uint32_t flags;
	size_t len = 0, n;
	char *raw, *ret = NULL;

	if (!is_usable(c))
		return NULL;
	key = safe_key(key, tmp);
	raw = memcached_get(c->mc, key, strlen(key), &len, &flags, &rc);
	if (!answered(c, rc)) {
		free(raw);
		return NULL;
	}
	n = (size_t)snprintf(mark, sizeof(mark), "%d\n", tenant);
	if (raw != NULL && len >= n && memcmp(raw, mark, n) == 0) {
		ret = arena_strndup(p, raw + n, len - n);
		if (ret_len != NULL)
			*ret_len = len - n;
	}
	free(raw);
	return ret;
}

void cache_set(struct cache *c, int tenant, const char *key, const void *val, size_t n, int ttl_s)
{
	char tmp[KEY_MAX + 1];
	size_t mark;
	char *raw;

	if (n > VALUE_MAX || ttl_s <= 0 || !is_usable(c))
		return;
	raw = malloc(n + 16);
	if (raw == NULL)
		abort();
	mark = (size_t)snprintf(raw, 16, "%d\n", tenant);
	if (n > 0)
		memcpy(raw + mark, val, n);
	key = safe_key(key, tmp);
	/* Above 30 days memcached takes it for a date. */
	answered(c, memcached_set(c->mc, key, strlen(key), raw, mark + n,
			    ttl_s > 2592000 ? 2592000 : ttl_s, 0));
	free(raw);
}

void cache_delete(struct cache *c, const char *key)
{
	char tmp[KEY_MAX + 1];

	if (c->mc == NULL)
		return;
	key = safe_key(key, tmp);
	if (is_usable(c) && answered(c, memcached_delete(c->mc, key, strlen(key), 0)))
		return;
	if (c->n_missed == MISSED_MAX)
		c->overflow = true;
	else
		snprintf(c->missed[c->n_missed++], sizeof(c->missed[0]), "%s", key);
}
