/* multipart.c - a form's file while it arrives: see multipart.h. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "install/multipart.h"

#define WINDOW 65536
#define BOUNDARY_MAX 70 /* RFC 2046 */
#define PART_HEADERS_MAX 4096

struct form {
	struct req *r;
	const char *field;
	size_t max, got;
	int (*sink)(void *arg, const void *data, size_t n, struct err *e);
	void *arg;
	char mark[BOUNDARY_MAX + 5]; /* CR LF "--" boundary */
	size_t mark_len;
	char *window; /* bytes that were read and not yet looked at: from..end */
	size_t from, end;
	bool eof;
	bool found;  /* the field was there */
	bool wanted; /* this part is the field */
};

static int cut_off(struct form *f)
{
	return err_set(&f->r->err, MT_EINVAL, "the upload was cut off before its end");
}

/* boundary=x or boundary="x" of a Content-Type. */
static int read_boundary(struct form *f)
{
	const char *type = req_env(f->r, "CONTENT_TYPE"), *at;
	size_t n;

	if (!type || strncasecmp(type, "multipart/form-data", 19) != 0 ||
		!(at = strcasestr(type, "boundary=")))
		return err_set(&f->r->err, MT_EMEDIA,
			"a form (multipart/form-data) with the file in field \"%s\" is needed",
			f->field);
	at += 9;
	n = *at == '"' ? strcspn(++at, "\"") : strcspn(at, "; \t");
	if (n == 0 || n > BOUNDARY_MAX)
		return err_set(&f->r->err, MT_EMEDIA,
			"the form's boundary has %zu characters; 1 to %d", n, BOUNDARY_MAX);
	f->mark_len = (size_t)snprintf(f->mark, sizeof(f->mark), "\r\n--%.*s", (int)n, at);
	return 0;
}

/* More bytes behind those that are there; at the end of the body nothing comes. */
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
	if (!f->wanted || n == 0)
		return 0;
	f->got += n;
	if (f->got > f->max)
		return err_set(
			&f->r->err, MT_ETOOBIG, "the file is larger than %zu MB", f->max >> 20);
	return f->sink(f->arg, data, n, &f->r->err);
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

/* Does this line of a part's head name our field? */
static bool names_field(const char *line, size_t n, const char *field, bool *ret_other)
{
	static const char disposition[] = "content-disposition:";
	char text[512], *at, *end;

	if (n >= sizeof(text) || n < sizeof(disposition) ||
		strncasecmp(line, disposition, sizeof(disposition) - 1) != 0)
		return false;
	memcpy(text, line, n);
	text[n] = '\0';
	/* "name=" also ends "filename=": the one with a separator in front of it is meant */
	for (at = text; (at = strcasestr(at, "name=")); at += 5)
		if (at > text && strchr("; \t", at[-1]))
			break;
	*ret_other = true;
	if (!at)
		return false;
	at += 5;
	if (*at == '"') {
		end = strchr(++at, '"');
		if (!end)
			return false;
		*end = '\0';
	} else {
		at[strcspn(at, "; \t")] = '\0';
	}
	return !strcmp(at, field);
}

static int read_part_head(struct form *f)
{
	bool other = false;

	f->wanted = false;
	for (size_t total = 0;;) {
		char *line, *nl;
		size_t n;
		int rc;

		while (!(nl = memmem(f->window + f->from, f->end - f->from, "\r\n", 2))) {
			if (f->end - f->from > PART_HEADERS_MAX)
				return err_set(&f->r->err, MT_EINVAL,
					"the form's part has a too long head");
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
			return err_set(
				&f->r->err, MT_EINVAL, "the form's part has a too long head");
		if (names_field(line, n, f->field, &other))
			f->wanted = true;
	}
	if (!f->wanted)
		return err_addfield(
			&f->r->err, "/", "the form has a field other than \"%s\"", f->field);
	if (f->found)
		return err_addfield(&f->r->err, "/", "the form has field \"%s\" twice", f->field);
	f->found = true;
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
		return err_set(&f->r->err, MT_EINVAL, "the form is broken behind a boundary");
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

int multipart_read(struct req *r, const char *field, size_t max,
	int (*sink)(void *arg, const void *data, size_t n, struct err *e), void *arg)
{
	struct form f = {.r = r, .field = field, .max = max, .sink = sink, .arg = arg};
	bool last = false;
	int rc = read_boundary(&f);

	if (rc < 0)
		return rc;
	f.window = pool_alloc(r->pool, WINDOW);
	memcpy(f.window, "\r\n", 2); /* the first boundary has no line in front of it */
	f.end = 2;
	while (rc == 0 && !last) {
		rc = skip_to_mark(&f);
		if (rc == 0)
			rc = read_after_mark(&f, &last);
		if (rc == 0 && !last)
			rc = read_part_head(&f);
		else
			f.wanted = false;
	}
	if (rc == 0)
		rc = drain(&f);
	if (rc == 0 && !f.found)
		return err_addfield(
			&r->err, "/", "the form has no field \"%s\" with the file", field);
	return rc;
}
