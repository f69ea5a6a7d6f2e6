/*
 * reply.c - a guest's reply.
 *
 * The reply comes from the site's own address, so a page or a script in it would act as the
 * signed-in person. Types that can carry scripts are sent as downloads, and the head holds only
 * what guest/head.h lists: a guest of ours has applied these rules already, so anything else means
 * that it was taken over.
 */
#include "host/call.h"

#include <ctype.h>
#include <string.h>
#include "guest/head.h"

/* attachment; filename="plain.csv"; filename*=UTF-8''pl%C3%A4in.csv (RFC 6266) */
static const char *attachment(struct call *c, const char *name)
{
	struct buf plain, coded;
	const char *ret;

	buf_init(&plain, 1024);
	buf_init(&coded, 4096);
	for (const char *s = name; *s; s++) {
		unsigned char ch = (unsigned char)*s;
		bool ok = isalnum(ch) || ch == '-' || ch == '_' || ch == '.';

		buf_addf(&plain, "%c", ok || ch == ' ' || ch == '(' || ch == ')' ? ch : '_');
		buf_addf(&coded, ok ? "%c" : "%%%02X", ch);
	}
	ret = arena_printf(c->r->op.arena, "attachment; filename=\"%s\"; filename*=UTF-8''%s",
		plain.data, coded.data);
	buf_release(&plain);
	buf_release(&coded);
	return ret;
}

static const char *fault_of(const struct message_done *d)
{
	const char *why = NULL;

	for (int i = 0; i < d->n_headers && !why; i++)
		why = head_fault(d->header[i].name, d->header[i].value);
	return why || !d->replied ? why : head_reply_fault(d->status, d->type, d->file_name);
}

int reply_take(struct call *c, const struct message_done *d)
{
	const char *why = fault_of(d);

	if (why)
		return call_internal(c, why);
	if (d->replied && rate_check(c, RATE_KB, d->len >> 10) < 0)
		return MT_ERATE;
	if (d->replied) {
		reply_data(c->r, d->status, d->type, d->body, d->len);
		if (d->file_name)
			c->disposition = attachment(c, d->file_name);
		else
			c->disposition = head_is_shown(d->type) ? NULL : "attachment";
	} else {
		reply_empty(c->r);
	}
	for (int i = 0; i < d->n_headers; i++)
		reply_header(c->r, d->header[i].name, "%s", d->header[i].value);
	if (c->disposition)
		reply_header(c->r, "Content-Disposition", "%s", c->disposition);
	return 0;
}
