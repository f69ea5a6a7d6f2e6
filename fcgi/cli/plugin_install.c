/*
 * plugin_install.c - `mortise plugin install`, upgrade, rollback, uninstall: a running Mortise changed
 * from a terminal. Permissions are shown and confirmed; --yes answers for scripts.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/id.h"
#include "base/json.h"
#include "cli/plugin.h"

/* An argument names a folder, a package, or KEY[@VERSION] of a package on the platform. */
struct subject {
	const char *zip; /* NULL = a key */
	const char *key, *version;
	const char *near; /* the folder, to search for the demo from */
};

static int pack_folder(struct op *op, const char *dir, struct subject *ret)
{
	struct plugin_build b;
	int rc = plugin_build_open(op, dir, &b);

	if (rc < 0)
		return rc;
	ret->near = b.dir;
	ret->zip = arena_printf(op->arena, "%s/%s-%s.zip", b.work, b.key, b.version);
	return plugin_build_package(&b, ret->zip);
}

static int find_subject(struct cli *c, struct subject *ret)
{
	const char *word = c->n > 0 ? c->word[0] : ".";
	size_t n = strcspn(word, "@");
	struct stat st;

	*ret = (struct subject){0};
	if (stat(word, &st) == 0 && S_ISDIR(st.st_mode))
		return pack_folder(&c->op, word, ret);
	if (stat(word, &st) == 0) {
		ret->zip = word;
		return 0;
	}
	ret->key = arena_strndup(c->op.arena, word, n);
	ret->version = word[n] && word[n + 1] ? word + n + 1 : NULL;
	if (id_is_plugin_key(ret->key))
		return 0;
	return op_fail(&c->op, MT_ENOENT,
		"%s is neither a folder, a package nor a plugin's key such as time-clock@1.0.0",
		word);
}

static int upload(struct cli *c, struct plugin_remote *r, const char *zip, json_t **ret)
{
	const char *file = cli_given(c, "--signature");
	const char *beside = arena_printf(c->op.arena, "%s.minisig", zip);

	return plugin_remote_upload(r, zip,
		file			    ? file
		: access(beside, R_OK) == 0 ? beside
					    : NULL,
		ret);
}

/* Opens the server and uploads a file; a package it has already is fine. Fills key and version. */
static int bring(struct cli *c, struct plugin_remote *r, struct subject *s)
{
	json_t *pkg;
	int rc;

	if ((rc = find_subject(c, s)) < 0 || (rc = plugin_remote_open(c, s->near, r)) < 0 ||
		!s->zip)
		return rc;
	if ((rc = upload(c, r, s->zip, &pkg)) < 0)
		return rc;
	s->key = json_str(pkg, "key", "");
	s->version = json_str(pkg, "version", "");
	printf("Uploaded %s %s\n", s->key, s->version);
	return plugin_approve(r, pkg, cli_given(c, "--yes"));
}

static int run_upload(struct cli *c)
{
	struct plugin_remote r;
	struct subject s;
	json_t *pkg;
	int rc;

	if ((rc = find_subject(c, &s)) < 0)
		return rc;
	if (!s.zip)
		return op_fail(
			&c->op, MT_ENOENT, "%s is neither a folder nor a package", c->word[0]);
	if ((rc = plugin_remote_open(c, s.near, &r)) < 0 || (rc = upload(c, &r, s.zip, &pkg)) < 0)
		return rc;
	printf("Uploaded %s %s (%s, %s)\n", json_str(pkg, "key", ""), json_str(pkg, "version", ""),
		json_str(json_object_get(pkg, "trust"), "status", ""),
		json_is_true(json_object_get(pkg, "approved")) ? "approved" : "not approved yet");
	return 0;
}

/* Posts what makes s the version; body is taken over. */
static int post_version(struct cli *c, struct plugin_remote *r, const char *path,
	const struct subject *s, json_t *body, const char *done)
{
	/* Consent given for the package a moment ago is not required again. */
	bool agreed = s->zip || cli_given(c, "--yes");
	json_t *got;
	int rc;

	if (s->version)
		json_object_set_new(body, "version", json_string(s->version));
	if ((rc = plugin_post_agreed(r, path, body, agreed, &got)) < 0)
		return rc;
	printf("%s %s %s (%s)\n", done, json_str(got, "pluginKey", ""),
		json_str(got, "version", ""), json_str(got, "state", ""));
	return 0;
}

/* What was meant when it is installed already. */
static int advise_upgrade(struct cli *c, struct plugin_remote *r, const struct subject *s, int rc)
{
	struct err kept = op_try(r->op);
	json_t *found = NULL;

	(void)plugin_find(r, s->key, &found);
	op_tried(r->op, kept);
	if (found)
		op_log(r->op, "Version %s is installed: `mortise plugin upgrade %s` moves it to %s",
			json_str(found, "version", ""), c->n > 0 ? c->word[0] : ".",
			s->version ? s->version : "another one");
	return rc;
}

static int run_install(struct cli *c)
{
	const char *tenant = cli_given(c, "--tenant");
	struct plugin_remote r;
	struct subject s;
	int rc = bring(c, &r, &s);

	if (rc < 0)
		return rc;
	rc = post_version(c, &r, "/api/plugins/install", &s,
		json_pack("{s:s, s:s*}", "pluginKey", s.key, "tenant", tenant), "Installed");
	return rc == MT_ECONFLICT && !tenant ? advise_upgrade(c, &r, &s, rc) : rc;
}

