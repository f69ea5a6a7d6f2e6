/* invites.c - see invites.h. */
#include "auth/invites.h"

#include <string.h>

#include "auth/app.h"
#include "auth/invites.sql.h"
#include "auth/link.h"
#include "base/csv.h"
#include "base/id.h"
#include "base/json.h"

#define COLUMNS_MOST 20 /* of a file; those that aren't ours are refused by name */
#define PART_MAX 200	/* bytes of a role's or team's name in a cell */

enum { NAME, EMAIL, ROLE, TEAM, PHONE, N_CELLS };

/* Spreadsheets of a company have them in its language. */
static const char *const HEADS[N_CELLS] = {
	"|name|full name|vollständiger name|",
	"|email|e-mail|mail|address|e-mail-adresse|emailadresse|",
	"|role|roles|rolle|rollen|",
	"|team|teams|",
	"|phone|telephone|telefon|telefonnummer|",
};

static const struct field CELLS[] = {
	{"name", FIELD_STRING, FIELD_REQUIRED, 1, 120},
	{"email", FIELD_EMAIL, FIELD_REQUIRED, 3, 254},
	{"roles", FIELD_ARRAY, FIELD_REQUIRED, 1, 8, .one_of = FIELD_TEXTS},
	{"teams", FIELD_ARRAY, 0, 0, 20, .one_of = FIELD_TEXTS},
	{"phone", FIELD_STRING, FIELD_NULLABLE, 1, 40},
	{.type = FIELD_END},
};

static const struct field FAULT[] = {
	{"field", FIELD_TEXT, FIELD_REQUIRED},
	{"detail", FIELD_TEXT, FIELD_REQUIRED},
	{"text", FIELD_OBJECT},
	ANSWER_END,
};

static const struct field INVITED_LINK[] = {
	ANSWER("url", TEXT), ANSWER("expiresAt", TIME), ANSWER_END};

const struct field invite_items[] = {
	ANSWER("line", INT),
	ANSWER("name", TEXT),
	ANSWER("email", TEXT),
	ANSWER_NULL("phone", TEXT),
	{"roles", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS},
	{"teams", FIELD_ARRAY, FIELD_REQUIRED, .one_of = FIELD_TEXTS},
	ANSWER_OF("faults", ARRAY, FAULT),
	ANSWER_NULL("id", UUID),
	{"link", FIELD_OBJECT, .of = INVITED_LINK},
	ANSWER_END,
};

/* --- reading ------------------------------------------------------------------------------------- */

struct table {
	struct op *op;
	char *at;
	char comma;
	int line, n_columns;
	int column[COLUMNS_MOST];
};

