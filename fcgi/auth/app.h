/*
 * app.h - what a process of the core has: made once in its main, handed to every request.
 */
#ifndef APP_H
#define APP_H

#include "base/conf.h"
#include "http/req.h"
#include "http/route.h"
#include "os/steward.h"

struct db;
struct db_as;
struct cache;
struct lease;

struct app {
	struct conf conf;
	struct db *db;
	struct cache *cache;
	struct lease *lease; /* this worker's cache of who may do what */
	char boot_id[64];    /* of this start of this host: names the clock of leases */
	const char *db_role; /* "mortise_api" */
	unsigned char ticket_key[32];
	int steward_fd;	  /* connected datagram socket for "channel moved"; -1 = none */
	bool counts_held; /* every request counts as its tenant's (os/share.h); else only hooks */
	const struct route_table *const *tables;
};

/* Reads keys, makes db and cache, connects steward_fd. */
int app_init(struct app *a, const char *conf_file, const char *db_role, struct err *e);
/* On whose behalf an operation's statements run. NULL when nobody is signed in. */
const struct db_as *op_as(const struct op *op);
/* An operation of this process itself; the caller sets who acts and the rest. */
void app_op(struct app *a, struct op *op, struct arena *p, int64_t deadline);
/* After a commit: there is work for the steward. */
void app_wake_steward(struct app *a, enum wake why);

#endif
