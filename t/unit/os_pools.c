/*
 * os_pools.c - plugin pools: started on demand, ended at deadlines, counted, drained.
 */
#include "os_stack.h"
#include "crypt/role.h"

static void ask_ok(const char *line)
{
	char *answer = ask(line);
	if (strcmp(answer, "ok") != 0)
		fail_msg("%s was answered by: %s", line, answer);
	free(answer);
}

/* `wants`: "want\t..." lines, NULL at the end. */
static void want(const char *const *wants)
{
	assert_int_equal(control_send(&st.control, "want-begin"), 0);
	for (; *wants; wants++)
		assert_int_equal(control_send(&st.control, "%s", *wants), 0);
	ask_ok("want-end");
}

static int open_files(pid_t pid)
{
	char path[40];
	int n = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

#define FOO "foo@0123456789ab"
#define FOO_SOCK "run/plugins/" FOO ".sock"
#define ANY_SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define WANT_FOO(so, max) "want\t" FOO "\t" so "\ttime-clock\t7\t" max "\t" ANY_SHA256

static int start(void **state)
{
	(void)state;
	stack_make("plugin_idle_ms = 400\nplugin_deadline_ms = 800\ncrash_limit = 4\n"
		   "crash_window_s = 600\n");
	return stack_start() == -1 ? 0 : -1;
}

/* A test begins with one pool, no worker, no crashes. */
static void fresh_pool(const char *line)
{
	const char *const none[] = {NULL}, *const one[] = {line, NULL};
	want(none);
	want(one);
}

static void the_socket_exists_when_the_answer_comes(void **state)
{
	(void)state;
	const char *const none[] = {NULL}, *const one[] = {WANT_FOO("/x/a.so", "2"), NULL};
	want(one);
	assert_int_equal(access(stack_path(FOO_SOCK), F_OK), 0);
	assert_true(pool_is(FOO, "idle"));
	assert_int_equal(pool_workers(FOO), 0);
	want(none);
	assert_int_equal(access(stack_path(FOO_SOCK), F_OK), -1);
	assert_null(pool_status(FOO));
}

static void a_connection_starts_a_worker(void **state)
{
	(void)state;
	int64_t best = 1000000;
	for (int i = 0; i < 5; i++) {
		fresh_pool(WANT_FOO("/x/a.so", "2"));
		int64_t began = clock_us();
		assert_true(request_pid(FOO_SOCK, "/pid") > 0);
		int64_t took = clock_us() - began;
		best = took < best ? took : best;
		assert_int_equal(pool_workers(FOO), 1);
	}
	printf("# cold start of a trivial worker: %.2f ms\n", (double)best / 1000);
#ifndef __SANITIZE_ADDRESS__
	assert_true(best < 10000);
#endif
}

static void one_after_the_other_needs_one_worker(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "8"));
	for (int i = 0; i < 300; i++) {
		pid_t next = request_pid(FOO_SOCK, i % 50 == 0 ? "/sleep/10" : "/pid");
		assert_true(next > 0);
	}
	/* Another one where a busy machine keeps a worker from its work for a while, not one a request; none where it keeps
	 * us from asking, and the last has left. */
	assert_in_range(pool_workers(FOO), 0, 3);
}

static void two_at_once_start_two_and_never_more_than_max(void **state)
{
	(void)state;
	int fd[6];
	pid_t pid[6];
	fresh_pool(WANT_FOO("/x/a.so", "2"));
	int64_t began = clock_ms();
	for (int i = 0; i < 6; i++)
		fd[i] = request_send(FOO_SOCK, "/sleep/100");
	for (int i = 0; i < 6; i++) {
		pid[i] = answer_pid(request_answer(fd[i]));
		assert_true(pid[i] > 0);
	}
	assert_in_range(clock_ms() - began, 290, 15000);
	assert_in_range(
		pool_workers(FOO), 0, 2); /* they leave when they have been idle for a while */
	bool second = false;
	for (int i = 1; i < 6; i++)
		second = second || pid[i] != pid[0];
	assert_true(second);
}

