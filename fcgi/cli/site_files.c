/*
 * site_files.c - files for other programs, out of templates and mortise.conf: nginx's configuration,
 * systemd's units and tmpfiles.d. They stand beside mortise.conf, in nginx/ and systemd/.
 *
 * .made has the SHA-256 of each as it was written, in the format of `sha256sum -c`. A file that is another
 * one by now was edited by the administrator, and stays; what would have replaced it is put beside it.
 */
#include "cli/setup.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"

#define TEXT_MAX (256u << 10)
#define VALUES_MAX 20

struct value {
	const char *name, *text;
};

struct site {
	struct op *op;
	const char *share;  /* of the templates */
	const char *folder; /* of mortise.conf */
	const char *old;    /* .made as it was, "" = there is none */
	struct value value[VALUES_MAX];
	bool is_trial; /* only counts */
	struct buf made;
	int n_new, n_changed, n_edited;
};

/* --- templates -------------------------------------------------------------------------------------- */

static const char *group_of(struct op *op)
{
	struct cli_owner o;
	struct group *g = NULL;

	if (setup_owner(op, &o) == 0)
		g = getgrgid(o.gid == (gid_t)-1 ? getegid() : o.gid);
	return g ? arena_strdup(op->arena, g->gr_name) : "root";
}

static void set_values(struct site *s)
{
	struct op *op = s->op;
	const struct conf *c = &op->app->conf;
	struct arena *p = op->arena;
	size_t n = strlen(s->share), end = strlen("/share/mortise");
	bool is_usual = n > end && strcmp(s->share + n - end, "/share/mortise") == 0;
	const struct value values[] = {
		{"CONF", arena_printf(p, "%s/nginx", s->folder)},
		{"FILE", c->file},
		{"PREFIX", is_usual ? arena_printf(p, "%.*s", (int)(n - end), s->share)
				    : conf_prefix()},
		{"DIST", arena_printf(p, "%s/dist", s->share)},
		{"RUN", c->run_dir},
		{"LOG", c->log_dir},
		{"ASSETS", c->asset_dir},
		{"EXPORTS", c->export_dir},
		{"FILES", c->files_dir},
		{"UPLOAD_MB", arena_printf(p, "%d", c->upload_max_mb + 1)},
		{"ATTACHMENT_MB", arena_printf(p, "%d", c->attachment_max_mb + 1)},
		{"EVENTS_PER_USER", arena_printf(p, "%d", c->events_streams_per_user)},
		{"EVENTS_PER_TENANT", arena_printf(p, "%d", c->events_streams_per_tenant)},
		{"EVENTS_MB", arena_printf(p, "%d", c->events_memory_mb * 4 / 3)},
		{"USER", c->user},
		{"GROUP", group_of(op)},
	};

	_Static_assert(sizeof(values) < sizeof(s->value), "VALUES_MAX");
	memcpy(s->value, values, sizeof(values));
}

/* The value of the placeholder that `at` begins with, *ret_n its length; NULL = it is none. */
static const struct value *find_value(const struct site *s, const char *at, size_t *ret_n)
{
	size_t n = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	if (n == 0 || at[n + 1] != '@')
		return NULL;
	*ret_n = n + 2;
	for (const struct value *v = s->value; v->name; v++)
		if (strlen(v->name) == n && strncmp(v->name, at + 1, n) == 0)
			return v;
	return NULL;
}

static int fill(struct site *s, const char *text, struct buf *ret)
{
	size_t n;

	for (const char *at; (at = strchr(text, '@')); text = at + n) {
		const struct value *v;

		n = 1;
		v = find_value(s, at, &n);
		buf_add(ret, text, (size_t)(at - text));
		if (!v && n > 1)
			return op_fail(s->op, MT_EINVAL, "Placeholder %.*s is unknown", (int)n, at);
		if (v)
			buf_adds(ret, v->text);
		else
			buf_adds(ret, "@");
	}
	return buf_adds(ret, text);
}

/* --- one file --------------------------------------------------------------------------------------- */

static const char *old_hash(const struct site *s, const char *name)
{
	const char *wanted = arena_printf(s->op->arena, "  %s\n", name);
	const char *found = strstr(s->old, wanted);

	return found && found - s->old >= 64 ? found - 64 : "";
}

static int make_folder(struct op *op, const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? cli_errno(op, path) : 0;
}

static int replace(struct site *s, const char *path, const struct buf *text)
{
	return s->is_trial ? 0 : cli_replace_file(s->op, path, text->data, text->len, 0644, NULL);
}

static int put_edited(struct site *s, const char *path, const char *name, const struct buf *text,
	const char *hash)
{
	const char *beside = arena_printf(s->op->arena, "%s.new-version", path);

	s->n_edited++;
	if (strncmp(old_hash(s, name), hash, 64) == 0)
		return 0;
	if (!s->is_trial)
		fprintf(stderr,
			"%s was edited and stays as it is: what Mortise would write now is in %s\n",
			path, beside);
	return replace(s, beside, text);
}

