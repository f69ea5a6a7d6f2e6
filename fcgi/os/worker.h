/*
 * worker.h - a worker's side of the master: listener, scoreboard slot, signals.
 *
 * The master passes descriptors in MORTISE_LISTEN_FD and MORTISE_SCORE_FD (a memfd that this pool
 * shares with the master and nobody else) and the slot number in MORTISE_SLOT. Without a master (unit
 * tests) worker_init() maps private memory, so that every call still works.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdint.h>

int worker_init(void);	     /* 0 or -1 with errno */
int worker_listen_fd(void);  /* non-blocking */
/* Waits for a connection. 1 = try accept, 0 = idle time-out (ms; <0 = none), -1 = told to stop. */
int worker_wait(long idle_ms);
/* A request begins: the master ends this process when it isn't idle again within deadline_ms. */
void worker_busy(const char *request_id, int deadline_ms);
void worker_idle(void);
void worker_note(const char *text); /* shown by `mortise status`: "seccomp landlock-7" */

#endif