static void idle_workers_leave_and_come_back(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "2"));
	pid_t pid = request_pid(FOO_SOCK, "/pid");
	UNTIL(pool_workers(FOO) == 0);
	assert_true(pool_is(FOO, "idle"));
	assert_int_equal(pool_number(FOO, "crashes"), 0);
	pid_t next = request_pid(FOO_SOCK, "/pid");
	assert_true(next > 0 && next != pid);
	assert_int_equal(pool_number(FOO, "requests"), 2);
}

/* Around the moment when an idle worker leaves: the connection is never lost. */
static void nothing_is_lost_when_a_worker_leaves(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "2"));
	for (int i = 0; i < 25; i++) {
		assert_true(request_pid(FOO_SOCK, "/pid") > 0);
		usleep((useconds_t)(396000 + i * 400));
	}
	assert_true(request_pid(FOO_SOCK, "/pid") > 0);
}

static void a_hung_request_is_ended_and_the_next_succeeds(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	int64_t began = clock_ms();
	int hung = request_send(FOO_SOCK, "/hang");
	int waiting = request_send(FOO_SOCK, "/pid");
	assert_null(request_answer(hung));
	assert_in_range(clock_ms() - began, 790, 15000);
	assert_true(answer_pid(request_answer(waiting)) > 0);
	UNTIL(pool_number(FOO, "crashes") == 1);
}

static void leaving_in_a_request_is_a_crash(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	assert_null(request(FOO_SOCK, "/exit0"));
	UNTIL(pool_number(FOO, "crashes") == 1);
	assert_true(request_pid(FOO_SOCK, "/pid") > 0);
}

static void crashes_lead_to_quarantine_and_release_out_of_it(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	for (int i = 0; i < 4; i++)
		assert_null(request(FOO_SOCK, "/abort"));
	UNTIL(pool_is(FOO, "quarantine"));
	assert_int_equal(access(stack_path(FOO_SOCK), F_OK), -1);
	char *news = NULL;
	UNTIL((news = control_receive(&st.control)) != NULL);
	assert_non_null(strstr(news, "quarantine\t" FOO "\tsignal-in-request 6 ABRT"));
	free(news);
	/* Still wanted: sent again, for a steward that was not connected. */
	const char *const one[] = {WANT_FOO("/x/a.so", "1"), NULL};
	want(one);
	UNTIL((news = control_receive(&st.control)) != NULL);
	free(news);
	assert_int_equal(access(stack_path(FOO_SOCK), F_OK), -1);
	ask_ok("release\t" FOO);
	assert_true(request_pid(FOO_SOCK, "/pid") > 0);
	assert_null(request(FOO_SOCK, "/abort"));
	UNTIL(pool_number(FOO, "crashes") == 5);
	assert_false(pool_is(FOO, "quarantine")); /* the count was reset */
	ask_ok("release\tnobody@000000000000");
}

static void a_worker_that_dies_at_its_start_is_not_a_loop(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/exit3.so", "1"));
	int fd = request_send(FOO_SOCK, "/pid");
	UNTIL(pool_is(FOO, "quarantine"));
	assert_null(request_answer(fd));
	assert_int_equal(pool_number(FOO, "crashes"), 4);
}

static void leaving_at_the_start_is_no_loop_either(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/exit0.so", "1"));
	int before = log_count("ended with status 0");
	int64_t began = clock_ms();
	int fd = request_send(FOO_SOCK, "/pid");
	/* at 0, 0.1, 0.3, 0.7 seconds: it may be the database that is away, so it is no crash */
	UNTIL(log_count("ended with status 0") - before >= 4);
	assert_true(clock_ms() - began >= 600);
	assert_int_equal(pool_number(FOO, "crashes"), 0);
	close(fd);
}

static void one_that_says_idle_and_is_not_is_found_out(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	int liar = request_send(FOO_SOCK, "/lie");
	UNTIL(pool_number(FOO, "requests") == 1 && pool_busy(FOO) == 0);
	int waiting = request_send(FOO_SOCK, "/pid");
	assert_true(answer_pid(request_answer(waiting)) > 0);
	assert_null(request_answer(liar));
	UNTIL(pool_number(FOO, "crashes") == 1);
}

