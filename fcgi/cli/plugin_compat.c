/*
 * plugin_compat.c - `mortise plugin compat`: which installed plugins would not load with this
 * Mortise.
 *
 * Run it from the new version before the old one is stopped: it reads the packages that tenants have from
 * the database, compares their host range and ABI, and loads each library once in the sandbox of the
 * mortise-plugin beside it. It changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/json.h"
#include "cli/plugin.h"
#include "mortise.h"
#include "package/semver.h"
#include "registry/store.h"
#include "registry/trial.h"
#include "cli/plugin_compat.sql.h"

#define DB_MS 30000

struct compat {
	struct op *op;
	struct plugin_home home;
	const char *host;
	long abi;
	json_t *items;
	int n_bad;
};

static int read_versions(struct cli *c, struct compat *k)
{
	const char *host = cli_given(c, "--host"), *abi = cli_given(c, "--abi");
	struct semver v;
	char *end = NULL;

	k->host = host ? host : MORTISE_VERSION;
	if (semver_parse(&v, k->host) < 0)
		return op_fail(&c->op, MT_EINVAL, "Give --host a version such as 1.2.3, not %.60s",
			k->host);
	k->abi = abi ? strtol(abi, &end, 10) : MT_ABI;
	if (k->abi < 1 || k->abi > 1000 || (end && *end))
		return op_fail(
			&c->op, MT_EINVAL, "Give --abi a number from 1 to 1000, not %.60s", abi);
	return 0;
}

/* The library alone, loaded once; its declarations against the manifest. */
static int try_load(struct compat *k, struct op *op, const char *sha256)
{
	struct package pkg = {0};
	const char *file, *so;
	char *text;
	size_t n;
	int rc;

	op->deadline = clock_ms() + DB_MS;
	if ((rc = store_fetch(op, sha256, &file)) < 0 ||
		(rc = archive_open(op->arena, file, &pkg.archive, &op->err)) < 0 ||
		(rc = archive_load(pkg.archive, archive_find(pkg.archive, "manifest.json"),
			 MANIFEST_MAX, &text, &n, &op->err)) < 0 ||
		(rc = manifest_read_stored(op->arena, text, n, &pkg.manifest, &op->err)) < 0)
		return rc;
	pkg.checks = json_array();
	json_own(op->arena, pkg.checks);
	if ((rc = store_trial_file(op, &pkg, &so)) < 0)
		return rc;
	return trial_by_self(op, k->home.program, so, &pkg);
}

/* Is it for this Mortise and ABI, and does it load? MT_ECONFLICT and others: why not. MT_EBUSY and the like
 * are no answer. */
static int judge(struct compat *k, struct op *op, const struct rows *rows, int i)
{
	const char *range = row_text(rows, i, 4);
	long abi = row_int(rows, i, 5);

	if (range && !semver_in_range(k->host, range))
		return op_fail(op, MT_ECONFLICT, "For Mortise %.60s, not %s", range, k->host);
	if (abi > k->abi)
		return op_fail(op, MT_ECONFLICT, "Built for plugin ABI %ld; 1 to %ld are supported",
			abi, k->abi);
	return try_load(k, op, row_text(rows, i, 2));
}

static void add_item(
	struct compat *k, const struct rows *rows, int i, const struct err *e, bool json)
{
	const char *key = row_text(rows, i, 0), *version = row_text(rows, i, 1), *why = NULL;

	if (e->code)
		why = e->n_fields ? arena_printf(e->arena, "%s: %s", e->field[0].pointer,
					    e->field[0].detail)
				  : e->message;
	k->n_bad += why != NULL;
	json_array_append_new(
		k->items, json_pack("{s:s, s:s, s:I, s:b, s:s?}", "pluginKey", key, "version",
				  version, "tenants", (json_int_t)row_int(rows, i, 3), "ok",
				  why == NULL, "reason", why));
	if (!json)
		printf("%-24s %-16s %7ld  %s%s\n", key, version, row_int(rows, i, 3),
			why ? "WOULD NOT LOAD: " : "ok", why ? why : "");
}

static int check_item(struct compat *k, const struct rows *rows, int i, bool json)
{
	struct op part = cli_part(k->op);
	int rc = judge(k, &part, rows, i);

	if (rc == MT_EBUSY || rc == MT_ETIMEOUT || rc == MT_EFULL)
		return cli_part_end(k->op, &part, rc);
	add_item(k, rows, i, &part.err, json);
	return cli_part_end(k->op, &part, 0);
}

static int plugin_compat_run(struct cli *c)
{
	struct compat k = {.op = &c->op, .items = json_array()};
	bool json = cli_given(c, "--json");
	struct op *op = &c->op;
	struct rows rows;
	int rc;

	json_own(op->arena, k.items);
	if ((rc = read_versions(c, &k)) < 0 || (rc = cli_conf(c)) < 0 ||
		(rc = plugin_home_find(op, &k.home)) < 0 ||
		(rc = plugin_home_program(op, &k.home)) < 0 || (rc = cli_own_store(op)) < 0)
		return rc;
	cli_db(op, "mortise_admin", DB_MS);
	if ((rc = op_read(op, NULL, &COMPAT_INSTALLED, DB_NOARGS, &rows)) < 0)
		return rc;
	if (!json)
		printf("%-24s %-16s %7s  with Mortise %s, plugin ABI %ld\n", "PLUGIN", "VERSION",
			"TENANTS", k.host, k.abi);
	for (int i = 0; i < rows.n; i++)
		if ((rc = check_item(&k, &rows, i, json)) < 0)
			return rc;
	if (json) {
		json_t *all = json_pack("{s:s, s:I, s:O}", "host", k.host, "abi", (json_int_t)k.abi,
			"items", k.items);

		cli_print_json(all, JSON_INDENT(2));
		json_decref(all);
	} else if (k.n_bad) {
		printf("\n%d of %d would not load. Upgrade, disable or uninstall them first; their rows "
		       "stay.\n",
			k.n_bad, rows.n);
	}
	return k.n_bad > 0;
}

static const struct cli_option OPTIONS[] = {
	{"-c", "CONF", "mortise.conf of the installed Mortise"},
	{"--host", "VERSION", "check for this version of Mortise instead"},
	{"--abi", "N", "check for plugin ABIs up to this one instead"},
	{"--json", NULL, "one JSON document"},
	{0},
};

const struct cli_command plugin_compat = {
	.name = "compat",
	.usage = "",
	.summary = "list installed plugins that would not load with this Mortise",
	.help = "Run it from the new version, before the old one is stopped: it reads the packages that\n"
		"tenants have installed, compares host range and ABI and loads each library once. Exit\n"
		"status 1 when any would not load. Nothing is changed.\n",
	.options = OPTIONS,
	.run = plugin_compat_run,
};
