/*
 * tenant.c - `mortise tenant`: the companies of this server.
 *
 * Only who can read key_dir gets that far, and could as well change the database, so nobody signs in here.
 */
#include "cli/cli.h"
#include "cli/registration.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exports.h"
#include "base/id.h"
#include "base/json.h"
#include "base/valid.h"
#include "os/sock.h"
#include "os/steward.h"
#include "cli/tenant.sql.h"

#define NAME_MAX_LEN 120
#define REASON_MAX_LEN 500
#define CHECK_MS 300
#define COPY_BYTES (1L << 20)
#define STUCK_MS 60000 /* without a row less */

static int bad_organization(struct op *op)
{
	return op_fail(op, MT_EINVAL,
		"Give the organization a name of one line and 1 to %d characters", NAME_MAX_LEN);
}

static int run_add(struct cli *c)
{
	const char *code = c->word[0], *name = c->word[1];
	const char *organization = cli_given(c, "--organization");
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	if (organization && !cli_is_line(organization, NAME_MAX_LEN))
		return bad_organization(op);
	if (!valid_tenant_code(code))
		return op_fail(op, MT_EINVAL,
			"\"%.60s\" is no code of a company: choose 2 to 40 of a-z, 0-9 and -, a letter "
			"first",
			code);
	if (!cli_is_line(name, NAME_MAX_LEN))
		return op_fail(op, MT_EINVAL,
			"Give the company a name of one line and 1 to %d characters", NAME_MAX_LEN);
	if ((rc = cli_open(c)) < 0)
		return rc;
	rc = op_write(op, NULL, &TENANT_ADD, DB_ARGS(code, name, organization), &rows);
	if (rc == MT_ECONFLICT)
		return err_replace(&op->err, rc, "A company has the code %s already", code);
	if (rc < 0)
		return rc;
	printf("Added %s (%s); add its first person with: mortise user add EMAIL --tenant %s "
	       "--name NAME --role Admin\n",
		code, name, code);
	return 0;
}

