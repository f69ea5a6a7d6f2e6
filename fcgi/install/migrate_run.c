/* migrate_run.c - the statements of migrations, on connections of their own: see migrate_impl.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "install/migrate_impl.h"
#include "package/fault.h"

struct migrate_list migrate_list_new(struct target *t, const struct package *pkg)
{
	size_t n = (size_t)(pkg->n_migrations > 0 ? pkg->n_migrations : 1);

	return (struct migrate_list){.at = arena_alloc(t->op->arena, n * sizeof(void *))};
}

const char *migrate_list_json(struct target *t, const struct migrate_list *l)
{
	json_t *list = json_array();

	json_own(t->op->arena, list);
	for (int i = 0; i < l->n; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s}", "name", l->at[i]->name, "sha256",
				l->at[i]->sha256, "phase", script_phase_name(l->at[i]->phase)));
	return json_text(t->op->arena, list, NULL);
}

int migrate_changed(struct target *t, const struct package_migration *m)
{
	t->op->err.type = MIGRATE_CHANGED;
	return fault_add(&t->op->err, arena_printf(t->op->arena, "/%s", m->path),
		"Ran before with other content (this is %.12s...): a migration that ran never "
		"changes; write what is new into one with the next number",
		m->sha256);
}

int migrate_role_key(struct op *op, unsigned char ret[32])
{
	char path[300];
	int fd;
	ssize_t n = -1;

	snprintf(path, sizeof(path), "%s/role.key", op->app->conf.key_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret, 32);
		close(fd);
	}
	if (n == 32)
		return 0;
	op_log(op, "%s: %s", path, n < 0 ? strerror(errno) : "too short");
	return op_fail(op, MT_EINTERNAL, "The key for plugin roles can't be read");
}

void migrate_connect(struct target *t, struct op *ret, const char *role, const char *password)
{
	const struct conf *c = &t->op->app->conf;
	const struct db_opts o = {.host = c->db_host,
		.port = c->db_port,
		.dbname = c->db_name,
		.user = role,
		.password = password,
		.process = "migration",
		.set_local = true};

	op_init(ret, t->op->arena, t->op->deadline);
	ret->app = t->op->app;
	ret->db = db_new(&o);
}

int migrate_worker(struct target *t, struct op *ret)
{
	unsigned char key[32];
	char role[ROLE_MAX], password[65];
	int rc = migrate_role_key(t->op, key);

	if (rc < 0)
		return rc;
	role_name(role, t->key);
	role_password(password, key, role);
	migrate_connect(t, ret, role, password);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(password, sizeof(password));
	return 0;
}

/* Lines become clauses. */
static const char *on_one_line(struct arena *p, const char *text)
{
	char *ret = arena_alloc(p, 2 * strlen(text) + 1), *to = ret;

	for (; *text; text++) {
		if (*text == '\n')
			*to++ = ';';
		*to++ = (char)((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
	}
	*to = '\0';
	return ret;
}

/* The line of the word that the server names. */
static int line_of(const struct script_statement *s, long position)
{
	int line = s->line;

	for (const char *at = s->sql; *at && position > 1; at++) {
		position -= ((unsigned char)*at & 0xc0) != 0x80; /* characters, not bytes */
		line += *at == '\n';
	}
	return line;
}

static int statement_failed(struct target *t, const struct op *own,
	const struct package_migration *m, const struct script_statement *s, bool quiet, int rc)
{
	int line = line_of(s, db_position(own->db));
	const char *pointer = arena_printf(t->op->arena, "/%s", m->path);
	const char *state = db_sqlstate(own->db), *hint = db_hint(own->db);

	t->refused = (struct refused){m->path, line, s};
	op_log(t->op, "%s line %d: %s", m->path, line, own->err.log);
	if (rc == MT_EBUSY || rc == MT_EFULL || rc == MT_ETIMEOUT)
		return op_fail(t->op, rc, "%s line %d: %s", m->path, line,
			err_part(t->op->arena, &own->err));
	op_fail(t->op, MT_EFIELDS, "A migration of the plugin failed; everything was undone");
	if (quiet && (!strncmp(state, "22", 2) || !strncmp(state, "23", 2)))
		return fault_add(&t->op->err, pointer,
			"Line %d: a row that is there doesn't allow it (SQLSTATE %s)", line, state);
	if (*hint && !db_raised(own->db))
		return fault_add(&t->op->err, pointer, "Line %d: %.200s (hint: %.150s)", line,
			on_one_line(t->op->arena, db_said(own->db)),
			on_one_line(t->op->arena, hint));
	return fault_add(&t->op->err, pointer, "Line %d: %.200s", line,
		db_raised(own->db) ? err_part(t->op->arena, &own->err)
				   : on_one_line(t->op->arena, db_said(own->db)));
}

static int one_migration(
	struct target *t, struct op *own, const struct package_migration *m, bool quiet)
{
	for (int i = 0; i < m->script.n; i++) {
		int rc;

		op_clear(own);
		if ((rc = op_exec(own, m->script.statement[i].sql)) < 0)
			return statement_failed(t, own, m, &m->script.statement[i], quiet, rc);
	}
	return 0;
}

static int begin(struct op *own, const struct db_as *as, const char *lock_timeout)
{
	const char *const settings[] = {"SET LOCAL standard_conforming_strings = on",
		arena_printf(own->arena, "SET LOCAL lock_timeout = '%s'", lock_timeout),
		"SET LOCAL statement_timeout = '30s'"};
	int rc;

	if ((rc = op_begin(own, as)) < 0)
		return rc;
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if ((rc = op_exec(own, settings[i])) < 0)
			return rc;
	return 0;
}

int migrate_statements(struct target *t, struct op *own, const struct db_as *as,
	const char *lock_timeout, const struct migrate_list *l, bool quiet)
{
	int rc;

	op_clear(own);
	if ((rc = begin(own, as, lock_timeout)) < 0)
		return migrate_failed(t, own, rc);
	for (int i = 0; i < l->n; i++)
		if ((rc = one_migration(t, own, l->at[i], quiet)) < 0)
			return rc;
	return 0;
}

int migrate_failed(struct target *t, const struct op *own, int rc)
{
	return err_take(&t->op->err, rc, &own->err);
}

int migrate_refused(struct target *t, struct db *db, int rc, const struct err *why)
{
	char *text = arena_strdup(t->op->arena, why->message), *save = NULL;

	if (strcmp(db_sqlstate(db), "P0001") != 0)
		return err_take(&t->op->err, rc, why);
	op_log(t->op, "%s", why->log);
	op_fail(t->op, MT_EFIELDS, "A migration of the plugin failed; everything was undone");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		fault_verbatim(&t->op->err, "/migrations", line);
	return MT_EFIELDS;
}
