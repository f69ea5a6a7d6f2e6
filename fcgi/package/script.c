/* script.c - cutting SQL into statements: see script.h. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "base/utf8.h"
#include "package/fault.h"
#include "package/script.h"

#define STATEMENTS_MAX 1000
#define WORDS_MAX 4 /* words at the start of a statement that are checked */

static const struct {
	const char *name;
	const char *suffix;
	const char *start[12]; /* first words of its statements */
	const char *rule;      /* for who used others */
} PHASES[] = {
	[MIGRATION_EXPAND] = {"expand", ".sql",
		{"CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX", "CREATE SEQUENCE",
			"ALTER TABLE", "ALTER INDEX", "ALTER SEQUENCE", "COMMENT ON", NULL},
		"CREATE TABLE, CREATE [UNIQUE] INDEX, CREATE SEQUENCE, ALTER TABLE, ALTER INDEX, "
		"ALTER SEQUENCE and COMMENT ON are allowed; what takes away stands in "
		"NNN-name.contract.sql, what moves rows in NNN-name.tenant.sql"},
	[MIGRATION_TENANT] = {"tenant", ".tenant.sql",
		{"INSERT INTO", "UPDATE", "DELETE FROM", "MERGE INTO", "SELECT", "WITH", NULL},
		"INSERT INTO, UPDATE, DELETE FROM, MERGE INTO, SELECT and WITH are allowed: it moves one tenant's "
		"rows, and tables are made in NNN-name.sql"},
	[MIGRATION_CONTRACT] = {"contract", ".contract.sql",
		{"CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX", "CREATE SEQUENCE",
			"ALTER TABLE", "ALTER INDEX", "ALTER SEQUENCE", "COMMENT ON", "DROP TABLE",
			"DROP INDEX", "DROP SEQUENCE", NULL},
		"CREATE TABLE, CREATE [UNIQUE] INDEX, CREATE SEQUENCE, ALTER TABLE, ALTER INDEX, "
		"ALTER SEQUENCE, COMMENT ON, DROP TABLE, DROP INDEX and DROP SEQUENCE are allowed"},
};

enum migration_phase script_phase(const char *name)
{
	size_t n = strlen(name);

	for (enum migration_phase i = MIGRATION_CONTRACT; i > MIGRATION_EXPAND; i--) {
		size_t m = strlen(PHASES[i].suffix);

		if (n > m && !strcmp(name + n - m, PHASES[i].suffix))
			return i;
	}
	return MIGRATION_EXPAND;
}

const char *script_phase_name(enum migration_phase phase)
{
	return PHASES[phase].name;
}

struct scan {
	struct arena *arena;
	enum migration_phase phase;
	const char *at, *end;
	const char *broken; /* what was left open, or NULL */
	int line;
	int depth;	  /* parentheses */
	const char *from; /* start of the statement, NULL = none yet */
	int from_line;
	char words[WORDS_MAX][24]; /* its first words, upper case */
	int n_words;
	bool as; /* AS outside of parentheses */
};

static void step(struct scan *s)
{
	if (*s->at++ == '\n')
		s->line++;
}

static void steps(struct scan *s, size_t n)
{
	while (n-- > 0 && s->at < s->end)
		step(s);
}

static bool looking_at(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->at) >= n && !memcmp(s->at, text, n);
}

/* '...' or "...": the quote doubled stays inside; a backslash escapes in E''. */
static void quoted(struct scan *s, char quote, bool backslash)
{
	step(s);
	while (s->at < s->end) {
		if (backslash && *s->at == '\\') {
			steps(s, 2);
		} else if (*s->at == quote) {
			step(s);
			if (s->at == s->end || *s->at != quote)
				return;
			step(s);
		} else {
			step(s);
		}
	}
	s->broken = quote == '"' ? P_("a quoted name") : P_("a quoted text");
}