static int run_list(struct cli *c)
{
	const char *state = cli_given(c, "--state");
	struct rows rows;
	int rc;

	if (state && !strcmp(state, "pending"))
		return registration_list(c);
	if (state && strcmp(state, "active") != 0 && strcmp(state, "suspended") != 0)
		return op_fail(&c->op, MT_EINVAL,
			"\"%.60s\" is no state: give --state pending, active or suspended", state);
	if ((rc = cli_open(c)) < 0 ||
		(rc = op_read(&c->op, NULL, &TENANT_LIST, DB_ARGS(state), &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		printf("%-20s  %-9s  %5s people  since %s  %s\n", row_text(&rows, i, 0),
			row_text(&rows, i, 2), row_text(&rows, i, 3), row_text(&rows, i, 4),
			row_text(&rows, i, 1));
	if (rows.n == 0 && !state)
		puts("There is no company; add one with: mortise tenant add CODE NAME");
	return 0;
}

static int set_state(struct cli *c, const char *state)
{
	const char *reason = cli_given(c, "--reason");
	struct rows rows;
	int rc;

	if (reason && !cli_is_line(reason, REASON_MAX_LEN))
		return op_fail(&c->op, MT_EINVAL, "Give --reason one line of 1 to %d characters",
			REASON_MAX_LEN);
	if ((rc = cli_open(c)) < 0)
		return rc;
	return op_write(&c->op, NULL, &TENANT_SET_STATE, DB_ARGS(c->word[0], state, reason), &rows);
}

static int run_suspend(struct cli *c)
{
	int rc = set_state(c, "suspended");

	if (rc < 0)
		return rc;
	cli_rights_wait(&c->op);
	printf("Suspended %s: nobody of it gets in until it is activated; its data stays\n",
		c->word[0]);
	return 0;
}

static int run_activate(struct cli *c)
{
	int rc = set_state(c, "active");

	if (rc < 0)
		return rc;
	printf("Activated %s\n", c->word[0]);
	return 0;
}

static int run_move(struct cli *c)
{
	const char *code = c->word[0], *organization = c->word[1];
	struct rows rows;
	int rc;

	if (!cli_is_line(organization, NAME_MAX_LEN))
		return bad_organization(&c->op);
	if ((rc = cli_open(c)) < 0 ||
		(rc = op_write(&c->op, NULL, &TENANT_MOVE, DB_ARGS(code, organization), &rows)) < 0)
		return rc;
	cli_rights_wait(&c->op);
	printf("%s belongs to the organization %s, which has %ld compan%s\n", code,
		row_text(&rows, 0, 0), row_int(&rows, 0, 1),
		row_int(&rows, 0, 1) == 1 ? "y" : "ies");
	return 0;
}

static bool is_limit(const char *value)
{
	size_t n = value ? strlen(value) : 0;

	return !value || !strcmp(value, "default") ||
	       (n >= 1 && n <= 9 && strspn(value, "0123456789") == n);
}

static int run_limits(struct cli *c)
{
	static const char *const NAMES[] = {"--people", "--storage-mb", "--plugins"};
	const char *value[3];
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	for (int i = 0; i < 3; i++)
		if (!is_limit(value[i] = cli_given(c, NAMES[i])))
			return op_fail(op, MT_EINVAL,
				"\"%.60s\" is no limit: give %s a number (0 = no limit), or default",
				value[i], NAMES[i]);
	if ((rc = cli_open(c)) < 0)
		return rc;
	if ((value[0] || value[1] || value[2]) &&
		(rc = op_write(op, NULL, &TENANT_LIMITS_SET,
			 DB_ARGS(c->word[0], value[0], value[1], value[2]), &rows)) < 0)
		return rc;
	if ((rc = op_read(op, NULL, &TENANT_LIMITS, DB_ARGS(c->word[0]), &rows)) < 0)
		return rc;
	for (int i = 0; i < rows.n; i++)
		printf("%-10s  %s of %s\n", row_text(&rows, i, 0), row_text(&rows, i, 1),
			strcmp(row_text(&rows, i, 2), "0") != 0 ? row_text(&rows, i, 2)
								: "any number");
	return 0;
}

static void wake_steward(const struct cli *c)
{
	int fd = sock_dgram();

	if (fd < 0)
		return;
	steward_wake(fd, c->op.app->conf.run_dir, WAKE_ROLLOUT);
	close(fd);
}

/* The processes of Mortise do it; we only watch. */
static int watch_deletion(struct cli *c)
{
	const struct timespec pause = {.tv_nsec = CHECK_MS * 1000000L};
	int64_t moved = clock_ms();
	long last = -1;

	for (;;) {
		struct rows rows;
		struct op part = cli_part(&c->op);
		int rc = op_read(&part, NULL, &TENANT_DELETION, DB_ARGS(c->word[0]), &rows);
		bool over = rc == 0 && rows.n == 0;
		long removed = rc == 0 && rows.n ? row_int(&rows, 0, 1) : 0;

		if (rc == 0 && !over && row_text(&rows, 0, 3))
			rc = op_fail(&part, MT_EBUSY, "The deletion waits and is tried again: %s",
				row_text(&rows, 0, 3));
		if (cli_part_end(&c->op, &part, rc) < 0)
			return rc;
		if (over)
			return 0;
		if (removed != last)
			moved = clock_ms();
		else if (clock_ms() - moved > STUCK_MS)
			return op_fail(&c->op, MT_EBUSY,
				"Nothing was deleted for a minute: is Mortise running? `mortise status` shows it; the "
				"deletion goes on when it is");
		last = removed;
		c->op.deadline = clock_ms() + STUCK_MS;
		nanosleep(&pause, NULL);
	}
}

static int run_delete(struct cli *c)
{
	const char *code = c->word[0], *confirm = cli_given(c, "--confirm");
	const struct passwd *me = getpwuid(getuid());
	bool now = cli_given(c, "--now") != NULL;
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	if (!confirm || strcmp(confirm, code) != 0)
		return op_fail(op, MT_EINVAL,
			"All data of the company %.60s will be deleted: export it first (mortise tenant export), then "
			"confirm with --confirm %.60s",
			code, code);
	if ((rc = cli_open(c)) < 0)
		return rc;
	rc = op_write(op, NULL, &TENANT_DELETE,
		DB_ARGS(code, arena_printf(op->arena, "%d", now ? 0 : op->app->conf.deletion_days),
			me ? me->pw_name : "?"),
		&rows);
	if (rc < 0)
		return rc;
	cli_rights_wait(op);
	wake_steward(c);
	if (!now) {
		printf("Suspended %s: it is deleted on %s; until then take it back with: mortise tenant keep %s\n",
			code, row_text(&rows, 0, 0), code);
		return 0;
	}
	if ((rc = watch_deletion(c)) == 0)
		printf("Deleted %s\n", code);
	return rc;
}

static int run_keep(struct cli *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_open(c)) < 0 ||
		(rc = op_write(&c->op, NULL, &TENANT_KEEP, DB_ARGS(c->word[0]), &rows)) < 0)
		return rc;
	printf("%s is not deleted; it is %s\n", c->word[0], row_text(&rows, 0, 0));
	return 0;
}

/* Copies it as a whole: the last step gives it its name. */
static int copy_export(struct cli *c, const char *id, const char *to)
{
	char from[EXPORTS_PATH_MAX], part[4096], *bytes = arena_alloc(c->op.arena, COPY_BYTES);
	int in, out, rc = 0;
	ssize_t n;

	exports_path(&c->op.app->conf, id, from);
	snprintf(part, sizeof(part), "%s.part", to);
	if ((in = open(from, O_RDONLY | O_CLOEXEC)) < 0)
		return cli_errno(&c->op, from);
	if ((out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0) {
		rc = cli_errno(&c->op, part);
		close(in);
		return rc;
	}
	while ((n = read(in, bytes, COPY_BYTES)) > 0)
		for (ssize_t at = 0; at < n && rc == 0;) {
			ssize_t got = write(out, bytes + at, (size_t)(n - at));

			if (got < 0)
				rc = cli_errno(&c->op, part);
			else
				at += got;
		}
	if (rc == 0 && (n < 0 || fsync(out) < 0))
		rc = cli_errno(&c->op, n < 0 ? from : part);
	close(in);
	close(out);
	if (rc == 0 && rename(part, to) < 0)
		rc = cli_errno(&c->op, to);
	if (rc < 0)
		unlink(part);
	return rc;
}

/* How it stands; *ret_ready = its file is there. */
static int check_export(struct cli *c, const char *id, bool *ret_ready, long *ret_done)
{
	struct op part = cli_part(&c->op);
	json_t *list = NULL;
	const json_t *e;
	struct rows rows;
	size_t i;
	int rc = op_read(&part, NULL, &TENANT_EXPORTS, DB_ARGS(c->word[0]), &rows);

	if (rc == 0 && (rc = row_json(&part, &rows, 0, 0, &list)) == 0)
		rc = MT_ENOENT;
	json_array_foreach(list, i, e) {
		const char *state = json_str(e, "state", "");

		if (strcmp(json_str(e, "id", ""), id) != 0)
			continue;
		*ret_ready = !strcmp(state, "ready");
		*ret_done = (long)json_integer_value(json_object_get(e, "done"));
		rc = strcmp(state, "failed") != 0
			     ? 0
			     : op_fail(&part, MT_ECONFLICT, "The export was not made: %s",
				       json_str(e, "fault", "?"));
	}
	if (rc == MT_ENOENT)
		op_fail(&part, rc, "The export was removed meanwhile");
	return cli_part_end(&c->op, &part, rc);
}

static int run_export(struct cli *c)
{
	const struct timespec pause = {.tv_nsec = CHECK_MS * 1000000L};
	const char *to = cli_given(c, "--to");
	const struct passwd *me = getpwuid(getuid());
	int64_t moved = clock_ms();
	char id[ID_UUID_LEN + 1];
	bool ready = false;
	long done = 0, last = -1;
	struct rows rows;
	int rc;

	if (!to)
		return op_fail(&c->op, MT_EINVAL, "Name the file that it is written to: --to FILE");
	id_uuid7(id);
	if ((rc = cli_open(c)) < 0 ||
		(rc = op_write(&c->op, NULL, &TENANT_EXPORT,
			 DB_ARGS(c->word[0], id, me ? me->pw_name : "?"), &rows)) < 0)
		return rc;
	while ((rc = check_export(c, id, &ready, &done)) == 0 && !ready) {
		if (done != last)
			moved = clock_ms();
		else if (clock_ms() - moved > STUCK_MS)
			return op_fail(&c->op, MT_EBUSY,
				"Nothing was exported for a minute: is Mortise running? `mortise status` shows it");
		last = done;
		nanosleep(&pause, NULL);
	}
	c->op.deadline = clock_ms() + STUCK_MS;
	if (rc < 0 || (rc = copy_export(c, id, to)) < 0)
		return rc;
	c->op.deadline = clock_ms() + STUCK_MS;
	if ((rc = op_write(&c->op, NULL, &TENANT_EXPORT_DROP, DB_ARGS(c->word[0], id), &rows)) < 0)
		return rc;
	exports_remove(&c->op.app->conf, id);
	printf("Exported %s to %s\n", c->word[0], to);
	return 0;
}

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

static const struct cli_option OF_LIST[] = {
	{"--state", "STATE", "pending, active or suspended"}, CLI_CONF_OPTION, {0}};

static const struct cli_option WITH_REASON[] = {
	{"--reason", "TEXT", "why, for the list of companies"}, CLI_CONF_OPTION, {0}};

static const struct cli_option OF_ADD[] = {
	{"--organization", "NAME",
		"to which it belongs, an existing one or a new one; else its own"},
	CLI_CONF_OPTION, {0}};

static const struct cli_command ADD = {
	.name = "add",
	.usage = "CODE NAME",
	.summary = "add a company",
	.help = "CODE is its short name in addresses and commands, which stays.\n",
	.least = 2,
	.most = 2,
	.options = OF_ADD,
	.run = run_add,
};

static const struct cli_command LIST = {
	.name = "list",
	.usage = "",
	.summary = "list the companies, their state, people and organization",
	.help = "With --state pending, those that registered and wait for approval.\n",
	.options = OF_LIST,
	.run = run_list,
};

static const struct cli_command SUSPEND = {
	.name = "suspend",
	.usage = "CODE",
	.summary = "stop a company: nobody of it gets in, its plugins rest",
	.least = 1,
	.most = 1,
	.options = WITH_REASON,
	.run = run_suspend,
};

static const struct cli_command ACTIVATE = {
	.name = "activate",
	.usage = "CODE",
	.summary = "let a company work again",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = run_activate,
};

static const struct cli_command MOVE = {
	.name = "move",
	.usage = "CODE ORGANIZATION",
	.summary = "let a company belong to another organization",
	.help = "One with this name is made where there is none; one without companies goes.\n",
	.least = 2,
	.most = 2,
	.options = OPTIONS,
	.run = run_move,
};

static const struct cli_option OF_LIMITS[] = {
	{"--people", "N", "active accounts and invitations; 0 = no limit, default = as for all"},
	{"--storage-mb", "N", "what it stores, in MB"}, {"--plugins", "N", "installed plugins"},
	CLI_CONF_OPTION, {0}};

static const struct cli_command LIMITS = {
	.name = "limits",
	.usage = "CODE",
	.summary = "show and set what a company may have",
	.help = "A limit below what is in use deletes nothing: more is refused.\n",
	.least = 1,
	.most = 1,
	.options = OF_LIMITS,
	.run = run_limits,
};

static const struct cli_option OF_DELETE[] = {{"--confirm", "CODE", "its code once more"},
	{"--now", NULL, "at once, and wait until it is done; nothing brings it back"},
	CLI_CONF_OPTION, {0}};

static const struct cli_command DELETE = {
	.name = "delete",
	.usage = "CODE --confirm CODE",
	.summary = "delete a company with everything that belongs to it",
	.help = "It is suspended at once and deleted after deletion_days of mortise.conf.\n",
	.least = 1,
	.most = 1,
	.options = OF_DELETE,
	.run = run_delete,
};

static const struct cli_command KEEP = {
	.name = "keep",
	.usage = "CODE",
	.summary = "take a deletion back that has not begun",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = run_keep,
};

static const struct cli_option OF_EXPORT[] = {
	{"--to", "FILE", "the ZIP that is written"}, CLI_CONF_OPTION, {0}};

static const struct cli_command EXPORT = {
	.name = "export",
	.usage = "CODE --to FILE",
	.summary = "write all data of a company into a ZIP",
	.help = "The processes of Mortise make it, so they have to run.\n",
	.least = 1,
	.most = 1,
	.options = OF_EXPORT,
	.run = run_export,
};

static const struct cli_command *const COMMANDS[] = {&ADD, &LIST, &registration_approve,
	&registration_refuse, &registration_invite, &MOVE, &LIMITS, &SUSPEND, &ACTIVATE, &EXPORT,
	&DELETE, &KEEP, NULL};

const struct cli_command cli_tenant = {
	.name = "tenant",
	.usage = "COMMAND ...",
	.summary =
		"companies: add, list, approve, refuse, invite, move, limits, suspend, activate, export, delete, keep",
	.help = "",
	.commands = COMMANDS,
};
