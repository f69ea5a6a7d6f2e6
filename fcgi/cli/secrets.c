/*
 * secrets.c - `mortise secrets`: the keys that seal plugins' secrets, and rotating them at run time
 * (crypt/seal.h, auth/ring.h).
 *
 * rotate adds a key to key_dir/settings.key, waits until no request runs that doesn't have it, and
 * seals every row again with it, some at a time. When it is killed, everything can still be read by
 * either key, and the next rotate continues where this one stopped instead of adding another key.
 * prune removes keys that seal nothing any more; keep a copy of the file as long as you keep
 * backups of the database.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "auth/ring.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/secrets.sql.h"

#define GRACE_MS 2000 /* after the plugins' deadline; the file's time is in whole seconds */

struct work {
	struct op *op;
	struct seal_ring ring;
	PGconn *db;
	long done, failed;
	char tenant[16], plugin[64]; /* where the last batch ended */
};

static int newest_id(const struct work *w)
{
	return seal_ring_newest(&w->ring)->id;
}

/* Rows of all tenants are mortise_auth's to see. */
static int open_work(struct work *w)
{
	const struct seal_ring *ring;
	int rc;

	if ((rc = ring_get(&w->op->app->conf, &ring, &w->op->err)) < 0)
		return rc;
	w->ring = *ring;
	if ((rc = cli_connect(w->op, "mortise_owner", NULL, &w->db)) < 0)
		return rc;
	return cli_exec(w->op, w->db, "set role mortise_auth", "mortise_auth's role");
}

static int lock_alone(struct work *w)
{
	struct rows rows;
	int rc = cli_query(w->op, w->db, &SECRETS_ALONE, DB_NOARGS, &rows);

	if (rc < 0 || row_bool(&rows, 0, 0))
		return rc;
	return op_fail(w->op, MT_ECONFLICT,
		"Another `mortise secrets` is running: wait until it has ended");
}

/* Rows that this key sealed; id 0: rows that are sealed by another than the newest. */
static long rows_of(const struct work *w, const struct rows *counts, int id)
{
	long n = 0;

	for (int i = 0; i < counts->n; i++) {
		long key = row_int(counts, i, 0);

		if (id ? key == id : key != newest_id(w))
			n += row_int(counts, i, 1);
	}
	return n;
}

/* --- status --- */

static json_t *keys_json(const struct work *w, const struct rows *counts)
{
	json_t *keys = json_array();

	for (int i = 0; i < w->ring.n; i++) {
		int id = w->ring.key[i].id;

		json_array_append_new(
			keys, json_pack("{s:i, s:b, s:I}", "id", id, "newest", id == newest_id(w),
				      "rows", (json_int_t)rows_of(w, counts, id)));
	}
	return json_pack("{s:o, s:I}", "keys", keys, "waiting", (json_int_t)rows_of(w, counts, 0));
}

static int status(struct work *w, bool json)
{
	struct rows counts;
	int rc = cli_query(w->op, w->db, &SECRETS_COUNT, DB_NOARGS, &counts);

	if (rc < 0)
		return rc;
	if (json) {
		json_t *all = keys_json(w, &counts);

		json_own(w->op->arena, all);
		cli_print_json(all, JSON_COMPACT);
	}
	for (int i = 0; i < w->ring.n && !json; i++) {
		int id = w->ring.key[i].id;

		printf("key %d: %ld rows%s\n", id, rows_of(w, &counts, id),
			id == newest_id(w) ? ", seals new secrets" : "");
	}
	for (int i = 0; i < counts.n; i++)
		if (!seal_ring_find(&w->ring, (int)row_int(&counts, i, 0)))
			return op_fail(w->op, MT_ENOENT,
				"Key %s sealed %s rows and is missing in settings.key: restore it from "
				"a backup",
				row_text(&counts, i, 0), row_text(&counts, i, 1));
	return 0;
}

/* --- rotate --- */

