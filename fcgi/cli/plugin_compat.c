/*
 * plugin_compat.c - `mortise plugin compat`: which installed plugins would not load with this
 * Mortise.
 *
 * Run it from the new version before the old one is stopped: it reads the packages in use from the
 * database, checks their host range and ABI, and loads each library once in the sandbox of the
 * mortise-plugin beside it. It changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/json.h"
#include "cli/plugin.h"
#include "db/db.h"
#include "mortise.h"
#include "package/semver.h"
#include "registry/store.h"
#include "base/temp.h"
#include "registry/trial.h"
#include "cli/plugin_compat.sql.h"

#define DB_MS 30000

static const struct plugin_option OPTIONS[] = {
	{"-c", "CONF", "mortise.conf of the Mortise that is installed"},
	{"--host", "VERSION", "as if this Mortise had another version"},
	{"--abi", "N", "as if it knew plugin ABIs up to this one"},
	{"--json", NULL, "one JSON document"},
	{0},
};

struct compat {
	struct arena *arena;
	struct db *db;
	struct conf conf;
	struct plugin_home home;
	const char *host;
	long abi;
	json_t *items;
	int n_bad;
};

static void free_db(void *db)
{
	db_free(db);
}

static void remove_folder(void *path)
{
	(void)!temp_remove_tree(path);
}

/* A folder of our own for what is unpacked; the store of the running Mortise isn't ours to write. */
static int own_folder(struct compat *c, struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(c->conf.store_dir, sizeof(c->conf.store_dir), "%s/mortise-compat-XXXXXX",
		tmp && *tmp == '/' ? tmp : "/tmp");
	if (!mkdtemp(c->conf.store_dir))
		return temp_errno(e, "mkdtemp", c->conf.store_dir);
	arena_cleanup(c->arena, remove_folder, arena_strdup(c->arena, c->conf.store_dir));
	return 0;
}

static int open_all(struct compat *c, const struct plugin_args *a, struct err *e)
{
	const char *file = plugin_given(a, "-c"), *abi = plugin_given(a, "--abi"), *host;
	char *argv[] = {(char *)"compat", (char *)"-c", (char *)file, NULL};
	struct db_opts o = {.user = "mortise_admin", .process = "compat"};
	struct semver v;
	char *end = NULL;

	host = plugin_given(a, "--host");
	c->host = host ? host : MORTISE_VERSION;
	if (semver_parse(&v, c->host) < 0)
		return err_set(
			e, MT_EINVAL, "--host %.60s: a version like 1.2.3 is needed", c->host);
	c->abi = abi ? strtol(abi, &end, 10) : MT_ABI;
	if (c->abi < 1 || c->abi > 1000 || (end && *end))
		return err_set(e, MT_EINVAL, "--abi %.60s: a number from 1 is needed", abi);
	if (conf_read(&c->conf, conf_find(file ? 3 : 1, argv), e) < 0 ||
		plugin_home_find(c->arena, &c->home, e) < 0)
		return e->code;
	if (!c->home.program)
		return err_set(e, MT_ENOENT,
			"mortise-plugin doesn't lie beside this program: nothing can be loaded");
	o.host = c->conf.db_host;
	o.port = c->conf.db_port;
	o.dbname = c->conf.db_name;
	o.passfile = arena_printf(c->arena, "%s/pgpass", c->conf.key_dir);
	c->db = db_new(&o);
	arena_cleanup(c->arena, free_db, c->db);
	return own_folder(c, e);
}

/* The library alone, loaded once; what it declares against the manifest. */
static int try_load(struct compat *c, struct arena *p, const char *sha256, struct err *e)
{
	struct package pkg = {0};
	const char *file, *so;
	char *text;
	size_t n;
	int rc = store_fetch(c->db, p, clock_ms() + DB_MS, &c->conf, sha256, &file, e);

	if (rc == 0)
		rc = archive_open(p, file, &pkg.archive, e);
	if (rc == 0)
		rc = archive_load(pkg.archive, archive_find(pkg.archive, "manifest.json"),
			MANIFEST_MAX, &text, &n, e);
	if (rc == 0)
		rc = manifest_read_stored(p, text, n, &pkg.manifest, e);
	if (rc < 0)
		return rc;
	pkg.checks = json_array();
	json_own(p, pkg.checks);
	rc = store_trial_file(p, &c->conf, &pkg, &so, e);
	return rc < 0 ? rc : trial_by_self(p, c->home.program, so, &pkg, e);
}

