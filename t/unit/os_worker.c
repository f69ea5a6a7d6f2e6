/*
 * os_worker.c - a worker's side without a master, and the page that it shares with one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
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
#include "os/cgroup.h"
#include "crypt/role.h"
#include "os/score.h"
#include "os/sock.h"
#include "os/worker.h"

static struct score *score;
static int listener, wake;
static char path[64];

static void set_number(const char *name, int value)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", value);
	setenv(name, text, 1);
}

/* Runs fn in a child that is a worker in slot 3; its exit status. */
static int as_worker(int (*fn)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		if (worker_init() < 0)
			_exit(99);
		_exit(fn());
	}
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int prepare(void **state)
{
	(void)state;
	int fd, copy;
	snprintf(path, sizeof(path), "/tmp/os-worker-%d.sock", (int)getpid());
	listener = sock_listen(path, SOCK_STREAM, 8, NULL);
	int ends[2];
	if (pipe2(ends, O_NONBLOCK) < 0)
		return -1;
	wake = ends[0];
	if (listener < 0 || score_new("test", &score, &fd) < 0)
		return -1;
	copy = dup(fd);
	set_number("MORTISE_LISTEN_FD", listener);
	set_number("MORTISE_SCORE_FD", copy);
	set_number("MORTISE_WAKE_FD", ends[1]);
	set_number("MORTISE_SLOT", 3);
	return 0;
}

static int cleanup(void **state)
{
	(void)state;
	return unlink(path);
}

static bool woken(void)
{
	char bytes[64];
	return read(wake, bytes, sizeof(bytes)) > 0;
}

static int busy_and_idle(void)
{
	worker_busy("abc", 1234);
	struct score_slot *s = &score->slot[3];
	if (!s->busy || s->deadline_ms != 1234 || strcmp(s->request_id, "abc") != 0 ||
		score->n_busy != 1 || clock_ms() - s->busy_since > 1000)
		return 1;
	worker_idle();
	worker_idle(); /* once more changes nothing */
	return s->busy || score->n_busy != 0 || s->request_id[0] ? 2 : 0;
}

static void a_request_is_seen_in_its_slot(void **state)
{
	(void)state;
	assert_int_equal(as_worker(busy_and_idle), 0);
	assert_int_equal(score->slot[3].requests, 1);
	assert_int_equal(score->slot[0].requests, 0);
}

static int take_the_last_place(void)
{
	worker_busy("abc", 1000);
	worker_idle();
	worker_busy("abc", 1000);
	worker_idle();
	return 0;
}

static void taking_the_last_place_wakes_once(void **state)
{
	(void)state;
	score->wake_at = 0;
	assert_int_equal(as_worker(take_the_last_place), 0);
	assert_false(woken());
	score->wake_at = 1;
	assert_int_equal(as_worker(take_the_last_place), 0);
	char bytes[64];
	assert_int_equal(read(wake, bytes, sizeof(bytes)), 1); /* until the master has checked */
	assert_int_equal(score->woken, 1);
	score->woken = 0;
	score->wake_at = 2;
	assert_int_equal(as_worker(take_the_last_place), 0);
	assert_false(woken());
	score->wake_at = 0;
}

static int wait_a_little(void)
{
	return worker_wait(50);
}

static void waiting_says_ready_and_ends_by_itself(void **state)
{
	(void)state;
	score->slot[3].ready = 0;
	assert_int_equal(as_worker(wait_a_little), 0);
	assert_int_equal(score->slot[3].ready, 1);
	assert_true(woken());
	int fd = sock_connect(path, SOCK_STREAM);
	assert_int_equal(as_worker(wait_a_little), 1);
	close(fd);
	assert_true(accept(listener, NULL, NULL) >= 0);
}

static int stop_in_a_request(void)
{
	worker_busy("abc", 1000);
	raise(SIGTERM); /* must not end or interrupt it */
	bool stopping = worker_stopping();
	worker_idle();
	return stopping && worker_wait(-1) == -1 ? 7 : 1;
}

static void the_stop_signal_is_seen_between_requests(void **state)
{
	(void)state;
	assert_int_equal(as_worker(stop_in_a_request), 7);
}

/* Under load, connections and the signal are there at once: those connections are others' to serve. */
static int stop_with_connections(void)
{
	int n = 0;
	raise(SIGTERM);
	while (n < 5 && worker_wait(1000) == 1)
		n++;
	return n;
}

static void asked_to_stop_it_takes_no_more_but_all_at_a_drain(void **state)
{
	(void)state;
	int fd = sock_connect(path, SOCK_STREAM);
	assert_int_equal(as_worker(stop_with_connections), 0);
	score->draining = 1;
	assert_int_equal(as_worker(stop_with_connections), 5);
	close(accept(listener, NULL, NULL));
	assert_int_equal(as_worker(stop_with_connections), 0);
	score->draining = 0;
	close(fd);
}

