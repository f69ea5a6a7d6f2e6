/* child.c - a program's output: see child.h. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

int child_spawn(
	char *const argv[], char *const envp[], const posix_spawn_file_actions_t *fa, pid_t *ret)
{
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(ret, argv[0], fa, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
	errno = rc;
	return rc == 0 ? 0 : -1;
}

static int start(char *const argv[], int out, int fd3, pid_t *ret)
{
	char *const envp[] = {(char *)"PATH=/usr/bin:/bin", NULL};
	posix_spawn_file_actions_t fa;
	int rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
	if (fd3 >= 0)
		posix_spawn_file_actions_adddup2(&fa, fd3, 3);
	rc = child_spawn(argv, envp, &fa, ret);
	posix_spawn_file_actions_destroy(&fa);
	return rc;
}

void child_hear(int fd, int64_t deadline_ms, struct buf *out, child_heard *heard, void *arg)
{
	struct pollfd pf = {.fd = fd, .events = POLLIN};
	char chunk[4096];
	ssize_t n = 1;

	while (n > 0) {
		int ready = poll(&pf, 1, clock_left(deadline_ms));

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return;
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0 && buf_add(out, chunk, (size_t)n) < 0)
			return;
		if (n > 0 && heard && heard(arg, out) < 0)
			return;
	}
}

int child_read(char *const argv[], int fd3, int64_t deadline_ms, struct buf *out,
	child_heard *heard, void *arg)
{
	int fd[2], rc;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	rc = start(argv, fd[1], fd3, &pid);
	close(fd[1]);
	if (rc == 0) {
		child_hear(fd[0], deadline_ms, out, heard, arg);
		kill(pid, SIGKILL); /* done, or too late */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(fd[0]);
	return rc;
}
