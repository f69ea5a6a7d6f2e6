/*
 * check.c - `mortise check PACKAGE.zip`: what the upload would report, without a server.
 *
 * It runs the admin pool's code, with the trial load done by this process, as the caller, in the
 * same sandbox. Prints every fault with its place; status 0 only when there is none.
 * PACKAGE.zip.minisig is checked when it exists: with the key that -p names, or the trust store of
 * the Mortise of -c. A file that ends with .json is a manifest, checked alone.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"
#include "db/db.h"
#include "registry/store.h"
#include "base/temp.h"
#include "registry/trial.h"
#include "registry/trust.h"

#define PROGRAM "mortise-plugin"
#define DB_MS 10000

/* Where mortise-plugin is, relative to this program: beside it in a build folder, else installed. */
static const char *find_program(struct arena *p)
{
	static const char *const PLACES[] = {"", "../libexec/mortise/", "../lib/mortise/", NULL};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	slash = strrchr(self, '/');
	slash[1] = '\0';
	for (int i = 0; PLACES[i]; i++) {
		const char *path = arena_printf(p, "%s%s" PROGRAM, self, PLACES[i]);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static int try_load(struct arena *p, struct package *pkg, struct err *e)
{
	const char *program = find_program(p), *so;
	const char *tmp = getenv("TMPDIR");
	struct conf c;
	int rc;

	if (!program)
		return err_set(e, MT_EINTERNAL, PROGRAM " is missing: the library was not tried");
	memset(&c, 0, sizeof(c));
	/* a folder of our own, so that nothing stays in /tmp */
	snprintf(c.asset_dir, sizeof(c.asset_dir), "%s/mortise-check-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(c.asset_dir))
		return temp_errno(e, "mkdtemp", c.asset_dir);
	snprintf(c.store_dir, sizeof(c.store_dir), "%s", c.asset_dir);
	rc = store_trial_file(p, &c, pkg, &so, e);
	if (rc == 0)
		rc = trial_by_self(p, program, so, pkg, e);
	(void)!temp_remove_tree(c.store_dir);
	return rc;
}

static void free_db(void *db)
{
	db_free(db);
}

/* The trust store of an installation, as its admin pool sees it. */
static int installed_store(
	struct arena *p, const char *file, struct trust_store **ret, struct err *e)
{
	struct conf *c = arena_zalloc(p, sizeof(*c));
	struct db_opts o = {.user = "mortise_admin", .process = "check"};
	struct db *db;

	if (conf_read(c, file, e) < 0)
		return e->code;
	o.host = c->db_host;
	o.port = c->db_port;
	o.dbname = c->db_name;
	o.passfile = arena_printf(p, "%s/pgpass", c->key_dir);
	db = db_new(&o);
	arena_cleanup(p, free_db, db);
	return trust_load(db, p, clock_ms() + DB_MS, c, ret, e);
}

/* Of one key alone: a store that trusts it. */
static int key_store(struct arena *p, const char *file, struct trust_store **ret, struct err *e)
{
	struct minisign_key key;
	char *text, *why;
	size_t n;
	int rc = cli_read_file(file, &text, &n, e);

	if (rc < 0)
		return rc;
	rc = minisign_key_read(&key, text, n, e);
	free(text);
	if (rc < 0) {
		why = arena_strdup(p, e->message);
		err_init(e, e->arena);
		return err_set(e, rc, "%s %s", file, why);
	}
	*ret = trust_of_key(p, &key, file);
	return 0;
}

/* The signature beside the package, as an upload with it would be judged. */
static int check_signature(
	struct arena *p, const char *zip, int argc, char **argv, struct package *pkg, struct err *e)
{
	const char *file = arena_printf(p, "%s.minisig", zip);
	const char *key = cli_option(argc, argv, "-p"), *conf = cli_option(argc, argv, "-c");
	struct trust_store *store = NULL;
	struct trust trust;
	char *text = NULL;
	size_t n;
	int rc;

	if (key)
		rc = key_store(p, key, &store, e);
	else if (conf)
		rc = installed_store(p, conf, &store, e);
	else
		rc = (store = trust_of_key(p, NULL, NULL)) ? 0 : MT_EINTERNAL;
	if (rc == 0 && access(file, F_OK) == 0)
		rc = cli_read_file(file, &text, &n, e);
	if (rc == 0)
		rc = trust_package(store, pkg, text, &trust, e);
	free(text);
	return rc;
}

static void print_good(const struct package *pkg)
{
	size_t i;
	json_t *check;

	printf("%s %s is good\n", pkg->manifest.key, pkg->manifest.version);
	json_array_foreach(pkg->checks, i, check)
		printf("  %-12s %s\n", json_str(check, "name", ""), json_str(check, "detail", ""));
	printf("  %-12s %s\n", "sha256", pkg->sha256);
}

static int print_faults(const char *file, const struct err *e)
{
	if (e->n_fields == 0)
		return cli_fail(e);
	fprintf(stderr, "mortise: %s: %s:\n", file, e->message);
	for (int i = 0; i < e->n_fields; i++)
		fprintf(stderr, "  %s: %s\n", e->field[i].pointer, e->field[i].detail);
	return 1;
}

/* In a plugin's folder "files" may be left out: packing writes it. */
static bool only_files_missing(const struct err *e)
{
	return e->n_fields == 1 && !strcmp(e->field[0].pointer, MANIFEST_POINTER "/files") &&
	       !strncmp(e->field[0].detail, "is missing", 10);
}

static int check_manifest(struct arena *p, const char *file, struct err *e)
{
	struct manifest m;
	char *text;
	size_t n;
	int rc = cli_read_file(file, &text, &n, e);

	if (rc < 0)
		return rc;
	rc = manifest_read(p, text, n, &m, e);
	free(text);
	if (rc < 0 && only_files_missing(e))
		rc = 0;
	if (rc == 0)
		printf("%s: the manifest of %s %s is good\n", file, m.key, m.version);
	return rc;
}

static int check_package(struct arena *p, const char *zip, int argc, char **argv, struct err *e)
{
	struct package pkg;
	int rc = package_read(p, zip, &pkg, e);

	if (rc == 0)
		rc = check_signature(p, zip, argc, argv, &pkg, e);
	if (rc == 0)
		rc = try_load(p, &pkg, e);
	if (rc == 0)
		print_good(&pkg);
	return rc;
}

static int check_file(const char *file, int argc, char **argv)
{
	struct err e;
	size_t n = strlen(file);
	struct arena *p;
	int rc;

	if (access(file, R_OK) < 0) {
		perror(file);
		return 1;
	}
	p = arena_new();
	err_init(&e, p);
	if (n > 5 && !strcmp(file + n - 5, ".json"))
		rc = check_manifest(p, file, &e);
	else
		rc = check_package(p, file, argc, argv, &e);
	rc = rc < 0 ? print_faults(file, &e) : 0;
	arena_free(p);
	return rc;
}

static int check_run(int argc, char **argv)
{
	int files = 0, rc = 0;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-p") || !strcmp(argv[i], "-c"))
			i++;
		else if (argv[i][0] == '-')
			return cli_usage(&cli_check);
		else
			files++;
	}
	if (files == 0)
		return cli_usage(&cli_check);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-p") || !strcmp(argv[i], "-c"))
			i++;
		else if (check_file(argv[i], argc, argv) != 0)
			rc = 1;
	}
	return rc;
}

const struct cli_command cli_check = {"check",
	"PACKAGE.zip|manifest.json... [-p KEY.pub | -c CONF]",
	"check plugins' packages and list every fault", check_run};
