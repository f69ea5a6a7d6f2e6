/*
 * os_stack.h - a master in a folder of its own, with this test program as its workers.
 *
 * lib_dir holds copies of the test program under the names of the real ones; main() of a test calls
 * stack_worker() first, which serves FastCGI when the program was started under such a name. What a
 * worker does is in REQUEST_URI ("/pid", "/sleep/300", "/hang", "/abort", "/exit0", "/lie", "/env",
 * "/log", "/wake-steward", "/boast", "/shut"), or, before it is ready, in the plugin's file name ("/x/exit0.so").
 */
#ifndef OS_STACK_H
#define OS_STACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fcgiapp.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/control.h"
#include "os/master.h"
#include "os/nursery.h"
#include "os/sock.h"
#include "os/worker.h"

/* --- the worker ------------------------------------------------------------------------------------ */

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static void say_env(FCGX_Request *r)
{
	extern char **environ;
	for (char **e = environ; *e; e++)
		FCGX_FPrintF(r->out, "%s\n", *e);
	for (int fd = 0; fd < 256; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			FCGX_FPrintF(r->out, "fd=%d\n", fd);
	}
	char secret[160] = "";
	const char *s = getenv("MORTISE_SECRET_FD");
	if (s && read(atoi(s), secret, sizeof(secret) - 1) > 0)
		FCGX_FPrintF(r->out, "secret=%s\n", secret);
	FCGX_FPrintF(r->out, "uid=%d\ngid=%d\ngroups=%d\npgid=%d\npid=%d\n", (int)getuid(),
		(int)getgid(), getgroups(0, NULL), (int)getpgid(0), (int)getpid());
}

/* Half a second of shouting into every ear that the master has. */
static void make_noise(void)
{
	int wake = atoi(getenv("MORTISE_WAKE_FD")), steward = atoi(getenv("MORTISE_STEWARD_FD"));
	char junk[4000];
	memset(junk, 'x', sizeof(junk));
	junk[sizeof(junk) - 1] = '\n';
	fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
	for (int64_t end = clock_ms() + 500; clock_ms() < end;) {
		ssize_t n = write(wake, junk, sizeof(junk));
		n += send(steward, junk, sizeof(junk), MSG_DONTWAIT);
		n += write(STDERR_FILENO, junk, sizeof(junk));
		if (n == 0)
			break;
	}
}

/* Reports its usage, with another pool's name in front, for half a second. */
static void boast(void)
{
	static const char lie[] = "uother@0123456789ab\n1 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n";
	int steward = atoi(getenv("MORTISE_STEWARD_FD"));
	for (int64_t end = clock_ms() + 500; clock_ms() < end; usleep(50))
		send(steward, lie, sizeof(lie) - 1, MSG_DONTWAIT);
}

static void act(FCGX_Request *r, const char *uri)
{
	if (strncmp(uri, "/sleep/", 7) == 0)
		usleep((useconds_t)atoi(uri + 7) * 1000);
	else if (strcmp(uri, "/hang") == 0)
		for (;;)
			pause();
	else if (strcmp(uri, "/abort") == 0)
		abort();
	else if (strcmp(uri, "/exit0") == 0)
		_exit(0);
	else if (strcmp(uri, "/wake-steward") == 0)
		send(atoi(getenv("MORTISE_STEWARD_FD")), "e", 1, 0);
	else if (strcmp(uri, "/boast") == 0)
		boast();
	else if (strcmp(uri, "/shut") == 0)
		shutdown(worker_listen_fd(), SHUT_RDWR);
	else if (strcmp(uri, "/log") == 0)
		fprintf(stderr, "plain words\n{\"time\":\"now\",\"msg\":\"as json\"}\n");
	else if (strcmp(uri, "/flood") == 0)
		for (int i = 0; i < 40000; i++)
			fprintf(stderr, "a line of fifty characters that nobody wants to have %d\n",
				i);
	else if (strcmp(uri, "/noise") == 0)
		make_noise();
	else if (strcmp(uri, "/lie") == 0) {
		worker_idle(); /* and never takes a connection again */
		for (;;)
			pause();
	} else if (strcmp(uri, "/env") == 0) {
		say_env(r);
	}
}

static int serve_requests(void)
{
	FCGX_Request r;
	const char *idle = getenv("MORTISE_IDLE_MS"), *deadline = getenv("MORTISE_DEADLINE_MS");
	FCGX_Init();
	FCGX_InitRequest(&r, worker_listen_fd(), FCGI_FAIL_ACCEPT_ON_INTR);
	for (;;) {
		int ready = worker_wait(idle ? atoi(idle) : -1);
		if (ready <= 0)
			return 0;
		if (FCGX_Accept_r(&r) < 0)
			continue;
		const char *uri = FCGX_GetParam("REQUEST_URI", r.envp);
		int sleeps = uri && strncmp(uri, "/sleep/", 7) == 0;
		worker_busy("0123456789abcdef0123456789abcdef", deadline ? atoi(deadline)
								: sleeps ? 60000
									 : 1000);
		FCGX_FPrintF(r.out, "Content-Type: text/plain\r\n\r\n");
		act(&r, uri ? uri : "");
		FCGX_FPrintF(r.out, "pid=%d\n", (int)getpid());
		FCGX_Finish_r(&r);
		worker_idle();
	}
}

