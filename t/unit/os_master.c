/*
 * os_master.c - the master's own life: core workers, restarts, reload, logs, stop.
 */
#include "os_stack.h"

static int start(void **state)
{
	(void)state;
	stack_make("api_workers = 2\n");
	return stack_start() == -1 ? 0 : -1;
}

static void core_pools_answer(void **state)
{
	(void)state;
	assert_true(request_pid("run/api.sock", "/pid") > 0);
	assert_true(request_pid("run/admin.sock", "/pid") > 0);
	UNTIL(pool_workers("steward") == 1);
	assert_int_equal(pool_workers("api"), 2);
	assert_true(pool_is("api", "running"));
	assert_true(pool_number("api", "requests") >= 1);
}

static void status_shows_a_running_request(void **state)
{
	(void)state;
	int fd = request_send("run/admin.sock", "/sleep/4000");
	UNTIL(pool_number("admin", "requests") >= 1);
	json_t *pool, *w = NULL;
	bool busy = false;
	for (int64_t end = clock_ms() + 4000; !busy && clock_ms() < end;) {
		pool = pool_status("admin");
		w = json_array_get(json_object_get(pool, "workers"), 0);
		busy = json_is_true(json_object_get(w, "busy"));
		if (busy) {
			assert_string_equal(json_string_value(json_object_get(w, "requestId")),
				"0123456789abcdef0123456789abcdef");
			assert_true(json_integer_value(json_object_get(w, "rssKb")) > 100);
			/* from a page that a worker writes: never more than plain text */
			assert_string_equal(
				json_string_value(json_object_get(w, "note")), "tested ?here?");
		}
		json_decref(pool);
	}
	assert_true(busy);
	assert_non_null(request_answer(fd));
}

static void a_killed_worker_costs_its_request_only(void **state)
{
	(void)state;
	long restarts = pool_number("admin", "restarts");
	pid_t pid = request_pid("run/admin.sock", "/pid");
	UNTIL(pool_busy("admin") == 0); /* the answer comes before its worker is idle */
	int fd = request_send("run/admin.sock", "/sleep/5000");
	UNTIL(pool_busy("admin") == 1);
	kill(pid, SIGKILL);
	assert_null(request_answer(fd));
	pid_t next = request_pid("run/admin.sock", "/pid");
	assert_true(next > 0 && next != pid);
	assert_int_equal(pool_number("admin", "restarts"), restarts + 1);
	assert_int_equal(pool_number("admin", "crashes"), restarts + 1);
}

static void a_hung_worker_is_ended_at_its_deadline(void **state)
{
	(void)state;
	int64_t began = clock_ms();
	assert_null(request("run/api.sock", "/hang"));
	int64_t took = clock_ms() - began;
	assert_in_range(took, 990, 15000);
	assert_true(request_pid("run/api.sock", "/pid") > 0);
}

static void a_worker_has_only_its_descriptors(void **state)
{
	(void)state;
	const char *a = request("run/api.sock", "/env");
	assert_non_null(a);
	/* 0-2, listener, scoreboard (closed when mapped), wake; its own: signalfd, epoll, the connection */
	for (int fd = 9; fd < 256; fd++) {
		char line[16];
		snprintf(line, sizeof(line), "fd=%d\n", fd);
		assert_null(strstr(a, line));
	}
	assert_null(strstr(a, "MORTISE_SECRET_FD"));
	char pgid[32];
	snprintf(pgid, sizeof(pgid), "pgid=%d\n", (int)answer_pid(a));
	assert_non_null(strstr(a, pgid)); /* Ctrl-C is the master's */
}

static void another_master_is_refused(void **state)
{
	(void)state;
	pid_t first = st.master;
	assert_int_equal(stack_start(), 1);
	st.master = first;
	assert_true(request_pid("run/api.sock", "/pid") > 0);
}

#define ANY_SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void strangers_words_are_errors(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "statu", "want\ta", "status\tx", "want-end",
		"release", "trial\trelative.so", "want\tx@1\t/x.so\tkey\t1\t2\t" ANY_SHA256,
		"\t\t\t\t\t\t\t\t\t\t"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!bad[i][0])
			continue; /* an empty message is the end of a connection */
		char *answer = ask(bad[i]);
		assert_non_null(control_is(answer, "error"));
		free(answer);
	}
	/* One wrong line makes the list void: half a list would close pools that are wanted. */
	assert_int_equal(control_send(&st.control, "want-begin"), 0);
	char *answer = ask("want\t../../x@1\t/x.so\tkey\t1\t2\t" ANY_SHA256);
	assert_non_null(control_is(answer, "error"));
	free(answer);
	answer = ask("want-end");
	assert_non_null(control_is(answer, "error"));
	free(answer);
}