static void shutting_the_listener_ends_the_pool_only(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "2"));
	request(FOO_SOCK, "/shut");
	UNTIL(pool_is(FOO, "quarantine"));
	assert_true(request_pid("run/api.sock", "/pid") > 0);
}

static void draining_lets_requests_finish(void **state)
{
	(void)state;
	const char *const none[] = {NULL};
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	int running = request_send(FOO_SOCK, "/sleep/200");
	int queued = request_send(FOO_SOCK, "/pid");
	UNTIL(pool_busy(FOO) == 1);
	want(none);
	assert_int_equal(access(stack_path(FOO_SOCK), F_OK), -1);
	assert_true(pool_is(FOO, "draining"));
	/* The same name again, while the old one drains: a pool of its own. */
	fresh_pool(WANT_FOO("/x/b.so", "1"));
	pid_t fresh = request_pid(FOO_SOCK, "/pid");
	pid_t old = answer_pid(request_answer(running));
	assert_true(old > 0 && fresh > 0 && fresh != old);
	assert_int_equal(answer_pid(request_answer(queued)), old);
	want(none);
	UNTIL(pool_status(FOO) == NULL);
}

static void a_connection_queued_before_the_first_worker_is_served_at_a_drain(void **state)
{
	(void)state;
	const char *const none[] = {NULL};
	for (int i = 0; i < 20; i++) {
		fresh_pool(WANT_FOO("/x/a.so", "1"));
		int fd = request_send(FOO_SOCK, "/pid");
		usleep((useconds_t)i * 200);
		want(none);
		assert_true(answer_pid(request_answer(fd)) > 0);
		UNTIL(pool_status(FOO) == NULL);
	}
}

static void a_plugin_gets_a_clean_environment_and_its_secret(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	const char *a = request(FOO_SOCK, "/env");
	assert_non_null(a);
	static const char *const needed[] = {"MORTISE_PLUGIN_KEY=time-clock\n",
		"MORTISE_PLUGIN_SO=/x/a.so\n", "MORTISE_POOL=" FOO "\n",
		"MORTISE_DB_ROLE=p_time_clock\n", "MORTISE_DEADLINE_MS=800\n",
		"MORTISE_IDLE_MS=400\n", "MORTISE_DB_NAME=mortise\n", "MORTISE_MEMORY_MB=256\n",
		"MORTISE_DB_PORT=5432\n"};
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		assert_non_null(strstr(a, needed[i]));
	assert_null(strstr(a, "HOME="));
	assert_null(strstr(a, "MORTISE_CONF"));
	char expected[160] = "secret=";
	role_password(expected + 7, (const unsigned char *)role_key, "p_time_clock");
	strcat(expected, "\n");
	role_handover_hex(
		expected + strlen(expected), (const unsigned char *)ticket_key, "time-clock");
	assert_non_null(strstr(a, expected));
	if (geteuid() == 0) {
		/* it makes its spawner of guests, then becomes the second of them */
		assert_non_null(strstr(a, "MORTISE_GUEST_UID=71014\n"));
		assert_non_null(strstr(a, "MORTISE_HOST_UID=71015\n"));
	}
	for (int fd = 11; fd < 64; fd++) {
		char line[16];
		snprintf(line, sizeof(line), "fd=%d\n", fd);
		assert_null(strstr(a, line));
	}
}

static void a_message_reaches_the_steward(void **state)
{
	(void)state;
	char text[8] = "";
	int steward = sock_listen(stack_path("run/steward.sock"), SOCK_DGRAM, 0, NULL);
	assert_true(steward >= 0);
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	assert_non_null(request(FOO_SOCK, "/wake-steward"));
	UNTIL(recv(steward, text, sizeof(text), MSG_DONTWAIT) == 1);
	assert_string_equal(text, "e");
	close(steward);
}

