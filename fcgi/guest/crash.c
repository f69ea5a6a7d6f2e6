/*
 * crash.c - last words: reports a crash or an exit() of plugin code to the host, as far as
 * possible, and turns what the code prints into log lines.
 */
#include "guest/guest.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_FAULT 70
#define LINE_MAX_BYTES 1000

static struct guest *here;
static bool ended;

/* Only what a signal handler may do. */
static void write_cause(int sig, const char *what)
{
	struct {
		struct wire_head head;
		uint32_t sig, n;
		char text[16];
	} m = {.sig = (uint32_t)sig, .n = (uint32_t)strlen(what)};
	uint32_t n = 8 + m.n + 1;

	if (ended || !here)
		return;
	ended = true;
	memcpy(m.text, what, m.n + 1);
	m.head = (struct wire_head){.type = WIRE_CRASH, .seq = here->seq, .total = n};
	(void)!write(here->fd, &m, sizeof(m.head) + n);
}

static const struct {
	int number;
	const char *name;
} SIGNALS[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
	{SIGABRT, "SIGABRT"}};

#define N_SIGNALS (sizeof(SIGNALS) / sizeof(SIGNALS[0]))

/* In a process id space of its own this is process 1, which a signal without a handler doesn't end. */
static void crashed(int sig)
{
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (SIGNALS[i].number == sig)
			write_cause(sig, SIGNALS[i].name);
	_exit(128 + sig);
}

/* Our own code ends with _exit(), so this is plugin code that called exit(). */
static void left_by_plugin(void)
{
	write_cause(0, "exit()");
	_exit(STATUS_FAULT);
}

/* On a stack of its own, for when the plugin's has overflowed. */
static void watch_signals(void)
{
	static char stack[64 * 1024];
	stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction sa = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};

	sigaltstack(&own, NULL);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaction(SIGNALS[i].number, &sa, NULL);
}

/* A line, or what a write brought of it. */
static ssize_t print(void *cookie, const char *text, size_t n)
{
	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at;
		char line[LINE_MAX_BYTES + 1];

		snprintf(line, sizeof(line), "%.*s",
			(int)(len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES), text + at);
		if (line[0]) {
			wire_begin(&here->out);
			wire_put_u32(&here->out, MT_INFO);
			wire_put_text(&here->out, line);
			link_send(here, WIRE_LOG);
		}
		at += len + 1;
	}
	(void)cookie;
	return (ssize_t)n;
}

static FILE *lines(void)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = print});

	if (f)
		setvbuf(f, NULL, _IOLBF, BUFSIZ);
	return f;
}

void guest_watch(struct guest *g, bool debug)
{
	here = g;
	atexit(left_by_plugin);
	watch_signals();
	stdout = lines();
#ifdef __SANITIZE_ADDRESS__
	debug = true; /* reports go to standard error */
#endif
	if (!debug)
		stderr = lines();
}
