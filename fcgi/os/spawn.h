/*
 * spawn.h - a child process that gets what it needs and nothing else.
 *
 * Descriptors 0..n-1 as listed and no other, default signals, its own process group (Ctrl-C in a
 * terminal reaches the master only), limits, then groups and user, then "die with the master", then
 * exec. A failure in the child is one log line on its descriptor 2 and exit status 126 (set-up) or 127
 * (no such program): the caller sees a worker that ended at once, and backs off as for any other.
 */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SPAWN_FDS_MAX 16
#define SPAWN_STAY ((uid_t)-1)

struct spawn {
	char *const *argv; /* argv[0] is the program's path */
	char *const *envp;
	const int *fds; /* fds[i] becomes i; -1 = /dev/null for 0..2, else closed */
	size_t n_fds;
	uid_t uid; /* SPAWN_STAY = as the master */
	gid_t gid;
	const char *user; /* its supplementary groups; NULL = none at all */
	/* limits; 0 = as the master has them */
	long memory_mb; /* address space and data; not in sanitizer builds */
	long files_max;
	long processes_max; /* of this uid; only when the uid changes */
	long cpu_s;
	bool no_file_writes; /* RLIMIT_FSIZE 0; the process may raise it until it gives that up */
	bool first_to_go;    /* when the machine is out of memory */
	const char *cgroup;  /* folder of a cgroup v2 to join; NULL = none */
};

pid_t spawn_start(const struct spawn *s); /* -1 with errno when fork failed */
/* The child's part without the exec, in a process that the master is the parent of; ends it on failure. */
void spawn_become(const struct spawn *s, pid_t master);

/* For a process that was started as the master's user and has done what needed it: becomes this user,
 * in no other group, and dies with the master. 0 or -1 with errno. */
int spawn_drop(uid_t uid, gid_t gid, pid_t master);

/* An environment built piece by piece; too much is cut off and counted. */
struct spawn_env {
	char *vars[48];
	size_t n_vars;
	char text[6144];
	size_t used;
	bool full;
};

void spawn_env_init(struct spawn_env *e);
void spawn_env_add(struct spawn_env *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The master's own value of these names, when set. */
void spawn_env_pass(struct spawn_env *e, const char *const *names);

#endif
