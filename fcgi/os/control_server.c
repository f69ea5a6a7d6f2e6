/*
 * control_server.c - the master's side of the control socket: one message, one line, one answer.
 *
 * Peers are root, the master's own user and conf.user, by SO_PEERCRED. A peer that doesn't read its
 * answers is cut off: the master never waits for anybody.
 */
#include "os/control_server.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "os/control.h"
#include "os/sock.h"
#include "os/status.h"

#define CONNS_MAX 64
#define WANTED_MAX 4096
#define FIELDS_MAX 7

struct conn {
	struct conn *next;
	struct control_server *s;
	struct watch in;
	bool wanting;	 /* between want-begin and want-end */
	bool subscribed; /* has sent a want-end */
	bool broken;	 /* to be closed when its handler returns */
	bool busy;	 /* its handler runs */
	struct pool_spec *wanted;
	int n_wanted, cap_wanted;
};

static void conn_close(struct conn *c)
{
	struct control_server *s = c->s;
	if (c->busy) {
		c->broken = true;
		return;
	}
	for (struct conn **at = &s->conns; *at; at = &(*at)->next) {
		if (*at == c) {
			*at = c->next;
			break;
		}
	}
	trial_forget(s->trials, c);
	int fd = c->in.fd;
	watch_remove(s->list->env->epoll, &c->in);
	close(fd);
	free(c->wanted);
	free(c);
}

static void send_text(struct conn *c, const char *text, size_t n)
{
	if (c->broken)
		return;
	if (send(c->in.fd, text, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno == EMSGSIZE) {
			static const char sorry[] = "error\tthe answer is too long";
			if (send(c->in.fd, sorry, sizeof(sorry) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) >
				0)
				return;
		}
		conn_close(c);
	}
}

static void __attribute__((format(printf, 2, 3))) conn_answer(void *conn, const char *fmt, ...)
{
	struct conn *c = conn;
	char *line;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0) {
		conn_close(c);
		return;
	}
	send_text(c, line, (size_t)n);
	free(line);
}

void control_server_quarantine(void *server, const char *pool, const char *reason)
{
	struct control_server *s = server;
	for (struct conn *c = s->conns, *next; c; c = next) {
		next = c->next;
		if (c->subscribed)
			conn_answer(c, "quarantine\t%s\t%s", pool, reason);
	}
}

static void cmd_status(struct conn *c)
{
	char *json = status_json(c->s->list, c->s->started);
	if (json)
		send_text(c, json, strlen(json));
	else
		conn_answer(c, "error\tout of memory");
	free(json);
}

static bool is_pool_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-@");
	return n > 0 && n < sizeof(((struct pool_spec *)0)->name) && s[n] == '\0' && strchr(s, '@');
}

static bool number(const char *s, long least, long most, int *ret)
{
	char *end;
	errno = 0;
	long n = strtol(s, &end, 10);
	if (errno || end == s || *end || n < least || n > most)
		return false;
	*ret = (int)n;
	return true;
}

/* want <pool> <so> <key> <number> <max> <sha256 of the .so> */
static const char *parse_want(char **f, int n, struct pool_spec *s)
{
	*s = (struct pool_spec){
		.kind = POOL_PLUGIN,
		.program = "mortise-plugin",
		.listens = true,
	};
	if (n != 7)
		return "want needs pool, so, key, number, max and sha256";
	if (!is_pool_name(f[1]))
		return "not a pool's name";
	if (f[2][0] != '/' || strlen(f[2]) >= sizeof(s->so))
		return "the .so needs an absolute path";
	if (!id_is_plugin_key(f[3]))
		return "not a plugin's key";
	/* The uid below the first is the trial's: a plugin's number starts at 0 at the least. */
	if (!number(f[4], 0, 100000000, &s->number))
		return "not a plugin's number";
	if (!number(f[5], 1, SCORE_SLOTS, &s->max))
		return "max is not from 1 to 64";
	if (strlen(f[6]) != 64 || strspn(f[6], "0123456789abcdef") != 64)
		return "not the SHA-256 of a library";
	snprintf(s->name, sizeof(s->name), "%s", f[1]);
	snprintf(s->so, sizeof(s->so), "%s", f[2]);
	snprintf(s->key, sizeof(s->key), "%s", f[3]);
	snprintf(s->so_sha256, sizeof(s->so_sha256), "%s", f[6]);
	return NULL;
}

