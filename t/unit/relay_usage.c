/* Usage that pools report: added up when it is valid, ignored when it isn't. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "host/usage.h"
#include "relay/usage.h"

#define B0 " 0 0 0 0 0 0 0 0 0 0 0 0"

static struct usage U;
static char dir[] = "/tmp/usage-XXXXXX";

static int setup(void **state)
{
	char path[64];

	(void)state;
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(usage_open(&U, dir), 0);
	snprintf(path, sizeof(path), "%s/usage.sock", dir);
	return 0;
}

static int teardown(void **state)
{
	char path[64];

	(void)state;
	usage_close(&U);
	snprintf(path, sizeof(path), "%s/usage.sock", dir);
	unlink(path);
	return rmdir(dir);
}

static void add(const char *text)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", text);
	usage_add(&U, copy);
}

static void test_added(void **state)
{
	(void)state;
	add("clock@0123456789ab\n1 2 1 3000 2000 500 1 1 0 0 0 0 0 0 0 0 0 0\n");
	assert_int_equal(U.n, 1);
	add("clock@0123456789ab\n1 1 0 100 100 5 1 0 0 0 0 0 0 0 0 0 0 0\n2 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n");
	add("other@0123456789ab\n1 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0");
	assert_int_equal(U.n, 3);
}

static void test_refused(void **state)
{
	static const char *const all[] = {"", "\n", "x", "clock@",
		"no pool\n1 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"Clock@x\n1 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"clock@x\n0 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"clock@x\n-1 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"clock@x\n99999999999 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"clock@x\n1 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0\n",
		"clock@x\n1 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0\n",
		"clock@x\n1 1 0 99999999999999999999999 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n",
		"clock@x\n1 1 0 x 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n", "clock@x\n1 1 0 1 1 1" B0 "\n",
		"clock@x\n1 1 0 1 1 1 +1 0 0 0 0 0 0 0 0 0 0 0\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		add(all[i]);
		if (U.n)
			fail_msg("counted: %s", all[i]);
	}
}

static void test_no_end_of_tenants(void **state)
{
	char text[80];

	(void)state;
	for (int t = 1; t < USAGE_SUMS_MAX + 10; t++) {
		snprintf(text, sizeof(text), "clock@x\n%d 1 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0\n", t);
		add(text);
	}
	assert_int_equal(U.n, USAGE_SUMS_MAX);
}

/* The steward understands what a worker sends, through a socket. */
static void test_from_host(void **state)
{
	struct req r = {.status = 200};
	char text[4096];
	int fd[2];
	ssize_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fd), 0);
	for (int i = 0; i < 3; i++) {
		r.started_us = clock_us() - 700;
		usage_count(fd[1], &r, 7, false, 0);
	}
	r.status = 502;
	usage_count(fd[1], &r, 8, false, 0);
	usage_count(fd[1], &r, 9, true, 0); /* a hook */
	usage_count(fd[1], &r, 0, false, 0);
	assert_int_equal(usage_tell(fd[1], true), -1);
	n = recv(fd[0], text, sizeof(text) - 1, 0);
	assert_true(n > 1 && n <= USAGE_DATAGRAM_MAX);
	text[n] = '\0';
	assert_int_equal(text[0], 'u');
	{
		char line[4200];

		snprintf(line, sizeof(line), "clock@x\n%s", text + 1);
		usage_add(&U, line);
	}
	assert_int_equal(U.n, 2);
	assert_int_equal(recv(fd[0], text, sizeof(text), 0), -1);
	/* Nobody reads them: held, within limits. */
	close(fd[0]);
	for (int t = 1; t < 1000; t++)
		usage_count(fd[1], &r, t, false, 0);
	assert_true(usage_tell(fd[1], true) > 0);
	close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_added, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_end_of_tenants, setup, teardown),
		cmocka_unit_test_setup_teardown(test_from_host, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
