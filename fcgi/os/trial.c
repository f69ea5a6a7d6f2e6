/*
 * trial.c - a plugin's first load: `mortise-plugin --check <so>` in a child that may fail in any way it
 * likes. Its output is the answer, sent when it has ended.
 */
#include "os/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "os/spawn.h"
#include "os/watch.h"

#define TRIAL_MS 5000
#define TRIAL_OUT_MAX (64 * 1024)
#define TRIAL_SAID_MAX 2000 /* of standard error, in the answer */
#define TRIALS_MAX 16

struct stream {
	struct watch in;
	struct buf text;
	struct trial *trial;
};

struct trial {
	struct trial *next;
	struct trials *all;
	void *conn; /* NULL: gone */
	pid_t pid;
	int64_t deadline;
	const char *killed_for;
	struct stream out, err;
};

static void kill_trial(struct trial *t, const char *why)
{
	if (!t->killed_for)
		t->killed_for = why;
	kill(t->pid, SIGKILL);
}

static void close_end(struct stream *s)
{
	int fd = s->in.fd;
	if (fd < 0)
		return;
	watch_remove(s->trial->all->env->epoll, &s->in);
	close(fd);
}

/* Returns false at the end or when there is nothing more for now. */
static bool read_stream(struct stream *s)
{
	char piece[8192];
	ssize_t n = read(s->in.fd, piece, sizeof(piece));
	if (n == 0)
		close_end(s);
	if (n <= 0)
		return false;
	if (buf_add(&s->text, piece, (size_t)n) < 0 && !s->trial->killed_for)
		kill_trial(s->trial, "printed more than 64 KB while it was loaded");
	return !s->text.full;
}

static void on_output(struct watch *w, uint32_t events)
{
	(void)events;
	read_stream(w->owner);
}

static int open_stream(struct trial *t, struct stream *s, int *ret_child_end)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	s->trial = t;
	s->in = (struct watch){.fd = fd[0], .ready = on_output, .owner = s};
	*ret_child_end = fd[1];
	return watch_add(t->all->env->epoll, &s->in, EPOLLIN);
}

static void trial_free(struct trial *t)
{
	close_end(&t->out);
	close_end(&t->err);
	buf_release(&t->out.text);
	buf_release(&t->err.text);
	free(t);
}

static pid_t spawn_trial(struct trial *t, const char *so, const int ends[2])
{
	static const char *const pass[] = {"PATH", NULL};
	const struct env *env = t->all->env;
	char program[400];
	snprintf(program, sizeof(program), "%s/mortise-plugin", env->conf.lib_dir);
	char *argv[] = {program, (char *)"--check", (char *)so, NULL};
	int fds[] = {-1, ends[0], ends[1]};
	struct spawn_env vars;
	spawn_env_init(&vars);
	spawn_env_pass(&vars, pass);
	spawn_env_add(&vars, "MORTISE_PLUGIN_SO=%s", so);
	spawn_env_add(&vars, "MORTISE_MEMORY_MB=%d", env->conf.plugin_memory_mb);
	spawn_env_add(&vars, "MORTISE_SANDBOX=%s", env->conf.plugin_sandbox);
	if (env->is_root) {
		spawn_env_add(&vars, "MORTISE_GUEST_UID=%d",
			env->conf.plugin_uid_first - TRIAL_GUEST_UID_BELOW);
		spawn_env_add(
			&vars, "MORTISE_HOST_UID=%d", env->conf.plugin_uid_first - TRIAL_UID_BELOW);
	}
#ifdef __SANITIZE_ADDRESS__
	static const char *const sanitizer[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", NULL};
	spawn_env_pass(&vars, sanitizer);
#endif
	struct spawn s = {
		.argv = argv,
		.envp = vars.vars,
		.fds = fds,
		.n_fds = 3,
		.uid = SPAWN_STAY, /* it becomes a plugin's user itself */
		.gid = (gid_t)-1,
		.memory_mb = env->conf.plugin_memory_mb,
		.files_max = 64,
		.cpu_s = TRIAL_MS / 1000 + 1,
		.no_file_writes = true,
		.first_to_go = true,
	};
	return spawn_start(&s);
}

static int trial_open(struct trial *t, const char *so)
{
	int ends[2] = {-1, -1};
	t->out.in.fd = t->err.in.fd = -1;
	buf_init(&t->out.text, TRIAL_OUT_MAX);
	buf_init(&t->err.text, TRIAL_OUT_MAX);
	t->pid = -1;
	if (open_stream(t, &t->out, &ends[0]) == 0 && open_stream(t, &t->err, &ends[1]) == 0)
		t->pid = spawn_trial(t, so, ends);
	int cause = errno;
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
	}
	errno = cause;
	return t->pid < 0 ? -1 : 0;
}

