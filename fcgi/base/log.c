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

static void line_begin(struct buf *b, enum log_level lv, const char *msg)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char time[40];

	clock_iso(time, sizeof(time), clock_unix_ms());
	buf_init(b, LINE_MAX_BYTES - sizeof(LINE_END));
	buf_addf(b, "{\"time\":\"%s\",\"level\":\"%s\"", time, names[lv]);
	add_pair(b, "process", process);
	if (request_id[0] != '\0')
		add_pair(b, "requestId", request_id);
	add_pair(b, "msg", msg);
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
	buf_release(b);
	errno = saved;
}

void log_line(enum log_level lv, const char *fmt, ...)
{
	char msg[2048];
	struct buf b;
	va_list ap;

	if (lv < least_level)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	line_begin(&b, lv, msg);
	line_end(&b);
}

void log_kv(enum log_level lv, const char *msg, ...)
{
	const char *name, *value;
	struct buf b;
	va_list ap;

	if (lv < least_level)
		return;
	line_begin(&b, lv, msg);
	va_start(ap, msg);
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value != NULL)
			add_pair(&b, name, value);
	}
	va_end(ap);
	line_end(&b);
}
