/*
 * plugin_install.c - `mortise plugin install`, upgrade, rollback, uninstall: change a running
 * Mortise from a terminal. They show permissions and require consent; --yes gives it in scripts.
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
	const char *near; /* the folder to search for the demo from */
};

static int pack_folder(struct plugin_args *a, const char *dir, struct subject *ret)
{
	struct plugin_build b;
	int rc = plugin_build_open(a->arena, dir, &b, a->err);

	if (rc < 0)
		return rc;
	ret->near = b.dir;
	ret->zip = arena_printf(a->arena, "%s/%s-%s.zip", b.work, b.key, b.version);
	return plugin_build_package(&b, ret->zip, a->err);
}

static int find_subject(struct plugin_args *a, const char *word, struct subject *ret)
{
	size_t n = strcspn(word, "@");
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (stat(word, &st) == 0 && S_ISDIR(st.st_mode))
		return pack_folder(a, word, ret);
	if (stat(word, &st) == 0) {
		ret->zip = word;
		return 0;
	}
	ret->key = arena_strndup(a->arena, word, n);
	ret->version = word[n] && word[n + 1] ? word + n + 1 : NULL;
	if (id_is_plugin_key(ret->key))
		return 0;
	return err_set(a->err, MT_ENOENT,
		"%s is no folder, no package and no plugin's key such as time-clock@1.0.0", word);
}

static const char *signature_of(const struct plugin_args *a, const char *zip)
{
	const char *file = plugin_given(a, "--signature");
	const char *beside = arena_printf(a->arena, "%s.minisig", zip);

	return file ? file : access(beside, R_OK) == 0 ? beside : NULL;
}

/* Uploads when there is a file; what is there already is fine. Fills key and version. */
static int bring(struct plugin_args *a, struct plugin_remote *r, struct subject *s, bool yes)
{
	json_t *pkg = NULL;
	int rc;

	if (!s->zip)
		return 0;
	rc = plugin_remote_upload(r, s->zip, signature_of(a, s->zip), &pkg, a->err);
	if (rc < 0)
		return rc;
	s->key = json_str(pkg, "key", "");
	s->version = json_str(pkg, "version", "");
	printf("%s %s is uploaded\n", s->key, s->version);
	return plugin_approve(r, pkg, yes, a->err);
}

static int run_upload(struct plugin_args *a)
{
	struct plugin_remote r;
	struct subject s;
	json_t *pkg = NULL;
	int rc = find_subject(a, a->n > 0 ? a->word[0] : ".", &s);

	if (rc == 0 && !s.zip)
		rc = err_set(a->err, MT_ENOENT, "%s is no folder and no package", a->word[0]);
	if (rc == 0)
		rc = plugin_remote_open(a, s.near, &r, a->err);
	if (rc == 0)
		rc = plugin_remote_upload(&r, s.zip, signature_of(a, s.zip), &pkg, a->err);
	if (rc < 0)
		return plugin_fail(a);
	printf("%s %s is uploaded (%s, %s)\n", json_str(pkg, "key", ""),
		json_str(pkg, "version", ""), json_str(json_object_get(pkg, "trust"), "status", ""),
		json_is_true(json_object_get(pkg, "approved")) ? "approved" : "not approved yet");
	return 0;
}

static json_t *order(const struct subject *s)
{
	json_t *body = json_object();

	if (s->version)
		json_object_set_new(body, "version", json_string(s->version));
	return body;
}

static void print_state(const char *done, const json_t *i)
{
	printf("%s %s is %s (%s)\n", json_str(i, "pluginKey", ""), json_str(i, "version", ""), done,
		json_str(i, "state", ""));
}

static int run_install(struct plugin_args *a)
{
	bool yes = plugin_given(a, "--yes") != NULL;
	const char *tenant = plugin_given(a, "--tenant");
	struct plugin_remote r;
	struct subject s;
	json_t *body, *got = NULL;
	int rc = find_subject(a, a->n > 0 ? a->word[0] : ".", &s);

	if (rc == 0)
		rc = plugin_remote_open(a, s.near, &r, a->err);
	if (rc == 0)
		rc = bring(a, &r, &s, yes);
	if (rc < 0)
		return plugin_fail(a);
	body = order(&s);
	json_object_set_new(body, "pluginKey", json_string(s.key));
	if (tenant)
		json_object_set_new(body, "tenant", json_string(tenant));
	/* consent that was given for the package a moment ago is not required again */
	rc = plugin_post_agreed(
		&r, "/api/plugins/install", body, yes || s.zip != NULL, &got, a->err);
	if (rc < 0)
		return plugin_fail(a);
	print_state("installed", got);
	return 0;
}

static int find_installed(
	struct plugin_args *a, struct plugin_remote *r, const char *key, const char **ret_id)
{
	json_t *found;
	int rc = plugin_find(r, key, &found, a->err);

	if (rc == 0 && !found)
		rc = err_set(a->err, MT_ENOENT, "%s is not installed in this company", key);
	*ret_id = rc == 0 ? json_str(found, "id", "") : NULL;
	return rc;
}