static void cmd_want(struct conn *c, char **f, int n)
{
	struct pool_spec spec;
	const char *fault = c->wanting ? parse_want(f, n, &spec) : "want without want-begin";
	if (!fault && c->n_wanted >= WANTED_MAX)
		fault = "too many pools";
	if (!fault && c->n_wanted == c->cap_wanted) {
		int cap = c->cap_wanted ? c->cap_wanted * 2 : 16;
		struct pool_spec *grown = realloc(c->wanted, (size_t)cap * sizeof(*grown));
		if (grown) {
			c->wanted = grown;
			c->cap_wanted = cap;
		} else {
			fault = "out of memory";
		}
	}
	if (fault) {
		/* The whole list is void: half a list would close pools that are wanted. */
		c->wanting = false;
		conn_answer(c, "error\t%s", fault);
		return;
	}
	c->wanted[c->n_wanted++] = spec;
}

static struct pool_spec *find_wanted(struct conn *c, const char *name)
{
	for (int i = 0; i < c->n_wanted; i++) {
		if (strcmp(c->wanted[i].name, name) == 0)
			return &c->wanted[i];
	}
	return NULL;
}

/* Another file or another plugin under the same name is another pool. */
static bool is_same(const struct pool_spec *a, const struct pool_spec *b)
{
	return strcmp(a->so, b->so) == 0 && strcmp(a->key, b->key) == 0 && a->number == b->number;
}

static void reconcile(struct conn *c)
{
	struct pool_list *l = c->s->list;
	for (struct pool *pool = l->first; pool; pool = pool->next) {
		if (pool->spec.kind != POOL_PLUGIN || pool->draining || pool->gone)
			continue;
		struct pool_spec *w = find_wanted(c, pool->spec.name);
		if (!w || !is_same(w, &pool->spec)) {
			pool_drain(pool);
			continue;
		}
		if (pool->spec.max != w->max) {
			pool->spec.max = w->max;
			pool_check(pool);
		}
	}
	int failed = 0;
	for (int i = 0; i < c->n_wanted; i++) {
		if (!pool_list_find(l, c->wanted[i].name) && !pool_list_add(l, &c->wanted[i]))
			failed++;
	}
	if (failed)
		conn_answer(c, "error\t%d of %d pools could not be opened", failed, c->n_wanted);
	else
		conn_answer(c, "ok");
}

static void cmd_want_end(struct conn *c)
{
	if (!c->wanting) {
		conn_answer(c, "error\twant-end without a good list");
		return;
	}
	c->wanting = false;
	c->subscribed = true;
	if (c->s->list->stage != LIST_RUN) {
		conn_answer(c, "error\tthe master is stopping");
		return;
	}
	reconcile(c);
	/* A steward that was not connected when it happened gets it now. */
	for (struct pool *pool = c->s->list->first; pool; pool = pool->next) {
		if (pool->quarantined && !pool->draining)
			conn_answer(c, "quarantine\t%s\t%s", pool->spec.name, pool->reason);
	}
}

static void cmd_release(struct conn *c, const char *name)
{
	struct pool *pool = pool_list_find(c->s->list, name);
	if (pool && pool->spec.kind == POOL_PLUGIN && pool_release(pool) < 0)
		conn_answer(c, "error\tthe pool's socket could not be opened");
	else
		conn_answer(c, "ok"); /* one that isn't there is in no quarantine */
}

/* What a right's name (os/revoked.h) says of where to look. */
struct right {
	int tenant;	 /* whose guests go with it; 0 = none */
	const char *key; /* of the plugin, not terminated; NULL = any */
	size_t key_len;
};

static bool parse_right(const char *s, struct right *ret)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-,@");
	char *end = NULL;
	long tenant;

	*ret = (struct right){0};
	if (n < 3 || s[n] || !strchr("sutpgkr", s[0]) || s[1] != '.')
		return false;
	if (strchr("sukr", s[0]))
		return true;
	tenant = strtol(s + 2, &end, 10);
	if (tenant <= 0 || tenant > INT_MAX)
		return false;
	if (s[0] != 'g')
		ret->tenant = (int)tenant;
	if (s[0] == 't')
		return !*end;
	if (*end != '.')
		return false;
	ret->key = end + 1;
	ret->key_len = strcspn(ret->key, ".");
	return true;
}

static bool concerns(const struct right *right, const struct pool *pool)
{
	const char *key = pool->spec.key;

	return !right->key ||
	       (strlen(key) == right->key_len && !memcmp(key, right->key, right->key_len));
}

/* end RIGHT MOMENT: what was decided by this right up to that moment ends. Answers in how many workers
 * something is left. */