static const char *installation(struct cli *c, const char *id, const char *rest)
{
	return arena_printf(c->op.arena, "/api/plugins/installations/%s%s", id, rest);
}

static int run_upgrade(struct cli *c)
{
	struct plugin_remote r;
	struct subject s;
	const char *id;
	int rc;

	if ((rc = bring(c, &r, &s)) < 0 || (rc = plugin_find_id(&r, s.key, &id)) < 0)
		return rc;
	return post_version(
		c, &r, installation(c, id, "/upgrade"), &s, json_object(), "Upgraded to");
}

static int run_rollback(struct cli *c)
{
	struct plugin_remote r;
	struct subject s = {.key = c->word[0]};
	const char *id;
	int rc;

	if ((rc = plugin_remote_open(c, NULL, &r)) < 0 || (rc = plugin_find_id(&r, s.key, &id)) < 0)
		return rc;
	return post_version(
		c, &r, installation(c, id, "/rollback"), &s, json_object(), "Rolled back to");
}

static int run_delete(struct cli *c)
{
	const char *word = c->word[0], *version = strchr(word, '@');
	struct plugin_remote r;
	int rc;

	if (!version || !version[1])
		return op_fail(&c->op, MT_EINVAL, "Name the version as well: %s@1.0.0", word);
	if ((rc = plugin_remote_open(c, NULL, &r)) < 0 ||
		(rc = plugin_remote_call(&r, "DELETE",
			 arena_printf(c->op.arena, "/api/plugins/catalog/%.*s/%s",
				 (int)(version - word), word, version + 1),
			 NULL, NULL)) < 0)
		return rc;
	printf("Deleted %.*s %s\n", (int)(version - word), word, version + 1);
	return 0;
}

static int run_uninstall(struct cli *c)
{
	bool keep = cli_given(c, "--export");
	struct plugin_remote r;
	const char *id;
	json_t *got;
	int rc;

	if (!cli_given(c, "--yes") && !keep)
		return op_fail(&c->op, MT_EPERM,
			"Its rows are deleted with it: confirm with --yes, or keep them with --export");
	if ((rc = plugin_remote_open(c, NULL, &r)) < 0 ||
		(rc = plugin_find_id(&r, c->word[0], &id)) < 0 ||
		(rc = plugin_remote_call(&r, "DELETE",
			 installation(c, id, keep ? "?data=export" : ""), NULL, &got)) < 0)
		return rc;
	printf("Uninstalled %s\n", c->word[0]);
	if (keep && got)
		printf("Its rows: %s%s\n", r.url, json_str(got, "url", ""));
	return 0;
}

/* clang-format off */
#define SIGNATURE_OPTION \
	{"--signature", "FILE", "a minisign signature of the package (PACKAGE.zip.minisig)"}
/* clang-format on */

static const struct cli_option INSTALL_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	SIGNATURE_OPTION,
	{"--tenant", "CODE", "install for this company instead of one's own"},
	{"--yes", NULL, "grant the permissions without being asked (-y)"},
	{0},
};

static const struct cli_option UPLOAD_OPTIONS[] = {PLUGIN_REMOTE_OPTIONS, SIGNATURE_OPTION, {0}};

static const struct cli_option UPGRADE_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	SIGNATURE_OPTION,
	{"--yes", NULL, "grant new permissions without being asked (-y)"},
	{0},
};

static const struct cli_option ROLLBACK_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--yes", NULL, "grant permissions that only the other version has (-y)"},
	{0},
};

static const struct cli_option DELETE_OPTIONS[] = {PLUGIN_REMOTE_OPTIONS, {0}};

static const struct cli_option UNINSTALL_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--export", NULL, "keep the rows as a ZIP that can be downloaded for a while"},
	{"--yes", NULL, "delete the rows (-y)"},
	{0},
};

const struct cli_command plugin_install = {
	.name = "install",
	.usage = "[DIR | PACKAGE.zip | KEY[@VERSION]]",
	.summary = "install a plugin in a running Mortise",
	.help = "A folder is packed first; a package is uploaded and approved, as a system admin; a key is\n"
		"one of the platform's own catalogue or its marketplace.\n",
	.most = 1,
	.options = INSTALL_OPTIONS,
	.run = run_install,
};
const struct cli_command plugin_upload = {
	.name = "upload",
	.usage = "[DIR | PACKAGE.zip]",
	.summary = "upload a package to a running Mortise, for a system admin there to approve",
	.most = 1,
	.options = UPLOAD_OPTIONS,
	.run = run_upload,
};
const struct cli_command plugin_upgrade = {
	.name = "upgrade",
	.usage = "[DIR | PACKAGE.zip | KEY[@VERSION]]",
	.summary = "move an installation to another version",
	.most = 1,
	.options = UPGRADE_OPTIONS,
	.run = run_upgrade,
};
const struct cli_command plugin_rollback = {
	.name = "rollback",
	.usage = "KEY",
	.summary = "return to the previous version; no row is lost",
	.least = 1,
	.most = 1,
	.options = ROLLBACK_OPTIONS,
	.run = run_rollback,
};
const struct cli_command plugin_delete = {
	.name = "delete",
	.usage = "KEY@VERSION",
	.summary = "delete an uploaded version that no company uses",
	.least = 1,
	.most = 1,
	.options = DELETE_OPTIONS,
	.run = run_delete,
};
const struct cli_command plugin_uninstall = {
	.name = "uninstall",
	.usage = "KEY",
	.summary = "uninstall a plugin and delete its rows",
	.least = 1,
	.most = 1,
	.options = UNINSTALL_OPTIONS,
	.run = run_uninstall,
};
