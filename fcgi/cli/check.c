/*
 * check.c - `mortise check PACKAGE.zip`: what an upload would find, without a server.
 *
 * The same code as the admin pool's, with the trial load done by ourselves, as the caller, in the same
 * sandbox. Prints every fault with its place; status 0 only when there is none. PACKAGE.zip.minisig is
 * verified when it is there: with the key that -p names, or the trust store of the Mortise of -c. A file
 * that ends with .json is a manifest, checked alone.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "cli/plugin.h"
#include "install/scratch.h"
#include "registry/store.h"
#include "registry/trial.h"
#include "registry/trust.h"

#define DB_MS 10000
#define ENTRY_MAX (32u << 20) /* of a file that is searched for names */

static int try_load(struct op *op, struct package *pkg)
{
	struct plugin_home home;
	const char *so;
	int rc;

	if ((rc = plugin_home_find(op, &home)) < 0 || (rc = plugin_home_program(op, &home)) < 0 ||
		(rc = cli_own_store(op)) < 0 || (rc = store_trial_file(op, pkg, &so)) < 0)
		return rc;
	return trial_by_self(op, home.program, so, pkg);
}

/* The trust store that judges the signature: of one key, of an installation as its admin pool sees it, or
 * one that trusts nobody. */
static int open_store(struct cli *c, struct op *op, struct trust_store **ret)
{
	const char *file = cli_given(c, "-p");
	struct minisign_key key;
	char *text;
	size_t n;
	int rc;

	if (file) {
		if ((rc = cli_read_file(op, file, &text, &n)) < 0 ||
			(rc = cli_about(op, file, minisign_key_read(&key, text, n, &op->err))) < 0)
			return rc;
		*ret = trust_of_key(op, &key, file);
		return 0;
	}
	if (!cli_given(c, "-c")) {
		*ret = trust_of_key(op, NULL, NULL);
		return 0;
	}
	if ((rc = conf_read(&op->app->conf, cli_given(c, "-c"), &op->err)) < 0)
		return rc;
	cli_db(op, "mortise_admin", DB_MS);
	return trust_load(op, ret);
}

/* The signature beside the package, as an upload with it would be judged. */
static int check_signature(struct cli *c, struct op *op, const char *zip, struct package *pkg)
{
	const char *file = arena_printf(op->arena, "%s.minisig", zip);
	struct trust_store *store;
	struct trust trust;
	char *text = NULL;
	int rc = open_store(c, op, &store);

	if (rc < 0)
		return rc;
	if (access(file, F_OK) == 0 && (rc = cli_read_file(op, file, &text, NULL)) < 0)
		return rc;
	return trust_package(store, pkg, text, &trust);
}

/* Is the text in a file of the package? zeros: as a string of its own. */
static bool is_in(
	struct op *op, struct package *pkg, const char *file, const char *text, bool zeros)
{
	struct archive_entry *entry = archive_find(pkg->archive, file);
	size_t n, len = strlen(text) + (zeros ? 2 : 0);
	const char *wanted = zeros ? arena_printf(op->arena, "%c%s", '.', text) : text;
	char *bytes;

	if (!entry ||
		archive_load(pkg->archive, entry, ENTRY_MAX, &bytes, &n, err_new(op->arena)) < 0)
		return false;
	if (zeros)
		((char *)wanted)[0] = '\0';
	return memmem(bytes, n, wanted, len) != NULL;
}

/* Permissions that nothing asks for: neither the manifest, nor a route, nor code by its name. */
static void print_unused(struct op *op, struct package *pkg)
{
	json_t *rest = json_copy(pkg->manifest.json), *one;
	const char *text, *bundle;
	size_t i;

	json_own(op->arena, rest);
	bundle = json_str(json_object_get(rest, "ui"), "bundle", "");
	json_object_del(rest, "definesPermissions");
	text = arena_printf(op->arena, "%s %s", json_text(op->arena, rest, NULL),
		json_text(op->arena, pkg->routes, NULL));
	json_array_foreach(json_object_get(pkg->manifest.json, "definesPermissions"), i, one) {
		const char *name = json_str(one, "name", "");
		const char *full = arena_printf(op->arena, "%s:%s", pkg->manifest.key, name);

		if (!strstr(text, arena_printf(op->arena, "\"%s\"", full)) &&
			!is_in(op, pkg, PACKAGE_SO, name, true) &&
			!is_in(op, pkg, bundle, full, false))
			printf("  %-12s %s is asked for by no route, place or code: roles that have it "
			       "can do nothing more\n",
				"note", full);
	}
}

