/*
 * host.h - the trusted half of a plugin's process: FastCGI, the database session, limits and the
 * reply's head are here; the plugin's code is in guests (guest/guest.h), which get orders and are
 * not trusted.
 *
 *	spawner.c  the process that makes guests
 *	proc.c     one guest: start, send, end
 *	contract.c a guest's description of its library, checked fault by fault
 *	guests.c   which guest serves which tenant
 *	library.c  the library's bytes, sealed and hashed; elf.c: is it a library?
 *	trial.c    a trial load, for the check of a package
 *	call.h     a request or a hook call, from the hand-over to the reply
 *
 * README.md describes the wall between the two halves. A process serves one plugin, so there is one
 * struct host, and one struct call per request.
 */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include "base/buf.h"
#include "crypt/handover.h"
#include "db/db.h"
#include "guest/messages.h"
#include "http/req.h"
#include "http/route.h"
#include "mortise.h"
#include "os/score.h"

struct proc;

#define HOST_ROUTES_MAX 256
#define HOST_HOOKS_MAX 144 /* jobs and events are among them */
#define HOST_FIELDS_MAX 64
#define HOST_FIELDS_DEEP 4  /* lists of fields in each other */
#define HOST_LOGS_MAX 50    /* log lines of one request */
#define HOST_SECRETS_MAX 64 /* secret values that are masked in logs */

/* Bounds of one plugin, from mortise.conf. */
struct host_limits {
	int reply_mb;	       /* plugin_reply_max_mb */
	int statements;	       /* plugin_statements_max, of one request */
	int rate[SCORE_RATES]; /* a second and tenant */
	int fetch_mb;	       /* plugin_fetch_mb, of one answer of another server */
};

struct host {
	const struct mt_plugin *plugin; /* the guests' contract; NULL: there was no database yet */
	const char *key;
	const char *pool; /* key@hash12 */
	unsigned char handover_key[HANDOVER_KEY];
	struct mt_route *mt_routes; /* .run is only whether there is a function */
	struct route *routes;	    /* the same in http/route.h's form, index by index */
	struct route_table table;
	const struct route_table *tables[2];
	struct mt_hook hooks[HOST_HOOKS_MAX + 1];
	struct host_limits limit;

	/* Connects and loads the plugin where that failed before: true when it is loaded now. At
	 * most one worker of a pool tries in a second, the others return false at once. */
	bool (*start)(void);
	struct db *db;	     /* NULL in a trial load */
	int steward_fd;	     /* connected datagram socket; -1 = none */
	int calls_fd;	     /* the same, to what calls other servers */
	int job_deadline_ms; /* of a job or an event */
	bool leave; /* something that this process can't replace is gone: the database, the spawner */
	int64_t guest_cpu_us; /* of the request that was just served */

	/* Instead of a guest of guests.h: unit tests have their own. */
	struct proc *(*take)(struct host *h, int tenant);
};

/* The file's bytes in sealed memory, as a descriptor; sha256 NULL = whatever they are. -1 with one fault
 * a line. */
int host_library(const char *so, const char *sha256, struct buf *faults);
/* From now on this process writes no file. */
void host_no_files(void);
/* Is it a library for this machine? Adds a fault and returns -1 otherwise. */
int host_check_elf(int fd, struct buf *faults);
/* Fills h's tables from h->plugin. 0, or -1 with one fault a line. */
int contract_read(struct host *h, const char *key, struct buf *faults);
/* The same from a guest's message: WIRE_HELLO. */
int contract_take(struct host *h, const void *data, size_t n, const char *key, struct buf *faults);
/* {"key","version","abi","routes":[{"method","path","permission"}],"hooks":[...]}: new reference. */
json_t *contract_json(const struct host *h);

/* `mortise-plugin --check`: the process's exit status. */
int host_trial(struct host *h, const char *so);

/* loop.h's serve and done. r->op.app is the struct host. */
int host_serve(struct req *r);
void host_done(struct req *r);

#endif
