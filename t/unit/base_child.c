/* child: what it prints, what it is given, its end at the deadline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/child.h"
#include "base/clock.h"

static int shell(const char *script, int fd3, long ms, struct buf *out)
{
	char *const argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)script, NULL};

	return child_read(argv, fd3, clock_ms() + ms, out, NULL, NULL);
}

static void answers_all_that_is_printed(void **state)
{
	struct buf out;
	(void)state;

	buf_init(&out, 1 << 20);
	assert_int_equal(
		shell("head -c 100000 /dev/zero | tr '\\0' x; echo; echo no >&2", -1, 30000, &out),
		0);
	assert_int_equal(out.len, 100001);
	assert_int_equal(out.data[99999], 'x');
	buf_release(&out);
}

static void gives_nothing_of_ours(void **state)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
	struct buf out;
	sigset_t usr1, before;
	(void)state;

	buf_init(&out, 4096);
	setenv("PGPASSWORD", "secret", 1);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	sigaction(SIGUSR2, &ignore, &old);
	assert_int_equal(shell("env; cat; (kill -USR1 $$); echo alive", -1, 30000, &out), 0);
	assert_non_null(strstr(out.data, "PATH=/usr/bin:/bin\n"));
	assert_null(strstr(out.data, "secret"));
	assert_null(strstr(out.data, "alive"));
	buf_clear(&out);
	assert_int_equal(shell("(kill -USR2 $$); echo alive", -1, 30000, &out), 0);
	assert_string_equal(out.data, "");
	sigaction(SIGUSR2, &old, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	unsetenv("PGPASSWORD");
	buf_release(&out);
}

static void gives_one_descriptor_whatever_its_number(void **state)
{
	char name[] = "/tmp/mortise-child-XXXXXX", text[16] = "";
	int fd = mkstemp(name), three = dup2(fd, 3);
	struct buf out;
	(void)state;

	assert_true(fd >= 0 && three == 3);
	buf_init(&out, 4096);
	assert_int_equal(shell("echo first >&3", fd, 30000, &out), 0);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	assert_int_equal(shell("echo second >&3", 3, 30000, &out), 0);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 13);
	assert_string_equal(text, "first\nsecond\n");
	if (fd != 3)
		close(fd);
	close(3);
	unlink(name);
	buf_release(&out);
}

static void ends_at_the_deadline_and_at_the_limit(void **state)
{
	int64_t began = clock_ms();
	struct buf out;
	(void)state;

	buf_init(&out, 4096);
	assert_int_equal(shell("echo early; exec sleep 60", -1, 3000, &out), 0);
	assert_string_equal(out.data, "early\n");
	assert_int_equal(shell("exec yes", -1, 30000, &out), 0);
	assert_true(out.full && out.len <= 4096);
	assert_true(clock_ms() - began < 25000);
	buf_release(&out);
}

/* Counts its calls, until a word is there. */
static int until_two(void *arg, const struct buf *out)
{
	++*(int *)arg;
	return strstr(out->data, "two") ? -1 : 0;
}

static void hears_what_comes_and_may_have_enough(void **state)
{
	char *const argv[] = {(char *)"/bin/sh", (char *)"-c",
		(char *)"echo one; sleep 0.2; echo two; exec sleep 60", NULL};
	int64_t began = clock_ms();
	struct buf out;
	int n = 0;
	(void)state;

	buf_init(&out, 4096);
	assert_int_equal(child_read(argv, -1, began + 30000, &out, until_two, &n), 0);
	assert_string_equal(out.data, "one\ntwo\n");
	assert_true(n == 1 || n == 2);
	assert_true(clock_ms() - began < 25000);
	buf_release(&out);
}

static void says_that_there_is_no_such_program(void **state)
{
	char *const argv[] = {(char *)"/nonexistent/program", NULL};
	struct buf out;
	(void)state;

	buf_init(&out, 16);
	assert_int_equal(child_read(argv, -1, clock_ms() + 30000, &out, NULL, NULL), -1);
	assert_int_equal(errno, ENOENT);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_all_that_is_printed),
		cmocka_unit_test(gives_nothing_of_ours),
		cmocka_unit_test(gives_one_descriptor_whatever_its_number),
		cmocka_unit_test(ends_at_the_deadline_and_at_the_limit),
		cmocka_unit_test(hears_what_comes_and_may_have_enough),
		cmocka_unit_test(says_that_there_is_no_such_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
