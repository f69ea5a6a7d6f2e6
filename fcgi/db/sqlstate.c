/*
 * sqlstate.c - SQLSTATE to code: the one table.
 */
#include "db/impl.h"

#include <stdio.h>
#include <string.h>

struct mapping {
	const char *state; /* five characters, or two for a class */
	int code;
	const char *message;
};

/* The first match counts: single states come before their class. */
static const struct mapping table[] = {
	{"23505", MT_ECONFLICT, N_("This already exists")},
	{"23P01", MT_ECONFLICT, N_("This overlaps with what already exists")},
	{"23503", MT_EFIELDS,
		N_("A value refers to something that doesn't exist or is still in use")},
	{"23502", MT_EFIELDS, N_("A value is missing")},
	{"23514", MT_EFIELDS, N_("A value is not allowed")},
	{"23", MT_EFIELDS, N_("A value is not allowed")},
	{"22", MT_EINVAL, N_("A value can't be understood or is out of range")},
	{"42501", MT_EPERM, N_("This is not allowed")},
	{"40001", MT_ECONFLICT, N_("Somebody changed this at the same time; try again")},
	{"40P01", MT_ECONFLICT, N_("Somebody changed this at the same time; try again")},
	{"57014", MT_ETIMEOUT, N_("The database did not answer in time")},
	{"55P03", MT_EBUSY,
		N_("Somebody else is changing this just now (lock_timeout_ms); try again")},
	{"54000", MT_ETOOBIG, N_("This is too large")},
	{"53100", MT_EFULL, N_("There is no room left for data")},
	{"53", MT_EBUSY, N_("The database is overloaded")},
	{"08", MT_EBUSY, N_("The database is not reachable")},
	{"57", MT_EBUSY, N_("The database is not reachable")},
	{"MT429", MT_ERATE, N_("Too much at once; try again in a minute")}, /* sql/007 */
	{"P0001", MT_ECONFLICT, N_("This is not possible now")},
	{"P0002", MT_ENOENT, N_("Not found")},
};

static const struct mapping *find(const char *state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strncmp(state, table[i].state, strlen(table[i].state)) == 0)
			return &table[i];
	return NULL;
}

static const char *field(const PGresult *res, int which)
{
	const char *s = PQresultErrorField(res, which);

	return s == NULL ? "" : s;
}

/* Functions join what they found with line breaks; a message is one line. */
static void put_line(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; *from != '\0' && n + 2 < size; from++) {
		if (*from == '\n')
			to[n++] = ';';
		to[n++] = (char)((unsigned char)*from < ' ' ? ' ' : *from);
	}
	to[n] = '\0';
}

int sqlstate_error(struct db *db, const PGresult *res, const char *stmt_name, struct err *e)
{
	const char *state = field(res, PG_DIAG_SQLSTATE);
	const char *text = field(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = field(res, PG_DIAG_MESSAGE_DETAIL);
	const char *constraint = field(res, PG_DIAG_CONSTRAINT_NAME);
	const char *where = field(res, PG_DIAG_CONTEXT);
	const char *hint = field(res, PG_DIAG_MESSAGE_HINT);
	const char *value, *faults, *key = NULL;
	char line[ERR_TEXT_MAX];
	const struct mapping *m = find(state);
	bool first = e != NULL && e->code == 0;

	snprintf(db->sqlstate, sizeof(db->sqlstate), "%s", state);
	if (strcmp(field(res, PG_DIAG_SOURCE_FUNCTION), "exec_stmt_raise") == 0)
		key = raised_key(text, &value);
	db->raised = key != NULL;
	snprintf(db->said, sizeof(db->said), "%.160s%s%.100s%s%.60s", text,
		detail[0] != '\0' ? ": " : "", detail, constraint[0] != '\0' ? ", constraint " : "",
		constraint);
	snprintf(db->hint, sizeof(db->hint), "%s", hint);
	db->position = strtol(field(res, PG_DIAG_STATEMENT_POSITION), NULL, 10);
	err_log(e, "%s: %s %s%s%.120s%s%.120s", stmt_name, state, db->said,
		where[0] != '\0' ? ", " : "", where, hint[0] != '\0' ? ", hint: " : "", hint);
	if (m == NULL)
		return err_set(e, MT_EINTERNAL, "A database statement failed");
	if (first && m->code == MT_EBUSY)
		e->retry_after = 2;
	if (first && m->code == MT_ERATE)
		e->retry_after = 20;
	/* the server's own texts name tables and columns */
	if (key == NULL)
		return err_plain(e, m->code, m->message);
	put_line(line, sizeof(line), value);
	faults = first && value[0] == '[' ? raised_faults(e->arena, value) : NULL;
	err_keyed(e, m->code, key, faults != NULL ? faults : line);
	if (first && raised_type(text) != NULL)
		e->type = raised_type(text);
	return m->code;
}

const char *db_said(const struct db *db)
{
	return db->said;
}

const char *db_hint(const struct db *db)
{
	return db->hint;
}

long db_position(const struct db *db)
{
	return db->position;
}

const char *db_sqlstate(const struct db *db)
{
	return db->sqlstate;
}

bool db_raised(const struct db *db)
{
	return db->raised;
}
