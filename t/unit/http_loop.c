/*
 * loop: a real worker in a child, spoken to in FastCGI: cut-off, oversized and odd requests, silent
 * clients, SIGTERM in the middle of a request, requests that one worker hands over to another.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/log.h"
#include "http/handed.h"
#include "http/loop.h"

#define BIG (3 << 20)

static char folder[] = "/tmp/mortise-loop-XXXXXX";
static struct sockaddr_un addr = {.sun_family = AF_UNIX};
static pid_t worker;
static char other[sizeof(folder) + 8]; /* where the worker listens that requests are handed to */
static pid_t taker;
static int inside[2]; /* a byte for each request to /slow that is in its handler */

/* --- the worker ---------------------------------------------------------------------------------- */

static void say(struct req *r, const char *word)
{
	json_t *v = json_pack("{s:s}", "said", word);

	reply_progress(r, v);
	json_decref(v);
}

/* Once more later, then it may go. */
static int64_t twice(struct req *r)
{
	bool again = r->held_by == NULL;

	r->held_by = r;
	return again ? clock_ms() + 150 : 0;
}

/* All that the taker gets to know; the rest of them make it long. */
static int hand_over(struct req *r, int filling)
{
	struct buf params;
	char name[16];
	int rc;

	buf_init(&params, HANDED_MAX);
	for (char **e = r->envp; *e; e++)
		if (strncmp(*e, "REQUEST_URI=", 12) != 0)
			handed_param_env(&params, *e);
	handed_param(&params, "REQUEST_URI", strchr(r->path + 1, '/'));
	for (int i = 0; i < filling; i++) {
		snprintf(name, sizeof(name), "X%d", i);
		handed_param(
			&params, name, "fifty characters, so that a thousand are much to read");
	}
	rc = r->hand_over(r, other, &params);
	buf_release(&params);
	return rc;
}

static int serve(struct req *r)
{
	char *data;
	size_t n;
	int rc;

	if (strncmp(r->path, "/over/", 6) == 0)
		return hand_over(r, 0);
	if (strncmp(r->path, "/much/", 6) == 0)
		return hand_over(r, 1000);
	if (strcmp(r->path, "/echo") == 0) {
		rc = req_body(r, BIG, &data, &n);
		return rc < 0 ? rc : reply_data(r, 200, "text/plain", data, n);
	}
	if (strcmp(r->path, "/unread") == 0)
		return op_fail(&r->op, MT_EPERM, "not you");
	if (strcmp(r->path, "/big") == 0) {
		data = arena_alloc(r->op.arena, BIG);
		memset(data, 'b', BIG);
		return reply_data(r, 200, "text/plain", data, BIG);
	}
	if (strcmp(r->path, "/slow") == 0) {
		(void)!write(inside[1], ".", 1);
		usleep(300000);
		return reply_text_json(r, 200, "\"slow\"");
	}
	if (strcmp(r->path, "/held") == 0) {
		r->held = twice;
		r->held_at = clock_ms() + 150;
		return reply_text_json(r, 200, "\"held\"");
	}
	if (strncmp(r->path, "/lines", 6) == 0) {
		say(r, "one");
		say(r, "two");
		if (strcmp(r->path, "/lines/fault") == 0)
			return op_fail(&r->op, MT_ECONFLICT, "not\nnow");
		return strcmp(r->path, "/lines/empty") == 0
			       ? reply_empty(r)
			       : reply_text_json(r, 201, "{\"made\":true}");
	}
	if (strcmp(r->path, "/status") == 0)
		return reply_data(r, 99, "text/plain", "x", 1);
	if (strcmp(r->path, "/code") == 0)
		return MT_EBUSY;
	if (strcmp(r->path, "/accel") == 0) {
		reply_header(r, "Cache-Control", "no-store");
		reply_header(r, "X-Accel-Redirect", "@plugin");
	}
	return reply_empty(r);
}

static pid_t start(const struct sockaddr_un *at, const struct loop *l)
{
	char number[12];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t ret;

	unlink(at->sun_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)at, sizeof(*at)), 0);
	assert_int_equal(listen(fd, 16), 0);
	snprintf(number, sizeof(number), "%d", fd);
	setenv("MORTISE_LISTEN_FD", number, 1);
	ret = fork();
	assert_true(ret >= 0);
	if (ret == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		log_init("test", LOG_LV_ERROR);
		_exit(loop_run(l));
	}
	close(fd);
	return ret;
}

