/*
 * score.h - the scoreboard of one pool: fixed slots in a memfd, written by its workers, read by the
 * master and shown by `mortise status`. No plugin's code has it, but a worker that was taken over would:
 * the master trusts nothing here for its own safety; pids, counts of ends and limits are its own.
 */
#ifndef SCORE_H
#define SCORE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "base/ended.h"

#define SCORE_SLOTS 64
#define SCORE_GUESTS 128 /* of a slot: conf's bound of plugin_guests_max */
#define SCORE_BUCKETS 1024
#define SCORE_WHOSE 14	/* rights that one request runs by; revoked.h */
#define SCORE_ENDED 256 /* entries of rights that ended */

/* What a company may use of a plugin in a second. */
enum score_rate { RATE_NOTIFICATIONS, RATE_STATEMENTS, RATE_KB, RATE_EVENTS, SCORE_RATES };

/* A guest of a plugin's host. */
struct score_guest {
	_Atomic int32_t pid; /* 0 = none */
	_Atomic int32_t tenant;
	_Atomic uint64_t requests;
	_Atomic int64_t used_at; /* clock_ms() */
};

struct score_slot {
	_Atomic int32_t busy;	    /* 1 while a request runs */
	_Atomic int64_t busy_since; /* clock_ms() */
	_Atomic int32_t deadline_ms;
	_Atomic int32_t tenant; /* the request's tenant, where that is counted; 0 = none */
	/* share.h: the request's holders, and since when it counts as theirs; 0 = none */
	_Atomic uint64_t holder[2];
	_Atomic int64_t held_since;
	/* revoked.h: by which rights it runs, and when that was decided; 0 = it has none */
	_Atomic uint64_t whose[SCORE_WHOSE];
	_Atomic int64_t decided_at;
	_Atomic uint64_t requests;
	_Atomic int32_t ready;		/* 1 once it has waited for work */
	_Atomic uint32_t guests_failed; /* how often one of its guests crashed or was killed */
	char request_id[40];
	char note[96];
	char guest_how[ENDED_MAX]; /* the last of them, as in base/ended.h */
	struct score_guest guest[SCORE_GUESTS];
};

#define SCORE_LATE 64

/* Holders whose requests gave way a moment ago, by hash; share.h. */
struct score_late {
	_Atomic int64_t at;
	_Atomic int32_t n;
};

/* A right that ended: what was decided by it up to `at` (clock_ms()) is void; revoked.h. */
struct score_ended {
	_Atomic uint64_t whose;
	_Atomic int64_t at;
};

struct score {
	_Atomic int32_t size; /* set by the master: workers that the pool may have */
	_Atomic int32_t n_busy;
	_Atomic int32_t wake_at; /* set by the master: wake it when this many are busy; 0 = never */
	_Atomic int32_t woken;	 /* woken already; cleared by the master when it has checked */
	_Atomic int32_t draining; /* set by the master: serve what is queued, then leave */
	_Atomic int64_t
		no_database_at; /* clock_ms() when a worker could not connect; 0 = it could */
	_Atomic int64_t no_database_said_at;		   /* and when that was logged */
	_Atomic uint64_t rate[SCORE_RATES][SCORE_BUCKETS]; /* of a tenant in this second */
	struct score_slot slot[SCORE_SLOTS];
	struct score_late late[SCORE_LATE];
	_Atomic uint32_t n_ended; /* grows with each of those */
	struct score_ended ended[SCORE_ENDED];
};

/* A sealed memfd (nobody can shrink it under the master's feet) and its mapping; -1 with errno. */
int score_new(const char *name, struct score **ret, int *ret_fd);
struct score *score_map(int fd); /* NULL with errno */
void score_free(struct score *s);
/* A copy of at most n-1 bytes for people: ends at NUL, only printable ASCII, without quotes. */
void score_text(char *ret, size_t n, const char *untrusted, size_t untrusted_n);

#endif
