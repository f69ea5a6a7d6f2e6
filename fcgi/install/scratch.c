/* scratch.c - see scratch.h. */
#include "install/scratch.h"

#include <ctype.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "install/migrate_impl.h"
#include "install/scratch.sql.h"

#define DROP_MS 15000
#define LOCK_TIMEOUT "2s"
#define TEXT_MAX (16 << 20)

/* --- names ------------------------------------------------------------------------------------------ */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *rename_word(struct arena *p, const char *text, const char *from, const char *to)
{
	size_t n = strlen(from);
	struct buf out;
	const char *ret;

	buf_init(&out, TEXT_MAX);
	for (const char *at = text; *at;) {
		if ((at == text || !is_word(at[-1])) && !strncmp(at, from, n) && !is_word(at[n])) {
			buf_adds(&out, to);
			at += n;
		} else {
			buf_add(&out, at++, 1);
		}
	}
	ret = arena_strndup(p, out.data ? out.data : "", out.len);
	buf_release(&out);
	return ret;
}

const char *scratch_text(const struct scratch *s, const char *text)
{
	return rename_word(s->t.op->arena, text, s->own, s->schema);
}

const char *scratch_back(const struct scratch *s, const char *text)
{
	return rename_word(s->t.op->arena, text, s->schema, s->own);
}

static const char *schema_of(struct arena *p, const char *key)
{
	char *ret = arena_strdup(p, arena_printf(p, "x_%s", key));

	for (char *c = ret; *c; c++)
		*c = (char)(*c == '-' ? '_' : *c);
	return ret;
}

const char *scratch_statement(const struct scratch *s)
{
	const struct refused *r = &s->t.refused;

	return r->path ? arena_printf(s->t.op->arena, "%s:%d: in %s", r->path, r->line,
				 scratch_back(s, r->statement->sql))
		       : "";
}

/* --- one of them ------------------------------------------------------------------------------------ */

static int drop(struct op *op, const char *key)
{
	struct rows rows;

	return op_write(op, NULL, &SCRATCH_DROP, DB_ARGS(key), &rows);
}

static void drop_left(struct op *op)
{
	struct err kept = op_try(op);
	struct target t;
	struct rows rows;

	if (op_read(op, NULL, &SCRATCH_LEFT, DB_NOARGS, &rows) == 0)
		for (int i = 0; i < rows.n; i++) {
			target_init(&t, op, row_text(&rows, i, 0));
			if (target_lock(&t, 0) == 0)
				drop(op, t.key);
			target_unlock(&t);
			op_clear(op);
		}
	op_tried(op, kept);
}

