/* guests.c - see guests.h. */
#include "host/guests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/ended.h"
#include "base/log.h"
#include "guest/messages.h"
#include "host/spawner.h"
#include "host/trace.h"
#include "os/revoked.h"
#include "os/worker.h"

#define LOAD_MS 4000 /* the master gives a worker 10 s to get ready, a trial 5 */
#define TICK_MS 1000 /* how often idle guests are checked */
#define IDLE_CPU_US                                                                                \
	50000 /* what a guest may use between two requests: to be late once is no crime */
#define LIFE_CPU_US 300000000 /* then a fresh one takes over: a plugin's leaks are bounded */
#define LIFE_REQUESTS 20000

static struct {
	struct guests_opts o;
	struct proc proc[SPAWNER_GUESTS_MAX];
	uint32_t next_id;
	const char *key;
	struct proc *serving; /* whose call runs */
	int64_t tick_at;      /* clock_ms() of the next check of all guests; 0 = now */
	unsigned char *hello; /* of the first: all others must send the same */
	size_t hello_n;
} g;

void guests_open(struct host *h, const struct guests_opts *o)
{
	g.key = h->key;
	g.o = *o;
	if (g.o.most > SPAWNER_GUESTS_MAX)
		g.o.most = SPAWNER_GUESTS_MAX;
}

struct proc *guests_find(uint32_t id)
{
	for (int i = 0; id && i < SPAWNER_GUESTS_MAX; i++)
		if (g.proc[i].id == id)
			return &g.proc[i];
	return NULL;
}

/* For `mortise status`: a place of the scoreboard is a place here. */
static void show(struct proc *p)
{
	worker_guest((int)(p - g.proc), p->id ? p->pid : 0, p->tenant, p->requests);
}

void guests_drop(struct proc *p)
{
	if (g.serving == p)
		g.serving = NULL;
	proc_kill(p);
	*p = (struct proc){0};
	g.tick_at = 0;
	show(p);
}

void guests_revoked(void)
{
	char company[24], plugin[80];

	for (int i = 0; i < g.o.most; i++) {
		struct proc *p = &g.proc[i];

		if (!p->id || p->tenant <= 0 || p == g.serving)
			continue;
		snprintf(company, sizeof(company), "t.%d", p->tenant);
		snprintf(plugin, sizeof(plugin), "p.%d.%s", p->tenant, g.key);
		if (revoked_since(company, p->started_at) || revoked_since(plugin, p->started_at))
			guests_drop(p);
	}
}

void guests_failed(struct host *h, struct proc *p, const char *how, const char *route)
{
	char tenant[16], pid[16], words[2 * ENDED_MAX], trace[TRACE_MAX];

	snprintf(tenant, sizeof(tenant), "%d", p->tenant);
	snprintf(pid, sizeof(pid), "%d", (int)p->pid);
	trace_names(g.o.library, p->trace, trace);
	log_kv(LOG_LV_ERROR, "guest ended", "plugin", h->key, "how",
		ended_words(words, sizeof(words), how), "guest", pid, "tenant",
		p->tenant > 0 ? tenant : NULL, "route", route, "trace", trace[0] ? trace : NULL,
		(char *)NULL);
	worker_guest_failed(how);
	guests_drop(p);
}

static int place_count(struct proc **ret_free, struct proc **ret_oldest)
{
	int n = 0;

	*ret_free = *ret_oldest = NULL;
	for (int i = 0; i < g.o.most; i++) {
		struct proc *p = &g.proc[i];

		if (!p->id) {
			*ret_free = *ret_free ? *ret_free : p;
			continue;
		}
		n++;
		if (!*ret_oldest || p->used_at < (*ret_oldest)->used_at)
			*ret_oldest = p;
	}
	return n;
}

/* A new process, which loads its library while we go on; the longest idle one makes room when it must. */
static struct proc *start(int64_t deadline, char why[96])
{
	struct proc *p, *oldest;

	place_count(&p, &oldest);
	if (!p && oldest) {
		guests_drop(oldest);
		p = oldest;
	}
	if (!p) {
		snprintf(why, 96, "no room");
		return NULL;
	}
	if (++g.next_id == 0)
		g.next_id = 1;
	if (proc_start(p, g.next_id, g.o.library, deadline) < 0) {
		snprintf(why, 96, "%s", p->note);
		*p = (struct proc){0};
		return NULL;
	}
	show(p);
	return p;
}

/* Waits for the guest's contract, whose bytes are stored in ret. Lines that it prints before are
 * logged. 0, or -1 with one fault a line. */
