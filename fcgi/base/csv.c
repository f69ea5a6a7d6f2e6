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