/* name: below the folder, "nginx/snippets/api.conf". */
static int put(struct site *s, const char *name, const struct buf *text)
{
	struct op *op = s->op;
	const char *path = arena_printf(op->arena, "%s/%s", s->folder, name);
	char hash[65], found[65] = "";
	char *there;
	size_t n;
	int rc;

	id_sha256_hex(hash, text->data, text->len);
	buf_addf(&s->made, "%s  %s\n", hash, name);
	if (access(path, F_OK) < 0) {
		s->n_new++;
		return replace(s, path, text);
	}
	if ((rc = cli_read_file(op, path, &there, &n)) < 0)
		return rc;
	id_sha256_hex(found, there, n);
	if (strcmp(found, hash) == 0)
		return 0;
	if (strncmp(old_hash(s, name), found, 64) != 0)
		return put_edited(s, path, name, text, hash);
	s->n_changed++;
	return replace(s, path, text);
}

static int put_template(struct site *s, const char *name)
{
	struct op *op = s->op, part = cli_part(op);
	const char *path = arena_printf(part.arena, "%s/%s", s->share, name);
	struct buf text;
	char *template;
	int rc;

	buf_init(&text, TEXT_MAX);
	s->op = &part;
	if ((rc = cli_read_file(&part, path, &template, NULL)) == 0 &&
		(rc = cli_about(&part, path, fill(s, template, &text))) == 0)
		rc = put(s, name, &text);
	buf_release(&text);
	s->op = op;
	return cli_part_end(op, &part, rc);
}

/* --- all -------------------------------------------------------------------------------------------- */

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int put_folder(struct site *s, const char *folder)
{
	struct op *op = s->op;
	const char *path = arena_printf(op->arena, "%s/%s", s->share, folder);
	struct dirent **file = NULL;
	int n = scandir(path, &file, is_visible, alphasort), rc = 0;

	if (n < 0)
		return cli_errno(op, path);
	if (!s->is_trial)
		rc = make_folder(op, arena_printf(op->arena, "%s/%s", s->folder, folder));
	for (int i = 0; i < n; i++) {
		const char *name = arena_printf(op->arena, "%s/%s", folder, file[i]->d_name);

		if (rc == 0 && file[i]->d_type == DT_DIR)
			rc = put_folder(s, name);
		else if (rc == 0)
			rc = put_template(s, name);
		free(file[i]);
	}
	free(file);
	return rc;
}

static char *parent(struct op *op, const char *path)
{
	char *ret = arena_strdup(op->arena, path);

	if (strrchr(ret, '/'))
		*strrchr(ret, '/') = '\0';
	return ret;
}

/* Templates are beside sql_dir, as everything that is installed. */
static int run(struct site *s)
{
	struct op *op = s->op;
	const char *list;
	char *old = NULL;
	int rc;

	s->share = parent(op, op->app->conf.sql_dir);
	s->folder = parent(op, op->app->conf.file);
	list = arena_printf(op->arena, "%s/.made", s->folder);
	set_values(s);
	if (access(list, F_OK) == 0 && (rc = cli_read_file(op, list, &old, NULL)) < 0)
		return rc;
	s->old = old ? old : "";
	if ((rc = put_folder(s, "nginx")) < 0 || (rc = put_folder(s, "systemd")) < 0)
		return rc;
	if (s->made.len == strlen(s->old) && memcmp(s->made.data, s->old, s->made.len) == 0)
		return 0;
	return replace(s, list, &s->made);
}

int site_files(struct op *op, bool is_trial, const char **ret)
{
	struct site s = {.op = op, .is_trial = is_trial};
	int rc;

	buf_init(&s.made, TEXT_MAX);
	rc = run(&s);
	buf_release(&s.made);
	*ret = "";
	if (rc == 0 && s.n_new + s.n_changed + s.n_edited > 0)
		*ret = arena_printf(op->arena,
			"%s/nginx and systemd: %d new, %d changed, %d edited by you, which stay",
			s.folder, s.n_new, s.n_changed, s.n_edited);
	return rc;
}

static int files_run(struct cli *c)
{
	const char *text;
	int rc;

	if ((rc = cli_conf(c)) < 0 || (rc = site_files(&c->op, false, &text)) < 0)
		return rc;
	puts(*text ? text : "The files are up to date");
	return 0;
}

static const struct cli_option OPTIONS[] = {CLI_CONF_OPTION, {0}};

const struct cli_command cli_files = {
	.name = "files",
	.usage = "",
	.summary = "write nginx's configuration and systemd's units by mortise.conf",
	.help = "They are written beside mortise.conf, to nginx/ and systemd/; `mortise setup` does so as well.\n"
		"Run it after a change of folders, limits or memory in mortise.conf, then reload nginx. A file that you\n"
		"edited stays as it is; when there is a newer one, that is put beside it as FILE.new-version.\n",
	.options = OPTIONS,
	.run = files_run,
};
