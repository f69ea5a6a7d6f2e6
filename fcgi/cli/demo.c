/*
 * demo.c - two demo companies with people, tickets and random passwords.
 *
 * The accounts file is written before the transaction commits, so there is never a demo whose
 * passwords nobody knows. When the demo exists without its file, the passwords are made anew.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/password.h"
#include "base/id.h"
#include "base/json.h"
#include "cli/demo.sql.h"

struct person {
	const char *email, *name, *role;
};

struct company {
	const char *code, *name;
	struct person person[6];
};

static const struct company companies[] = {
	{"northwind", "Northwind Heating",
		{
			{"ingrid.solberg@northwind.example", "Ingrid Solberg", "Admin"},
			{"marcus.webb@northwind.example", "Marcus Webb", "Dispatcher"},
			{"priya.raman@northwind.example", "Priya Raman", "Technician"},
			{"tom.okafor@northwind.example", "Tom Okafor", "Technician"},
			{"elena.marsh@northwind.example", "Elena Marsh", "SystemAdmin"},
			{NULL, NULL, NULL},
		}},
	{"harbor", "Harbor Facilities",
		{
			{"grace.lindqvist@harbor.example", "Grace Lindqvist", "Admin"},
			{"daniel.osei@harbor.example", "Daniel Osei", "Dispatcher"},
			{"lucia.ferrante@harbor.example", "Lucia Ferrante", "Technician"},
			{"henry.novak@harbor.example", "Henry Novak", "Technician"},
			{NULL, NULL, NULL},
		}},
};
#define N_COMPANIES (sizeof(companies) / sizeof(companies[0]))

struct demo {
	struct op *op;
	PGconn *db;
	const char *file; /* accounts */
	char *sql;	  /* demo.sql */
	json_t *accounts;
};

/* Random and long instead of pleasant: they are printed to be pasted. */
static int new_password(struct demo *d, const struct company *c, const struct person *p,
	char ret_hash[PASSWORD_HASH_MAX])
{
	char token[ID_TOKEN_LEN + 1];

	id_token(token);
	token[20] = '\0'; /* 120 bits */
	if (password_hash(token, ret_hash) < 0)
		return op_fail(d->op, MT_EINTERNAL, "Not enough memory for argon2id");
	json_array_append_new(d->accounts, json_pack("{ss ss ss ss}", "tenant", c->code, "email",
						   p->email, "role", p->role, "password", token));
	explicit_bzero(token, sizeof(token));
	return 0;
}

static int add_person(
	struct demo *d, const struct company *c, const char *tenant, const struct person *p)
{
	char id[ID_UUID_LEN + 1], hash[PASSWORD_HASH_MAX];
	int rc;

	if ((rc = new_password(d, c, p, hash)) < 0)
		return rc;
	id_uuid7(id);
	return cli_query(d->op, d->db, &DEMO_ADD_PERSON,
		DB_ARGS(tenant, id, p->email, p->name, arena_printf(d->op->arena, "{%s}", p->role),
			hash),
		NULL);
}

/* From here on the transaction is in this tenant, as the core would be: row-level security holds. */
static int enter(struct demo *d, const char *tenant)
{
	return cli_query(d->op, d->db, &DEMO_ENTER, DB_ARGS(tenant), NULL);
}

static int renew_person(struct demo *d, const struct company *c, const struct person *p)
{
	char hash[PASSWORD_HASH_MAX];
	struct rows rows;
	int rc;

	if ((rc = new_password(d, c, p, hash)) < 0 ||
		(rc = cli_query(d->op, d->db, &DEMO_PASSWORD, DB_ARGS(p->email, hash), &rows)) < 0)
		return rc;
	if (rows.n != 1)
		return op_fail(d->op, MT_ENOENT,
			"%s is no longer in the demo: no password was changed", p->email);
	return 0;
}