static int trial(const char *so)
{
	if (strstr(so, "good"))
		return printf("{\"key\":\"good\"}\n") > 0 ? 0 : 1;
	if (strstr(so, "faults"))
		return printf("first fault\nsecond fault\n") > 0 ? 1 : 1;
	if (strstr(so, "crash"))
		abort();
	if (strstr(so, "flood"))
		for (;;)
			printf("more and more and more and more\n");
	if (strstr(so, "hang"))
		for (;;)
			pause();
	return 0;
}

/* 0 and more: the exit status of a worker; -1: this is the test itself. */
static int stack_worker(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/'), *so;
	name = name ? name + 1 : argv[0];
	if (strncmp(name, "mortise-", 8) != 0)
		return -1;
	log_init(name, LOG_LV_INFO);
	if (argc > 1 && strcmp(argv[1], "--nursery") == 0)
		nursery_serve(argc, argv);
	so = getenv("MORTISE_PLUGIN_SO");
	if (argc == 3 && strcmp(argv[1], "--check") == 0)
		return trial(argv[2]);
	if (so && strstr(so, "exit0"))
		return 0;
	if (so && strstr(so, "exit3"))
		return 3;
	if (worker_init() < 0)
		return 9;
	worker_note("tested \"here\"");
	if (strcmp(name, "mortise-steward") != 0)
		return serve_requests();
	return worker_wait(-1) < 0 ? 0 : 8;
}

/* --- the stack ------------------------------------------------------------------------------------- */

struct stack {
	char dir[64];
	pid_t master;
	struct master m; /* its configuration; run in the child only */
	struct control control;
};

static struct stack st;

static const char *stack_path(const char *name)
{
	static char path[4][256];
	static int next;
	char *p = path[next++ & 3];
	snprintf(p, sizeof(path[0]), "%s/%s", st.dir, name);
	return p;
}

static void copy_program(const char *name)
{
	static char bytes[1 << 20];
	int in = open("/proc/self/exe", O_RDONLY),
	    out = open(stack_path(name), O_WRONLY | O_CREAT, 0755);
	ssize_t n;
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
}