/* A pool's usage goes to a socket of its own, under the pool's name and so many times a second. */
static void what_a_pool_did_carries_its_name_and_a_limit(void **state)
{
	(void)state;
	char text[2000];
	int heard = 0;
	int usage = sock_listen(stack_path("run/usage.sock"), SOCK_DGRAM, 0, NULL);
	int steward = sock_listen(stack_path("run/steward.sock"), SOCK_DGRAM, 0, NULL);
	assert_true(usage >= 0 && steward >= 0);
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	/* It goes on until the answer comes, half a second later; so many a second and no more reach us. */
	struct pollfd sent = {.fd = request_send(FOO_SOCK, "/boast"), .events = POLLIN};
	for (int64_t end = clock_ms() + 30000; clock_ms() < end;) {
		ssize_t n = recv(usage, text, sizeof(text) - 1, MSG_DONTWAIT);
		if (n <= 0 && poll(&sent, 1, 1) == 1)
			break;
		if (n <= 0)
			continue;
		text[n] = '\0';
		heard++;
		assert_int_equal(strncmp(text, FOO "\nother@", strlen(FOO) + 7), 0);
	}
	assert_in_range(heard, 1, 130);
	assert_int_equal((int)recv(steward, text, sizeof(text), MSG_DONTWAIT), -1);
	assert_non_null(request_answer(sent.fd));
	close(usage);
	close(steward);
}

static void a_plugins_lines_carry_its_pools_name_and_a_limit(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	assert_non_null(request(FOO_SOCK, "/log"));
	UNTIL(log_count("\"msg\":\"plain words\",\"pool\":\"" FOO "\"") == 1);
	UNTIL(log_count("{\"pool\":\"" FOO "\",\"time\":\"now\"") == 1);
	request(FOO_SOCK, "/flood"); /* 2.4 MB; it may well pass its deadline on the way */
	struct stat sb;
	assert_int_equal(stat(stack_path("log/mortised.log"), &sb), 0);
	assert_in_range(sb.st_size, 100000, 900000); /* with what is added to each line */
	request(FOO_SOCK, "/log");
	UNTIL(log_count("lines were dropped") >= 1);
}

/* Processor time of the master so far. */
static long master_ms(void)
{
	char path[40], text[64] = "";
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)st.master);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	return n > 0 ? strtol(text, NULL, 10) / 1000000 : 0;
}

static void noise_does_not_keep_the_master_busy(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	long before = master_ms();
	assert_non_null(request(FOO_SOCK, "/noise"));
	long spent = master_ms() - before;
	printf("# half a second of noise costs the master %ld ms\n", spent);
	assert_in_range(spent, 0, 250);
	assert_true(request_pid("run/api.sock", "/pid") > 0);
}

static void pools_leave_no_descriptors_behind(void **state)
{
	(void)state;
	const char *const none[] = {NULL};
	want(none);
	UNTIL(pool_status(FOO) == NULL);
	int before = open_files(st.master);
	for (int round = 0; round < 5; round++) {
		fresh_pool(WANT_FOO("/x/a.so", "2"));
		assert_true(request_pid(FOO_SOCK, "/pid") > 0);
		request(FOO_SOCK, "/abort");
		free(ask("trial\t/x/good.so"));
		want(none);
		UNTIL(pool_status(FOO) == NULL);
	}
	assert_int_equal(open_files(st.master), before);
}

