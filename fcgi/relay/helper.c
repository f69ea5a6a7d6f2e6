/* helper.c - see helper.h. */
#include "relay/helper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"

#define GRACE_MS 1000

extern char **environ;

int helper_start(struct helper *h, const char *program, const char *conf_file, const char *option,
	const char *arg, int seconds)
{
	char *const argv[] = {(char *)program, (char *)"-c", (char *)conf_file, (char *)option,
		(char *)arg, NULL};
	int rc = child_spawn(argv, environ, NULL, &h->pid);

	snprintf(h->what, sizeof(h->what), "%s %s", option, arg ? arg : "");
	if (rc < 0) {
		log_error("%s %s: %s", program, h->what, strerror(errno));
		h->pid = 0;
		return -1;
	}
	h->fd = (int)syscall(SYS_pidfd_open, h->pid, 0); /* -1: its end is noticed by the clock */
	h->deadline = clock_ms() + seconds * 1000 + GRACE_MS;
	return 0;
}

bool helper_runs(const struct helper *h)
{
	return h->pid > 0;
}

bool helper_ended(struct helper *h, bool *ret_worked)
{
	int status = 0;
	pid_t gone;

	if (h->pid == 0)
		return false;
	gone = waitpid(h->pid, &status, WNOHANG);
	if (gone == 0 && clock_left(h->deadline) == 0) {
		log_warn("a helper of the steward did not end in time: %s", h->what);
		kill(h->pid, SIGKILL);
		gone = waitpid(h->pid, &status, 0);
	}
	if (gone == 0 || (gone < 0 && errno == EINTR))
		return false;
	*ret_worked = gone > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (gone > 0 && WIFSIGNALED(status))
		log_warn("a helper of the steward was ended by signal %d: %s", WTERMSIG(status),
			h->what);
	if (h->fd >= 0)
		close(h->fd);
	*h = (struct helper)HELPER_NONE;
	return true;
}

void helper_begin(int seconds)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm((unsigned)seconds); /* SIGALRM ends it, wherever it is */
}