static int find_company(struct scratch *s, const char *code)
{
	struct target *t = &s->t;
	struct rows rows;
	int rc = op_read(t->op, NULL, &SCRATCH_COMPANY, DB_ARGS(code), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return op_fail(t->op, MT_ENOENT, "There is no company %.60s here: name another one",
			code ? code : "");
	t->tenant = (int)row_int(&rows, 0, 0);
	t->tenant_code = s->company = row_text(&rows, 0, 1);
	rc = op_read(
		t->op, &(struct db_as){.tenant = t->tenant}, &SCRATCH_PERSON, DB_NOARGS, &rows);
	if (rc == 0 && rows.n > 0)
		t->user = row_text(&rows, 0, 0);
	return rc;
}

int scratch_open(struct scratch *s, struct op *op, const char *key, const char *company)
{
	char token[ID_TOKEN_LEN + 1], hex[65];
	int rc;

	id_token(token);
	id_sha256_hex(hex, token, strlen(token));
	*s = (struct scratch){.own = schema_of(op->arena, key)};
	target_init(&s->t, op, arena_printf(op->arena, "scratch-%.8s", hex));
	s->schema = schema_of(op->arena, s->t.key);
	drop_left(op);
	if ((rc = find_company(s, company)) < 0)
		return rc;
	return target_lock(&s->t, 0);
}

void scratch_close(struct scratch *s)
{
	struct op *op = s->t.op;
	struct err kept = op_try(op);

	if (s->t.session) {
		op_rollback(op);
		op->deadline = clock_ms() + DROP_MS;
		drop(op, s->t.key);
	}
	target_unlock(&s->t);
	op_tried(op, kept);
}

/* --- migrations ------------------------------------------------------------------------------------- */

static int hand_over(struct scratch *s, const struct package *pkg)
{
	struct target *t = &s->t;
	unsigned char key[32];
	char role[ROLE_MAX], verifier[ROLE_VERIFIER_MAX];
	struct rows rows;
	struct err kept, why;
	int rc = migrate_role_key(t->op, key);

	if (rc < 0)
		return rc;
	role_name(role, t->key);
	role_verifier(verifier, key, role);
	explicit_bzero(key, sizeof(key));
	kept = op_try(t->op);
	rc = op_write(t->op, NULL, &SCRATCH_HANDOVER,
		DB_ARGS(t->key, verifier, manifest_permission_array(t->op->arena, &pkg->manifest)),
		&rows);
	why = op_tried(t->op, kept);
	return rc < 0 ? migrate_refused(t, t->op->db, rc, &why) : 0;
}

static int run_as_owner(struct scratch *s, const struct migrate_list *l, const char *password)
{
	struct target *t = &s->t;
	char role[ROLE_MAX];
	struct op own;
	int rc;

	role_name(role, t->key);
	role[0] = 'o';
	migrate_connect(t, &own, role, password);
	rc = migrate_statements(t, &own, NULL, LOCK_TIMEOUT, l, false);
	if (rc < 0) {
		op_rollback(&own);
	} else {
		op_clear(&own);
		rc = op_commit(&own);
		rc = rc < 0 ? migrate_refused(t, own.db, rc, &own.err) : 0;
	}
	db_free(own.db);
	return rc;
}

/* phase NULL = into an empty schema. */
static int run(struct scratch *s, const struct package *pkg, const struct migrate_list *l,
	const char *phase)
{
	struct target *t = &s->t;
	char password[ID_TOKEN_LEN + 1];
	struct rows rows;
	int rc;

	if (phase && l->n == 0)
		return 0;
	id_token(password);
	rc = phase ? op_write(t->op, NULL, &SCRATCH_REOPEN, DB_ARGS(t->key, password, phase), &rows)
		   : op_write(t->op, NULL, &SCRATCH_PREPARE, DB_ARGS(t->key, password), &rows);
	if (rc == 0)
		rc = run_as_owner(s, l, password);
	explicit_bzero(password, sizeof(password));
	return rc < 0 ? rc : hand_over(s, pkg);
}

/* In a company, as the workers' role. What is found stays undone: there are no rows yet. */
static int run_moves(struct scratch *s, const struct migrate_list *l)
{
	struct target *t = &s->t;
	struct op own;
	int rc = l->n > 0 ? migrate_worker(t, &own) : 0;

	if (rc < 0 || l->n == 0)
		return rc;
	rc = migrate_statements(t, &own, target_as(t), LOCK_TIMEOUT, l, false);
	op_rollback(&own);
	db_free(own.db);
	return rc;
}

/* Its statements about the scratch schema. */
static const struct package_migration *renamed(
	const struct scratch *s, const struct package_migration *m)
{
	struct arena *p = s->t.op->arena;
	struct package_migration *ret = arena_alloc(p, sizeof(*ret));
	size_t n = (size_t)(m->script.n > 0 ? m->script.n : 1);

	*ret = *m;
	ret->script.statement = arena_alloc(p, n * sizeof(*ret->script.statement));
	for (int i = 0; i < m->script.n; i++)
		ret->script.statement[i] = (struct script_statement){
			scratch_text(s, m->script.statement[i].sql), m->script.statement[i].line};
	return ret;
}

/* The lists of a migration from what this database has of the plugin. */
struct plan {
	struct migrate_list first, expand, moves, contract;
};

static int choose(struct scratch *s, const struct package *pkg, struct plan *ret)
{
	struct target *t = &s->t;
	struct rows ran;
	int rc = op_read(t->op, NULL, &SCRATCH_RAN, DB_ARGS(pkg->manifest.key), &ran);

	if (rc < 0)
		return rc;
	*ret = (struct plan){migrate_list_new(t, pkg), migrate_list_new(t, pkg),
		migrate_list_new(t, pkg), migrate_list_new(t, pkg)};
	for (int i = 0; i < pkg->n_migrations; i++) {
		const struct package_migration *m = &pkg->migration[i];
		struct migrate_list *l = m->phase == MIGRATION_CONTRACT ? &ret->contract
					 : m->phase == MIGRATION_TENANT ? &ret->moves
									: &ret->expand;
		int at = 0;

		while (at < ran.n && strcmp(row_text(&ran, at, 0), m->name) != 0)
			at++;
		s->n_ran += at < ran.n;
		if (m->phase != MIGRATION_TENANT && (ran.n == 0 || at < ran.n))
			l = &ret->first;
		l->at[l->n++] = renamed(s, m);
	}
	return 0;
}

/* Faults say the plugin's own names. */
static void say_own_names(const struct scratch *s)
{
	struct err *e = &s->t.op->err;

	for (int i = 0; i < e->n_fields; i++)
		e->field[i].detail = scratch_back(s, e->field[i].detail);
	e->log = scratch_back(s, e->log);
}

int scratch_migrate(struct scratch *s, const struct package *pkg)
{
	struct plan plan;
	int rc;

	if ((rc = choose(s, pkg, &plan)) < 0 || (rc = run(s, pkg, &plan.first, NULL)) < 0 ||
		(rc = run(s, pkg, &plan.expand, "expand")) < 0 ||
		(rc = run_moves(s, &plan.moves)) < 0 ||
		(rc = run(s, pkg, &plan.contract, "contract")) < 0)
		say_own_names(s);
	return rc;
}
