/* call.c - see call.h. */
#include "host/call.h"

#include <string.h>
#include <sys/socket.h>

#include "os/steward.h"

#define MASK "[secret]"
#define MASK_PART 4 /* so much of a secret at the end of a text that was cut off */

static void again(struct call *c)
{
	c->denied = false;
	err_again(&c->r->op.err);
}

int call_fail(struct call *c, int code, const char *fmt, ...)
{
	va_list ap;

	again(c);
	va_start(ap, fmt);
	code = err_vset(&c->r->op.err, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int call_rate(struct call *c, const char *fmt, ...)
{
	struct err *e = &c->r->op.err;
	va_list ap;

	again(c);
	va_start(ap, fmt);
	err_vset(e, MT_ERATE, NULL, fmt, ap);
	va_end(ap);
	op_log(&c->r->op, "plugin %s: %s", c->host->key, e->message);
	e->retry_after = 1;
	return MT_ERATE;
}

int call_plain(struct call *c, int code, const char *text)
{
	again(c);
	return err_plain(&c->r->op.err, code, text);
}

int call_verbatim(struct call *c, int code, const char *text)
{
	again(c);
	return err_verbatim(&c->r->op.err, code, text);
}

int call_internal(struct call *c, const char *what)
{
	op_log(&c->r->op, "plugin %s: %s", c->host->key, what);
	return call_fail(c, MT_EINTERNAL, "The plugin failed");
}

/* Length of the secret that begins at s; 0 = none does. */
static size_t secret_at(const struct call *c, const char *s)
{
	size_t left = strlen(s);

	for (int i = 0; i < c->n_secrets; i++) {
		size_t n = strlen(c->secret[i]);

		if (left < n && left >= MASK_PART && strncmp(s, c->secret[i], left) == 0)
			return left;
		if (left >= n && strncmp(s, c->secret[i], n) == 0)
			return n;
	}
	return 0;
}

const char *call_mask(struct call *c, const char *text)
{
	const char *s = text;
	struct buf out;

	if (c->n_secrets == 0 || !text)
		return text;
	while (*s && secret_at(c, s) == 0)
		s++;
	if (!*s)
		return text;
	buf_init(&out, 16384);
	for (s = text; *s;) {
		size_t n = secret_at(c, s);

		if (n > 0)
			buf_adds(&out, MASK);
		else
			buf_add(&out, s, 1);
		s += n > 0 ? n : 1;
	}
	text = arena_strndup(c->r->op.arena, out.data, out.len);
	buf_release(&out);
	return text;
}

void call_wake_on_commit(struct call *c)
{
	if (c->in_tx)
		c->notifies = true;
	else
		call_wake_steward(c);
}

void call_wake_steward(struct call *c)
{
	const char why = WAKE_EVENTS;

	if (c->host->steward_fd >= 0)
		(void)!send(c->host->steward_fd, &why, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}