static void without_a_master_every_call_works(void **state)
{
	(void)state;
	static const char *const names[] = {
		"MORTISE_LISTEN_FD", "MORTISE_SCORE_FD", "MORTISE_WAKE_FD", "MORTISE_SLOT"};
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 4; i++)
			unsetenv(names[i]);
		worker_note("before init is no crash");
		if (worker_init() < 0 || worker_listen_fd() != -1)
			_exit(1);
		worker_busy(NULL, 0);
		worker_idle();
		worker_note("a note");
		_exit(worker_wait(10) == 0 ? 0 : 2);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void nobody_can_shrink_the_page(void **state)
{
	(void)state;
	struct score *s;
	int fd;
	assert_int_equal(score_new("sealed", &s, &fd), 0);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	score_free(s);
	close(fd);
}

static void text_from_the_page_is_made_harmless(void **state)
{
	(void)state;
	char out[8];
	score_text(out, sizeof(out), "a\"b\\c\n\033", 7);
	assert_string_equal(out, "a?b?c??");
	score_text(out, sizeof(out), "no end at all", 3);
	assert_string_equal(out, "no ");
	score_text(out, sizeof(out), "longer than it may be", 21);
	assert_string_equal(out, "longer ");
}

static void roles_have_names_and_passwords(void **state)
{
	(void)state;
	char name[ROLE_MAX], password[65], verifier[ROLE_VERIFIER_MAX];
	const unsigned char key[33] = "0123456789abcdef0123456789abcdef";
	role_name(name, "time-clock");
	assert_string_equal(name, "p_time_clock");
	/* printf 'p_time_clock' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef */
	role_password(password, key, name);
	assert_string_equal(
		password, "bb6210aa9de16f1c7cf4fd8f160a4100dc6e481db297b7e410c3ee2c7a315773");
	role_verifier(verifier, key, name);
	assert_int_equal(strncmp(verifier, "SCRAM-SHA-256$1:", 16), 0);
	assert_int_equal(strlen(verifier), 16 + 24 + 1 + 44 + 1 + 44);
}

static void write_at(const char *dir, const char *name, const char *text)
{
	char file[256];
	snprintf(file, sizeof(file), "%s/%s", dir, name);
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* A folder that looks like a delegated cgroup; what the kernel makes by itself is made by hand. */
static void a_group_is_used_only_where_memory_can_be_limited(void **state)
{
	(void)state;
	char root[] = "/tmp/os-cgroup-XXXXXX", own[64], self[64], file[400], found[256], pool[300];
	assert_non_null(mkdtemp(root));
	snprintf(own, sizeof(own), "%s/mine", root);
	snprintf(self, sizeof(self), "%s/self", root);
	mkdir(own, 0755);
	write_at(root, "self", "5:memory:/old\n0::/mine\n");
	cgroup_probe(root, self, found, sizeof(found));
	assert_string_equal(found, ""); /* no v2 here */
	write_at(own, "cgroup.controllers", "cpu io pids\n");
	cgroup_probe(root, self, found, sizeof(found));
	assert_string_equal(found, "");
	write_at(own, "cgroup.controllers", "cpu memory pids\n");
	write_at(own, "cgroup.subtree_control", "");
	snprintf(file, sizeof(file), "%s/mortised", own);
	mkdir(file, 0755);
	write_at(file, "cgroup.procs", "");
	cgroup_probe(root, self, found, sizeof(found));
	assert_string_equal(found, own);
	cgroup_make(found, "a@1", 64, pool, sizeof(pool)); /* no memory.max in it: not to be had */
	assert_string_equal(pool, "");
	snprintf(file, sizeof(file), "%s/pool-a@1", own);
	mkdir(file, 0755);
	write_at(file, "memory.max", "max");
	cgroup_make(found, "a@1", 64, pool, sizeof(pool));
	assert_string_equal(pool, file);
	char text[16] = "";
	snprintf(file, sizeof(file), "%s/memory.max", pool);
	int fd = open(file, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 8);
	assert_string_equal(text, "67108864");
	close(fd);
	char remove[300];
	snprintf(remove, sizeof(remove), "rm -rf %s", root);
	assert_int_equal(system(remove), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_seen_in_its_slot),
		cmocka_unit_test(taking_the_last_place_wakes_once),
		cmocka_unit_test(waiting_says_ready_and_ends_by_itself),
		cmocka_unit_test(the_stop_signal_is_seen_between_requests),
		cmocka_unit_test(asked_to_stop_it_takes_no_more_but_all_at_a_drain),
		cmocka_unit_test(without_a_master_every_call_works),
		cmocka_unit_test(nobody_can_shrink_the_page),
		cmocka_unit_test(text_from_the_page_is_made_harmless),
		cmocka_unit_test(roles_have_names_and_passwords),
		cmocka_unit_test(a_group_is_used_only_where_memory_can_be_limited),
	};
	return cmocka_run_group_tests(tests, prepare, cleanup);
}
