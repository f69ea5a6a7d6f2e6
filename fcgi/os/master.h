/*
 * master.h - the process that owns sockets and processes, and nothing else: no database, no plugin's
 * code, no text from outside beyond one line from a trusted peer.
 */
#ifndef MASTER_H
#define MASTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include "base/conf.h"
#include "os/pool.h"
#include "os/nursery.h"
#include "os/watch.h"

#define TICK_MS 100
#define CHECK_MS 3
/* Users below plugin_uid_first: of trial loads and of what fetches from marketplaces. */
#define TRIAL_UID_BELOW 1
#define FETCH_UID_BELOW 2
#define TRIAL_GUEST_UID_BELOW 3

struct conn;
struct trial;

enum master_stage {
	MASTER_RUN,
	MASTER_CLOSE_DOORS, /* api and admin finish; they may still need plugins */
	MASTER_CLOSE_REST,
};

struct master {
	struct conf conf;
	char conf_file[512]; /* absolute */
	bool foreground;     /* log to standard error, which is not ours to reopen */
	bool is_root;
	uid_t uid; /* conf.user's, or our own */
	gid_t gid;
	int epoll;
	int pid_fd;
	struct watch signals;
	int dgram;	     /* to wake the steward */
	struct rlimit files; /* what children get */
	bool has_keys;
	unsigned char role_key[32], ticket_key[32];
	char cgroup[256]; /* where pools get theirs; "" = no cgroup v2 for us */
	int64_t started;
	unsigned generation; /* grows with every SIGHUP */
	enum master_stage stage;
	int64_t stage_at, kill_at;
	struct pool *pools;
	struct nursery nursery;
	struct watch control;
	struct conn *conns;
	struct trial *trials;
};

/* Runs until told to stop; the process's exit status. `ready_fd` (or -1) gets one byte when all sockets
 * exist. */
int master_run(struct master *m, int ready_fd);

/* master_pools.c */
int master_open_core(struct master *m);
void master_reload(struct master *m); /* SIGHUP */
void master_stop(struct master *m, bool at_once);
bool master_stopped(struct master *m); /* moves through the stages; true = nothing is left */
struct pool *master_find_pool(struct master *m, const char *name); /* not draining; or NULL */
int master_user(struct master *m); /* conf.user -> uid, gid; 0 or -1: logged */
void master_read_keys(struct master *m);
int master_run_path(
	const struct master *m, char *ret, size_t n, const char *name); /* -1: too long */

/* control_server.c */
int control_server_open(struct master *m);
void control_server_close(struct master *m);
void control_tell_quarantine(struct master *m, const char *pool, const char *reason);
void conn_answer(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* trial.c */
void trial_start(struct master *m, struct conn *c, const char *so);
bool trial_ended(struct master *m, pid_t pid, int status);
void trial_tick(struct master *m);
void trial_forget(struct master *m, struct conn *c); /* nobody waits for its answer any more */

/* status.c */
char *status_json(struct master *m); /* malloc'ed */

#endif
