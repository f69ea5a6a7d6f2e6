/*
 * notify.c - telling people of the tenant something, through mortise.notify in the database: a plugin
 * can't reach the event bus, and the function checks recipients and the right to send.
 *
 * The function keeps what a plugin raises until the COMMIT, so that a plugin that dawdles in a
 * transaction doesn't hold a channel that others need; all that is left to do here is the poke.
 */
#include "host/host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/json.h"
#include "base/utf8.h"

#define BELL "\xf0\x9f\x94\x94"

static const char NOTIFY[] = "SELECT mortise.notify($1, $2, $3::jsonb)";
static const char *const KINDS[] = {
	[MT_NOTIFY_USER] = "user", [MT_NOTIFY_ROLE] = "role", [MT_NOTIFY_COMPANY] = "company"};

static void check_length(struct call *c, const char *pointer, const char *s, long least, long most)
{
	long n = s ? utf8_length(s, strlen(s)) : 0;

	if (n < 0)
		err_addfield(&c->r->err, pointer, "is no UTF-8 text");
	else if (n < least || n > most)
		err_addfield(&c->r->err, pointer, "has %ld characters, %ld to %ld are needed", n,
			least, most);
}

static bool is_url(const char *s)
{
	if (strlen(s) > 500)
		return false;
	if (s[0] == '/')
		return s[1] != '/' && s[1] != '\\';
	return strncmp(s, "https://", 8) == 0 && s[8];
}

/* Newer headers know more members, older ones fewer: what isn't there is NULL. */
static int check_notice(
	struct call *c, const struct mt_notice *notice, size_t size, struct mt_notice *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, notice, size < sizeof(*ret) ? size : sizeof(*ret));
	if (!ret->icon || !*ret->icon)
		ret->icon = BELL;
	if (!ret->priority)
		ret->priority = "normal";
	err_clear(&c->r->err);
	check_length(c, "/title", ret->title, 1, 120);
	check_length(c, "/message", ret->message, 1, 1000);
	check_length(c, "/icon", ret->icon, 1, 16);
	if (ret->url && !is_url(ret->url))
		err_addfield(&c->r->err, "/url", "is neither a path nor https://");
	if (strcmp(ret->priority, "low") != 0 && strcmp(ret->priority, "normal") != 0 &&
		strcmp(ret->priority, "high") != 0)
		err_addfield(&c->r->err, "/priority", "is none of low, normal, high");
	return c->r->err.code;
}

static const char *payload(struct call *c, const struct mt_notice *n)
{
	json_t *v = json_pack("{ss ss ss ss? ss}", "title", n->title, "message", n->message, "icon",
		n->icon, "url", n->url, "priority", n->priority);
	char *ret = v ? json_text(c->r->pool, v, NULL) : NULL;

	json_decref(v);
	return ret;
}

void notify_poke(struct call *c)
{
	/* Lost ones don't matter: the steward looks every second. */
	if (c->host->steward_fd >= 0)
		(void)!send(c->host->steward_fd, "e", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int host_notify(struct mt_req *req, int kind, const char *target, const struct mt_notice *notice,
	size_t size)
{
	struct call *c = call_of(req);
	struct mt_notice n;
	struct mt_rows rows;
	const char *text;
	int rc;

	if (kind < 0 || kind > MT_NOTIFY_COMPANY || !target || !notice)
		return call_internal(c, "mt_notify needs a recipient and a notice");
	if ((rc = check_notice(c, notice, size, &n)) < 0)
		return rc;
	if (!(text = payload(c, &n)))
		return call_internal(c, "the notice isn't UTF-8");
	if ((rc = host_query(req, NOTIFY, MT_ARGS(KINDS[kind], target, text), &rows)) < 0)
		return rc;
	if (c->in_tx)
		c->told = true;
	else
		notify_poke(c);
	return (int)mt_int(&rows, 0, 0);
}
