/* logpipe: lines through a pool's pipe, and what a flood of line breaks costs the master. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "os/logpipe.h"
#include "os/watch.h"

#define LONG 9000 /* more than a line may have */

static struct logpipe p;
static int epoll, log_fd, saved;

/* Standard error is a file while a test runs: that is where the lines go. */
static int open_all(const char *pool)
{
	char path[] = "/tmp/logpipe-XXXXXX";

	epoll = epoll_create1(EPOLL_CLOEXEC);
	log_fd = mkstemp(path);
	unlink(path);
	saved = dup(2);
	dup2(log_fd, 2);
	return logpipe_open(&p, epoll, pool);
}

static char *close_all(void)
{
	off_t n;
	char *text;

	logpipe_close(&p);
	dup2(saved, 2);
	close(saved);
	n = lseek(log_fd, 0, SEEK_END);
	text = calloc(1, (size_t)n + 1);
	assert_int_equal(pread(log_fd, text, (size_t)n, 0), n);
	close(log_fd);
	close(epoll);
	return text;
}

static void say(const char *text, size_t n)
{
	while (n > 0) {
		size_t piece = n > 65536 ? 65536 : n;

		assert_int_equal(write(p.write_fd, text, piece), (ssize_t)piece);
		while (watch_wait(epoll, 0) > 0) {
			logpipe_tick(&p);
			logpipe_check(&p, INT64_MAX);
		}
		text += piece;
		n -= piece;
	}
}

static void lines_arrive_whole_however_they_were_cut(void **state)
{
	char *text, *want;
	(void)state;

	assert_int_equal(open_all(NULL), 0);
	say("one\ntw", 6);
	say("o\n\n\nthree", 9);
	say("\n", 1);
	say("the end", 7);
	text = close_all();
	assert_string_equal(text, "one\ntwo\nthree\nthe end\n");
	free(text);

	assert_int_equal(open_all(NULL), 0);
	want = malloc(LONG);
	memset(want, 'x', LONG);
	say("short\n", 6);
	say(want, LONG);
	say("\nafter\n", 7);
	text = close_all();
	assert_int_equal(strlen(text), 6 + LONG + 1 /* the cut */ + 1 + 6);
	assert_memory_equal(text, "short\nxxx", 9);
	assert_non_null(strstr(text, "x\nafter\n"));
	free(want);
	free(text);
}

static void a_pool_puts_its_name_before_untrusted_lines(void **state)
{
	char *text;
	(void)state;

	assert_int_equal(open_all("p@1"), 0);
	say("{\"msg\":\"a\"}\nplain\n", 18);
	text = close_all();
	assert_memory_equal(text, "{\"pool\":\"p@1\",\"msg\":\"a\"}\n", 25);
	assert_non_null(strstr(text, "plain"));
	free(text);
}

/* Defect 6: moving the rest of the buffer after every line made 33 MB of copies of 8 KB of line breaks:
 * 32 MB of them took the master 2.2 s of its processor, and take 0.2 now. */
static void a_flood_of_line_breaks_costs_little(void **state)
{
	static char breaks[1 << 20];
	clock_t began;
	double spent;
	(void)state;

	memset(breaks, '\n', sizeof(breaks));
	assert_int_equal(open_all(NULL), 0);
	began = clock();
	for (int i = 0; i < 32; i++)
		say(breaks, sizeof(breaks));
	spent = (double)(clock() - began) / CLOCKS_PER_SEC;
	free(close_all());
	print_message("# 32 MB of line breaks: %.0f ms\n", spent * 1000);
	assert_true(spent < 1.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_arrive_whole_however_they_were_cut),
		cmocka_unit_test(a_pool_puts_its_name_before_untrusted_lines),
		cmocka_unit_test(a_flood_of_line_breaks_costs_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
