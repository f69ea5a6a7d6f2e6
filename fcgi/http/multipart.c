/* multipart.c - a form's files while they arrive: see multipart.h. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "http/multipart.h"

#define WINDOW 65536
#define BOUNDARY_MAX 70 /* RFC 2046 */
#define PART_HEADERS_MAX 4096

struct form {
	struct req *r;
	struct multipart_field *field;
	char mark[BOUNDARY_MAX + 5]; /* CR LF "--" boundary */
	size_t mark_len;
	char *window; /* bytes read and not yet parsed: from..end */
	size_t from, end;
	bool eof;
	struct multipart_field *now; /* the field that this part is; NULL = none */
};

static int cut_off(struct form *f)
{
	return op_fail(&f->r->op, MT_EINVAL, "The upload was cut off before its end");
}

/* boundary=x or boundary="x" of a Content-Type. */
static int read_boundary(struct form *f)
{
	const char *type = req_env(f->r, "CONTENT_TYPE"), *at;
	size_t n;

	if (!type || strncasecmp(type, "multipart/form-data", 19) != 0 ||
		!(at = strcasestr(type, "boundary=")))
		return op_fail(&f->r->op, MT_EMEDIA,
			"A form (multipart/form-data) with the file in field \"%s\" is needed",
			f->field->name);
	at += 9;
	n = *at == '"' ? strcspn(++at, "\"") : strcspn(at, "; \t");
	if (n == 0 || n > BOUNDARY_MAX)
		return op_fail(&f->r->op, MT_EMEDIA,
			"The form's boundary has %zu characters; 1 to %d are allowed", n,
			BOUNDARY_MAX);
	f->mark_len = (size_t)snprintf(f->mark, sizeof(f->mark), "\r\n--%.*s", (int)n, at);
	return 0;
}

/* Reads more bytes behind those in the buffer; none at the end of the body. */
static int fill(struct form *f)
{
	long n;

	memmove(f->window, f->window + f->from, f->end - f->from);
	f->end -= f->from;
	f->from = 0;
	if (f->eof || f->end == WINDOW)
		return 0;
	n = f->r->read(f->r, f->window + f->end, WINDOW - f->end);
	if (n < 0)
		return (int)n;
	f->eof = n == 0;
	f->end += (size_t)n;
	return 0;
}

static int pass_on(struct form *f, size_t n)
{
	const char *data = f->window + f->from;

	f->from += n;
	if (!f->now || n == 0)
		return 0;
	f->now->got += n;
	if (f->now->got > f->now->max)
		return f->now->max >> 20 ? op_fail(&f->r->op, MT_ETOOBIG,
						   "The file in field \"%s\" is larger than %zu MB",
						   f->now->name, f->now->max >> 20)
					 : op_fail(&f->r->op, MT_ETOOBIG,
						   "The file in field \"%s\" is larger than %zu kB",
						   f->now->name, f->now->max >> 10);
	return f->now->sink(f->now->arg, data, n, &f->r->op.err);
}

/* Everything up to the next boundary, which is taken away too. */
static int skip_to_mark(struct form *f)
{
	for (;;) {
		char *at = memmem(f->window + f->from, f->end - f->from, f->mark, f->mark_len);
		size_t have = f->end - f->from;
		int rc;

		if (at) {
			rc = pass_on(f, (size_t)(at - f->window) - f->from);
			f->from += f->mark_len;
			return rc;
		}
		/* the last bytes may be the beginning of a boundary */
		rc = have >= f->mark_len ? pass_on(f, have - f->mark_len + 1) : 0;
		if (rc < 0)
			return rc;
		if (f->eof)
			return cut_off(f);
		if ((rc = fill(f)) < 0)
			return rc;
	}
}

/* At least n bytes, or the body is too short. */
static int need(struct form *f, size_t n)
{
	int rc = 0;

	while (rc == 0 && f->end - f->from < n) {
		if (f->eof)
			return cut_off(f);
		rc = fill(f);
	}
	return rc;
}

/* The value of a parameter, "name=" or "filename=", of a head's line; cut out of the line. "name=" also ends
 * "filename=": the one with a separator in front of it is meant. NULL = it has none. */
static char *parameter(char *line, const char *name)
{
	size_t n = strlen(name);
	char *at = line, *end;

	while ((at = strcasestr(at, name)) && (at == line || !strchr("; \t", at[-1])))
		at += n;
	if (!at)
		return NULL;
	at += n;
	if (*at != '"') {
		at[strcspn(at, "; \t")] = '\0';
		return at;
	}
	end = strchr(++at, '"');
	if (!end)
		return NULL;
	*end = '\0';
	return at;
}