static char *trimmed(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n > 0 && strchr(" \t", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

static int column_named(struct op *op, const char *name)
{
	char *word = arena_printf(op->arena, "|%s|", name);

	for (char *c = word; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	for (int i = 0; i < N_CELLS; i++)
		if (word[1] != '|' && strstr(HEADS[i], word))
			return i;
	return -1;
}

static int bad_quotes(struct table *t)
{
	return op_fault(t->op, arena_printf(t->op->arena, "/lines/%d", t->line),
		"Has a quote that doesn't end, or text after one");
}

static int read_head(struct table *t)
{
	bool end = false, has[N_CELLS] = {false};
	static const char *const NEEDED[] = {"name", "email", "role"};

	t->comma = csv_comma(t->at);
	for (t->line = 1; !end;) {
		char *name = csv_cell(&t->at, t->comma, &end);
		int i;

		if (!name)
			return bad_quotes(t);
		i = column_named(t->op, trimmed(name));
		if (i < 0 || has[i] || t->n_columns == COLUMNS_MOST)
			return op_fault(t->op, "/lines/1",
				"The first line names the columns, each once: name, email, role, and if "
				"you like team and phone; it has \"%.60s\"",
				name);
		has[i] = true;
		t->column[t->n_columns++] = i;
	}
	for (int i = 0; i < 3; i++)
		if (!has[i])
			op_fault(
				t->op, "/lines/1", "The first line lacks the column %s", NEEDED[i]);
	return t->op->err.code;
}

static json_t *listed(char *cell)
{
	json_t *ret = json_array();

	while (*cell) {
		size_t n = strcspn(cell, ",;|");
		bool more = cell[n] != '\0';
		char *part;

		cell[n] = '\0';
		part = trimmed(cell);
		if (*part && strlen(part) <= PART_MAX)
			json_array_append_new(ret, json_string(part));
		cell += n + more;
	}
	return ret;
}

/* As a spreadsheet has it back that got it from us: base/csv.h. */
static char *cell_text(char *cell)
{
	cell = trimmed(cell);
	return *cell == '\'' && cell[1] && strchr("=+-@", cell[1]) ? cell + 1 : cell;
}

static void set_cell(json_t *line, int column, char *cell)
{
	static const char *const NAMES[N_CELLS] = {"name", "email", "roles", "teams", "phone"};

	if (column == ROLE || column == TEAM)
		json_object_set_new(line, NAMES[column], listed(cell));
	else if (column != PHONE || *cell)
		json_object_set_new(line, NAMES[column], json_string(cell));
}

static bool is_blank(const char *s)
{
	return !s[strspn(s, " \t\r")];
}

/* *ret NULL: an empty line. */
static int read_line(struct table *t, struct err *faults, json_t **ret)
{
	json_t *line = json_object();
	bool end = false, blank = true;
	int n = 0;

	json_own(t->op->arena, line);
	*ret = NULL;
	err_init(faults, t->op->arena);
	for (t->line++; !end; n++) {
		char *cell = csv_cell(&t->at, t->comma, &end);

		if (!cell)
			return bad_quotes(t);
		blank = blank && is_blank(cell);
		if (n < t->n_columns)
			set_cell(line, t->column[n], cell_text(cell));
	}
	if (blank)
		return 0;
	*ret = line;
	if (n != t->n_columns)
		err_addfield(
			faults, "/", "Has %d cells where the first line has %d", n, t->n_columns);
	else
		fields_check(faults, "", CELLS, line);
	return 0;
}

/* What the statement gets beside what was written. */
static void add_secrets(struct op *op, struct invites *in, json_t *line, int number)
{
	struct link link = link_new(op, LINK_WELCOME);
	char id[ID_UUID_LEN + 1], mail[ID_UUID_LEN + 1];
	json_t *faults = json_array();

	id_uuid7(id);
	id_uuid7(mail);
	in->url[in->n] = link.url;
	for (int i = 0; i < in->faults[in->n].n_fields; i++)
		json_array_append_new(faults, json_pack("[ss]", "", ""));
	json_object_set_new(line, "line", json_integer(number));
	json_object_set_new(line, "id", json_string(id));
	json_object_set_new(line, "mail", json_string(mail));
	json_object_set_new(line, "hash", json_string(link.hash));
	json_object_set_new(line, "faults", faults);
	if (!json_object_get(line, "email"))
		json_object_set_new(line, "email", json_string(""));
}

int invites_read(struct op *op, char *text, int most, struct invites *ret)
{
	struct table t = {.op = op, .at = text};
	json_t *line;
	int rc = read_head(&t);

	*ret = (struct invites){.lines = json_array()};
	json_own(op->arena, ret->lines);
	ret->url = arena_alloc(op->arena, sizeof(*ret->url) * (size_t)most);
	ret->faults = arena_alloc(op->arena, sizeof(*ret->faults) * (size_t)(most + 1));
	if (rc < 0)
		return rc;
	while (*t.at) {
		if ((rc = read_line(&t, &ret->faults[ret->n], &line)) < 0)
			return rc;
		if (!line)
			continue;
		if (ret->n == most)
			return op_fail(op, MT_ETOOBIG,
				"At most %d lines at once (csv_import_rows): send the rest in another file",
				most);
		add_secrets(op, ret, line, t.line);
		json_array_append(ret->lines, line);
		ret->n++;
	}
	return ret->n ? 0 : op_fault(op, "/lines", "The file names nobody below its first line");
}

/* --- inviting ------------------------------------------------------------------------------------ */

static json_t *fault_json(const struct err_field *f)
{
	json_t *text = f->text ? json_loads(f->text, 0, NULL) : NULL;
	json_t *ret = json_pack(
		"{ss ss}", "field", f->pointer + (*f->pointer == '/'), "detail", f->detail);

	if (text)
		json_object_set_new(ret, "text", text);
	return ret;
}

static const char *said(const json_t *fault, size_t i)
{
	return json_string_value(json_array_get(fault, i));
}

/* Those that were found in the line, and those of the database. */
static int faults_json(struct op *op, struct err *e, const struct rows *rows, int i, json_t **ret)
{
	json_t *raised, *one;
	size_t k;
	int rc = row_json(op, rows, i, 3, &raised);

	if (rc < 0)
		return rc;
	json_array_foreach(raised, k, one)
		if (*said(one, 1))
			db_words_field(
				e, arena_printf(op->arena, "/%s", said(one, 0)), said(one, 1));
	*ret = json_array();
	for (int f = 0; f < e->n_fields; f++)
		json_array_append_new(*ret, fault_json(&e->field[f]));
	return 0;
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static int add_item(struct op *op, struct invites *in, const struct rows *rows, int i)
{
	const json_t *line = json_array_get(in->lines, (size_t)i);
	const char *name = json_string_value(json_object_get(line, "name"));
	json_t *item, *faults, *roles, *teams;
	int rc;

	if ((rc = faults_json(op, &in->faults[i], rows, i, &faults)) < 0)
		return rc;
	if ((rc = row_json(op, rows, i, 1, &roles)) < 0 ||
		(rc = row_json(op, rows, i, 2, &teams)) < 0) {
		json_decref(faults);
		return rc;
	}
	in->n_faulty += json_array_size(faults) > 0;
	item = json_pack("{sI ss ss so sO sO so so}", "line", (json_int_t)row_int(rows, i, 0),
		"name", name ? name : "", "email",
		json_string_value(json_object_get(line, "email")), "phone",
		text_or_null(json_string_value(json_object_get(line, "phone"))), "roles", roles,
		"teams", teams, "faults", faults, "id", text_or_null(row_text(rows, i, 5)));
	if (row_text(rows, i, 4)) {
		struct link link = {in->url[i], NULL};
		json_t *shown = link_json(op, &link, "invite", row_int(rows, i, 4));

		json_object_del(shown, "purpose");
		json_object_set(item, "link", shown);
	}
	json_array_append_new(in->items, item);
	return 0;
}

int invites_run(struct op *op, struct invites *in, const char *tenant, bool by_mail)
{
	const char *args[] = {json_text(op->arena, in->lines, NULL), by_mail ? "true" : "false",
		link_invite_s(op), tenant};
	struct rows rows;
	int rc = tenant ? op_query(op, &INVITES_NAMED, args, 4, &rows)
			: op_query(op, &INVITES_OWN, args, 3, &rows);

	in->n_faulty = 0;
	in->items = json_array();
	json_own(op->arena, in->items);
	for (int i = 0; rc == 0 && i < rows.n; i++)
		rc = add_item(op, in, &rows, i);
	return rc;
}
