/*
 * log.c - one write() a line, so that lines of several processes on one file never mix.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"

/* A pipe takes so much in one piece: the master's log may be one, shared by a pool. */
#define LINE_MAX_BYTES 4096
#define LINE_END ",\"cut\":true}\n"
#define VALUE_MAX 1024

/* On the stack: a line costs no memory. */
struct line {
	struct buf b;
	char text[LINE_MAX_BYTES + 1];
};

static const char *process = "mortise";
static enum log_level least_level = LOG_LV_INFO;
static char request_id[64];

void log_init(const char *name, enum log_level least)
{
	process = name;
	least_level = least;
}

void log_request_id(const char *id)
{
	snprintf(request_id, sizeof(request_id), "%s", id == NULL ? "" : id);
}

/* Text that doesn't fit is cut; the line stays valid JSON and marks the cut. */
static void add_pair(struct buf *b, const char *name, const char *value)
{
	size_t len = b->len;

	buf_adds(b, ",");
	buf_add_json(b, name, strlen(name));
	buf_adds(b, ":");
	buf_add_json(b, value, strnlen(value, VALUE_MAX));
	if (b->full) {
		b->data[len] = '\0';
		b->len = len;
	}
}

static struct buf *line_begin(struct line *line, enum log_level lv, const char *msg)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	struct buf *b = &line->b;
	char time[40];

	clock_iso(time, sizeof(time), clock_unix_ms());
	*b = (struct buf){.data = line->text,
		.cap = sizeof(line->text),
		.max = LINE_MAX_BYTES - sizeof(LINE_END)};
	buf_adds(b, "{\"time\":\"");
	buf_adds(b, time);
	buf_adds(b, "\",\"level\":\"");
	buf_adds(b, names[lv]);
	buf_adds(b, "\"");
	add_pair(b, "process", process);
	if (request_id[0] != '\0')
		add_pair(b, "requestId", request_id);
	add_pair(b, "msg", msg);
	return b;
}

static void line_end(struct buf *b)
{
	int saved = errno;
	bool cut = b->full;

	b->max = LINE_MAX_BYTES;
	b->full = false;
	buf_adds(b, cut ? LINE_END : "}\n");
	while (write(STDERR_FILENO, b->data, b->len) < 0 && errno == EINTR)
		;
	errno = saved;
}

void log_line(enum log_level lv, const char *fmt, ...)
{
	char msg[2048];
	struct line line;
	va_list ap;

	if (lv < least_level)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	line_end(line_begin(&line, lv, msg));
}

void log_kv(enum log_level lv, const char *msg, ...)
{
	const char *name, *value;
	struct line line;
	struct buf *b;
	va_list ap;

	if (lv < least_level)
		return;
	b = line_begin(&line, lv, msg);
	va_start(ap, msg);
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value != NULL)
			add_pair(b, name, value);
	}
	va_end(ap);
	line_end(b);
}