static int await_hello(struct host *h, struct proc *p, int64_t deadline, struct proc_message *m,
	struct buf *faults)
{
	struct message_text t;
	char how[ENDED_MAX], words[2 * ENDED_MAX];
	int lines = 0;

	for (;;) {
		enum proc_news news = proc_receive(p, 0, -1, deadline, m);

		if (news == PROC_REVOKED) /* the call's; the library itself stays loaded */
			continue;
		if (news == PROC_MESSAGE && m->head.type == WIRE_HELLO)
			return 0;
		if (news == PROC_LATE)
			return buf_adds(faults,
				       "isn't loaded within 4 seconds: a constructor hangs\n"),
			       -1;
		if (news == PROC_GONE) {
			proc_autopsy(p, how, sizeof(how));
			buf_addf(faults, "%s while it was loaded\n",
				ended_words(words, sizeof(words), how));
			return -1;
		}
		if (news != PROC_MESSAGE || !message_read_text(m->head.type, m->data, m->n, &t)) {
			buf_addf(faults, "breaks the protocol while it is loaded: %s %s\n",
				wire_name(m->head.type), m->why);
			return -1;
		}
		if (m->head.type == WIRE_UNFIT)
			return buf_adds(faults, *t.text ? t.text : "can't be loaded\n"), -1;
		if (m->head.type == WIRE_CRASH)
			proc_last_words(p, t.text);
		else if (m->head.type == WIRE_LOG && lines++ < HOST_LOGS_MAX)
			log_kv(LOG_LV_INFO, t.text, "plugin", h->key, (char *)NULL);
	}
}

static int same_tables(const struct proc_message *m)
{
	return m->n == g.hello_n && memcmp(m->data, g.hello, m->n) == 0;
}

static int check(struct proc *p, struct buf *faults)
{
	if (proc_check(p, clock_ms() + LOAD_MS) == 0)
		return 0;
	buf_addf(faults, "can't be run: the guest isn't confined as it has to be: %s\n", p->note);
	return -1;
}

/* The beginning of its message is its own text, but was sent before foreign code ran, or the
 * spawner's check would have failed. */
