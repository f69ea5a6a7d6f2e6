/* The publisher's HTTP: what it takes for an answer, and what it does when the other side misbehaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/sock.h"
#include "relay/pub.h"

static int parse(const char *text, int *ret_keep)
{
	struct buf b;
	int status;

	buf_init(&b, 4096);
	buf_adds(&b, text);
	status = pub_parse(&b, ret_keep);
	buf_release(&b);
	return status;
}

static void answers(void **state)
{
	static const struct {
		const char *text;
		int status, keep;
	} T[] = {
		{"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc", 201, 1},
		{"HTTP/1.1 202 Accepted\r\ncontent-LENGTH:  0\r\nConnection: close\r\n\r\n", 202,
			0},
		{"HTTP/1.1 204 No Content\r\n\r\n", 204, 1},
		{"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, 0},
		{"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 500", 201, 0},
		{"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nab", 0, 0},
		{"HTTP/1.1 201 Created\r\nContent-Len", 0, 0},
		{"HTT", 0, 0},
		{"", 0, 0},
		{"HTTP/1.0 200 OK\r\n\r\n", -1, 0},
		{"SSH-2.0-OpenSSH_9.2\r\n", -1, 0},
		{"HTTP/1.1 2x1 Created\r\n\r\n", -1, 0},
		{"HTTP/1.1 99\r\n\r\n", -1, 0},
		{"HTTP/1.1 999 No\r\n\r\n", -1, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", -1, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", -1, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc", -1, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", 200, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		int keep = -1;
		int status = parse(T[i].text, &keep);

		if (status != T[i].status || (status > 0 && keep != T[i].keep))
			fail_msg("\"%s\" was read as %d, keep %d", T[i].text, status, keep);
	}
}

/* A server that plays one of these to each connection, in turn. */
struct scene {
	const char *answer; /* to each request; NULL = closes without one */
	int requests;	    /* answers so many, then closes */
};

static void play(int listener, const struct scene *scenes, int n)
{
	char text[PUB_MESSAGE_MAX + 2048];

	for (int i = 0; i < n; i++) {
		struct pollfd p = {.fd = listener, .events = POLLIN};

		poll(&p, 1, 30000);
		int fd = accept(listener, NULL, NULL);

		for (int k = 0; k < scenes[i].requests; k++) {
			if (recv(fd, text, sizeof(text), 0) <= 0)
				break;
			if (scenes[i].answer)
				send(fd, scenes[i].answer, strlen(scenes[i].answer), MSG_NOSIGNAL);
		}
		close(fd);
	}
	_exit(0);
}

struct stage {
	char dir[64];
	struct pub pub;
	pid_t server;
};

static void open_stage(struct stage *s, const struct scene *scenes, int n)
{
	char path[128];

	snprintf(s->dir, sizeof(s->dir), "/tmp/relay-pub-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(path, sizeof(path), "%s/events", s->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	pub_init(&s->pub, s->dir);
	snprintf(path, sizeof(path), "%s/events/pub.sock", s->dir);
	s->server = -1;
	if (!n)
		return;
	int fd = sock_listen(path, SOCK_STREAM, 8, NULL);

	assert_true(fd >= 0);
	s->server = fork();
	if (s->server == 0)
		play(fd, scenes, n);
	close(fd);
}

static void close_stage(struct stage *s)
{
	char path[128];

	if (s->server > 0) {
		kill(s->server, SIGKILL);
		waitpid(s->server, NULL, 0);
	}
	pub_release(&s->pub);
	snprintf(path, sizeof(path), "%s/events/pub.sock", s->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/events", s->dir);
	rmdir(path);
	rmdir(s->dir);
}

static int publish(struct stage *s, const char *channel)
{
	struct err e;

	err_init(&e, NULL);
	return pub_send(&s->pub, channel, "{}", 2, &e);
}

#define CREATED "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"

static void kept_connection_that_ended(void **state)
{
	static const struct scene SCENES[] = {{CREATED, 2}, {CREATED, 1}};
	struct stage s;

	(void)state;
	open_stage(&s, SCENES, 2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(publish(&s, "t.1"), 0);
	assert_int_equal(s.pub.published, 3);
	close_stage(&s);
}

static void nobody_listens(void **state)
{
	struct stage s;

	(void)state;
	open_stage(&s, NULL, 0);
	assert_int_equal(publish(&s, "t.1"), MT_EBUSY);
	assert_true(s.pub.backoff.not_before > 0);
	int pause = s.pub.backoff.pause_ms;

	/* too early: no try, so the pause doesn't grow */
	assert_int_equal(publish(&s, "t.1"), MT_EBUSY);
	assert_int_equal(s.pub.backoff.pause_ms, pause);
	close_stage(&s);
}

static void refused_message(void **state)
{
	static const struct scene SCENES[] = {
		{"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 1},
		{CREATED, 1},
	};
	struct stage s;

	(void)state;
	open_stage(&s, SCENES, 2);
	assert_int_equal(publish(&s, "t.1"), MT_EINVAL);
	assert_int_equal(publish(&s, "t.1"), 0);
	close_stage(&s);
}

static void broken_server(void **state)
{
	static const struct scene SCENES[] = {
		{"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 1}, {"garbage\r\n\r\n", 1}};
	struct stage s;

	(void)state;
	open_stage(&s, SCENES, 2);
	assert_int_equal(publish(&s, "t.1"), MT_EBUSY);
	s.pub.backoff.not_before = 0;
	assert_int_equal(publish(&s, "t.1"), MT_EBUSY);
	close_stage(&s);
}

static void channels_that_are_none(void **state)
{
	static const char *const T[] = {"", "a/b", "a b", "t.1\r\nHost: x", "t,1", "../x", "t.1?x",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaa"};
	struct stage s;

	(void)state;
	open_stage(&s, NULL, 0);
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		assert_int_equal(publish(&s, T[i]), MT_EINVAL);
	close_stage(&s);
}

static void backoff_doubles(void **state)
{
	struct backoff b = {.least_ms = 10, .most_ms = 35};

	(void)state;
	assert_true(backoff_may_try(&b, 0));
	assert_true(backoff_failed(&b, 100));
	assert_false(backoff_may_try(&b, 109));
	assert_true(backoff_may_try(&b, 110));
	assert_false(backoff_failed(&b, 110));
	assert_int_equal(b.pause_ms, 20);
	backoff_failed(&b, 200);
	assert_int_equal(b.pause_ms, 35);
	assert_true(backoff_worked(&b));
	assert_false(backoff_worked(&b));
	assert_true(backoff_may_try(&b, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(kept_connection_that_ended),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(refused_message),
		cmocka_unit_test(broken_server),
		cmocka_unit_test(channels_that_are_none),
		cmocka_unit_test(backoff_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
