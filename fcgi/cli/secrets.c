/*
 * secrets.c - `mortise secrets`: the keys that seal plugins' secrets, and rotating them at run time
 * (crypt/seal.h, auth/ring.h).
 *
 * rotate adds a key to key_dir/settings.key, waits until no request is running without it, and
 * seals every row again with it, some at a time. When it is killed, everything can still be read by
 * either key, and the next rotate continues instead of adding another key. prune removes keys that
 * seal nothing any more; keep a copy of the file as long as you keep backups of the database.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "auth/ring.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/secrets.sql.h"

#define GRACE_MS 1000

struct work {
	struct conf conf;
	struct seal_ring ring;
	PGconn *db;
	struct err e;
	long done, failed;
	char tenant[16], plugin[64]; /* where the last batch ended */
};

static int read_ring(struct work *w)
{
	const struct seal_ring *ring;
	int rc = ring_get(&w->conf, &ring, &w->e);

	if (rc == 0)
		w->ring = *ring;
	return rc;
}

/* Rows of all tenants are mortise_auth's to see. */
static int open_work(struct work *w, int argc, char **argv)
{
	int rc;

	memset(w, 0, sizeof(*w));
	err_init(&w->e, NULL);
	if ((rc = conf_read(&w->conf, conf_find(argc, argv), &w->e)) < 0 || (rc = read_ring(w)) < 0)
		return rc;
	if ((rc = cli_connect(&w->conf, "mortise_owner", NULL, &w->db, &w->e)) < 0)
		return rc;
	return cli_exec(w->db, "set role mortise_auth", "becoming mortise_auth", &w->e);
}

static void close_work(struct work *w)
{
	PQfinish(w->db);
	seal_wipe(&w->ring, sizeof(w->ring));
}

static int be_alone(struct work *w)
{
	PGresult *res;
	int rc = cli_query(w->db, &SECRETS_ALONE, NULL, 0, &res, &w->e);

	if (rc < 0)
		return rc;
	if (PQgetvalue(res, 0, 0)[0] != 't')
		rc = err_set(&w->e, MT_ECONFLICT, "another `mortise secrets` is at work");
	PQclear(res);
	return rc;
}

/* Rows that this key sealed; id 0: rows that are sealed by another than the newest. */
static long rows_of(const PGresult *counts, int id, int newest)
{
	long n = 0;

	for (int i = 0; i < PQntuples(counts); i++) {
		int key = (int)strtol(PQgetvalue(counts, i, 0), NULL, 10);

		if (id ? key == id : key != newest)
			n += strtol(PQgetvalue(counts, i, 1), NULL, 10);
	}
	return n;
}

/* --- status --- */