static void many_pools_fit_into_one_status(void **state)
{
	(void)state;
	const char *const none[] = {NULL};
	assert_int_equal(control_send(&st.control, "want-begin"), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(
			control_send(&st.control,
				"want\tplug-%d@0123456789ab\t/x/a.so\tplug\t%d\t2\t" ANY_SHA256, i,
				i),
			0);
	ask_ok("want-end");
	assert_true(request_pid("run/plugins/plug-99@0123456789ab.sock", "/pid") > 0);
	assert_int_equal(pool_workers("plug-99@0123456789ab"), 1);
	want(none);
	UNTIL(pool_status("plug-99@0123456789ab") == NULL);
}

static pid_t nursery_pid(void)
{
	json_t *pool = pool_status("nursery");
	pid_t pid = (pid_t)json_integer_value(
		json_object_get(json_array_get(json_object_get(pool, "workers"), 0), "pid"));
	json_decref(pool);
	return pid;
}

static bool is_named(pid_t pid, const char *text)
{
	char path[40], line[512] = "";
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	return n > 0 && memmem(line, (size_t)n, text, strlen(text));
}

/* A new pool with a new worker: where does that one come from? */
static bool from_nursery(void)
{
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	return is_named(request_pid(FOO_SOCK, "/pid"), FOO);
}

static void workers_come_from_the_nursery_and_without_it(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	pid_t nursery = nursery_pid();
	pid_t pid = request_pid(FOO_SOCK, "/pid");
	assert_true(is_named(pid, FOO)); /* executed ones bear the program's name only */
	kill(nursery, SIGKILL);
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	assert_true(request_pid(FOO_SOCK, "/pid") > 0);
	UNTIL(nursery_pid() > 0 && nursery_pid() != nursery);
	UNTIL(from_nursery()); /* before it is ready, workers are executed */
}

static void a_frozen_nursery_is_replaced_and_makes_no_stray_worker(void **state)
{
	(void)state;
	pid_t nursery = nursery_pid();
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	kill(nursery, SIGSTOP);
	pid_t pid = request_pid(FOO_SOCK, "/pid");
	assert_true(pid > 0);
	assert_false(is_named(pid, FOO));
	UNTIL(nursery_pid() > 0 && nursery_pid() != nursery);
	assert_int_equal(pool_workers(FOO), 1);
}

static void stopping_waits_for_a_plugins_request(void **state)
{
	(void)state;
	fresh_pool(WANT_FOO("/x/a.so", "1"));
	int running = request_send(FOO_SOCK, "/sleep/300");
	UNTIL(pool_busy(FOO) == 1);
	kill(st.master, SIGTERM);
	assert_true(answer_pid(request_answer(running)) > 0);
	int status;
	waitpid(st.master, &status, 0);
	st.master = 0;
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(access(stack_path(FOO_SOCK), F_OK), -1);
}

int main(int argc, char **argv)
{
	int status = stack_worker(argc, argv);
	if (status >= 0)
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_socket_exists_when_the_answer_comes),
		cmocka_unit_test(a_connection_starts_a_worker),
		cmocka_unit_test(one_after_the_other_needs_one_worker),
		cmocka_unit_test(two_at_once_start_two_and_never_more_than_max),
		cmocka_unit_test(idle_workers_leave_and_come_back),
		cmocka_unit_test(nothing_is_lost_when_a_worker_leaves),
		cmocka_unit_test(a_hung_request_is_ended_and_the_next_succeeds),
		cmocka_unit_test(leaving_in_a_request_is_a_crash),
		cmocka_unit_test(crashes_lead_to_quarantine_and_release_out_of_it),
		cmocka_unit_test(a_worker_that_dies_at_its_start_is_not_a_loop),
		cmocka_unit_test(leaving_at_the_start_is_no_loop_either),
		cmocka_unit_test(one_that_says_idle_and_is_not_is_found_out),
		cmocka_unit_test(shutting_the_listener_ends_the_pool_only),
		cmocka_unit_test(draining_lets_requests_finish),
		cmocka_unit_test(a_connection_queued_before_the_first_worker_is_served_at_a_drain),
		cmocka_unit_test(a_plugin_gets_a_clean_environment_and_its_secret),
		cmocka_unit_test(a_message_reaches_the_steward),
		cmocka_unit_test(what_a_pool_did_carries_its_name_and_a_limit),
		cmocka_unit_test(a_plugins_lines_carry_its_pools_name_and_a_limit),
		cmocka_unit_test(noise_does_not_keep_the_master_busy),
		cmocka_unit_test(pools_leave_no_descriptors_behind),
		cmocka_unit_test(many_pools_fit_into_one_status),
		cmocka_unit_test(workers_come_from_the_nursery_and_without_it),
		cmocka_unit_test(a_frozen_nursery_is_replaced_and_makes_no_stray_worker),
		cmocka_unit_test(stopping_waits_for_a_plugins_request),
	};
	return cmocka_run_group_tests(tests, start, stack_remove);
}