static int run_upgrade(struct plugin_args *a)
{
	bool yes = plugin_given(a, "--yes") != NULL;
	struct plugin_remote r;
	struct subject s;
	const char *id;
	json_t *got = NULL;
	int rc = find_subject(a, a->n > 0 ? a->word[0] : ".", &s);

	if (rc == 0)
		rc = plugin_remote_open(a, s.near, &r, a->err);
	if (rc == 0)
		rc = bring(a, &r, &s, yes);
	if (rc == 0)
		rc = find_installed(a, &r, s.key, &id);
	if (rc == 0)
		rc = plugin_post_agreed(&r,
			arena_printf(a->arena, "/api/plugins/installations/%s/upgrade", id),
			order(&s), yes || s.zip != NULL, &got, a->err);
	if (rc < 0)
		return plugin_fail(a);
	print_state("the version now", got);
	return 0;
}

static int run_rollback(struct plugin_args *a)
{
	struct plugin_remote r;
	const char *id;
	json_t *got = NULL;
	int rc = plugin_remote_open(a, NULL, &r, a->err);

	if (rc == 0)
		rc = find_installed(a, &r, a->word[0], &id);
	if (rc == 0)
		rc = plugin_remote_call(&r, "POST",
			arena_printf(a->arena, "/api/plugins/installations/%s/rollback", id),
			json_object(), &got, a->err);
	if (rc < 0)
		return plugin_fail(a);
	print_state("the version again", got);
	return 0;
}

static int run_uninstall(struct plugin_args *a)
{
	bool keep = plugin_given(a, "--export") != NULL;
	struct plugin_remote r;
	const char *id;
	json_t *got = NULL;
	int rc;

	if (!plugin_given(a, "--yes") && !keep)
		return err_set(a->err, MT_EPERM,
			       "its rows go with it: add --yes when they may, or --export") < 0
			       ? plugin_fail(a)
			       : 0;
	rc = plugin_remote_open(a, NULL, &r, a->err);
	if (rc == 0)
		rc = find_installed(a, &r, a->word[0], &id);
	if (rc == 0)
		rc = plugin_remote_call(&r, "DELETE",
			arena_printf(a->arena, "/api/plugins/installations/%s%s", id,
				keep ? "?data=export" : ""),
			NULL, &got, a->err);
	if (rc < 0)
		return plugin_fail(a);
	printf("%s is uninstalled\n", a->word[0]);
	if (keep && got)
		printf("its rows: %s%s\n", r.url, json_str(got, "url", ""));
	return 0;
}

static const struct plugin_option INSTALL_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--tenant", "CODE", "install for this company instead of one's own"},
	{"--signature", "FILE",
		"a minisign signature of the package; PACKAGE.zip.minisig is found"},
	{"--yes", NULL, "agree to the permissions without being asked (-y)"},
	{0},
};

static const struct plugin_option UPLOAD_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--signature", "FILE",
		"a minisign signature of the package; PACKAGE.zip.minisig is found"},
	{0},
};

static const struct plugin_option UPGRADE_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--signature", "FILE",
		"a minisign signature of the package; PACKAGE.zip.minisig is found"},
	{"--yes", NULL, "agree to new permissions without being asked (-y)"},
	{0},
};

static const struct plugin_option ROLLBACK_OPTIONS[] = {PLUGIN_REMOTE_OPTIONS, {0}};

static const struct plugin_option UNINSTALL_OPTIONS[] = {
	PLUGIN_REMOTE_OPTIONS,
	{"--export", NULL, "keep the rows as a ZIP that can be fetched for a while"},
	{"--yes", NULL, "yes, the rows may go (-y)"},
	{0},
};

const struct plugin_command plugin_install = {
	.name = "install",
	.usage = "[DIR | PACKAGE.zip | KEY[@VERSION]]",
	.summary = "bring a plugin into a running Mortise",
	.help = "A folder is packed first; a package is uploaded and approved, as a system admin; a key is\n"
		"one of the platform's own catalogue or its marketplace.\n",
	.most = 1,
	.options = INSTALL_OPTIONS,
	.run = run_install,
};
const struct plugin_command plugin_upload = {
	.name = "upload",
	.usage = "[DIR | PACKAGE.zip]",
	.summary = "bring a package to a running Mortise, for somebody there to approve",
	.most = 1,
	.options = UPLOAD_OPTIONS,
	.run = run_upload,
};
const struct plugin_command plugin_upgrade = {
	.name = "upgrade",
	.usage = "[DIR | PACKAGE.zip | KEY[@VERSION]]",
	.summary = "move an installation to another version",
	.most = 1,
	.options = UPGRADE_OPTIONS,
	.run = run_upgrade,
};
const struct plugin_command plugin_rollback = {
	.name = "rollback",
	.usage = "KEY",
	.summary = "go back to the version before; no row is lost",
	.least = 1,
	.most = 1,
	.options = ROLLBACK_OPTIONS,
	.run = run_rollback,
};
const struct plugin_command plugin_uninstall = {
	.name = "uninstall",
	.usage = "KEY",
	.summary = "take a plugin away, with its rows",
	.least = 1,
	.most = 1,
	.options = UNINSTALL_OPTIONS,
	.run = run_uninstall,
};
