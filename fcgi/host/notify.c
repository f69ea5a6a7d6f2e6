/*
 * notify.c - telling people of the tenant something, through mortise.notify in the database: a plugin
 * can't reach the event bus, and the function checks recipients and the right to send.
 *
 * Numbering an event locks its channel until the commit. So inside a transaction notifications wait
 * for mt_commit and go out in one order, and two transactions never wait for each other.
 */
#include "host/host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/json.h"
#include "base/utf8.h"

#define BELL "\xf0\x9f\x94\x94"

static const struct stmt NOTIFY = {"notify", "SELECT mortise.notify($1, $2, $3::jsonb)"};
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
	json_t *v = json_pack("{ss ss ss ss? ss ss ss ss}", "title", n->title, "message",
		n->message, "icon", n->icon, "url", n->url, "priority", n->priority, "fromUserId",
		c->pub.host->info(&c->pub, MT_INFO_USER_ID), "fromUserName",
		c->pub.host->info(&c->pub, MT_INFO_USER_NAME), "pluginKey", c->host->key);
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

static int by_channel(const void *a, const void *b)
{
	const struct note *x = a, *y = b;
	int rc = strcmp(x->kind, y->kind);

	return rc ? rc : strcmp(x->target, y->target);
}

int notify_flush(struct call *c)
{
	int rc = 0;

	qsort(c->note, (size_t)c->n_notes, sizeof(c->note[0]), by_channel);
	for (int i = 0; i < c->n_notes && rc == 0; i++) {
		const struct note *n = &c->note[i];
		struct rows rows;

		rc = db_query(c->host->db, &NOTIFY, DB_ARGS(n->kind, n->target, n->payload), &rows,
			&c->r->err);
	}
	if (rc < 0)
		snprintf(c->sqlstate, sizeof(c->sqlstate), "%s", db_sqlstate(c->host->db));
	return rc;
}

int host_notify(struct mt_req *req, int kind, const char *target, const struct mt_notice *notice,
	size_t size)
{
	struct call *c = call_of(req);
	struct mt_notice n;
	struct note note;
	struct rows rows;
	int rc;

	if (kind < 0 || kind > MT_NOTIFY_COMPANY || !target || !notice)
		return call_internal(c, "mt_notify needs a recipient and a notice");
	if ((rc = check_notice(c, notice, size, &n)) < 0)
		return rc;
	note = (struct note){KINDS[kind], pool_strdup(c->r->pool, target), payload(c, &n)};
	if (!note.payload)
		return call_internal(c, "the notice isn't UTF-8");
	if (c->in_tx) {
		if (c->n_notes == HOST_NOTES_MAX)
			return call_internal(c, "more than 64 notifications in one transaction");
		c->note[c->n_notes++] = note;
		return 0;
	}
	rc = db_write(c->host->db, c->r->pool, c->r->deadline, c->ticket, &NOTIFY,
		DB_ARGS(note.kind, note.target, note.payload), &rows, &c->r->err);
	if (rc < 0) {
		snprintf(c->sqlstate, sizeof(c->sqlstate), "%s", db_sqlstate(c->host->db));
		return rc;
	}
	notify_poke(c);
	return 0;
}
