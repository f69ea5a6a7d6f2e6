/*
 * cluster.h - a PostgreSQL for a unit test: the one that MORTISE_TEST_DB_HOST, _PORT, _NAME, _USER and
 * _PASSWORD name, or a throwaway cluster in /tmp that only this test can reach. PostgreSQL refuses to
 * run as root, so root lends it to the user postgres or nobody.
 */
#ifndef CLUSTER_H
#define CLUSTER_H

#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include "db/db.h"

static char cluster_folder[] = "/tmp/mortise-pg-XXXXXX";
static char cluster_bin[256];
static struct passwd *cluster_user;
static pid_t cluster_pid;
static bool cluster_is_ours;
static bool cluster_set_local; /* of connections made from now on */
static bool cluster_canceller;
static size_t cluster_rows_max;

/* Runs a program of PostgreSQL as a user who may; returns its pid. */
static pid_t cluster_spawn(const char *program, char *const argv[])
{
	char path[400];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(path, sizeof(path), "%s/%s", cluster_bin, program);
	if (cluster_user != NULL && (setgroups(0, NULL) < 0 || setgid(cluster_user->pw_gid) < 0 ||
					    setuid(cluster_user->pw_uid) < 0))
		_exit(126);
	setenv("LC_ALL", "C", 1);
	dup2(open("/dev/null", O_WRONLY), 1);
	dup2(1, 2);
	if (chdir(cluster_folder) < 0)
		_exit(126);
	execv(path, argv);
	_exit(127);
}

static struct db *cluster_db(const char *process)
{
	const char *port = getenv("MORTISE_TEST_DB_PORT"), *name = getenv("MORTISE_TEST_DB_NAME");
	struct db_opts o = {.host = cluster_folder,
		.port = 5432,
		.dbname = "postgres",
		.user = "postgres",
		.process = process,
		.has_canceller = cluster_canceller,
		.rows_max = cluster_rows_max,
		.set_local = cluster_set_local};

	if (!cluster_is_ours) {
		o.host = getenv("MORTISE_TEST_DB_HOST");
		o.port = port == NULL ? 5432 : (int)strtol(port, NULL, 10);
		o.dbname = name == NULL ? "mortise" : name;
		o.user = getenv("MORTISE_TEST_DB_USER");
		o.password = getenv("MORTISE_TEST_DB_PASSWORD");
	}
	return db_new(&o);
}

static int cluster_wait(void)
{
	struct db *db = cluster_db("start");
	struct arena *p = arena_new();
	static struct err e;
	int rc = -1;

	for (int i = 0; i < 500 && rc < 0 && waitpid(cluster_pid, NULL, WNOHANG) == 0; i++) {
		err_init(&e, NULL);
		rc = db_connect(db, INT64_MAX, &e);
		if (rc < 0)
			usleep(20000);
	}
	db_free(db);
	arena_free(p);
	return rc;
}

static int cluster_run(void)
{
	char name[] = "postgres", d[] = "-D", data[] = "data", k[] = "-k", f[] = "-F", h[] = "-h",
	     none[] = "";
	char *const argv[] = {name, d, data, k, cluster_folder, f, h, none, NULL};

	cluster_pid = cluster_spawn("postgres", argv);
	return cluster_wait();
}

static void cluster_stop(int how)
{
	if (cluster_pid > 0) {
		kill(cluster_pid, how);
		waitpid(cluster_pid, NULL, 0);
	}
	cluster_pid = 0;
}

/* 0, or -1 when there is no PostgreSQL that could be used. */
static int cluster_start(void)
{
	char name[] = "initdb", d[] = "-D", data[] = "data", u[] = "-Upostgres", a[] = "-Atrust",
	     n[] = "-N", e[] = "-EUTF8", l[] = "--locale=C";
	char *const argv[] = {name, d, data, u, a, n, e, l, NULL};
	int status = -1;
	glob_t g;

	alarm(120); /* a test that hangs has failed */
	if (getenv("MORTISE_TEST_DB_HOST") != NULL)
		return 0;
	cluster_is_ours = true;
	if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &g) != 0)
		return -1;
	snprintf(cluster_bin, sizeof(cluster_bin), "%s", g.gl_pathv[g.gl_pathc - 1]);
	globfree(&g);
	if (geteuid() == 0) {
		cluster_user = getpwnam("postgres");
		if (cluster_user == NULL)
			cluster_user = getpwnam("nobody");
		if (cluster_user == NULL)
			return -1;
	}
	if (mkdtemp(cluster_folder) == NULL)
		return -1;
	if (cluster_user != NULL &&
		chown(cluster_folder, cluster_user->pw_uid, cluster_user->pw_gid) < 0)
		return -1;
	waitpid(cluster_spawn("initdb", argv), &status, 0);
	return status == 0 ? cluster_run() : -1;
}

static void cluster_end(void)
{
	char name[] = "rm", rf[] = "-rf";
	char *const argv[] = {name, rf, cluster_folder, NULL};
	pid_t pid;

	if (!cluster_is_ours)
		return;
	cluster_stop(SIGQUIT);
	pid = fork();
	if (pid == 0) {
		execvp("rm", argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

#endif