/* As browsers write a quote and line ends in names (WHATWG, multipart/form-data). */
static const char *file_name(struct form *f, const char *line, size_t n)
{
	static const char *const written[] = {"%22", "%0D", "%0A"};
	char *name = parameter(arena_strndup(f->r->op.arena, line, n), "filename="), *to = name;

	for (const char *s = name; s && *s;) {
		int i = 0;

		while (i < 3 && strncasecmp(s, written[i], 3) != 0)
			i++;
		*to++ = i < 3 ? "\"\r\n"[i] : *s;
		s += i < 3 ? 3 : 1;
	}
	if (to)
		*to = '\0';
	return name;
}

/* Which field does this line of a part's head name; NULL = none of ours. */
static struct multipart_field *named_field(struct form *f, const char *line, size_t n)
{
	static const char disposition[] = "content-disposition:";
	const char *name;

	if (n < sizeof(disposition) || memchr(line, '\0', n) ||
		strncasecmp(line, disposition, sizeof(disposition) - 1) != 0)
		return NULL;
	name = parameter(arena_strndup(f->r->op.arena, line, n), "name=");
	for (struct multipart_field *field = f->field; name && field->name; field++)
		if (!strcmp(name, field->name)) {
			field->file = file_name(f, line, n);
			return field;
		}
	return NULL;
}

static int other_field(struct form *f)
{
	const char *names = arena_printf(f->r->op.arena, "\"%s\"", f->field->name);

	for (const struct multipart_field *field = f->field + 1; field->name; field++)
		names = arena_printf(f->r->op.arena, "%s and \"%s\"", names, field->name);
	return op_fault(&f->r->op, "/", "The form has a field other than %s", names);
}

static int read_part_head(struct form *f)
{
	struct multipart_field *field = NULL, *named;

	f->now = NULL;
	for (size_t total = 0;;) {
		char *line, *nl;
		size_t n;
		int rc;

		while (!(nl = memmem(f->window + f->from, f->end - f->from, "\r\n", 2))) {
			if (f->end - f->from > PART_HEADERS_MAX)
				return op_fail(&f->r->op, MT_EINVAL,
					"The head of a part of the form is too long");
			if (f->eof)
				return cut_off(f);
			if ((rc = fill(f)) < 0)
				return rc;
		}
		line = f->window + f->from;
		n = (size_t)(nl - line);
		f->from += n + 2;
		total += n + 2;
		if (n == 0)
			break;
		if (total > PART_HEADERS_MAX)
			return op_fail(
				&f->r->op, MT_EINVAL, "The head of a part of the form is too long");
		named = named_field(f, line, n);
		field = named ? named : field;
	}
	if (!field)
		return other_field(f);
	if (field->found)
		return op_fault(&f->r->op, "/", "The form has field \"%s\" twice", field->name);
	field->found = true;
	f->now = field;
	return 0;
}

/* Behind a boundary: "--" ends the form, a line end begins a part. */
static int read_after_mark(struct form *f, bool *ret_last)
{
	int rc = need(f, 2);

	while (rc == 0 && (f->window[f->from] == ' ' || f->window[f->from] == '\t')) {
		f->from++;
		rc = need(f, 2);
	}
	if (rc < 0)
		return rc;
	*ret_last = !memcmp(f->window + f->from, "--", 2);
	if (!*ret_last && memcmp(f->window + f->from, "\r\n", 2) != 0)
		return op_fail(&f->r->op, MT_EINVAL, "The form is broken after a boundary");
	f->from += 2;
	return 0;
}

static int drain(struct form *f)
{
	int rc = 0;

	while (rc == 0 && !f->eof) {
		f->from = f->end = 0;
		rc = fill(f);
	}
	return rc;
}

int multipart_read(struct req *r, struct multipart_field *fields)
{
	struct form f = {.r = r, .field = fields};
	bool last = false;
	int rc = read_boundary(&f);

	if (rc < 0)
		return rc;
	f.window = arena_alloc(r->op.arena, WINDOW);
	memcpy(f.window, "\r\n", 2); /* the first boundary has no line in front of it */
	f.end = 2;
	for (;;) {
		if ((rc = skip_to_mark(&f)) < 0 || (rc = read_after_mark(&f, &last)) < 0)
			return rc;
		if (last)
			break;
		if ((rc = read_part_head(&f)) < 0)
			return rc;
	}
	f.now = NULL;
	if ((rc = drain(&f)) < 0)
		return rc;
	for (; fields->name; fields++)
		if (!fields->found && !fields->optional)
			return op_fault(&r->op, "/", "The form has no field \"%s\" with the file",
				fields->name);
	return 0;
}