static void trial_loads_tell_what_happened(void **state)
{
	(void)state;
	char *a = ask("trial\t/x/good.so");
	assert_string_equal(a, "ok\t{\"key\":\"good\"}\n");
	free(a);
	a = ask("trial\t/x/faults.so");
	assert_string_equal(a, "fail\tfirst fault\nsecond fault");
	free(a);
	a = ask("trial\t/x/crash.so");
	assert_non_null(strstr(a, "fail\tcrashed while it was loaded (signal 6)"));
	free(a);
	a = ask("trial\t/x/silent.so");
	assert_string_equal(a, "fail\tended while it was loaded");
	free(a);
	a = ask("trial\t/x/flood.so");
	assert_non_null(strstr(a, "fail\tprinted more than 64 KB"));
	free(a);
	int64_t began = clock_ms();
	a = ask("trial\t/x/hang.so");
	assert_string_equal(a, "fail\tdid not finish loading within 5 seconds");
	assert_in_range(clock_ms() - began, 4500, 20000);
	free(a);
}

static void a_log_that_was_moved_is_opened_again(void **state)
{
	(void)state;
	assert_true(log_count("master is ready") >= 1);
	assert_int_equal(rename(stack_path("log/mortised.log"), stack_path("log/old.log")), 0);
	kill(st.master, SIGUSR1);
	UNTIL(log_count("log opened again") == 1);
	pid_t pid = request_pid("run/api.sock", "/pid");
	assert_non_null(request("run/api.sock", "/log"));
	UNTIL(log_count("plain words") == 1); /* the same worker writes to the new file */
	UNTIL(log_count("as json") == 1);
	assert_int_equal(kill(pid, 0), 0);
}

static void a_program_that_is_missing_is_tried_ever_more_rarely(void **state)
{
	(void)state;
	int before = log_count("a process can't start");
	assert_int_equal(rename(stack_path("lib/mortise-steward"), stack_path("lib/away")), 0);
	json_t *pool = pool_status("steward");
	pid_t pid = (pid_t)json_integer_value(
		json_object_get(json_array_get(json_object_get(pool, "workers"), 0), "pid"));
	json_decref(pool);
	kill(pid, SIGKILL);
	int64_t began = clock_ms();
	UNTIL(pool_is("steward", "backoff"));
	/* at 0, 0.1, 0.3 and 0.7 seconds */
	UNTIL(log_count("a process can't start") - before >= 4);
	assert_true(clock_ms() - began >= 600);
	assert_int_equal(rename(stack_path("lib/away"), stack_path("lib/mortise-steward")), 0);
	UNTIL(pool_is("steward", "running") && pool_workers("steward") == 1);
}

/* Sends requests until it is stopped; its result is the number of requests without an answer. */
static pid_t load_generator(int stop_fd)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	int lost = 0, asked = 0;
	int64_t longest = 0;
	for (;; asked++) {
		struct pollfd p = {.fd = stop_fd, .events = POLLIN};
		if (poll(&p, 1, 0) == 1)
			break;
		int64_t began = clock_ms();
		lost += request_pid("run/api.sock", "/sleep/2") == 0;
		longest = clock_ms() - began > longest ? clock_ms() - began : longest;
	}
	/* A connection whose wake-up was lost would wait until the next one comes. */
	_exit(asked < 3 ? 250 : longest > 3000 ? 251 : lost > 200 ? 200 : lost);
}

static bool all_replaced(const json_t *before)
{
	json_t *now = pool_status("api"), *w;
	const json_t *old;
	bool replaced = json_array_size(json_object_get(now, "workers")) == 3;
	size_t i, k;
	json_array_foreach(json_object_get(now, "workers"), i, w) {
		json_array_foreach(json_object_get(before, "workers"), k, old) {
			if (json_equal(json_object_get(w, "pid"), json_object_get(old, "pid")))
				replaced = false;
		}
	}
	json_decref(now);
	return replaced;
}

