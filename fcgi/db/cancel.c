/*
 * cancel.c - asking the server to end what runs on a connection.
 *
 * That goes over a connection of its own, and libpq 15 waits for the server on it, without a deadline. A
 * thread does the waiting, at most one at a time: a server that is stopped holds up nothing but that.
 */
#include "db/impl.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_bool is_busy;

static void *cancel(void *arg)
{
	char why[256];

	PQcancel(arg, why,
		sizeof(why)); /* a server that can't be asked ends it by itself in a second */
	PQfreeCancel(arg);
	atomic_store(&is_busy, false);
	return NULL;
}

void conn_cancel(struct db *db)
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

bool conn_cancel_done(void)
{
	return !atomic_load(&is_busy);
}