/* Why it would not load, or NULL; MT_EBUSY and the like are no answer. */
static int judge(struct compat *c, struct arena *p, const struct rows *rows, int i,
	const char **ret, struct err *e)
{
	const char *range = row_text(rows, i, 4);
	long abi = row_int(rows, i, 5);
	struct err *why = err_new(e->arena); /* may become e's */
	int rc;

	*ret = NULL;
	if (range && !semver_in_range(c->host, range))
		*ret = arena_printf(p, "it is for Mortise %.60s, not %s", range, c->host);
	else if (abi > c->abi)
		*ret = arena_printf(
			p, "it is built for plugin ABI %ld; 1 to %ld are known", abi, c->abi);
	if (*ret)
		return 0;
	rc = try_load(c, p, row_text(rows, i, 2), why);
	if (rc == MT_EBUSY || rc == MT_ETIMEOUT || rc == MT_EFULL) {
		*e = *why;
		return rc;
	}
	if (rc < 0)
		*ret = why->n_fields ? arena_printf(p, "%s: %s", why->field[0].pointer,
					       why->field[0].detail)
				     : arena_strdup(p, why->message);
	return 0;
}

static int look_at(struct compat *c, const struct rows *rows, int i, bool json, struct err *e)
{
	const char *key = row_text(rows, i, 0), *version = row_text(rows, i, 1), *why;
	struct arena *p = arena_new();
	int rc = judge(c, p, rows, i, &why, e);

	if (rc == 0) {
		c->n_bad += why != NULL;
		json_array_append_new(c->items,
			json_pack("{s:s, s:s, s:I, s:b, s:s?}", "pluginKey", key, "version",
				version, "tenants", (json_int_t)row_int(rows, i, 3), "ok",
				why == NULL, "reason", why));
		if (!json)
			printf("%-24s %-16s %7ld  %s%s\n", key, version, row_int(rows, i, 3),
				why ? "WOULD NOT LOAD: " : "ok", why ? why : "");
	}
	arena_free(p);
	return rc;
}

static int plugin_compat_run(struct plugin_args *a)
{
	struct compat *c = arena_zalloc(a->arena, sizeof(*c));
	bool json = plugin_given(a, "--json") != NULL;
	struct rows rows;
	int rc;

	c->arena = a->arena;
	c->items = json_array();
	json_own(a->arena, c->items);
	rc = open_all(c, a, a->err);
	if (rc == 0)
		rc = db_read(c->db, a->arena, clock_ms() + DB_MS, NULL, &COMPAT_INSTALLED,
			DB_NOARGS, &rows, a->err);
	if (rc == 0 && !json)
		printf("%-24s %-16s %7s  with Mortise %s, plugin ABI %ld\n", "PLUGIN", "VERSION",
			"TENANTS", c->host, c->abi);
	for (int i = 0; rc == 0 && i < rows.n; i++)
		rc = look_at(c, &rows, i, json, a->err);
	if (rc < 0)
		return plugin_fail(a);
	if (json) {
		json_t *all = json_pack("{s:s, s:I, s:O}", "host", c->host, "abi",
			(json_int_t)c->abi, "items", c->items);

		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(all);
	} else if (c->n_bad) {
		printf("\n%d of %d would not load. Upgrade, disable or uninstall them first; their rows "
		       "stay.\n",
			c->n_bad, rows.n);
	}
	return c->n_bad > 0;
}

const struct plugin_command plugin_compat = {
	.name = "compat",
	.usage = "",
	.summary = "which installed plugins would not load with this Mortise",
	.help = "To be run from the new version, before the old one is stopped: it reads what tenants\n"
		"have installed, compares host range and ABI and loads each library once. Exit status\n"
		"1 when any would not load. Nothing is changed.\n",
	.options = OPTIONS,
	.run = plugin_compat_run,
};
