/*
 * spawner.h - the small process beside a host that starts and ends its guests, nothing else.
 *
 * The host forks it before it becomes the plugin's user: only then can guests have a user of their
 * own. It lives in a user namespace that has two users, the host's (its own) and the guests', and
 * in a network namespace that has nothing: inside it may make process id namespaces, change users
 * and end processes; outside it has no rights. Where the kernel gives no user namespaces it keeps
 * of root's rights those to change users and to end processes. It takes orders from its host alone,
 * and opens nothing but /proc/PID/status of its guests, to check from outside that they are
 * confined.
 *
 * It dies with its host, its guests die with it.
 */
#ifndef SPAWNER_H
#define SPAWNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SPAWNER_GUESTS_MAX 256

struct spawner_opts {
	const char *program; /* path of mortise-guest */
	const char *name;    /* for `ps` */
	uid_t uid;	     /* of guests; (uid_t)-1 = as the host */
	gid_t gid;
	uid_t host_uid; /* what the host will become; (uid_t)-1 = it stays what it is */
	gid_t host_gid;
	long memory_mb; /* of a guest */
	bool weak;	/* plugin_sandbox = weak */
	bool debug;
};

enum spawner_op {
	SPAWNER_MAKE = 1, /* with the guest's socket and its library; answered by MADE */
	SPAWNER_CHECK,	  /* is it as it has to be? answered by CHECKED */
	SPAWNER_END,	  /* kill it */
	SPAWNER_WHERE,	  /* SIGXCPU: it tells where it is, and ends (guest/crash.c) */
	SPAWNER_MADE,	  /* pid, or 0 and why in note */
	SPAWNER_CHECKED,  /* status 0, or 1 and why in note */
	SPAWNER_ENDED,	  /* status as of waitpid() */
	SPAWNER_READY,	  /* its first word */
};

struct spawner_order {
	uint32_t op, id; /* id: the host's number for the guest, not 0 */
};

struct spawner_report {
	uint32_t op, id;
	int32_t pid, status;
	int64_t cpu_us;
	char note[96]; /* of MADE: what is in force besides the guest's own filter */
};

/* Forks it. The socket to it, or -1 with errno. */
int spawner_start(const struct spawner_opts *o);

#endif
