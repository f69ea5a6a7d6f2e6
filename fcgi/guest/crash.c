/*
 * crash.c - last words: reports a crash or an exit() of plugin code to the host, as far as
 * possible, and turns what the code prints into log lines.
 *
 * A crash's text is "SIGSEGV memory +1a2b libc.so.6 +3c4d": the signal; whether memory was short; then where
 * it was and who called that, as offsets in the plugin's library, which the host turns into names
 * (host/trace.c). SIGXCPU is the host's question where a request is that passed its deadline.
 */
#include "guest/guest.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <unwind.h>

#define STATUS_FAULT 70
#define LINE_MAX_BYTES 1000
#define CAUSE_MAX 240 /* WIRE_CRASH's limit without its numbers */
#define FRAMES_MAX 24
#define SHORT_OF_MEMORY 8 /* when this part of the limit isn't there any more */

static struct guest *here;
static bool ended;
static rlim_t memory_limit = RLIM_INFINITY;

struct cause {
	char text[CAUSE_MAX];
	size_t n;
	size_t n_head; /* before the places */
	int frames;
	const char *library; /* another one, that the plugin called */
};

/* Only what a signal handler may do. */
static void write_cause(int sig, const char *what)
{
	struct {
		struct wire_head head;
		uint32_t sig, n;
		char text[CAUSE_MAX];
	} m = {.sig = (uint32_t)sig, .n = (uint32_t)strlen(what)};
	uint32_t n = 8 + m.n + 1;

	if (ended || !here)
		return;
	ended = true;
	memcpy(m.text, what, m.n + 1);
	m.head = (struct wire_head){.type = WIRE_CRASH, .seq = here->seq, .total = n};
	(void)!write(here->fd, &m, sizeof(m.head) + n);
}

static void say(struct cause *c, const char *word)
{
	size_t n = strlen(word);

	if (c->n + 1 + n >= sizeof(c->text))
		return;
	if (c->n > 0)
		c->text[c->n++] = ' ';
	memcpy(c->text + c->n, word, n + 1);
	c->n += n;
}

static void say_offset(struct cause *c, uintptr_t offset)
{
	char text[20], *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		*--at = "0123456789abcdef"[offset & 15];
		offset >>= 4;
	} while (offset);
	*--at = '+';
	say(c, at);
}

/* An innocent one that is as large tells as well. */
static bool is_short_of_memory(void)
{
	return memory_limit != RLIM_INFINITY &&
	       mmap(NULL, memory_limit / SHORT_OF_MEMORY, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED;
}

/* A frame of the stack. What is above the interrupted one is this handler's own, and the last ones are the
 * guest's. */
static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *arg)
{
	struct cause *c = arg;
	int before = 0;
	uintptr_t pc = _Unwind_GetIPInfo(context, &before);
	const char *name;
	Dl_info at;

	if (c->frames++ == FRAMES_MAX)
		return _URC_END_OF_STACK;
	if (before) {
		c->n = c->n_head;
		c->text[c->n] = '\0';
		c->library = NULL;
	}
	if (!pc || !dladdr((void *)pc, &at) || !at.dli_fname)
		return _URC_NO_REASON;
	if (strcmp(at.dli_fname, here->library) == 0) {
		if (c->library)
			say(c, c->library);
		/* a return address is behind its call */
		say_offset(c, pc - (before ? 0 : 1) - (uintptr_t)at.dli_fbase);
		c->library = NULL;
	} else if (strstr(at.dli_fname, ".so")) {
		name = strrchr(at.dli_fname, '/');
		c->library = name ? name + 1 : at.dli_fname;
	}
	return _URC_NO_REASON;
}

static void write_crash(int sig, const char *name)
{
	static struct cause c;

	say(&c, name);
	if (is_short_of_memory())
		say(&c, "memory");
	c.n_head = c.n;
	if (here && here->library)
		_Unwind_Backtrace(frame, &c);
	write_cause(sig, c.text);
}

static const struct {
	int number;
	const char *name;
} SIGNALS[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
	{SIGABRT, "SIGABRT"}, {SIGXCPU, "SIGXCPU"}};

#define N_SIGNALS (sizeof(SIGNALS) / sizeof(SIGNALS[0]))

/* In a process id space of its own this is process 1, which a signal without a handler doesn't end. */
static void crashed(int sig)
{
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (SIGNALS[i].number == sig)
			write_crash(sig, SIGNALS[i].name);
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
	struct rlimit memory;

	if (getrlimit(RLIMIT_DATA, &memory) == 0)
		memory_limit = memory.rlim_cur;
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