static void log_message(struct proc *p, const struct proc_message *m)
{
	struct wire_in in = wire_in(m->data, m->n);
	char outside[sizeof(p->note)];

	snprintf(outside, sizeof(outside), "%s", p->note);
	snprintf(p->note, sizeof(p->note), "%.40s%.50s", wire_text(&in), outside);
	for (char *s = p->note; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			*s = '?';
	p->ready = true;
	p->cpu_us = proc_cpu(p); /* what it has used to load is nobody's call */
}

int guests_first(struct host *h, const char *key, int64_t deadline, struct buf *faults)
{
	struct proc_message m;
	char why[96];
	struct proc *p;

	if (deadline > clock_ms() + LOAD_MS)
		deadline = clock_ms() + LOAD_MS;
	p = start(deadline, why);
	if (!p) {
		buf_addf(faults, "can't be loaded: there is no process for it: %s\n", why);
		return -1;
	}
	if (await_hello(h, p, deadline, &m, faults) < 0 || check(p, faults) < 0 ||
		contract_take(h, m.data, m.n, key, faults) < 0) {
		guests_drop(p);
		return -1;
	}
	g.hello = malloc(m.n + 1);
	if (!g.hello)
		abort();
	memcpy(g.hello, m.data, m.n);
	g.hello_n = m.n;
	log_message(p, &m);
	worker_note(p->note);
	return 0;
}

/* It was started a moment or an hour ago: is it fit to be used? */
static int settle(struct host *h, struct proc *p, int64_t deadline, struct buf *faults)
{
	struct proc_message m;

	if (p->ready)
		return 0;
	if (await_hello(h, p, deadline, &m, faults) < 0 || check(p, faults) < 0)
		return -1;
	if (!same_tables(&m)) {
		buf_adds(faults, "offers other routes than a moment ago\n");
		return -1;
	}
	log_message(p, &m);
	return 0;
}

/* Does it wait for a request, as it should? */
static bool is_sound(struct host *h, struct proc *p)
{
	char how[ENDED_MAX];

	/* one that isn't ready may have sent its first message */
	if (!p->ended && (!p->ready || !proc_speaks(p)))
		return true;
	proc_autopsy(p, how, sizeof(how));
	guests_failed(h, p, p->ended ? how : "guest-spoke", NULL);
	return false;
}

static struct proc *find(struct host *h, int tenant)
{
	for (int i = 0; i < g.o.most; i++)
		if (g.proc[i].id && g.proc[i].tenant == tenant && is_sound(h, &g.proc[i]))
			return &g.proc[i];
	return NULL;
}

/* The usual case: it has served this tenant before, and all is quiet. */
static struct proc *find_resting(int tenant)
{
	for (int i = 0; i < g.o.most; i++)
		if (g.proc[i].id && g.proc[i].tenant == tenant && g.proc[i].ready)
			return proc_rests(&g.proc[i]) ? &g.proc[i] : NULL;
	return NULL;
}

static void hand_out(struct proc *p, int whose)
{
	p->tenant = whose;
	p->seq++;
	if (p->requests++ == 0)
		g.tick_at = 0; /* the next company needs an unused one */
	p->used_at = clock_ms();
	g.serving = p;
	show(p);
}

struct proc *guests_take(struct host *h, int tenant, int64_t deadline, struct err *e)
{
	int whose = g.o.shared ? 0 : tenant;
	struct proc *p = find_resting(whose);
	char why[96] = "", how[ENDED_MAX];
	struct buf faults;

	if (p) {
		hand_out(p, whose);
		return p;
	}
	if (!proc_listen()) {
		h->leave = true;
		err_log(e, "the spawner of guests is gone");
		err_set(e, MT_EBUSY, "The plugin is being started");
		e->retry_after = 1;
		return NULL;
	}
	p = find(h, whose);
	if (!p && whose)
		p = find(h, 0);
	if (!p)
		p = start(deadline, why);
	if (!p) {
		err_log(e, "no guest for plugin %s: %s", h->key, why);
		err_set(e, MT_EBUSY, "The plugin can't be started now");
		e->retry_after = 1;
		return NULL;
	}
	buf_init(&faults, 4096);
	if (settle(h, p, deadline, &faults) < 0) {
		faults.data[strcspn(faults.data, "\n")] = '\0';
		p->tenant = whose;
		err_log(e, "plugin %s: plugin.so %s", h->key, faults.data);
		err_set(e, MT_EUPSTREAM, "The plugin can't be loaded");
		/* The next guest may load; a plugin of which none does is stopped. */
		e->retry_after = 1;
		snprintf(how, sizeof(how), "guest-load %s", faults.data);
		guests_failed(h, p, how, NULL);
		p = NULL;
	}
	buf_release(&faults);
	if (p)
		hand_out(p, whose);
	return p;
}

int64_t guests_leave(struct host *h, struct proc *p)
{
	int64_t before = p->cpu_us;

	g.serving = NULL;
	(void)h;
	p->used_at = clock_ms();
	p->cpu_us = proc_cpu(p);
	if (p->cpu_us > LIFE_CPU_US || p->requests >= LIFE_REQUESTS) {
		int64_t used = p->cpu_us - before;

		guests_drop(p);
		return used;
	}
	return p->cpu_us - before;
}

/* True when it is still there afterwards. */
static bool check_proc(struct host *h, struct proc *p, int64_t now)
{
	int64_t cpu;

	if (!is_sound(h, p))
		return false;
	if (!p->ready)
		return true;
	if (g.o.idle_ms > 0 && now - p->used_at > g.o.idle_ms) {
		guests_drop(p);
		return false;
	}
	cpu = proc_cpu(p);
	if (p->requests > 0 && cpu >= 0 && cpu - p->cpu_us > IDLE_CPU_US) {
		guests_failed(h, p, "guest-computed", NULL);
		return false;
	}
	p->cpu_us = cpu;
	return true;
}

long guests_tick(struct host *h)
{
	int64_t now = clock_ms();
	bool spare = false;
	char why[96];
	int n = 0;

	/* Between two requests nobody waits: a guest that its next request isn't for is checked now and then. */
	if (g.tick_at > now)
		return g.tick_at - now;
	if (!h->plugin || !proc_listen())
		return -1;
	for (int i = 0; i < g.o.most; i++) {
		if (!g.proc[i].id || !check_proc(h, &g.proc[i], now))
			continue;
		spare = spare || g.proc[i].tenant == 0;
		n += g.proc[i].tenant != 0;
	}
	/* Starts one for the next tenant; not before there was a first, or idle pools would all
	 * have two. */
	if (!g.o.shared && !spare && n > 0 && n < g.o.most)
		start(now + 100, why);
	g.tick_at = n > 0 ? now + TICK_MS : 0;
	return n > 0 ? TICK_MS : -1;
}
