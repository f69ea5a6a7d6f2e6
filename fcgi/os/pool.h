/*
 * pool.h - one pool of worker processes, as the master sees it.
 *
 * A core pool has a fixed number of places; a worker that ends is replaced, at once when it lived ten
 * seconds, else after a pause that doubles from 100 ms to 30 s. A plugin pool has a listener that the
 * master watches only while no worker could take a connection: none alive, or all busy and fewer than
 * `max`. Its abnormal ends are counted; too many in the window put it in quarantine.
 *
 *	open -> running <-> quarantine -> draining -> gone
 *
 * Races, and how they are settled:
 *  - A worker leaves (idle time-out) while a connection arrives: it stays in the queue, the end of the
 *    process makes the master check, the listener is armed, and level-triggered epoll reports it.
 *  - The last idle worker takes a connection: it wakes the master, which checks a moment later
 *    (CHECK_MS) and arms the listener if all are still busy; short requests never wake it more often.
 *  - The master wakes for a connection that a worker is about to take (its reply is sent, "idle" not
 *    yet set): beside living workers another one starts only when the connection still waits CHECK_MS
 *    later.
 *  - A worker dies before it could report anything: the 100 ms tick checks every pool anyway.
 *
 * Nothing in a scoreboard is trusted; pids, starts, ends and own times are the master's.
 */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "os/env.h"
#include "os/logpipe.h"
#include "os/score.h"
#include "os/watch.h"

#define POOL_CRASHES_MAX 1000 /* conf's bound of crash_limit */
#define POOL_KEY_MAX 41
#define USAGE_MAX 1400	    /* bytes of a datagram with usage counts */
#define USAGE_PER_SECOND 64 /* of those, a pool */
#define DRAIN_STARTS_MAX 3  /* workers started for what was queued when the pool began to drain */

enum pool_kind { POOL_CORE, POOL_PLUGIN };

/* The program of a pool and its limits; the texts are copied. */
struct pool_spec {
	char name[80]; /* "api", "time-clock@0123456789ab" */
	enum pool_kind kind;
	const char *program; /* in lib_dir */
	const char *pool;    /* --pool argument or NULL */
	bool listens;
	bool single;  /* never two at once: the old one ends before the new one starts */
	bool nursery; /* nursery.h */
	/* Without users below plugin_uid_first it is conf.user; its own, when the master is root, is nobody
	 * to all others. */
	int own_user;
	bool datagrams; /* its socket takes orders by datagram, which a restart doesn't end */
	int backlog;	/* connections that may wait for a worker; 0 = the usual */
	int max;	/* core: how many; plugin: at most */
	int number; /* of the plugin: its uids are plugin_uid_first + 2 * number, and one more */
	char key[POOL_KEY_MAX];
	char so[512];
	char so_sha256[65]; /* what its bytes must be */
};

struct pool_worker {
	pid_t pid; /* 0 = the place is free */
	int64_t started;
	int64_t stopped_at; /* when it was stopped; 0 = not */
	const char
		*killed_for;   /* why the master killed it, as in base/ended.h; NULL = it did not */
	bool no_crash;	       /* it was ended for what is no fault of the plugin */
	int64_t end_since;     /* pool_end.c: its request, or its guest, is to end since then ... */
	uint64_t end_requests; /* ... when it had begun so many */
	unsigned generation;
	uint64_t seen_requests; /* the request that was running at the master's last check ... */
	int64_t seen_since;	/* ... and since when; 0 = idle */
	uint32_t seen_failed;	/* guests of it that failed, as far as they are counted */
	int64_t due;		/* free place of a core pool: not before */
	int pause_ms;
};

struct pool {
	struct pool *next;
	struct env *env;
	struct pool_spec spec;
	bool draining, quarantined, gone;
	char path[108];
	struct watch listener;
	bool armed;
	struct watch
		wake; /* both are one shot, armed by pool_check(): a plugin that floods them gets */
	struct watch steward;	 /* the master's ear once in CHECK_MS */
	int wake_fd, steward_fd; /* the workers' ends */
	int64_t usage_second;	 /* clock_ms() / 1000 of the last datagrams of usage ... */
	int n_usage;		 /* ... and how many came in it */
	struct logpipe log;
	struct score *score;
	int score_fd;
	char cgroup[300]; /* "" = none */
	struct pool_worker worker[SCORE_SLOTS];
	int64_t check_at;      /* 0 = no check is due */
	int64_t waiting_since; /* a connection that nobody took was seen; 0 = none */
	int64_t not_before;
	int pause_ms;
	int64_t stuck_since; /* a connection waits although a worker's slot is "idle" */
	uint64_t stuck_requests;
	int drain_starts;
	unsigned restarts, crashes;
	uint64_t requests_ended; /* of workers that are gone */
	char reason[ENDED_MAX];	 /* of the quarantine */
	int n_crash_at, next_crash_at;
	int64_t crash_at[POOL_CRASHES_MAX];
};

/* A pool that is open and belongs to no list yet; NULL: logged. */
struct pool *pool_open(struct env *env, const struct pool_spec *spec);
void pool_drain(struct pool *c);  /* nobody new; those inside finish; then `gone` */
int pool_release(struct pool *c); /* out of quarantine; 0 or -1: logged */
void pool_free(struct pool *c);	  /* no worker may be left */
const char *pool_state(const struct pool *c);
bool pool_is_shared(const struct pool *c); /* is its plugin one of plugin_shared? */

void pool_check(struct pool *c); /* is the listener to be armed? plugin pools */
void pool_fill(struct pool *c);	 /* core pools: start and retire until it is as it should be */
void pool_tick(struct pool *c);	 /* deadlines, places to fill; every TICK_MS */

void pool_retire_all(struct pool *c); /* SIGTERM to each worker: finish and leave */
void pool_kill_worker(struct pool_worker *w, const char *why);
struct pool_worker *pool_find_worker(struct pool *c, pid_t pid);
void pool_worker_ended(struct pool *c, struct pool_worker *w, int status);
/* Requests that were decided by this right (revoked.h) up to that moment end, and guests of this tenant
 * (0 = of none). In how many workers something is left; call it again until there is none. */
int pool_end(struct pool *c, const char *whose, int tenant, int64_t moment);

static inline struct score_slot *pool_slot(struct pool *c, const struct pool_worker *w)
{
	return &c->score->slot[w - c->worker];
}

#endif