static void start_worker(long requests_max, long idle_ms)
{
	const struct loop l = {.process = "test",
		.deadline_ms = 2000,
		.idle_ms = idle_ms,
		.requests_max = requests_max,
		.serve = serve};

	worker = start(&addr, &l);
}

static void start_taker(void)
{
	const struct loop l = {
		.process = "taker", .deadline_ms = 2000, .serve = serve, .takes_handed = true};
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", other);
	taker = start(&at, &l);
}

static void end_taker(void)
{
	kill(taker, SIGKILL);
	waitpid(taker, NULL, 0);
	unlink(other);
}

/* The worker's exit status, within two seconds. */
static int worker_end(void)
{
	int status;

	for (int i = 0; i < 2000; i++) {
		if (waitpid(worker, &status, WNOHANG) == worker) {
			worker = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
		}
		usleep(1000);
	}
	return -1000;
}

static int setup(void **state)
{
	(void)state;
	start_worker(0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (worker > 0) {
		kill(worker, SIGKILL);
		waitpid(worker, NULL, 0);
	}
	worker = 0;
	return 0;
}

/* --- a small FastCGI client ---------------------------------------------------------------------- */

struct out {
	unsigned char data[BIG + 100000];
	size_t len;
};
static struct out out;
static char answer[BIG + 100000];
static size_t answer_len;

static void record(int type, const void *data, size_t n)
{
	unsigned char head[8] = {
		1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n};

	memcpy(out.data + out.len, head, 8);
	if (n > 0)
		memcpy(out.data + out.len + 8, data, n);
	out.len += 8 + n;
}

static void stream(int type, const char *data, size_t n)
{
	while (n > 0) {
		size_t part = n > 60000 ? 60000 : n;

		record(type, data, part);
		data += part;
		n -= part;
	}
}

static void params(const char *const *pairs)
{
	char text[4096];
	size_t n = 0;

	for (; pairs[0] != NULL; pairs += 2) {
		size_t a = strlen(pairs[0]), b = strlen(pairs[1]);

		text[n++] = (char)a;
		text[n++] = (char)b;
		memcpy(text + n, pairs[0], a);
		memcpy(text + n + a, pairs[1], b);
		n += a + b;
	}
	record(1, "\0\1\0\0\0\0\0\0", 8);
	record(4, text, n);
	record(4, NULL, 0);
}

static int connected(void)
{
	struct timeval tv = {.tv_sec = 5};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* Collects standard output up to the end of the request. Returns its HTTP status, 0 = cut off. */
static int receive(int fd)
{
	static unsigned char in[BIG + 200000];
	size_t have = 0, at = 0;
	bool ended = false;
	ssize_t n;

	answer_len = 0;
	while (have < sizeof(in) && (n = read(fd, in + have, sizeof(in) - have)) > 0)
		have += (size_t)n;
	while (at + 8 <= have) {
		size_t len = (size_t)in[at + 4] << 8 | in[at + 5], pad = in[at + 6];

		if (in[at + 1] == 6) {
			memcpy(answer + answer_len, in + at + 8, len);
			answer_len += len;
		}
		ended = ended || in[at + 1] == 3;
		at += 8 + len + pad;
	}
	answer[answer_len] = '\0';
	close(fd);
	if (!ended || strncmp(answer, "Status: ", 8) != 0)
		return 0;
	return (int)strtol(answer + 8, NULL, 10);
}

static const char *content(size_t *ret_len)
{
	const char *s = strstr(answer, "\r\n\r\n");

	assert_non_null(s);
	*ret_len = answer_len - (size_t)(s + 4 - answer);
	return s + 4;
}

static const char *accept_header = "";

static int ask(const char *path, const char *length, const char *data, size_t n, bool end)
{
	const char *pairs[] = {"REQUEST_METHOD", "POST", "REQUEST_URI", path, "CONTENT_LENGTH",
		length, "HTTP_ACCEPT", accept_header, NULL};
	int fd = connected();

	out.len = 0;
	params(pairs);
	stream(5, data, n);
	if (end)
		record(5, NULL, 0);
	assert_int_equal(send(fd, out.data, out.len, MSG_NOSIGNAL), out.len);
	return receive(fd);
}

static int send_get(const char *path)
{
	const char *pairs[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", path, NULL};
	int fd = connected();

	out.len = 0;
	params(pairs);
	record(5, NULL, 0);
	assert_true(write(fd, out.data, out.len) > 0);
	return fd;
}

/* --- tests --------------------------------------------------------------------------------------- */

static void answers_and_closes(void **state)
{
	size_t n;
	(void)state;

	assert_int_equal(ask("/echo", "5", "hello", 5, true), 200);
	assert_string_equal(content(&n), "hello");
	assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
	assert_non_null(strstr(answer, "Cache-Control: no-store\r\n"));
	assert_int_equal(ask("/nothing", "", "", 0, true), 204);
	assert_null(strstr(answer, "Content-Type"));
}

static void takes_and_gives_large_bodies(void **state)
{
	static char data[BIG + 1];
	size_t n;
	(void)state;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 % 251 + 1);
	assert_int_equal(ask("/echo", "3145728", data, BIG, true), 200);
	assert_memory_equal(content(&n), data, BIG);
	assert_int_equal(n, BIG);
	assert_int_equal(ask("/echo", "3145729", data, BIG + 1, true), 413);
	assert_int_equal(ask("/echo", "", data, BIG + 1, true), 413);
	assert_int_equal(ask("/big", "", "", 0, true), 200);
	content(&n);
	assert_int_equal(n, BIG);
}

static void refuses_bodies_of_another_length(void **state)
{
	(void)state;
	assert_int_equal(ask("/echo", "6", "hello", 5, true), 400);
	assert_non_null(strstr(answer, "cut off"));
	assert_int_equal(ask("/echo", "4", "hello", 5, true), 400);
	assert_int_equal(ask("/echo", "0", "hello", 5, true), 400);
	assert_int_equal(ask("/echo", "x", "hello", 5, true), 400);
}

static void answers_without_reading_the_body(void **state)
{
	static char data[100000];
	(void)state;

	memset(data, 'x', sizeof(data));
	assert_int_equal(ask("/unread", "100000", data, sizeof(data), true), 403);
}

static void survives_clients_that_leave(void **state)
{
	const char *pairs[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/big", NULL};
	(void)state;

	for (int i = 0; i < 20; i++) {
		int fd = connected();

		out.len = 0;
		params(pairs);
		assert_true(write(fd, out.data, out.len - (size_t)(i % 3 * 8)) > 0);
		close(fd);
	}
	assert_int_equal(ask("/echo", "1", "x", 1, true), 200);
}

static void ends_a_body_that_does_not_come(void **state)
{
	int64_t t = clock_ms();
	(void)state;

	assert_int_equal(ask("/echo", "6", "hello", 5, false), 504);
	assert_in_range(clock_ms() - t, 500, 15000);
}

static void is_not_held_by_silence_or_noise(void **state)
{
	int silent = connected(), noisy = connected();
	(void)state;

	assert_true(write(noisy, "GET / HTTP/1.0\r\n\r\n", 18) > 0);
	assert_int_equal(ask("/echo", "1", "x", 1, true), 200);
	close(silent);
	close(noisy);
}

static void repairs_what_a_handler_got_wrong(void **state)
{
	(void)state;
	assert_int_equal(ask("/status", "", "", 0, true), 500);
	assert_int_equal(ask("/code", "", "", 0, true), 503);
	assert_non_null(strstr(answer, "\"detail\":\"Unavailable\""));
	assert_int_equal(ask("/accel", "", "", 0, true), 204);
	assert_non_null(strstr(answer, "X-Accel-Redirect: @plugin\r\n"));
	assert_null(strstr(answer, "Cache-Control"));
	assert_int_equal(ask("/a/../b", "", "", 0, true), 400);
}

static void tells_in_lines_who_wants_lines(void **state)
{
	size_t n;
	(void)state;

	assert_int_equal(ask("/lines", "", "", 0, true), 201);
	assert_string_equal(content(&n), "{\"made\":true}");
	accept_header = "application/json, Application/X-NDJSON;q=0.9";
	assert_int_equal(ask("/lines", "", "", 0, true), 200);
	assert_string_equal(content(&n), "{\"said\":\"one\"}\n{\"said\":\"two\"}\n"
					 "{\"status\":201,\"body\":{\"made\":true}}\n");
	assert_non_null(strstr(answer, "Content-Type: application/x-ndjson\r\n"));
	assert_null(strstr(answer, "Content-Length"));
	assert_int_equal(ask("/lines/empty", "", "", 0, true), 200);
	assert_non_null(strstr(content(&n), "\n{\"status\":204,\"body\":null}\n"));
	assert_int_equal(ask("/lines/fault", "", "", 0, true), 200);
	assert_non_null(
		strstr(content(&n), "\n{\"status\":409,\"body\":{\"type\":\"/problems/conflict\""));
	assert_non_null(strstr(answer, "\"detail\":\"not\\nnow\""));
	assert_int_equal(ask("/nothing", "", "", 0, true), 204);
	accept_header = "";
}

static void hands_requests_over(void **state)
{
	static char data[BIG];
	size_t n;
	(void)state;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 11 % 251 + 1);
	start_taker();
	assert_int_equal(ask("/over/echo", "5", "hello", 5, true), 200);
	assert_string_equal(content(&n), "hello");
	assert_int_equal(ask("/over/echo", "3145728", data, BIG, true), 200);
	assert_memory_equal(content(&n), data, BIG);
	assert_int_equal(ask("/much/echo", "3145728", data, BIG, true), 200);
	assert_memory_equal(content(&n), data, BIG);
	assert_int_equal(ask("/over/echo", "6", "hello", 5, true), 400);
	assert_int_equal(ask("/over/echo", "6", "hello", 5, false), 504);
	assert_int_equal(ask("/over/unread", "100000", data, 100000, true), 403);
	assert_int_equal(ask("/over/big", "", "", 0, true), 200);
	content(&n);
	assert_int_equal(n, BIG);
	/* Its worker is free meanwhile. */
	int64_t took = 250;
	for (int i = 0; i < 3 && took >= 250; i++) { /* a machine stands still at times */
		int64_t t = clock_ms();
		int slow = send_get("/over/slow");
		assert_int_equal(read(inside[0], data, 1), 1);
		assert_int_equal(ask("/nothing", "", "", 0, true), 204);
		took = clock_ms() - t;
		assert_int_equal(receive(slow), 200);
	}
	assert_in_range(took, 0, 249);
	end_taker();
}

/* A worker that ends in a request that it was handed closes the connection, as one of its own. */
static void a_taker_that_is_gone_is_noticed(void **state)
{
	char byte;
	(void)state;

	assert_int_equal(ask("/over/echo", "5", "hello", 5, true), 503);
	start_taker();
	int fd = send_get("/over/slow");
	assert_int_equal(read(inside[0], &byte, 1), 1);
	end_taker();
	assert_int_equal(receive(fd), 0);
}

/* A message with a descriptor, as a request that is handed over. */
static void send_with(int fd, const char *data, size_t n, int with)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	struct iovec iov = {(void *)data, n};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};

	memcpy(CMSG_DATA(&control.head), &with, sizeof(with));
	assert_int_equal(sendmsg(fd, &msg, MSG_NOSIGNAL), n);
}