static void a_reload_under_load_loses_nothing(void **state)
{
	(void)state;
	int fd[2], status;
	pid_t load[3];
	assert_int_equal(pipe(fd), 0);
	for (int i = 0; i < 3; i++)
		load[i] = load_generator(fd[0]);
	long asked = pool_number("api", "requests");
	UNTIL(pool_number("api", "requests") >= asked + 10);
	for (int round = 0; round < 3; round++) {
		json_t *before = pool_status("api");
		stack_configure(round == 1 ? "api_workers = 3\n# again\n" : "api_workers = 3\n");
		kill(st.master, SIGHUP);
		UNTIL(all_replaced(before));
		json_decref(before);
	}
	assert_int_equal(write(fd[1], ".", 1), 1);
	for (int i = 0; i < 3; i++) {
		waitpid(load[i], &status, 0);
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	close(fd[0]);
	close(fd[1]);
	assert_int_equal(pool_number("api", "max"), 3);
}

static void a_wrong_configuration_changes_nothing(void **state)
{
	(void)state;
	pid_t pid = request_pid("run/admin.sock", "/pid");
	int before = log_count("reload refused");
	stack_configure("no_such_name = 1\n");
	kill(st.master, SIGHUP);
	UNTIL(log_count("reload refused") == before + 1);
	stack_configure("plugin_memory_mb = 300\npublic_url = nonsense\n");
	kill(st.master, SIGHUP);
	UNTIL(log_count("reload refused") == before + 2);
	assert_int_equal(request_pid("run/admin.sock", "/pid"), pid);
}

static void stopping_waits_for_requests(void **state)
{
	(void)state;
	int running = request_send("run/admin.sock", "/sleep/400");
	int queued = request_send("run/admin.sock", "/pid"); /* admin has one worker: it waits */
	assert_true(running >= 0 && queued >= 0);
	UNTIL(pool_busy("admin") == 1);
	control_close(&st.control);
	kill(st.master, SIGTERM);
	assert_non_null(request_answer(running));
	assert_non_null(request_answer(queued));
	int status;
	waitpid(st.master, &status, 0);
	st.master = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	static const char *const names[] = {
		"run/api.sock", "run/admin.sock", "run/control.sock", "run/mortised.pid"};
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(access(stack_path(names[i]), F_OK), -1);
}

static void a_second_signal_does_not_wait(void **state)
{
	(void)state;
	stack_configure("api_deadline_ms = 60000\n");
	assert_int_equal(stack_start(), -1);
	int fd = request_send("run/api.sock", "/sleep/30000");
	UNTIL(pool_number("api", "requests") == 1);
	int before = log_count("stopping: workers finish");
	int64_t began = clock_ms();
	control_close(&st.control);
	kill(st.master, SIGTERM);
	UNTIL(log_count("stopping: workers finish") > before);
	kill(st.master, SIGTERM);
	waitpid(st.master, NULL, 0);
	st.master = 0;
	assert_true(clock_ms() - began < 15000);
	assert_null(request_answer(fd));
}

static void workers_die_with_a_killed_master(void **state)
{
	(void)state;
	assert_int_equal(stack_start(), -1);
	pid_t pid = request_pid("run/api.sock", "/pid");
	assert_true(pid > 0);
	stack_stop(SIGKILL);
	UNTIL(kill(pid, 0) < 0 && errno == ESRCH);
	assert_int_equal(stack_start(), -1); /* over its leftovers */
	assert_true(request_pid("run/api.sock", "/pid") > 0);
	assert_int_equal(stack_stop(SIGTERM), 0);
}

int main(int argc, char **argv)
{
	int status = stack_worker(argc, argv);
	if (status >= 0)
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(core_pools_answer),
		cmocka_unit_test(status_shows_a_running_request),
		cmocka_unit_test(a_killed_worker_costs_its_request_only),
		cmocka_unit_test(a_hung_worker_is_ended_at_its_deadline),
		cmocka_unit_test(a_worker_has_only_its_descriptors),
		cmocka_unit_test(another_master_is_refused),
		cmocka_unit_test(strangers_words_are_errors),
		cmocka_unit_test(trial_loads_tell_what_happened),
		cmocka_unit_test(a_log_that_was_moved_is_opened_again),
		cmocka_unit_test(a_program_that_is_missing_is_tried_ever_more_rarely),
		cmocka_unit_test(a_reload_under_load_loses_nothing),
		cmocka_unit_test(a_wrong_configuration_changes_nothing),
		cmocka_unit_test(stopping_waits_for_requests),
		cmocka_unit_test(a_second_signal_does_not_wait),
		cmocka_unit_test(workers_die_with_a_killed_master),
	};
	return cmocka_run_group_tests(tests, start, stack_remove);
}
