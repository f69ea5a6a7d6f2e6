/*
 * demo.c - two demo companies with people, tickets and random passwords.
 *
 * The accounts file is written before the transaction commits, so there is never a demo whose
 * passwords nobody knows. When the demo exists without its file, the passwords are made anew.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/password.h"
#include "base/id.h"
#include "base/arena.h"
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
	const struct conf *conf;
	const char *file; /* accounts */
	PGconn *db;
	struct arena *arena;
	char *sql; /* demo.sql */
	json_t *accounts;
	struct err *e;
};

/* Words would be nicer to type, but these are printed to be pasted. */
static int new_password(struct demo *d, const struct company *c, const struct person *p,
	char ret_hash[PASSWORD_HASH_MAX])
{
	char token[ID_TOKEN_LEN + 1];

	id_token(token);
	token[20] = '\0'; /* 120 bits */
	if (password_hash(token, ret_hash) < 0)
		return err_set(d->e, MT_EINTERNAL, "no memory for argon2id");
	json_array_append_new(d->accounts, json_pack("{ss ss ss ss}", "tenant", c->code, "email",
						   p->email, "role", p->role, "password", token));
	explicit_bzero(token, sizeof(token));
	return 0;
}

static int add_person(
	struct demo *d, const struct company *c, const char *tenant, const struct person *p)
{
	char id[ID_UUID_LEN + 1], hash[PASSWORD_HASH_MAX], role[40];
	const char *args[] = {tenant, id, p->email, p->name, role, hash};
	int rc;

	if ((rc = new_password(d, c, p, hash)) < 0)
		return rc;
	id_uuid7(id);
	snprintf(role, sizeof(role), "{%s}", p->role);
	return cli_query(d->db, &DEMO_ADD_PERSON, args, 6, NULL, d->e);
}

/* From here on the transaction is in this tenant, as the core would be: row-level security holds. */
static int enter(struct demo *d, const char *tenant)
{
	const char *args[] = {tenant};

	return cli_query(d->db, &DEMO_ENTER, args, 1, NULL, d->e);
}

static int renew_person(struct demo *d, const struct company *c, const struct person *p)
{
	char hash[PASSWORD_HASH_MAX];
	const char *args[] = {p->email, hash};
	PGresult *res;
	int rc;

	if ((rc = new_password(d, c, p, hash)) < 0)
		return rc;
	if ((rc = cli_query(d->db, &DEMO_PASSWORD, args, 2, &res, d->e)) < 0)
		return rc;
	if (PQntuples(res) != 1)
		rc = err_set(d->e, MT_ENOENT, "%s is no longer in the demo; its passwords stay",
			p->email);
	PQclear(res);
	return rc;
}

static int add_company(struct demo *d, const struct company *c)
{
	const char *args[] = {c->code, c->name};
	const char *tenant;
	PGresult *res;
	int rc;

	if ((rc = cli_query(d->db, &DEMO_ADD_TENANT, args, 2, &res, d->e)) < 0)
		return rc;
	tenant = arena_strdup(d->arena, PQgetvalue(res, 0, 0));
	PQclear(res);
	for (const struct person *p = c->person; p->email != NULL; p++)
		if ((rc = add_person(d, c, tenant, p)) < 0)
			return rc;
	if ((rc = enter(d, tenant)) < 0)
		return rc;
	return cli_exec(d->db, d->sql, "demo.sql", d->e);
}

static int renew_company(struct demo *d, const struct company *c)
{
	const char *args[] = {c->code};
	const char *tenant;
	PGresult *res;
	int rc;

	if ((rc = cli_query(d->db, &DEMO_TENANT, args, 1, &res, d->e)) < 0)
		return rc;
	tenant = PQntuples(res) > 0 ? arena_strdup(d->arena, PQgetvalue(res, 0, 0)) : "0";
	PQclear(res);
	if ((rc = enter(d, tenant)) < 0)
		return rc;
	for (const struct person *p = c->person; p->email != NULL; p++)
		if ((rc = renew_person(d, c, p)) < 0)
			return rc;
	return 0;
}

static int write_accounts(struct demo *d)
{
	char path[700];
	char *text = json_dumps(d->accounts, JSON_INDENT(2));
	int fd, rc = 0;

	snprintf(path, sizeof(path), "%s.new", d->file);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || text == NULL || dprintf(fd, "%s\n", text) < 0 || fsync(fd) < 0 ||
		rename(path, d->file) < 0) {
		rc = err_set(d->e, MT_EINTERNAL, "%s: %s", path, strerror(errno));
		unlink(path);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return rc;
}

/* 1 when the demo was loaded before. */
static int is_there(struct demo *d)
{
	PGresult *res;
	int rc;

	if ((rc = cli_query(d->db, &DEMO_THERE, NULL, 0, &res, d->e)) < 0)
		return rc;
	rc = PQntuples(res);
	PQclear(res);
	if (rc == 1)
		return err_set(d->e, MT_ECONFLICT,
			"a tenant with a demo company's code is there already: no demo is loaded");
	return rc > 0;
}

static int load(struct demo *d)
{
	int rc, there;

	if ((rc = cli_exec(d->db, "begin", "begin", d->e)) < 0 ||
		(rc = cli_query(d->db, &DEMO_ALONE, NULL, 0, NULL, d->e)) < 0 ||
		(there = rc = is_there(d)) < 0)
		return rc;
	if (there && access(d->file, F_OK) == 0) {
		puts("the demo is there already");
		return 0;
	}
	for (size_t i = 0; i < N_COMPANIES; i++) {
		rc = there ? renew_company(d, &companies[i]) : add_company(d, &companies[i]);
		if (rc < 0)
			return rc;
	}
	if ((rc = write_accounts(d)) < 0)
		return rc;
	if ((rc = cli_exec(d->db, "commit", "commit", d->e)) < 0) {
		unlink(d->file);
		return rc;
	}
	printf("%s; the accounts are in %s\n",
		there ? "the demo's passwords are new" : "the demo is loaded", d->file);
	return 0;
}

static int demo(const struct conf *c, const char *file, struct err *e)
{
	struct demo d = {.conf = c, .file = file, .e = e};
	char path[600];
	int rc;

	if (password_init() < 0)
		return err_set(e, MT_EINTERNAL, "libsodium does not start");
	snprintf(path, sizeof(path), "%s/demo.sql", c->sql_dir);
	if ((rc = cli_read_file(path, &d.sql, NULL, e)) < 0)
		return rc;
	d.arena = arena_new();
	d.accounts = json_array();
	if ((rc = cli_connect(c, "mortise_admin", NULL, &d.db, e)) == 0) {
		rc = load(&d);
		PQfinish(d.db); /* undoes what wasn't committed */
	}
	json_decref(d.accounts);
	arena_free(d.arena);
	free(d.sql);
	return rc;
}

static int demo_run(int argc, char **argv)
{
	const char *file = cli_option(argc, argv, "--accounts");
	struct conf c;
	struct err e;

	err_init(&e, NULL);
	if (file == NULL || file[0] == '\0')
		return cli_usage(&cli_demo);
	if (conf_read(&c, conf_find(argc, argv), &e) < 0 || demo(&c, file, &e) < 0)
		return cli_fail(&e);
	return 0;
}

const struct cli_command cli_demo = {"demo", "-c CONF --accounts FILE",
	"load two demo companies; passwords are random and kept in FILE", demo_run};