/* Half messages, those of a wrong length, and others than these; requests are answered all the same. */
static void takes_no_odd_messages(void **state)
{
	static const struct {
		const char *data;
		size_t n;
	} odd[] = {{"MtH1", 4}, {"MtH1\377\377\377\177\1\0\0\0", 12},
		{"MtH1\10\0\0\0\1\0\0\0xxxxxxxx", 20}, {"MtH1\11\0\0\0\1\0\0\0xxxxxxx", 20},
		{"MtH1\0\0\0\0\1\0\0\0", 12}, {"MtH1\2\0\0\0\0\0\0\0x", 14},
		{"NoH1\2\0\0\0\1\0\0\0x", 14}};
	struct sockaddr_un before = addr;
	(void)state;

	start_taker();
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", other);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		int fd = connected(), pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		send_with(fd, odd[i].data, odd[i].n, pair[1]);
		close(pair[1]);
		shutdown(fd, SHUT_WR);
		assert_int_equal(receive(fd), 0);
		assert_int_equal(read(pair[0], (char[1]){0}, 1), 0); /* nobody has it any more */
		close(pair[0]);
	}
	assert_int_equal(ask("/echo", "5", "hello", 5, true), 200);
	addr = before;
	end_taker();
}

/* 300 ms each: one after the other would be half a minute, and the quick one at its end. */
static void serves_others_while_replies_are_held(void **state)
{
	int64_t began = clock_ms();
	int fd[100];
	(void)state;

	for (int i = 0; i < 60; i++)
		fd[i] = send_get("/held");
	assert_int_equal(ask("/echo", "1", "x", 1, true), 200);
	assert_in_range(clock_ms() - began, 0, 5000);
	for (int i = 0; i < 60; i++) {
		assert_int_equal(receive(fd[i]), 200);
		assert_non_null(strstr(answer, "\"held\""));
	}
	assert_in_range(clock_ms() - began, 290, 9000);
	/* More than it may hold back: it waits for those, and loses none. */
	for (int i = 0; i < 100; i++)
		fd[i] = send_get("/held");
	for (int i = 0; i < 100; i++)
		assert_int_equal(receive(fd[i]), 200);
}