void trial_start(struct trials *all, void *conn, const char *so)
{
	int n = 0;
	for (struct trial *t = all->first; t; t = t->next)
		n++;
	if (so[0] != '/') {
		all->answer(conn, "error\tthe .so needs an absolute path");
		return;
	}
	struct trial *t = n < TRIALS_MAX ? calloc(1, sizeof(*t)) : NULL;
	if (!t) {
		all->answer(conn, "error\ttoo many trial loads at once");
		return;
	}
	t->all = all;
	t->conn = conn;
	t->deadline = clock_ms() + TRIAL_MS;
	if (trial_open(t, so) < 0) {
		all->answer(conn, "error\tno process for the trial load: %s", strerror(errno));
		trial_free(t);
		return;
	}
	t->next = all->first;
	all->first = t;
}

/* Printable, each line a fault, at most so long. */
static void said(char *ret, size_t n, const struct buf *b)
{
	size_t len = b->len < n - 1 ? b->len : n - 1;
	while (len > 0 && (unsigned char)b->data[len - 1] <= ' ')
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)b->data[i];
		ret[i] = (char)(ch < ' ' && ch != '\n' ? ' ' : ch);
	}
	ret[len] = '\0';
}

/* Faults that the host found are on standard output; output of the plugin or libc is on standard error. */
static void answer(struct trial *t, int status)
{
	char text[TRIAL_SAID_MAX];
	said(text, sizeof(text), t->out.text.len ? &t->out.text : &t->err.text);
	if (t->killed_for)
		t->all->answer(t->conn, "fail\t%s", t->killed_for);
	else if (WIFSIGNALED(status))
		t->all->answer(t->conn, "fail\tcrashed while it was loaded (signal %d)%s%s",
			WTERMSIG(status), text[0] ? ": " : "", text);
	else if (WEXITSTATUS(status) != 0)
		t->all->answer(t->conn, "fail\t%s", text[0] ? text : "can't be loaded");
	else if (t->out.text.len == 0)
		t->all->answer(t->conn, "fail\tended while it was loaded");
	else
		t->all->answer(t->conn, "ok\t%s", t->out.text.data);
}

bool trial_ended(struct trials *all, pid_t pid, int status)
{
	for (struct trial **at = &all->first; *at; at = &(*at)->next) {
		struct trial *t = *at;
		if (t->pid != pid)
			continue;
		*at = t->next;
		/* Output from before its end is still in the pipes. */
		while (t->out.in.fd >= 0 && read_stream(&t->out))
			;
		while (t->err.in.fd >= 0 && read_stream(&t->err))
			;
		if (t->conn)
			answer(t, status);
		trial_free(t);
		return true;
	}
	return false;
}

void trial_tick(struct trials *all)
{
	int64_t now = clock_ms();
	for (struct trial *t = all->first; t; t = t->next) {
		if (now > t->deadline)
			kill_trial(t, "did not finish loading within 5 seconds");
	}
}

void trial_forget(struct trials *all, const void *conn)
{
	for (struct trial *t = all->first; t; t = t->next) {
		if (t->conn == conn) {
			t->conn = NULL;
			kill_trial(t, "nobody waits for it");
		}
	}
}
