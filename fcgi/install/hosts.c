/* hosts.c - see hosts.h. */
#include "install/hosts.h"

#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "install/hosts.sql.h"

#define CHECK_MS 10

int hosts_want_pool(struct target *t)
{
	struct rows rows;
	int rc = op_write(t->op, NULL, &HOSTS_WANT, DB_ARGS(t->pkg.sha256), &rows);

	if (rc < 0)
		return rc;
	t->wanted = row_text(&rows, 0, 0);
	app_wake_steward(t->op->app, WAKE_CLOSER);
	return 0;
}

int hosts_start_pool(struct target *t)
{
	int rc;

	if ((rc = target_state(t, "installing", true)) < 0 || (rc = target_commit(t)) < 0)
		return rc;
	if (t->pkg.quarantined)
		target_release_pool(t);
	return hosts_want_pool(t);
}

/* *ret = those that have not opened it by then; NULL = all have. */
static int pending(struct target *t, int64_t until, const char **ret)
{
	const struct timespec pause = {.tv_nsec = CHECK_MS * 1000000L};
	struct rows rows;
	int rc;

	for (;; nanosleep(&pause, NULL)) {
		if ((rc = op_read(t->op, NULL, &HOSTS_PENDING, DB_ARGS(t->wanted), &rows)) < 0)
			return rc;
		*ret = row_text(&rows, 0, 0);
		if (!*ret || clock_left(until) == 0 || clock_left(t->op->deadline) <= CHECK_MS)
			return 0;
	}
}

int hosts_wait(struct target *t)
{
	const char *hosts;
	int rc = pending(t, clock_ms() + HOSTS_WAIT_MS, &hosts);

	if (rc < 0 || !hosts)
		return rc;
	op_log(t->op, "hosts that have not opened the pool: %s", hosts);
	return op_fail(t->op, MT_EBUSY,
		"Version %s of %s could not be started on every host, so nothing was changed: try "
		"again, or look at the logs of the hosts that run Mortise",
		t->pkg.version, t->key);
}

int hosts_try_wait(struct target *t)
{
	const char *hosts;
	int rc = pending(t, clock_ms() + HOSTS_WAIT_MS, &hosts);

	if (rc == 0 && hosts)
		log_kv(LOG_LV_WARN, "hosts have not opened a plugin's pool yet; going on", "plugin",
			t->key, "version", t->pkg.version, "hosts", hosts, NULL);
	return rc;
}
