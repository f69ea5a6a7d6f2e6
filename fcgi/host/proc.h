/*
 * proc.h - one guest as its host sees it: started, spoken to with a deadline, ended. Its messages are
 * whole messages of guest/wire.h in the host's own memory, nothing else is true of them yet.
 */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include "guest/wire.h"

struct proc {
	uint32_t id; /* 0 = a free place */
	int fd;
	pid_t pid;
	int tenant;   /* the tenant that it serves for its life; 0 = none yet, or all */
	bool ready;   /* sent its contract, and passed the spawner's check */
	uint32_t seq; /* of its last call */
	uint64_t requests;
	int64_t started_at, used_at; /* clock_ms() */
	clockid_t clock;	     /* its processor time */
	int64_t cpu_us;		     /* that time at the last check */
	bool ended;
	int status;	    /* as of waitpid(), once it has ended */
	char last_word[40]; /* "SIGSEGV": what it reported itself before it ended; "" = nothing */
	char trace[240];    /* what followed: where it was (guest/crash.c) */
	char note[96];	    /* what is in force */
};

enum proc_news {
	PROC_MESSAGE = 1,
	PROC_LATE = 0,
	PROC_GONE = -1,
	PROC_BROKEN = -2,  /* it broke the protocol: the way is in `why` */
	PROC_CLIENT = -3,  /* nobody waits for the reply any more */
	PROC_REVOKED = -4, /* the right to the call has ended (os/revoked.h) */
};

struct proc_message {
	struct wire_message head;
	const unsigned char *data; /* until the next message of any guest */
	size_t n;
	const char *why;
};

/* Two ends of a guest's socket; what proc_receive() needs of it is set. 0, or -1 with errno. */
int proc_pair(int fd[2]);
/* The socket to the spawner, for all that follows; find: the guest of that number, NULL = there is
 * none. */
void proc_open(int spawner_fd, struct proc *(*find)(uint32_t id));
/* 0, or -1 with why in note: no guest could be made. `p` is cleared; id is the host's number of it. */
int proc_start(struct proc *p, uint32_t id, int library, int64_t deadline);
/* The spawner checks its confinement. 0, or -1 with the reason in note. */
int proc_check(struct proc *p, int64_t deadline);
/* Sends out as a message of p->seq; false when it is gone, doesn't take it in time, or the right ended. */
bool proc_send(struct proc *p, struct wire_out *out, uint32_t type, int64_t deadline);
/* Receives its next message; done_max: the longest reply. client: a connection whose other end is
 * watched while waiting, or -1. */
enum proc_news proc_receive(
	struct proc *p, uint32_t done_max, int client, int64_t deadline, struct proc_message *ret);
/* Has it sent anything unasked? */
bool proc_speaks(const struct proc *p);
/* Neither it nor the spawner has sent anything: both checks in one system call. */
bool proc_rests(const struct proc *p);
void proc_kill(struct proc *p);
/* It may end with last words that tell where it is (SIGXCPU). */
void proc_ask_where(struct proc *p);
/* Takes the text of WIRE_CRASH. */
void proc_last_words(struct proc *p, const char *text);
/* Waits a moment for the spawner's word of how it ended: ret is as in base/ended.h. */
void proc_autopsy(struct proc *p, char *ret, size_t n);
/* Its processor time now, in microseconds; -1 when it is gone. */
int64_t proc_cpu(const struct proc *p);
/* Reads the spawner's reports of guests that have ended. False when it is gone. */
bool proc_listen(void);

#endif