static void cmd_end(struct conn *c, char **f)
{
	char *end;
	long long moment = strtoll(f[2], &end, 10);
	struct right right;
	int left = 0;

	if (*end || !parse_right(f[1], &right)) {
		conn_answer(c, "error\tend needs a right and a moment");
		return;
	}
	for (struct pool *pool = c->s->list->first; pool; pool = pool->next)
		if (!pool->gone && concerns(&right, pool))
			left += pool_end(pool, f[1], right.tenant, moment);
	conn_answer(c, "ok\t%d", left);
}

static int split(char *line, char **fields)
{
	int n = 0;
	while (n < FIELDS_MAX) {
		fields[n++] = line;
		line = strchr(line, '\t');
		if (!line)
			return n;
		*line++ = '\0';
	}
	return -1;
}

static void command(struct conn *c, char *line)
{
	char *f[FIELDS_MAX];
	int n = split(line, f);
	if (n == 1 && strcmp(f[0], "status") == 0) {
		cmd_status(c);
	} else if (n == 1 && strcmp(f[0], "want-begin") == 0) {
		c->wanting = true;
		c->n_wanted = 0;
	} else if (n > 0 && strcmp(f[0], "want") == 0) {
		cmd_want(c, f, n);
	} else if (n == 1 && strcmp(f[0], "want-end") == 0) {
		cmd_want_end(c);
	} else if (n == 2 && strcmp(f[0], "release") == 0) {
		cmd_release(c, f[1]);
	} else if (n == 3 && strcmp(f[0], "end") == 0) {
		cmd_end(c, f);
	} else if (n == 2 && strcmp(f[0], "trial") == 0) {
		trial_start(c->s->trials, c, f[1]);
	} else {
		conn_answer(c, "error\tno such command, or a wrong number of fields");
	}
}

static void on_line(struct watch *w, uint32_t events)
{
	static char line[CONTROL_LINE_MAX + 1]; /* one at a time, in one thread */
	struct conn *c = w->owner;
	(void)events;
	ssize_t n = recv(w->fd, line, sizeof(line) - 1, MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(c);
		return;
	}
	c->busy = true;
	if ((size_t)n >= sizeof(line) || memchr(line, '\0', (size_t)n)) {
		conn_answer(c, "error\tnot a line of text, or too long");
	} else {
		line[n] = '\0';
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		command(c, line);
	}
	c->busy = false;
	if (c->broken)
		conn_close(c);
}

static bool may_talk(const struct env *env, int fd)
{
	uid_t uid;
	if (sock_peer_uid(fd, &uid) < 0)
		return false;
	return uid == 0 || uid == geteuid() || uid == env->uid;
}

static void on_connect(struct watch *w, uint32_t events)
{
	struct control_server *s = w->owner;
	(void)events;
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	int n = 0;
	for (struct conn *c = s->conns; c; c = c->next)
		n++;
	struct conn *c = n < CONNS_MAX && may_talk(s->list->env, fd) ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		static const char refused[] = "error\tnot you, or too many at once";
		if (send(fd, refused, sizeof(refused) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			log_warn("a control connection was refused");
		close(fd);
		return;
	}
	/* A status of many pools is one message; the usual limit is 208 KB. */
	int room = 4 << 20;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	c->s = s;
	c->in = (struct watch){.fd = fd, .ready = on_line, .owner = c};
	c->next = s->conns;
	s->conns = c;
	if (watch_add(s->list->env->epoll, &c->in, EPOLLIN) < 0)
		conn_close(c);
}

int control_server_open(struct control_server *s)
{
	const struct env *env = s->list->env;
	char path[512];
	struct sock_owner owner = {
		.uid = env->is_root ? env->uid : (uid_t)-1, .gid = env->gid, .mode = 0600};
	s->trials->answer = conn_answer;
	s->in = (struct watch){.fd = -1, .ready = on_connect, .owner = s};
	if (env_run_path(env, path, sizeof(path), "control.sock") == 0)
		s->in.fd = sock_listen(path, SOCK_SEQPACKET, 64, &owner);
	if (s->in.fd >= 0 && watch_add(env->epoll, &s->in, EPOLLIN) == 0)
		return 0;
	log_kv(LOG_LV_ERROR, "no control socket", "cause", strerror(errno), NULL);
	return -1;
}

void control_server_close(struct control_server *s)
{
	const struct env *env = s->list->env;
	char path[512];
	while (s->conns)
		conn_close(s->conns);
	if (env_run_path(env, path, sizeof(path), "control.sock") == 0)
		unlink(path);
	int fd = s->in.fd;
	watch_remove(env->epoll, &s->in);
	if (fd >= 0)
		close(fd);
}