static int add_company(struct demo *d, const struct company *c)
{
	const char *tenant;
	struct rows rows;
	int rc;

	rc = cli_query(d->op, d->db, &DEMO_ADD_TENANT, DB_ARGS(c->code, c->name), &rows);
	if (rc < 0)
		return rc;
	tenant = row_text(&rows, 0, 0);
	for (const struct person *p = c->person; p->email; p++)
		if ((rc = add_person(d, c, tenant, p)) < 0)
			return rc;
	if ((rc = enter(d, tenant)) < 0)
		return rc;
	return cli_exec(d->op, d->db, d->sql, "demo.sql");
}

static int renew_company(struct demo *d, const struct company *c)
{
	struct rows rows;
	int rc;

	if ((rc = cli_query(d->op, d->db, &DEMO_TENANT, DB_ARGS(c->code), &rows)) < 0 ||
		(rc = enter(d, rows.n > 0 ? row_text(&rows, 0, 0) : "0")) < 0)
		return rc;
	for (const struct person *p = c->person; p->email; p++)
		if ((rc = renew_person(d, c, p)) < 0)
			return rc;
	return 0;
}

static int write_accounts(struct demo *d)
{
	char *text = json_dumps(d->accounts, JSON_INDENT(2));
	int rc = cli_replace_file(d->op, d->file, text, strlen(text), 0600, NULL);

	free(text);
	return rc;
}

/* *ret: the demo was loaded before. */
static int is_there(struct demo *d, bool *ret)
{
	struct rows rows;
	int rc = cli_query(d->op, d->db, &DEMO_THERE, DB_NOARGS, &rows);

	if (rc < 0)
		return rc;
	*ret = rows.n > 0;
	if (rows.n == 1)
		return op_fail(d->op, MT_ECONFLICT,
			"A company uses the code of a demo company: load the demo into another "
			"database");
	return 0;
}

static int load(struct demo *d)
{
	bool there;
	int rc;

	if ((rc = cli_exec(d->op, d->db, "begin", "begin")) < 0 ||
		(rc = cli_query(d->op, d->db, &DEMO_ALONE, DB_NOARGS, NULL)) < 0 ||
		(rc = is_there(d, &there)) < 0)
		return rc;
	if (there && access(d->file, F_OK) == 0) {
		puts("The demo is already loaded");
		return 0;
	}
	for (size_t i = 0; i < N_COMPANIES; i++) {
		rc = there ? renew_company(d, &companies[i]) : add_company(d, &companies[i]);
		if (rc < 0)
			return rc;
	}
	if ((rc = write_accounts(d)) < 0)
		return rc;
	if ((rc = cli_exec(d->op, d->db, "commit", "commit")) < 0) {
		unlink(d->file);
		return rc;
	}
	printf("%s; accounts are in %s\n",
		there ? "Renewed the demo's passwords" : "Loaded the demo", d->file);
	return 0;
}

static int demo_run(struct cli *c)
{
	struct demo d = {.op = &c->op, .file = cli_given(c, "--accounts")};
	int rc;

	if (!d.file)
		return cli_usage(c);
	d.accounts = json_array();
	json_own(c->op.arena, d.accounts);
	if (password_init() < 0)
		return op_fail(d.op, MT_EINTERNAL, "Can't start libsodium");
	if ((rc = cli_conf(c)) < 0 ||
		(rc = cli_read_file(d.op,
			 arena_printf(d.op->arena, "%s/demo.sql", d.op->app->conf.sql_dir), &d.sql,
			 NULL)) < 0 ||
		(rc = cli_connect(d.op, "mortise_admin", NULL, &d.db)) < 0)
		return rc;
	return load(&d); /* what isn't committed ends with the connection */
}

static const struct cli_option OPTIONS[] = {
	CLI_CONF_OPTION,
	{"--accounts", "FILE", "where the accounts and their passwords are written"},
	{0},
};

const struct cli_command cli_demo = {
	.name = "demo",
	.usage = "--accounts FILE",
	.summary = "load two demo companies; passwords are random and kept in FILE",
	.options = OPTIONS,
	.run = demo_run,
};