static int add_key(struct work *w)
{
	int rc;

	if ((rc = seal_ring_grow(&w->ring, &w->op->err)) < 0 ||
		(rc = setup_ring_write(w->op, &w->ring)) < 0)
		return rc;
	printf("Added key %d to settings.key\n", newest_id(w));
	return 0;
}

/* A request that began before the key was there has only older ones with it, and ends by the plugins'
 * deadline. */
static int wait_for_requests(struct work *w)
{
	const struct conf *c = &w->op->app->conf;
	const char *path = arena_printf(w->op->arena, "%s/settings.key", c->key_dir);
	struct stat st;
	int64_t until, left;

	if (stat(path, &st) < 0)
		return cli_errno(w->op, path);
	until = (int64_t)st.st_mtim.tv_sec * 1000 + c->plugin_deadline_ms + GRACE_MS;
	if ((left = until - clock_unix_ms()) > 0)
		printf("Waiting %lld s for running requests\n", (long long)(left + 999) / 1000);
	for (; left > 0; left = until - clock_unix_ms()) {
		struct timespec t = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000L};

		nanosleep(&t, NULL);
	}
	return 0;
}

/* The row's secrets by the newest key; NULL when one doesn't open. */
static char *seal_row(struct work *w, struct arena *p, int tenant, const char *plugin,
	const char *secrets, const struct seal_key *from)
{
	const struct seal_key *to = seal_ring_newest(&w->ring);
	unsigned char old[SEAL_KEY], fresh[SEAL_KEY];
	json_t *all, *sealed, *ret = json_object();
	struct err ignored;
	const char *name;
	bool good;

	err_init(&ignored, p);
	json_own(p, ret);
	good = from && json_parse(p, secrets, strlen(secrets), &all, &ignored) == 0;
	if (!good)
		return NULL;
	seal_subkey(old, from, plugin, tenant);
	seal_subkey(fresh, to, plugin, tenant);
	json_object_foreach(all, name, sealed) {
		char *plain;
		size_t n;

		good = good && json_is_string(sealed) &&
		       seal_open(p, old, plugin, tenant, name, json_string_value(sealed), &plain,
			       &n) == 0;
		if (!good)
			break;
		json_object_set_new(ret, name,
			json_string(seal_value(p, fresh, plugin, tenant, name, plain, n)));
		seal_wipe(plain, n);
	}
	seal_wipe(old, sizeof(old));
	seal_wipe(fresh, sizeof(fresh));
	return good ? json_text(p, ret, NULL) : NULL;
}

static int seal_one(struct work *w, struct op *op, const struct rows *rows, int i)
{
	const char *tenant = row_text(rows, i, 0), *plugin = row_text(rows, i, 1);
	int from = (int)row_int(rows, i, 3);
	const char *text = seal_row(w, op->arena, (int)row_int(rows, i, 0), plugin,
		row_text(rows, i, 2), seal_ring_find(&w->ring, from));

	snprintf(w->tenant, sizeof(w->tenant), "%s", tenant);
	snprintf(w->plugin, sizeof(w->plugin), "%s", plugin);
	if (!text) {
		fprintf(stderr, "mortise: Can't open the secrets of %s in tenant %s with key %d\n",
			plugin, tenant, from);
		w->failed++;
		return 0;
	}
	w->done++;
	return cli_query(op, w->db, &SECRETS_SEAL,
		DB_ARGS(tenant, plugin, text, arena_printf(op->arena, "%d", newest_id(w))), NULL);
}

/* *ret_n: rows of the batch. */
static int seal_batch(struct work *w, struct op *op, int *ret_n)
{
	const char *newest = arena_printf(op->arena, "%d", newest_id(w));
	struct rows rows;
	int rc;

	if ((rc = cli_exec(op, w->db, "begin", "begin")) < 0 ||
		(rc = cli_query(op, w->db, &SECRETS_NEXT, DB_ARGS(w->tenant, w->plugin, newest),
			 &rows)) < 0)
		return rc;
	*ret_n = rows.n;
	for (int i = 0; i < rows.n; i++)
		if ((rc = seal_one(w, op, &rows, i)) < 0)
			return rc;
	return cli_exec(op, w->db, "commit", "commit");
}