/* Length of $$ or $tag$ here, or 0. */
static size_t dollar_tag(const struct scan *s)
{
	const char *p = s->at + 1;

	if (p < s->end && isdigit((unsigned char)*p))
		return 0;
	while (p < s->end && (isalnum((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 0x80))
		p++;
	return p < s->end && *p == '$' ? (size_t)(p + 1 - s->at) : 0;
}

static void dollar_quoted(struct scan *s, size_t tag)
{
	const char *open = s->at, *close;

	steps(s, tag);
	close = memmem(s->at, (size_t)(s->end - s->at), open, tag);
	if (!close) {
		s->broken = P_("a dollar-quoted text");
		s->at = s->end;
		return;
	}
	steps(s, (size_t)(close - s->at) + tag);
}

static void block_comment(struct scan *s)
{
	int depth = 0;

	do {
		if (looking_at(s, "/*")) {
			depth++;
			steps(s, 2);
		} else if (looking_at(s, "*/")) {
			depth--;
			steps(s, 2);
		} else {
			step(s);
		}
	} while (depth > 0 && s->at < s->end);
	if (depth > 0)
		s->broken = P_("a comment");
}

/* Spaces and comments; true when there was some. */
static bool blank(struct scan *s)
{
	if (isspace((unsigned char)*s->at)) {
		step(s);
	} else if (looking_at(s, "--")) {
		while (s->at < s->end && *s->at != '\n' && *s->at != '\r')
			step(s);
	} else if (looking_at(s, "/*")) {
		block_comment(s);
	} else {
		return false;
	}
	return true;
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static void word(struct scan *s)
{
	const char *from = s->at;
	size_t n;

	while (s->at < s->end && is_word_char(*s->at))
		step(s);
	n = (size_t)(s->at - from);
	if (n == 1 && (*from == 'e' || *from == 'E') && s->at < s->end && *s->at == '\'') {
		quoted(s, '\'', true);
		return;
	}
	if (s->depth == 0 && n == 2 && !strncasecmp(from, "as", 2))
		s->as = true;
	if (s->n_words < WORDS_MAX) {
		char *w = s->words[s->n_words++];

		if (n > sizeof(s->words[0]) - 1)
			n = sizeof(s->words[0]) - 1;
		for (size_t i = 0; i < n; i++)
			w[i] = (char)toupper((unsigned char)from[i]);
		w[n] = '\0';
	}
}

static void token(struct scan *s)
{
	size_t tag;

	if (*s->at == '\'' || *s->at == '"') {
		quoted(s, *s->at, false);
	} else if (*s->at == '$' && (tag = dollar_tag(s)) > 0) {
		dollar_quoted(s, tag);
	} else if (is_word_char(*s->at)) {
		word(s);
	} else {
		s->depth += *s->at == '(' ? 1 : *s->at == ')' ? -1 : 0;
		if (s->n_words == 0 || (s->n_words < 2 && s->phase != MIGRATION_TENANT))
			s->n_words = WORDS_MAX; /* a statement starts with two words */
		step(s);
	}
}

static const char *statement_fault(const struct scan *s)
{
	bool known = false;

	for (int i = 0; PHASES[s->phase].start[i] && !known; i++) {
		const char *w = PHASES[s->phase].start[i];

		known = true;
		for (int j = 0; known && *w; j++) {
			size_t n = strcspn(w, " ");

			known = j < s->n_words && strlen(s->words[j]) == n &&
				!strncmp(s->words[j], w, n);
			w += n + (w[n] == ' ');
		}
	}
	if (!known)
		return PHASES[s->phase].rule;
	if (s->as && !strcmp(s->words[1], "TABLE") && !strcmp(s->words[0], "CREATE"))
		return P_(
			"CREATE TABLE ... AS is not allowed: a migration makes tables, it doesn't copy data");
	if (s->depth != 0)
		return P_("its parentheses don't match");
	return NULL;
}

static void end_statement(struct scan *s, struct script *ret, const char *pointer, struct err *e)
{
	const char *why;

	if (!s->from)
		return;
	why = statement_fault(s);
	if (why)
		fault_add(e, pointer, "Line %d: statement \"%.40s %.40s ...\": %s", s->from_line,
			s->words[0], s->words[1], message_part_plain(s->arena, why));
	ret->statement[ret->n++] = (struct script_statement){
		.sql = arena_strndup(s->arena, s->from, (size_t)(s->at - s->from)),
		.line = s->from_line,
	};
	s->from = NULL;
	s->n_words = s->depth = 0;
	s->as = false;
	memset(s->words, 0, sizeof(s->words));
}

int script_read(struct arena *p, const char *path, enum migration_phase phase, const char *text,
	size_t len, struct script *ret, struct err *e)
{
	const char *pointer = arena_printf(p, "/%s", path);
	struct scan s = {.arena = p, .phase = phase, .at = text, .end = text + len, .line = 1};

	ret->n = 0;
	ret->statement = arena_alloc(p, STATEMENTS_MAX * sizeof(*ret->statement));
	if (memchr(text, '\0', len) || utf8_length(text, len) < 0)
		return fault_add(e, pointer, "Is not UTF-8 text");
	while (s.at < s.end && !s.broken) {
		if (blank(&s))
			continue;
		if (ret->n == STATEMENTS_MAX)
			return fault_add(e, pointer, "Has more than %d statements", STATEMENTS_MAX);
		if (*s.at == ';' && s.depth <= 0) {
			end_statement(&s, ret, pointer, e);
			step(&s);
			continue;
		}
		if (!s.from) {
			s.from = s.at;
			s.from_line = s.line;
		}
		token(&s);
	}
	if (s.broken)
		return fault_add(e, pointer,
			"Line %d: in the statement that begins there, %s is not closed",
			s.from ? s.from_line : s.line, message_part_plain(p, s.broken));
	end_statement(&s, ret, pointer, e);
	if (ret->n == 0)
		fault_add(e, pointer, "Holds no statement");
	return fault_any(e);
}
