/*
 * os_sock.c - unix sockets: leftovers, modes, peers, framing of the control client.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/control.h"
#include "os/sock.h"

static char dir[64], path[128];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/os-sock-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/control.sock", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void a_leftover_is_replaced(void **state)
{
	(void)state;
	int first = sock_listen(path, SOCK_STREAM, 5, NULL);
	assert_true(first >= 0);
	close(first); /* as a killed process would: the name stays */
	int second = sock_listen(path, SOCK_STREAM, 5, NULL);
	assert_true(second >= 0);
	int client = sock_connect(path, SOCK_STREAM);
	assert_true(client >= 0);
	assert_true(sock_pending(second));
	close(client);
	close(second);
}

static void a_file_is_not_replaced(void **state)
{
	(void)state;
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	close(fd);
	assert_int_equal(sock_listen(path, SOCK_STREAM, 5, NULL), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void the_mode_is_there_from_the_start(void **state)
{
	(void)state;
	struct stat st;
	struct sock_owner owner = {.uid = (uid_t)-1, .mode = 0600};
	int fd = sock_listen(path, SOCK_STREAM, 5, &owner);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
}

/* Somebody who waits for the name connects as soon as it is there. */
static void a_name_that_is_there_can_be_connected(void **state)
{
	(void)state;
	struct sock_owner owner = {.uid = geteuid(), .gid = getegid(), .mode = 0600};
	unlink(path);
	pid_t pid = fork();
	if (pid == 0) {
		for (int found = 0; found < 50;) {
			int fd = sock_connect(path, SOCK_STREAM);
			if (fd < 0 && errno != ENOENT)
				_exit(1);
			found += fd >= 0;
			close(fd);
		}
		_exit(0);
	}
	int status, fd = -1;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		int next = sock_listen(path, SOCK_STREAM, 500, &owner);
		assert_true(next >= 0);
		close(fd);
		fd = next;
		unlink(path);
	}
	assert_int_equal(status, 0);
	close(fd);
}

static void a_long_path_is_refused_not_cut(void **state)
{
	(void)state;
	char deep[200];
	memset(deep, 'x', sizeof(deep) - 1);
	deep[0] = '/';
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(sock_listen(deep, SOCK_STREAM, 5, NULL), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(sock_connect(deep, SOCK_STREAM), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void a_message_arrives_or_says_why_not(void **state)
{
	(void)state;
	char text[8] = "";
	int from = sock_dgram();
	unlink(path);
	assert_int_equal(sock_send(from, path, "e"), -1);
	assert_int_equal(errno, ENOENT);
	int to = sock_listen(path, SOCK_DGRAM, 0, NULL);
	assert_true(to >= 0);
	assert_int_equal(sock_send(from, path, "r"), 0);
	assert_int_equal(recv(to, text, sizeof(text), 0), 1);
	assert_string_equal(text, "r");
	close(to);
	assert_int_equal(sock_send(from, path, "e"), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(from);
}

static void the_peer_is_known(void **state)
{
	(void)state;
	uid_t uid = 12345;
	int listener = sock_listen(path, SOCK_SEQPACKET, 5, NULL);
	int client = sock_connect(path, SOCK_SEQPACKET);
	int server = accept(listener, NULL, NULL);
	assert_int_equal(sock_peer_uid(server, &uid), 0);
	assert_int_equal(uid, geteuid());
	close(server);
	close(client);
	close(listener);
}

/* --- the control client against a scripted master -------------------------------------------------- */

static pid_t scripted_master(const char *const *answers)
{
	int listener = sock_listen(path, SOCK_SEQPACKET, 5, NULL);
	assert_true(listener >= 0);
	pid_t pid = fork();
	if (pid == 0) {
		char line[CONTROL_LINE_MAX];
		struct pollfd p = {.fd = listener, .events = POLLIN};
		poll(&p, 1, 30000);
		int c = accept(listener, NULL, NULL);
		if (recv(c, line, sizeof(line), 0) <= 0)
			_exit(1);
		for (; *answers; answers++)
			send(c, *answers, strlen(*answers), MSG_NOSIGNAL);
		_exit(0);
	}
	close(listener);
	return pid;
}

static void an_answer_of_any_size_arrives_whole(void **state)
{
	(void)state;
	static char big[150001];
	memset(big, 'a', sizeof(big) - 1);
	const char *const answers[] = {big, NULL};
	pid_t pid = scripted_master(answers);
	struct control c;
	char *answer = NULL;
	assert_int_equal(control_open(&c, dir), 0);
	assert_int_equal(control_ask(&c, clock_ms() + 30000, &answer, "status"), 0);
	assert_int_equal(strlen(answer), sizeof(big) - 1);
	free(answer);
	control_close(&c);
	waitpid(pid, NULL, 0);
}

static void news_do_not_pass_for_an_answer(void **state)
{
	(void)state;
	const char *const answers[] = {
		"quarantine\ta@1\tcrashed", "quarantine\tb@2\tcrashed", "ok", NULL};
	pid_t pid = scripted_master(answers);
	struct control c;
	char *answer = NULL;
	assert_int_equal(control_open(&c, dir), 0);
	assert_int_equal(control_ask(&c, clock_ms() + 30000, &answer, "want-end"), 0);
	assert_string_equal(answer, "ok");
	free(answer);
	char *news = control_receive(&c);
	assert_string_equal(control_is(news, "quarantine"), "a@1\tcrashed");
	free(news);
	news = control_receive(&c);
	assert_string_equal(control_is(news, "quarantine"), "b@2\tcrashed");
	free(news);
	waitpid(pid, NULL, 0);
	assert_null(control_receive(&c));
	assert_int_equal(errno, EPIPE);
	control_close(&c);
}

static void silence_ends_at_the_deadline(void **state)
{
	(void)state;
	int listener = sock_listen(path, SOCK_SEQPACKET, 5, NULL);
	struct control c;
	char *answer = NULL;
	assert_int_equal(control_open(&c, dir), 0);
	int64_t began = clock_ms();
	assert_int_equal(control_ask(&c, began + 100, &answer, "status"), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_true(clock_ms() - began < 10000);
	control_close(&c);
	close(listener);
}

static void a_line_too_long_is_refused_here(void **state)
{
	(void)state;
	int listener = sock_listen(path, SOCK_SEQPACKET, 5, NULL);
	struct control c;
	char *big = malloc(CONTROL_LINE_MAX + 2);
	memset(big, 'x', CONTROL_LINE_MAX + 1);
	big[CONTROL_LINE_MAX + 1] = '\0';
	assert_int_equal(control_open(&c, dir), 0);
	assert_int_equal(control_send(&c, "%s", big), -1);
	assert_int_equal(errno, EMSGSIZE);
	control_close(&c);
	close(listener);
	free(big);
}

static void words_are_whole_fields(void **state)
{
	(void)state;
	assert_string_equal(control_is("ok", "ok"), "");
	assert_string_equal(control_is("ok\ta\tb", "ok"), "a\tb");
	assert_null(control_is("okay", "ok"));
	assert_null(control_is("error\tok", "ok"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leftover_is_replaced),
		cmocka_unit_test(a_file_is_not_replaced),
		cmocka_unit_test(the_mode_is_there_from_the_start),
		cmocka_unit_test(a_name_that_is_there_can_be_connected),
		cmocka_unit_test(a_long_path_is_refused_not_cut),
		cmocka_unit_test(a_message_arrives_or_says_why_not),
		cmocka_unit_test(the_peer_is_known),
		cmocka_unit_test(an_answer_of_any_size_arrives_whole),
		cmocka_unit_test(news_do_not_pass_for_an_answer),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(a_line_too_long_is_refused_here),
		cmocka_unit_test(words_are_whole_fields),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
