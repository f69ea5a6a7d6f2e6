/*
 * worker.h - a worker's side of the master: listener, scoreboard slot, signals.
 *
 * The master passes descriptors in MORTISE_LISTEN_FD and MORTISE_SCORE_FD (a memfd that this pool
 * shares with the master and nobody else) and the slot number in MORTISE_SLOT. Without a master
 * (unit tests) worker_init() maps private memory, so that every call still works.
 *
 * worker_init() blocks SIGTERM and SIGINT for good and ignores SIGPIPE: "stopping" is a state that
 * worker_wait() checks between requests, never an interruption. A program that waits on descriptors
 * of its own (the steward) adds worker_stop_fd() to them.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include "os/score.h"

int worker_init(void);	    /* 0 or -1 with errno */
int worker_listen_fd(void); /* non-blocking; -1 = none */
int worker_stop_fd(void);   /* readable once the process is to stop */
bool worker_stopping(void);
/* Waits for a connection. 1 = try accept, 0 = idle time-out (ms; <0 = none), -1 = stop. */
int worker_wait(long idle_ms);
/* A request begins: the master ends this process when it isn't idle again within deadline_ms. */
void worker_busy(const char *request_id, int deadline_ms);
/* The tenant of the request: should this process end in it, the master counts a failed call of that
 * tenant. */
void worker_serves(int tenant);
void worker_idle(void);
/* A plugin's host: its guest number `place` (0 and up) is process pid, 0 = there is none any more. */
void worker_guest(int place, int32_t pid, int tenant, uint64_t requests);
/* One crashed or had to be killed (how: base/ended.h): the master counts it as a crash of the pool. */
void worker_guest_failed(const char *how);
/* May this tenant have so much more of that, when `most` a second may be in the whole pool? What it has been
 * given before it counts, so one piece that is larger than the bound passes. */
bool worker_may(enum score_rate what, int tenant, size_t amount, int most);
void worker_note(const char *text); /* shown by `mortise status`: "seccomp landlock-7" */
/* May this worker try to connect to its database? While that fails, one of the pool may in a second. */
bool worker_may_connect(void);
/* The outcome. True when this worker should log it: once a second in a pool. */
bool worker_connected(bool connected);
/* Ready without worker_wait(): for programs that don't serve connections (the steward). */
void worker_ready(void);

#endif
