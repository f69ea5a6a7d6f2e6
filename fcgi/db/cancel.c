/*
 * cancel.c - cancels the statement that runs on a connection.
 *
 * A cancel request needs a connection of its own, on which libpq 15 waits for the server without a
 * deadline. Therefore a helper does the waiting, and a stopped server holds up nothing else. In
 * workers of the core it is a thread, at most one at a time. A plugin's host may make neither
 * threads nor connections once it is confined, so it forks a process before: that one knows a
 * single connection, and the only order it takes is "now".
 */
#include "db/impl.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"

static atomic_bool is_busy;

static void *cancel(void *arg)
{
	char why[256];

	PQcancel(arg, why, sizeof(why)); /* if it fails, the server ends the statement itself */
	PQfreeCancel(arg);
	atomic_store(&is_busy, false);
	return NULL;
}

static void cancel_in_thread(struct db *db)
{
	PGcancel *c = db->conn != NULL && db->may_cancel ? PQgetCancel(db->conn) : NULL;
	pthread_attr_t attr;
	pthread_t thread;

	if (c == NULL)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (atomic_exchange(&is_busy, true)) {
		PQfreeCancel(c);
	} else if (pthread_create(&thread, &attr, cancel, c) != 0) {
		PQfreeCancel(c);
		atomic_store(&is_busy, false);
	}
	pthread_attr_destroy(&attr);
}

/* Each byte is one request; the same byte goes back when the server has taken it. End of file ends
 * this process. */
static _Noreturn void canceller_main(PGcancel *c, int fd)
{
	char why[256], byte;

	signal(SIGTERM, SIG_IGN); /* meant for the parent, whose last statement may still run */
	prctl(PR_SET_NAME, "canceller");
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* A server that doesn't answer must not keep this process beyond its parent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(fd + 1, ~0U, 0);
	if (fd > 3)
		close_range(3, (unsigned)fd - 1, 0);
	while (read(fd, &byte, 1) == 1) {
		PQcancel(c, why, sizeof(why));
		if (write(fd, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

void canceller_start(struct db *db)
{
	PGcancel *c = PQgetCancel(db->conn);
	int fd[2];
	pid_t pid;

	if (c == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0) {
		PQfreeCancel(c);
		return;
	}
	pid = fork();
	if (pid == 0)
		canceller_main(c, fd[1]);
	PQfreeCancel(c);
	close(fd[1]);
	if (pid < 0)
		close(fd[0]);
	else
		db->canceller = fd[0];
	db->n_asked = 0;
}

void canceller_end(struct db *db)
{
	if (db->canceller >= 0)
		close(db->canceller);
	db->canceller = -1;
}

static void take_answers(struct db *db)
{
	char byte;

	while (db->n_asked > 0 && recv(db->canceller, &byte, 1, MSG_DONTWAIT) == 1)
		db->n_asked--;
}

static void ask_canceller(struct db *db)
{
	take_answers(db);
	if (db->n_asked == 0 && send(db->canceller, "c", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1)
		db->n_asked++;
}

bool canceller_rests(struct db *db, int64_t deadline)
{
	struct pollfd p = {.fd = db->canceller, .events = POLLIN};

	for (;;) {
		take_answers(db);
		if (db->n_asked == 0)
			return true;
		if (poll(&p, 1, clock_left(deadline)) <= 0 || (p.revents & (POLLHUP | POLLERR)))
			return false;
	}
}

void conn_cancel(struct db *db)
{
	if (db->canceller >= 0)
		ask_canceller(db);
	else
		cancel_in_thread(db);
}

bool conn_cancel_done(void)
{
	return !atomic_load(&is_busy);
}