static int seal_all(struct work *w, long waiting)
{
	int n, rc;

	snprintf(w->tenant, sizeof(w->tenant), "0");
	do {
		struct op batch = cli_part(w->op);

		rc = cli_part_end(w->op, &batch, seal_batch(w, &batch, &n));
		if (rc < 0)
			return rc;
		if (n > 0)
			printf("Sealed %ld of %ld\n", w->done, waiting);
	} while (n > 0);
	if (w->failed == 0)
		return 0;
	return op_fail(w->op, MT_EINTERNAL,
		"The secrets of %ld plugins could not be opened: restore their keys, or set the secrets "
		"again",
		w->failed);
}

static int rotate(struct work *w, bool add_only)
{
	struct rows counts;
	long waiting;
	int rc;

	if ((rc = lock_alone(w)) < 0 ||
		(rc = cli_query(w->op, w->db, &SECRETS_COUNT, DB_NOARGS, &counts)) < 0)
		return rc;
	if (rows_of(w, &counts, 0) > 0 && !add_only)
		printf("Continuing with key %d\n", newest_id(w));
	else if ((rc = add_key(w)) < 0)
		return rc;
	if (add_only)
		return 0;
	waiting = rows_of(w, &counts, 0);
	if (waiting > 0 && (rc = wait_for_requests(w)) < 0)
		return rc;
	if ((rc = seal_all(w, waiting)) < 0)
		return rc;
	printf("All secrets are sealed with key %d\n", newest_id(w));
	return 0;
}

/* --- prune --- */

static int drop_unused(struct work *w, const struct rows *counts)
{
	struct seal_ring left = {0};
	int rc = 0, kept;

	for (int i = 0; i < w->ring.n; i++) {
		const struct seal_key *k = &w->ring.key[i];

		if (k->id == newest_id(w) || rows_of(w, counts, k->id) > 0)
			left.key[left.n++] = *k;
	}
	kept = left.n;
	if (kept < w->ring.n)
		rc = setup_ring_write(w->op, &left);
	seal_wipe(&left, sizeof(left));
	if (rc < 0)
		return rc;
	printf("Removed %d keys, kept %d\n", w->ring.n - kept, kept);
	return 0;
}

static int prune(struct work *w)
{
	struct rows counts;
	int rc;

	if ((rc = lock_alone(w)) < 0 || (rc = cli_exec(w->op, w->db, "begin", "begin")) < 0 ||
		(rc = cli_query(w->op, w->db, &SECRETS_RING, DB_NOARGS, NULL)) < 0 ||
		(rc = cli_query(w->op, w->db, &SECRETS_COUNT, DB_NOARGS, &counts)) < 0 ||
		(rc = drop_unused(w, &counts)) < 0)
		return rc;
	return cli_exec(w->op, w->db, "commit", "commit");
}

static int secrets_run(struct cli *c)
{
	const char *verb = c->word[0];
	struct work w = {.op = &c->op};
	bool rotates = !strcmp(verb, "rotate"), prunes = !strcmp(verb, "prune");
	int rc;

	if (!rotates && !prunes && strcmp(verb, "status") != 0)
		return cli_usage(c);
	if ((rc = cli_conf(c)) < 0)
		return rc;
	if ((rc = open_work(&w)) == 0)
		rc = rotates  ? rotate(&w, cli_given(c, "--add"))
		     : prunes ? prune(&w)
			      : status(&w, cli_given(c, "--json"));
	seal_wipe(&w.ring, sizeof(w.ring));
	return rc;
}

static const struct cli_option OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--add", NULL, "rotate: add a key and seal nothing with it yet"},
	{"--json", NULL, "status: one JSON document"},
	{0},
};

const struct cli_command cli_secrets = {
	.name = "secrets",
	.usage = "rotate | prune | status",
	.summary = "change the key that seals plugins' secrets (rotate), drop unused ones (prune)",
	.least = 1,
	.most = 1,
	.options = OPTIONS,
	.run = secrets_run,
};