static void sends_held_replies_before_it_leaves(void **state)
{
	int fd = send_get("/held");
	(void)state;

	/* connections are taken in their order: this one is held when the next is answered */
	assert_int_equal(ask("/echo", "1", "x", 1, true), 200);
	kill(worker, SIGTERM);
	assert_int_equal(receive(fd), 200);
	assert_int_equal(worker_end(), 0);
}

static void finishes_its_request_when_stopped(void **state)
{
	char byte;
	const char *pairs[] = {"REQUEST_METHOD", "GET", "REQUEST_URI", "/slow", NULL};
	int fd = connected();
	(void)state;

	out.len = 0;
	params(pairs);
	record(5, NULL, 0);
	assert_true(write(fd, out.data, out.len) > 0);
	assert_int_equal(read(inside[0], &byte, 1), 1);
	kill(worker, SIGTERM);
	assert_int_equal(receive(fd), 200);
	assert_non_null(strstr(answer, "\"slow\""));
	assert_int_equal(worker_end(), 0);
}

static void leaves_when_stopped_or_idle_or_used_up(void **state)
{
	(void)state;
	assert_int_equal(ask("/echo", "1", "x", 1, true), 200);
	kill(worker, SIGTERM);
	assert_int_equal(worker_end(), 0);
	start_worker(0, 50);
	assert_int_equal(worker_end(), 0);
	start_worker(2, 0);
	assert_int_equal(ask("/echo", "1", "x", 1, true), 200);
	assert_int_equal(ask("/echo", "1", "x", 1, true), 200);
	assert_int_equal(worker_end(), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(answers_and_closes),
		T(hands_requests_over),
		T(a_taker_that_is_gone_is_noticed),
		T(takes_no_odd_messages),
		T(takes_and_gives_large_bodies),
		T(refuses_bodies_of_another_length),
		T(answers_without_reading_the_body),
		T(survives_clients_that_leave),
		T(ends_a_body_that_does_not_come),
		T(is_not_held_by_silence_or_noise),
		T(repairs_what_a_handler_got_wrong),
		T(tells_in_lines_who_wants_lines),
		T(serves_others_while_replies_are_held),
		T(sends_held_replies_before_it_leaves),
		T(finishes_its_request_when_stopped),
		T(leaves_when_stopped_or_idle_or_used_up),
	};
	int rc;

	alarm(120); /* a test that hangs has failed */
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL || pipe(inside) < 0)
		return 1;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/s", folder);
	snprintf(other, sizeof(other), "%s/o", folder);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	rc = cmocka_run_group_tests_name("loop", tests, NULL, NULL);
	unlink(addr.sun_path);
	rmdir(folder);
	return rc;
}
