/* The FastCGI client of hooks against pools that answer well, badly, slowly, too much or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "install/hook.h"
#include "os/sock.h"
#include "base/temp.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SILENT ((const char *)1)

static struct app APP;
static struct op OP;
static struct target T;
static char HOME[64];

static int setup(void **state)
{
	(void)state;
	snprintf(HOME, sizeof(HOME), "/tmp/mortise-hook-XXXXXX");
	assert_non_null(mkdtemp(HOME));
	memset(&APP, 0, sizeof(APP));
	snprintf(APP.conf.run_dir, sizeof(APP.conf.run_dir), "%s", HOME);
	APP.conf.plugin_deadline_ms = 100;
	op_init(&OP, arena_new(), clock_ms() + 40000);
	OP.app = &APP;
	T = (struct target){.op = &OP,
		.key = "hello",
		.tenant = 1,
		.settings_key = "", /* there are none, and no database to query */
		.user = "01a1fc04-1a9c-7e73-a188-14b47c03ac65"};
	op_clear(&OP);
	return mkdir(arena_printf(OP.arena, "%s/plugins", HOME), 0755);
}

static int teardown(void **state)
{
	(void)state;
	arena_free(OP.arena);
	return temp_remove_tree(HOME);
}

/* One record of the answer. */
static const char *record(int type, const char *text, size_t *ret_len)
{
	size_t n = strlen(text);
	char *r = arena_alloc(OP.arena, n + 8 + 3);

	memcpy(r, (char[8]){1, (char)type, 0, 1, (char)(n >> 8), (char)n, 3, 0}, 8);
	memcpy(r + 8, text, n);
	memset(r + 8 + n, 'p', 3); /* padding */
	*ret_len = n + 8 + 3;
	return r;
}

/* A pool that takes one call and answers these bytes, `piece` at a time; NULL closes at once. */
static pid_t pool(const char *answer, size_t len, size_t piece)
{
	const char *path = arena_printf(OP.arena, "%s/plugins/hello@%.12s.sock", HOME, SHA);
	const struct sock_owner owner = {(uid_t)-1, (gid_t)-1, 0600};
	int listener = sock_listen(path, SOCK_STREAM, 5, &owner), fd;
	pid_t pid;
	char in[4096];

	assert_true(listener >= 0);
	pid = fork();
	if (pid != 0) {
		close(listener);
		return pid;
	}
	alarm(60);
	while ((fd = accept(listener, NULL, NULL)) < 0)
		usleep(1000);
	if (answer == SILENT)
		pause();
	(void)!read(fd, in, sizeof(in));
	for (size_t at = 0; answer && at < len; at += piece) {
		(void)!send(fd, answer + at, at + piece > len ? len - at : piece, MSG_NOSIGNAL);
		if (piece == 1)
			usleep(50);
	}
	_exit(0);
}

static int call(const char *text, size_t piece, bool ended)
{
	size_t n = 0, end = 0;
	const char *first = text ? record(6, text, &n) : NULL;
	const char *last = record(3, "12345678", &end);
	char *all = arena_alloc(OP.arena, n + end);
	pid_t pid;
	int rc;

	if (first)
		memcpy(all, first, n);
	memcpy(all + n, last, end);
	pid = pool(text ? all : NULL, ended ? n + end : n, piece);
	op_clear(&OP);
	rc = hook_call(&T, SHA, "install");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return rc;
}

static void success_in_pieces(void **state)
{
	(void)state;
	assert_int_equal(call("Status: 204 No Content\r\n\r\n", 1000, true), 0);
	assert_int_equal(call("Status: 204 No Content\r\n\r\n", 1, true), 0);
	assert_int_equal(call("Content-Type: text/plain\r\n\r\nStatus: 500", 7, true), 0);
}

static void refusals_in_the_plugins_own_words(void **state)
{
	(void)state;
	assert_int_equal(call("Status: 409\r\nContent-Type: application/problem+json\r\n\r\n"
			      "{\"detail\": \"there are open entries\"}",
				 100, true),
		MT_ECONFLICT);
	assert_non_null(strstr(OP.err.message, "refused: there are open entries"));
	assert_int_equal(call("status: 500\r\n\r\n{\"title\": \"oops\"}", 100, true), MT_EUPSTREAM);
	assert_non_null(strstr(OP.err.message, "failed in its install hook: oops"));
	assert_int_equal(call("Status: 404\r\n\r\nno json", 100, true), MT_ECONFLICT);
	assert_int_equal(call("Status: nonsense\r\n\r\n", 100, true), MT_EUPSTREAM);
}

static void answers_that_break_off(void **state)
{
	(void)state;
	assert_int_equal(call(NULL, 1, false), MT_EUPSTREAM);
	assert_int_equal(call("Status: 204\r\n\r\n", 100, false), MT_EUPSTREAM);
	assert_int_equal(call("", 100, true), MT_EUPSTREAM); /* an end without an answer */
	assert_non_null(strstr(OP.err.message, "no answer"));
}

static void more_than_anybody_reads(void **state)
{
	char *big = arena_alloc(OP.arena, 60001);
	size_t n, total = 0;
	char *all = arena_alloc(OP.arena, 20 * 61000);
	const char *end;
	pid_t pid;

	(void)state;
	memset(big, 'x', 60000);
	big[60000] = '\0';
	for (int i = 0; i < 20; i++) {
		const char *r = record(6, big, &n);

		memcpy(all + total, r, n);
		total += n;
	}
	end = record(3, "12345678", &n);
	memcpy(all + total, end, n);
	pid = pool(all, total + n, 65536);
	assert_int_equal(hook_call(&T, SHA, "install"), MT_EUPSTREAM);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void silence_ends_in_time(void **state)
{
	int64_t began = clock_ms();
	pid_t pid = pool(SILENT, 0, 1);

	(void)state;
	assert_int_equal(hook_call(&T, SHA, "install"), MT_ETIMEOUT);
	assert_true(clock_ms() - began < 15000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void no_pool(void **state)
{
	int64_t began = clock_ms();

	(void)state;
	OP.deadline = clock_ms() + 200;
	assert_int_equal(hook_call(&T, SHA, "install"), MT_EBUSY);
	assert_true(clock_ms() - began < 15000);
	assert_int_equal(OP.err.retry_after, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(success_in_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_in_the_plugins_own_words, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_that_break_off, setup, teardown),
		cmocka_unit_test_setup_teardown(more_than_anybody_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_ends_in_time, setup, teardown),
		cmocka_unit_test_setup_teardown(no_pool, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