static void write_text(const char *name, const char *text, size_t n)
{
	int fd = open(stack_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static const char role_key[] = "0123456789abcdef0123456789abcdef";
static const char ticket_key[] = "fedcba9876543210fedcba9876543210";

/* `more`: lines of the configuration. */
static void stack_configure(const char *more)
{
	char text[1024];
	int n = snprintf(text, sizeof(text),
		"run_dir = run\nlog_dir = log\nkey_dir = keys\nlib_dir = lib\nuser =\n"
		"store_dir = store\nasset_dir = store\nsql_dir = store\n"
		"admin_workers = 1\nplugin_uid_first = 71000\n%s",
		more);
	write_text("mortise.conf", text, (size_t)n);
}

static void stack_make(const char *more)
{
	snprintf(st.dir, sizeof(st.dir), "/tmp/os-stack-XXXXXX");
	assert_non_null(mkdtemp(st.dir));
	chmod(st.dir, 0755);
	const char *const folders[] = {"lib", "log", "keys", "store"};
	for (size_t i = 0; i < 4; i++)
		mkdir(stack_path(folders[i]), 0755);
	copy_program("lib/mortise-api");
	assert_int_equal(link(stack_path("lib/mortise-api"), stack_path("lib/mortise-plugin")), 0);
	assert_int_equal(link(stack_path("lib/mortise-api"), stack_path("lib/mortise-steward")), 0);
	write_text("keys/role.key", role_key, 32);
	write_text("keys/ticket.key", ticket_key, 32);
	stack_configure(more);
}

static void run_master(int ready_fd)
{
	static struct err e;
	log_init("mortised", LOG_LV_INFO);
	snprintf(st.m.env.conf_file, sizeof(st.m.env.conf_file), "%s", stack_path("mortise.conf"));
	if (conf_read(&st.m.env.conf, st.m.env.conf_file, &e) < 0) {
		fprintf(stderr, "# %s\n", e.message);
		_exit(7);
	}
	_exit(master_run(&st.m, ready_fd));
}

/* Starts a master on what is there and waits until its sockets exist; its exit status when it ended. */
static int stack_start(void)
{
	int fd[2];
	char byte;
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	fflush(NULL);
	st.master = fork();
	if (st.master == 0) {
		close(fd[0]);
		run_master(fd[1]);
	}
	close(fd[1]);
	ssize_t n = read(fd[0], &byte, 1);
	close(fd[0]);
	if (n != 1) {
		int status;
		waitpid(st.master, &status, 0);
		st.master = 0;
		return WEXITSTATUS(status);
	}
	assert_int_equal(control_open(&st.control, stack_path("run")), 0);
	return -1;
}

/* Returns the master's exit status. */
static int stack_stop(int sig)
{
	int status = 0;
	control_close(&st.control);
	if (!st.master)
		return -1;
	kill(st.master, sig);
	waitpid(st.master, &status, 0);
	st.master = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	if (!d) {
		unlink(path);
		return;
	}
	for (struct dirent *e; (e = readdir(d));) {
		char below[512];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		if (unlink(below) < 0)
			remove_tree(below);
	}
	closedir(d);
	rmdir(path);
}

static int stack_remove(void **state)
{
	(void)state;
	if (st.master)
		stack_stop(SIGKILL);
	if (!getenv("KEEP"))
		remove_tree(st.dir);
	return 0;
}

/* --- talking to it --------------------------------------------------------------------------------- */

static char *ask(const char *line)
{
	char *answer = NULL;
	if (control_ask(&st.control, clock_ms() + 30000, &answer, "%s", line) < 0)
		fail_msg("no answer to %s: %s", line, strerror(errno));
	return answer;
}

/* The pool as in status, or NULL; json_decref() it. */
static json_t *pool_status(const char *name)
{
	char *text = ask("status");
	json_error_t e;
	json_t *all = json_loads(text, 0, &e), *pool, *found = NULL;
	size_t i;
	if (!all)
		fail_msg("status is not JSON: %s", e.text);
	json_array_foreach(json_object_get(all, "pools"), i, pool) {
		if (strcmp(json_string_value(json_object_get(pool, "name")), name) == 0)
			found = json_incref(pool);
	}
	json_decref(all);
	free(text);
	return found;
}

static long pool_number(const char *name, const char *what)
{
	json_t *p = pool_status(name);
	long n = p ? (long)json_integer_value(json_object_get(p, what)) : -1;
	json_decref(p);
	return n;
}

static long pool_workers(const char *name)
{
	json_t *p = pool_status(name);
	long n = p ? (long)json_array_size(json_object_get(p, "workers")) : -1;
	json_decref(p);
	return n;
}

/* How many of its workers are in a request. */
static long pool_busy(const char *name)
{
	json_t *p = pool_status(name), *w;
	long n = 0;
	size_t i;
	json_array_foreach(json_object_get(p, "workers"), i, w)
		n += json_is_true(json_object_get(w, "busy"));
	json_decref(p);
	return n;
}

static bool pool_is(const char *name, const char *state)
{
	json_t *p = pool_status(name);
	bool is = p && strcmp(json_string_value(json_object_get(p, "state")), state) == 0;
	json_decref(p);
	return is;
}

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		int64_t end_ = clock_ms() + 30000;                                                 \
		while (!(condition)) {                                                             \
			if (clock_ms() > end_)                                                     \
				fail_msg("never came true: %s", #condition);                       \
			usleep(2000);                                                              \
		}                                                                                  \
	} while (0)

/* Sends one FastCGI request; the connection, or -1. */
static int request_send(const char *socket_name, const char *uri)
{
	unsigned char b[512];
	size_t n = 0, uri_n = strlen(uri);
	const unsigned char begin[] = {1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	memcpy(b, begin, sizeof(begin));
	n = sizeof(begin);
	size_t params = 2 + 11 + uri_n;
	const unsigned char head[] = {
		1, 4, 0, 1, 0, (unsigned char)params, 0, 0, 11, (unsigned char)uri_n};
	memcpy(b + n, head, sizeof(head));
	n += sizeof(head);
	memcpy(b + n, "REQUEST_URI", 11);
	memcpy(b + n + 11, uri, uri_n);
	n += 11 + uri_n;
	const unsigned char end[] = {1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1, 0, 0, 0, 0};
	memcpy(b + n, end, sizeof(end));
	n += sizeof(end);
	int fd = sock_connect(stack_path(socket_name), SOCK_STREAM);
	if (fd >= 0 && send(fd, b, n, MSG_NOSIGNAL) != (ssize_t)n) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The answer's bytes with a NUL; NULL when the connection was cut off without one. Closes fd. */
static const char *request_answer(int fd)
{
	static char b[65536];
	size_t n = 0;
	int64_t end = clock_ms() + 30000;
	if (fd < 0)
		return NULL;
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, clock_left(end)) != 1)
			break;
		ssize_t got = recv(fd, b + n, sizeof(b) - 1 - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	for (size_t i = 0; i < n; i++) {
		if (!b[i])
			b[i] = ' '; /* of the records' heads: strstr() has to get past them */
	}
	b[n] = '\0';
	return strstr(b, "pid=") ? b : NULL;
}

static const char *request(const char *socket_name, const char *uri)
{
	return request_answer(request_send(socket_name, uri));
}

static pid_t answer_pid(const char *answer)
{
	const char *last = NULL;
	for (const char *s = answer; s && (s = strstr(s, "pid=")); s += 4)
		last = s;
	return last ? (pid_t)atoi(last + 4) : 0;
}

static pid_t request_pid(const char *socket_name, const char *uri)
{
	return answer_pid(request(socket_name, uri));
}

static int log_count(const char *needle)
{
	static char text[1 << 20];
	int fd = open(stack_path("log/mortised.log"), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	text[n] = '\0';
	int found = 0;
	for (char *s = text; (s = strstr(s, needle)); s++)
		found++;
	return found;
}

#endif
