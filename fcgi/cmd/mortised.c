/*
 * mortised.c - the master: opens sockets, starts and watches every process of Mortise.
 *
 *	mortised [-c FILE] [--foreground]
 *
 * Without --foreground it goes to the background; the command returns when all sockets exist (0),
 * or when it failed (1, with the reason on standard error or in the log).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/log.h"
#include "os/master.h"

static int usage(void)
{
	fprintf(stderr, "usage: mortised [-c FILE] [--foreground]\n");
	return 2;
}

/* The parent stays until the child's first byte, and passes on whether there was one. */
static int background(const struct conf *conf, int *ret_ready_fd)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid > 0) {
		char byte;
		close(fd[1]);
		if (read(fd[0], &byte, 1) == 1)
			_exit(0);
		fprintf(stderr, "mortised: Mortise did not start, see %s/mortised.log\n",
			conf->log_dir);
		_exit(1);
	}
	close(fd[0]);
	*ret_ready_fd = fd[1];
	if (setsid() < 0)
		return -1;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -1;
	close(null);
	return 0;
}

static int read_options(int argc, char **argv, struct master *m)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--foreground") == 0)
			m->foreground = true;
		else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			i++;
		else
			return -1;
	}
	return 0;
}

/* Children get the path, and they may run from anywhere. */
static int read_conf(int argc, char **argv, struct master *m)
{
	const char *file = conf_find(argc, argv);
	char *path = realpath(file, NULL);
	if (!path || strlen(path) >= sizeof(m->env.conf_file)) {
		fprintf(stderr, "mortised: %s: %s\n", file,
			path ? "path too long" : strerror(errno));
		free(path);
		return -1;
	}
	snprintf(m->env.conf_file, sizeof(m->env.conf_file), "%s", path);
	free(path);
	struct err e;
	err_init(&e, NULL);
	if (conf_read(&m->env.conf, m->env.conf_file, &e) < 0) {
		fprintf(stderr, "mortised: %s\n", e.message);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct master m;
	int ready_fd = -1;
	log_init("mortised", LOG_LV_INFO);
	if (read_options(argc, argv, &m) < 0)
		return usage();
	if (read_conf(argc, argv, &m) < 0)
		return 1;
	if (!m.foreground && background(&m.env.conf, &ready_fd) < 0) {
		fprintf(stderr, "mortised: can't go to the background: %s\n", strerror(errno));
		return 1;
	}
	if (chdir("/") < 0)
		log_warn("can't change to /: %s", strerror(errno));
	return master_run(&m, ready_fd);
}
