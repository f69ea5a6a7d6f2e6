/* mail_text.c - see mail_text.h. */
#include "relay/mail_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define FILE_MAX (64 * 1024)
#define TEXT_MAX (256 * 1024) /* with its values */
#define SUBJECT "Subject: "

/* NULL with errno when there is none. */
static char *read_text(struct arena *p, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *ret = NULL;
	size_t len = 0;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	ret = arena_alloc(p, FILE_MAX + 1);
	while (len < FILE_MAX && (n = read(fd, ret + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	close(fd);
	ret[len] = '\0';
	if (n == 0)
		return ret;
	if (n > 0)
		errno = EFBIG;
	return NULL;
}

static void add_value(struct buf *b, const char *value, bool is_html)
{
	for (; *value; value++) {
		const char *as = !is_html	 ? NULL
				 : *value == '&' ? "&amp;"
				 : *value == '<' ? "&lt;"
				 : *value == '>' ? "&gt;"
				 : *value == '"' ? "&quot;"
						 : NULL;

		if (as)
			buf_adds(b, as);
		else
			buf_add(b, value, 1);
	}
}

/* At a '{': the value that the name behind it has, and where the text goes on. */
static const char *value_at(
	const char *at, const struct mail_value *values, const char **ret_behind)
{
	size_t n = strcspn(++at, "}");

	for (; at[n] && values->name; values++)
		if (strlen(values->name) == n && !strncmp(values->name, at, n)) {
			*ret_behind = at + n + 1;
			return values->value ? values->value : "";
		}
	return NULL;
}

const char *mail_fill(
	struct arena *p, const char *text, const struct mail_value *values, bool is_html)
{
	const char *ret, *behind, *value;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	while (*text) {
		if (*text == '{' && (value = value_at(text, values, &behind))) {
			add_value(&b, value, is_html);
			text = behind;
		} else {
			buf_add(&b, text++, 1);
		}
	}
	ret = arena_strndup(p, b.data, b.len);
	buf_release(&b);
	return ret;
}

static int unusable(struct err *e, const char *path, const char *why)
{
	err_log(e, "%s: %s", path, why);
	return err_set(e, MT_EINTERNAL, "The text of the mail can't be used: %s: %s", path, why);
}

static int read_both(struct arena *p, const char *dir, const char *language, const char *kind,
	char **ret_text, char **ret_html, const char **ret_path)
{
	*ret_path = arena_printf(p, "%s/%s/%s.txt", dir, language, kind);
	if (!(*ret_text = read_text(p, *ret_path)))
		return -1;
	*ret_path = arena_printf(p, "%s/%s/%s.html", dir, language, kind);
	return (*ret_html = read_text(p, *ret_path)) ? 0 : -1;
}

int mail_text(struct arena *p, const char *dir, const char *language, const char *kind,
	const struct mail_value *values, struct mail_text *ret, struct err *e)
{
	char *text, *html, *end;
	const char *path;

	/* Languages come from the database, where they are two letters. */
	if ((!language || read_both(p, dir, language, kind, &text, &html, &path) < 0) &&
		read_both(p, dir, MAIL_FALLBACK, kind, &text, &html, &path) < 0)
		return unusable(e, path, strerror(errno));
	end = strchr(text, '\n');
	if (strncmp(text, SUBJECT, strlen(SUBJECT)) != 0 || !end || end[1] != '\n')
		return unusable(e, arena_printf(p, "%s/%s.txt", dir, kind),
			"it must begin with \"Subject: ...\" and an empty line");
	*end = '\0';
	ret->subject = mail_fill(p, text + strlen(SUBJECT), values, false);
	ret->text = mail_fill(p, end + 2, values, false);
	ret->html = mail_fill(p, html, values, true);
	return 0;
}
