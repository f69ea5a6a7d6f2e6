/* csv.c - see csv.h. */
#include "base/csv.h"

#include <string.h>

void csv_text(struct buf *b, const char *s)
{
	if (*s && strchr("=+-@\t\r'", *s)) {
		buf_adds(b, "\"'");
	} else if (!strpbrk(s, ",;\"\r\n")) {
		buf_adds(b, s);
		return;
	} else {
		buf_adds(b, "\"");
	}
	for (; *s; s++)
		buf_add(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	buf_adds(b, "\"");
}

char csv_comma(const char *text)
{
	return memchr(text, ';', strcspn(text, ",\r\n")) ? ';' : ',';
}

char *csv_cell(char **at, char comma, bool *ret_end)
{
	char *cell = *at, *to = *at, *s = *at;
	bool quoted = *s == '"';

	for (s += quoted; *s; s++) {
		if (quoted && *s == '"' && *++s != '"')
			break;
		if (!quoted && (*s == comma || *s == '\n' || (*s == '\r' && s[1] == '\n')))
			break;
		*to++ = *s;
	}
	if (quoted && (s[-1] != '"' || (*s && *s != comma && *s != '\n' && *s != '\r')))
		return NULL;
	*ret_end = *s != comma;
	s += *s == '\r';
	*at = s + (*s != '\0');
	*to = '\0';
	return cell;
}
