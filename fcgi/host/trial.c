/*
 * trial.c - a trial load: is this library a plugin of ours, and what does it offer?
 *
 * Runs in the sandbox that workers run in, because constructors of a library nobody knows yet run at
 * dlopen(). The answer goes to standard output: the contract as JSON and status 0, or every fault on a
 * line of its own and status 1.
 */
#include "host/host.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOAD_S 4 /* the master's own limit is 5 */

static struct host host = {.steward_fd = -1};
static int out = -1; /* standard output, before plugin code could use it */

static void crashed(int sig)
{
	static const char text[] = "crashes while it is loaded\n";
	static const char late[] = "isn't loaded within 4 seconds: a constructor hangs\n";

	if (sig == SIGALRM)
		(void)!write(out, late, sizeof(late) - 1);
	else
		(void)!write(out, text, sizeof(text) - 1);
	_exit(1);
}

static void left(void)
{
	static const char text[] = "calls exit() while it is loaded\n";

	(void)!write(out, text, sizeof(text) - 1);
	_exit(1);
}

static int answer(const char *text, size_t n, int status)
{
	while (n > 0) {
		ssize_t k = write(out, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return 2;
		text += k;
		n -= (size_t)k;
	}
	return status;
}

/* Standard output is ours alone: what a constructor prints goes where errors go. */
int host_trial(const char *so)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
	struct buf faults;
	char note[64], *text;
	int library;

	buf_init(&faults, 64 * 1024);
	out = dup(STDOUT_FILENO);
	if (out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return 2;
	library = host_library(so, NULL, &faults);
	if (library < 0)
		return answer(faults.data, faults.len, 1);
	if (guard_enter(SANDBOX_LOAD, note) < 0) {
		buf_addf(&faults, "can't be tried: the sandbox failed: %s\n", strerror(errno));
		return answer(faults.data, faults.len, 2);
	}
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], crashed);
	atexit(left);
	alarm(LOAD_S);
	if (host_load(&host, library, NULL, &faults) < 0)
		return answer(faults.data, faults.len, 1);
	text = json_dumps(contract_json(&host), JSON_COMPACT);
	if (!text) {
		buf_adds(&faults, "says things about itself that aren't UTF-8\n");
		return answer(faults.data, faults.len, 1);
	}
	return answer(text, strlen(text), 0);
}