/* Its tables as an approval would make them, in a scratch schema. *ret_line: what is to be said about it. */
static int run_migrations(struct cli *c, struct op *op, const struct package *pkg, const char *near,
	const char **ret_line)
{
	const char *why;
	struct scratch s;
	int rc;

	*ret_line = NULL;
	if (pkg->n_migrations == 0)
		return 0;
	if (!plugin_local(c, op, near, &why)) {
		*ret_line = arena_printf(
			op->arena, "  %-12s the migrations did not run: %s\n", "not checked", why);
		return 0;
	}
	if ((rc = scratch_open(&s, op, pkg->manifest.key, NULL)) == 0 &&
		(rc = scratch_migrate(&s, pkg)) < 0 && op->err.n_fields > 0)
		op->err.log = scratch_statement(&s);
	scratch_close(&s);
	*ret_line = arena_printf(op->arena, "  %-12s %d ran in a scratch schema, in company %s%s\n",
		"tables", pkg->n_migrations, s.company,
		s.n_ran > 0 ? ", the new ones as an upgrade of what is there" : "");
	return rc;
}

static int check_package(
	struct cli *c, struct op *op, const char *zip, bool tables, const char *near)
{
	const char *tables_line = NULL;
	struct package pkg;
	json_t *check;
	size_t i;
	int rc;

	if ((rc = package_read(op->arena, zip, &pkg, &op->err)) < 0 ||
		(rc = check_signature(c, op, zip, &pkg)) < 0 || (rc = try_load(op, &pkg)) < 0 ||
		(tables && (rc = run_migrations(c, op, &pkg, near, &tables_line)) < 0))
		return rc;
	printf("%s %s is valid\n", pkg.manifest.key, pkg.manifest.version);
	json_array_foreach(pkg.checks, i, check)
		printf("  %-12s %s\n", json_str(check, "name", ""), json_str(check, "detail", ""));
	print_unused(op, &pkg);
	if (tables_line)
		fputs(tables_line, stdout);
	printf("  %-12s %s\n", "sha256", pkg.sha256);
	return 0;
}

/* In a plugin's folder "files" may be left out: packing writes it. */
static bool only_files_missing(const struct err *e, const json_t *manifest)
{
	return e->n_fields == 1 && !strcmp(e->field[0].pointer, MANIFEST_POINTER "/files") &&
	       !json_object_get(manifest, "files");
}

static int check_manifest(struct op *op, const char *file)
{
	struct manifest m;
	json_t *value = NULL;
	char *text;
	size_t n;
	int rc;

	if ((rc = cli_read_file(op, file, &text, &n)) < 0)
		return rc;
	rc = manifest_read(op->arena, text, n, &m, &op->err);
	if (rc < 0 && (json_parse(op->arena, text, n, &value, err_new(op->arena)) < 0 ||
			      !only_files_missing(&op->err, value)))
		return rc;
	printf("%s: the manifest of %s %s is valid\n", file, m.key, m.version);
	return 0;
}

int plugin_check_file(struct cli *c, const char *file, bool tables, const char *near)
{
	struct op op = cli_part(&c->op);
	size_t n = strlen(file);
	int rc;

	if (n > 5 && !strcmp(file + n - 5, ".json"))
		rc = check_manifest(&op, file);
	else
		rc = access(file, R_OK) < 0 ? cli_errno(&op, file)
					    : check_package(c, &op, file, tables, near);
	if (rc < 0)
		cli_print_error(&op.err, op.err.n_fields && !near ? file : NULL);
	arena_free(op.arena);
	return rc < 0;
}

static int check_run(struct cli *c)
{
	int bad = 0;

	for (int i = 0; i < c->n; i++)
		bad |= plugin_check_file(c, c->word[i], cli_given(c, "-c"), NULL);
	return bad;
}

static const struct cli_option OPTIONS[] = {
	{"-p", "KEY.pub", "verify the signature with this key"},
	{"-c", "CONF", "verify it with the trust store of this Mortise"},
	{0},
};

const struct cli_command cli_check = {
	.name = "check",
	.usage = "PACKAGE.zip|manifest.json...",
	.summary = "check plugins' packages and list every fault",
	.least = 1,
	.most = INT_MAX,
	.options = OPTIONS,
	.run = check_run,
};
