/*
 * score.h - the scoreboard of one pool: fixed slots in a memfd, written by its workers, read by the
 * master and shown by `mortise status`. A plugin's workers can write nonsense into their own pool's
 * page, so the master trusts nothing here for safety: pids, counts of ends and limits are its own.
 */
#ifndef SCORE_H
#define SCORE_H

#include <stdatomic.h>
#include <stdint.h>

#define SCORE_SLOTS 64

struct score_slot {
	_Atomic int32_t busy;	      /* 1 while a request runs */
	_Atomic int64_t busy_since;   /* clock_ms() */
	_Atomic int32_t deadline_ms;
	_Atomic uint64_t requests;
	char request_id[40];
	char note[64];
};

struct score {
	_Atomic int32_t n_busy;
	struct score_slot slot[SCORE_SLOTS];
};

#endif
