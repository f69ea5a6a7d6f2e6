/*
 * plugin_run.c - compilers, builders and tests that we run, with their output and a limit of time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "cli/plugin.h"

#define NOT_FOUND 127

static void become(const char *dir, const char *const *argv, int out)
{
	int null = open("/dev/null", O_RDONLY);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(out >= 0 ? out : STDERR_FILENO, STDOUT_FILENO);
	if (out >= 0)
		dup2(out, STDERR_FILENO);
	if (chdir(dir) == 0)
		execvp(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? NOT_FOUND : 126);
}

/* Reads until the end or the deadline; what doesn't fit is dropped. */
static bool drain(int fd, int64_t deadline, struct buf *out)
{
	struct pollfd pf = {.fd = fd, .events = POLLIN};
	char chunk[4096];
	ssize_t n;

	for (;;) {
		int ready = poll(&pf, 1, clock_left(deadline));

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return false;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		(void)!buf_add(out, chunk, (size_t)n);
	}
}

/* -1 when it doesn't end in time. */
static int reap(pid_t pid, int64_t deadline)
{
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if ((got < 0 && errno != EINTR) || clock_ms() > deadline)
			return -1;
		poll(NULL, 0, 2);
	}
}

pid_t plugin_spawn(const char *dir, const char *const *argv, int out, bool group)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (group)
			setpgid(0, 0);
		become(dir, argv, out);
	}
	return pid;
}

int plugin_run(struct op *op, const char *dir, const char *const *argv, long ms, struct buf *out)
{
	int64_t deadline = clock_ms() + ms;
	int fd[2] = {-1, -1}, status;
	bool ended = true;
	pid_t pid;

	if (out && pipe2(fd, O_CLOEXEC) < 0)
		return cli_errno(op, "pipe");
	pid = plugin_spawn(dir, argv, fd[1], false);
	if (pid < 0)
		return cli_errno(op, "fork");
	if (out) {
		close(fd[1]);
		ended = drain(fd[0], deadline, out);
		close(fd[0]);
	}
	status = ended ? reap(pid, deadline) : -1;
	if (status < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return op_fail(
			op, MT_ETIMEOUT, "%s did not end within %ld seconds", argv[0], ms / 1000);
	}
	if (status == NOT_FOUND)
		return op_fail(op, MT_ENOENT, "%s is not installed", argv[0]);
	return status;
}
