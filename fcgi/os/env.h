/*
 * env.h - what the parts of the master share and none of them owns: configuration, users, keys, the
 * epoll set.
 *
 * Made by master.c before anything else opens; pools, trial loads and the control socket read it.
 */
#ifndef ENV_H
#define ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include "base/conf.h"
#include "os/nursery.h"

#define TICK_MS 100
#define CHECK_MS 3
/* Users below plugin_uid_first: of trial loads, of what fetches from marketplaces and for plugins. */
#define TRIAL_UID_BELOW 1
#define FETCH_UID_BELOW 2
#define TRIAL_GUEST_UID_BELOW 3
#define CALLS_UID_BELOW 4

struct pool;

struct env {
	struct conf conf;
	char conf_file[512]; /* absolute */
	bool is_root;
	uid_t uid; /* conf.user's, or our own */
	gid_t gid;
	int epoll;
	int dgram;	     /* to wake the steward */
	struct rlimit files; /* what children get */
	bool has_keys;
	unsigned char role_key[32], ticket_key[32];
	char cgroup[256];    /* where pools get theirs; "" = no cgroup v2 for us */
	unsigned generation; /* grows with every SIGHUP */
	struct nursery nursery;
	struct pool *nursery_pool; /* the pool of that process; NULL = none yet */
	void (*on_quarantine)(void *owner, const char *pool, const char *reason);
	void *owner;
};

int env_read_user(struct env *v); /* conf.user -> uid, gid; 0 or -1: logged */
void env_read_keys(struct env *v);
/* "<run_dir>/<name>"; -1: too long */
int env_run_path(const struct env *v, char *ret, size_t n, const char *name);

#endif
