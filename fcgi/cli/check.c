/*
 * check.c - `mortise check PACKAGE.zip`: what the upload would say, without a server.
 *
 * The same code as the admin pool's, with the trial load done by ourselves, as the caller, in the same
 * sandbox. Prints every fault with its place; status 0 only when there is none.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "cli/cli.h"
#include "registry/store.h"
#include "registry/temp.h"
#include "registry/trial.h"

#define PROGRAM "mortise-plugin"

/* Where mortise-plugin lies, seen from this program: beside it in a build folder, else installed. */
static const char *find_program(struct pool *p)
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
		const char *path = pool_printf(p, "%s%s" PROGRAM, self, PLACES[i]);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static int try_load(struct pool *p, struct package *pkg, struct err *e)
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

static int run(int argc, char **argv)
{
	struct package pkg;
	struct pool *p;
	static struct err e; /* large */
	int rc;

	if (argc != 2 || argv[1][0] == '-')
		return cli_usage(&cli_check);
	if (access(argv[1], R_OK) < 0) {
		perror(argv[1]);
		return 1;
	}
	p = pool_new();
	err_clear(&e);
	rc = package_read(p, argv[1], &pkg, &e);
	if (rc == 0)
		rc = try_load(p, &pkg, &e);
	if (rc == 0)
		print_good(&pkg);
	rc = rc < 0 ? print_faults(argv[1], &e) : 0;
	pool_free(p);
	return rc;
}

const struct cli_command cli_check = {
	"check", "PACKAGE.zip", "check a plugin's package and list every fault", run};