static int status(struct work *w, bool json)
{
	int newest = seal_ring_newest(&w->ring)->id, rc;
	json_t *keys = json_array();
	PGresult *res;

	if ((rc = cli_query(w->db, &SECRETS_COUNT, NULL, 0, &res, &w->e)) < 0) {
		json_decref(keys);
		return rc;
	}
	for (int i = 0; i < w->ring.n; i++) {
		int id = w->ring.key[i].id;

		json_array_append_new(
			keys, json_pack("{s:i, s:b, s:I}", "id", id, "newest", id == newest, "rows",
				      (json_int_t)rows_of(res, id, newest)));
		if (!json)
			printf("key %d: %ld rows%s\n", id, rows_of(res, id, newest),
				id == newest ? ", seals what is new" : "");
	}
	for (int i = 0; i < PQntuples(res); i++)
		if (!seal_ring_find(&w->ring, (int)strtol(PQgetvalue(res, i, 0), NULL, 10)))
			rc = err_set(&w->e, MT_ENOENT,
				"key %s sealed %s rows and isn't in settings.key: restore it from a "
				"backup",
				PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
	if (json) {
		json_t *all = json_pack(
			"{s:O, s:I}", "keys", keys, "waiting", (json_int_t)rows_of(res, 0, newest));

		json_dumpf(all, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(all);
	}
	json_decref(keys);
	PQclear(res);
	return rc;
}

/* --- rotate --- */

static int add_key(struct work *w)
{
	int rc = seal_ring_grow(&w->ring, &w->e);

	if (rc == 0)
		rc = setup_ring_write(&w->conf, &w->ring, &w->e);
	if (rc == 0)
		printf("key %d added to settings.key\n", seal_ring_newest(&w->ring)->id);
	return rc;
}

/* A request that began before the key was there has only older ones with it, and ends by the plugins'
 * deadline. */
static int wait_for_requests(struct work *w)
{
	char path[600];
	struct stat st;
	int64_t left;

	snprintf(path, sizeof(path), "%s/settings.key", w->conf.key_dir);
	if (stat(path, &st) < 0)
		return err_set(&w->e, MT_EINTERNAL, "%s can't be looked at", path);
	left = (int64_t)st.st_mtim.tv_sec * 1000 + w->conf.plugin_deadline_ms + GRACE_MS + 1000 -
	       clock_unix_ms();
	if (left <= 0)
		return 0;
	printf("waiting %lld s for requests under way\n", (long long)(left + 999) / 1000);
	fflush(stdout);
	while ((left = (int64_t)st.st_mtim.tv_sec * 1000 + w->conf.plugin_deadline_ms + GRACE_MS +
		       1000 - clock_unix_ms()) > 0) {
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

static int one_row(struct work *w, struct arena *p, const PGresult *res, int i)
{
	const char *tenant = PQgetvalue(res, i, 0), *plugin = PQgetvalue(res, i, 1);
	int from = (int)strtol(PQgetvalue(res, i, 3), NULL, 10);
	const char *text = seal_row(w, p, (int)strtol(tenant, NULL, 10), plugin,
		PQgetvalue(res, i, 2), seal_ring_find(&w->ring, from));
	const char *args[] = {
		tenant, plugin, text, arena_printf(p, "%d", seal_ring_newest(&w->ring)->id)};

	snprintf(w->tenant, sizeof(w->tenant), "%s", tenant);
	snprintf(w->plugin, sizeof(w->plugin), "%s", plugin);
	if (!text) {
		fprintf(stderr, "mortise: secrets of %s in tenant %s don't open with key %d\n",
			plugin, tenant, from);
		w->failed++;
		return 0;
	}
	w->done++;
	return cli_query(w->db, &SECRETS_SEAL, args, 4, NULL, &w->e);
}

/* *ret_n: rows that were checked. */
static int one_batch(struct work *w, int *ret_n)
{
	struct arena *p = arena_new();
	const char *args[] = {
		w->tenant, w->plugin, arena_printf(p, "%d", seal_ring_newest(&w->ring)->id)};
	PGresult *res = NULL;
	int rc = cli_exec(w->db, "begin", "begin", &w->e);

	if (rc == 0)
		rc = cli_query(w->db, &SECRETS_NEXT, args, 3, &res, &w->e);
	*ret_n = rc == 0 ? PQntuples(res) : 0;
	for (int i = 0; rc == 0 && i < *ret_n; i++)
		rc = one_row(w, p, res, i);
	PQclear(res);
	if (rc == 0)
		rc = cli_exec(w->db, "commit", "commit", &w->e);
	arena_free(p);
	return rc;
}

static int seal_all(struct work *w, long waiting)
{
	int n, rc;

	snprintf(w->tenant, sizeof(w->tenant), "0");
	do {
		rc = one_batch(w, &n);
		if (rc == 0 && n > 0) {
			printf("%ld of %ld sealed anew\n", w->done, waiting);
			fflush(stdout);
		}
	} while (rc == 0 && n > 0);
	if (rc == 0 && w->failed > 0)
		rc = err_set(&w->e, MT_EINTERNAL,
			"%ld plugins' secrets could not be opened: restore their keys, or set them anew",
			w->failed);
	return rc;
}

static int rotate(struct work *w, bool add_only)
{
	PGresult *res;
	long waiting;
	int rc = be_alone(w);

	if (rc < 0 || (rc = cli_query(w->db, &SECRETS_COUNT, NULL, 0, &res, &w->e)) < 0)
		return rc;
	waiting = rows_of(res, 0, seal_ring_newest(&w->ring)->id);
	if (waiting > 0 && !add_only) {
		printf("going on with key %d\n", seal_ring_newest(&w->ring)->id);
	} else if ((rc = add_key(w)) == 0) {
		waiting = rows_of(res, 0, seal_ring_newest(&w->ring)->id);
	}
	PQclear(res);
	if (rc < 0 || add_only)
		return rc;
	if (waiting > 0)
		rc = wait_for_requests(w);
	if (rc == 0)
		rc = seal_all(w, waiting);
	if (rc == 0)
		printf("all secrets are sealed by key %d\n", seal_ring_newest(&w->ring)->id);
	return rc;
}

/* --- prune --- */

static int drop_unused(struct work *w, const PGresult *counts)
{
	int newest = seal_ring_newest(&w->ring)->id, n = w->ring.n, rc;
	struct seal_ring left = {0};

	for (int i = 0; i < n; i++) {
		const struct seal_key *k = &w->ring.key[i];

		if (k->id == newest || rows_of(counts, k->id, newest) > 0)
			left.key[left.n++] = *k;
	}
	rc = left.n < n ? setup_ring_write(&w->conf, &left, &w->e) : 0;
	if (rc == 0)
		printf("keys taken away: %d, left: %d\n", n - left.n, left.n);
	seal_wipe(&left, sizeof(left));
	return rc;
}

static int prune(struct work *w)
{
	PGresult *res;
	int rc = be_alone(w);

	if (rc == 0)
		rc = cli_exec(w->db, "begin", "begin", &w->e);
	if (rc == 0)
		rc = cli_query(w->db, &SECRETS_RING, NULL, 0, NULL, &w->e);
	if (rc == 0)
		rc = cli_query(w->db, &SECRETS_COUNT, NULL, 0, &res, &w->e);
	if (rc < 0)
		return rc;
	rc = drop_unused(w, res);
	PQclear(res);
	return rc == 0 ? cli_exec(w->db, "commit", "commit", &w->e) : rc;
}

static int secrets_run(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct work w;
	int rc;

	if (strcmp(what, "rotate") != 0 && strcmp(what, "prune") != 0 &&
		strcmp(what, "status") != 0)
		return cli_usage(&cli_secrets);
	rc = open_work(&w, argc, argv);
	if (rc == 0 && !strcmp(what, "rotate"))
		rc = rotate(&w, cli_flag(argc, argv, "--add"));
	else if (rc == 0 && !strcmp(what, "prune"))
		rc = prune(&w);
	else if (rc == 0)
		rc = status(&w, cli_flag(argc, argv, "--json"));
	close_work(&w);
	return rc < 0 ? cli_fail(&w.e) : 0;
}

const struct cli_command cli_secrets = {"secrets", "rotate|prune|status -c CONF [--add] [--json]",
	"change the key that seals plugins' secrets (rotate), drop unused ones (prune)",
	secrets_run};
