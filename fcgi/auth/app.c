/* app.c - the start of a process of the core. */
#include "auth/app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/ident.h"
#include "auth/lease.h"
#include "auth/password.h"
#include "cache/cache.h"
#include "db/db.h"
#include "os/sock.h"

#define ADMIN_LOCK_MS 15000
#define STEWARD_LOCK_MS 5000

static int read_key(const char *dir, const char *name, unsigned char key[32], struct err *e)
{
	char path[600];
	unsigned char text[33];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, MT_EINTERNAL, "%s can't be read: %s; `mortise setup` makes it",
			path, strerror(errno));
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n != 32)
		return err_set(e, MT_EINTERNAL, "%s must be 32 bytes", path);
	memcpy(key, text, 32);
	explicit_bzero(text, sizeof(text));
	return 0;
}

static int read_boot_id(char *ret, size_t max, struct err *e)
{
	static const char FILE_NAME[] = "/proc/sys/kernel/random/boot_id";
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, max - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return err_set(e, MT_EINTERNAL, "%s can't be read: /proc must be there", FILE_NAME);
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

/* A transaction that waits for a locked row occupies its worker. Requests of the api pool wait
 * shortly; a lifecycle step has time, and the steward tries again anyway. */
static void set_timeouts(struct db_opts *o, const struct conf *c)
{
	bool admin = strcmp(o->user, "mortise_admin") == 0;
	bool steward = strcmp(o->user, "mortise_steward") == 0;

	o->lock_timeout_ms = admin ? ADMIN_LOCK_MS : steward ? STEWARD_LOCK_MS : c->lock_timeout_ms;
	o->statement_timeout_ms = admin ? c->admin_deadline_ms : c->api_deadline_ms;
}

int app_init(struct app *a, const char *conf_file, const char *db_role, struct err *e)
{
	static char passfile[300]; /* as long as the process, like the connection */
	struct db_opts o = {
		.user = db_role, .passfile = passfile, .process = db_role, .may_cancel = true};
	int rc;

	memset(a, 0, sizeof(*a));
	a->steward_fd = -1;
	a->db_role = db_role;
	if ((rc = conf_read(&a->conf, conf_file, e)) < 0)
		return rc;
	if ((rc = read_key(a->conf.key_dir, "ticket.key", a->ticket_key, e)) < 0)
		return rc;
	if ((rc = read_boot_id(a->boot_id, sizeof(a->boot_id), e)) < 0)
		return rc;
	if (password_init() < 0)
		return err_set(e, MT_EINTERNAL, "The library libsodium does not start");
	snprintf(passfile, sizeof(passfile), "%s/pgpass", a->conf.key_dir);
	o.host = a->conf.db_host;
	o.port = a->conf.db_port;
	o.dbname = a->conf.db_name;
	set_timeouts(&o, &a->conf);
	a->db = db_new(&o);
	a->cache = cache_new(a->conf.memcached);
	a->lease = lease_new();
	/* Unconnected: the steward may start later than we, and start again. */
	a->steward_fd = sock_dgram();
	return 0;
}

const struct db_as *op_as(const struct op *op)
{
	struct db_as *as;

	if (!op->who)
		return NULL;
	as = arena_alloc(op->arena, sizeof(*as));
	*as = (struct db_as){.tenant = op->who->tenant, .user = op->who->user, .own = op->who->own};
	return as;
}

void app_op(struct app *a, struct op *op, struct arena *p, int64_t deadline)
{
	op_init(op, p, deadline);
	op->app = a;
	op->db = a->db;
}

void app_wake_steward(struct app *a, enum wake why)
{
	if (a->steward_fd >= 0)
		steward_wake(a->steward_fd, a->conf.run_dir, why);
}
