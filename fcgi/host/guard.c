/*
 * guard.c - what stands between this process and the plugin's code: the sandbox before it is loaded,
 * and a last word in the log when it ends the process.
 */
#include "host/host.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"

#define STATUS_FAULT 70

static const char *host_key = "";

static void say(const char *why, const char *more)
{
	static char line[512];
	const struct call *c = host_running;
	char now[40];
	int n;

	clock_iso(now, sizeof(now), clock_unix_ms());
	n = snprintf(line, sizeof(line),
		"{\"time\":\"%s\",\"level\":\"error\",\"process\":\"plugin\",\"msg\":\"plugin %s %s%s\","
		"\"route\":\"%s %s\",\"requestId\":\"%s\"}\n",
		now, host_key, why, more, c && c->r->route ? c->r->route->method : "",
		c && c->r->route ? c->r->route->path : "", c && c->r->id ? c->r->id : "");
	if (n > 0)
		(void)!write(STDERR_FILENO, line,
			(size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

/* Our own code leaves with _exit(): whoever comes here is plugin code that called exit(). To end with
 * status 0 in the middle of a request must not look like an orderly end. */
static void left_by_plugin(void)
{
	say("called exit()", "");
	_exit(STATUS_FAULT);
}

static const struct {
	int number;
	const char *name;
} SIGNALS[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
	{SIGABRT, "SIGABRT"}};

#define N_SIGNALS (sizeof(SIGNALS) / sizeof(SIGNALS[0]))

static void crashed(int sig)
{
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (SIGNALS[i].number == sig)
			say("crashed: ", SIGNALS[i].name);
	raise(sig); /* the handler was reset: the master sees the signal */
}

/* On a stack of its own, for when the plugin's has overflowed. Sanitizers have their own reports. */
static void watch_signals(void)
{
	static char stack[64 * 1024];
	stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction sa = {
		.sa_handler = crashed, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};

	sigaltstack(&own, NULL);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(SIGNALS[i].number, &sa, NULL);
}

void guard_watch(const char *key)
{
	host_key = key;
	atexit(left_by_plugin);
#ifdef __SANITIZE_ADDRESS__
	(void)watch_signals;
#else
	watch_signals();
#endif
}

int guard_enter(enum sandbox_mode mode, char note[64])
{
	const char *paths[16] = {NULL};
	struct sandbox_opts o = {.mode = mode, .read_only = paths};

	sandbox_default_paths(paths, sizeof(paths) / sizeof(paths[0]));
	return sandbox_enter(&o, note);
}
