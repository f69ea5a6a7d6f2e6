/*
 * messages.c - messages between two people. Each statement has the signed-in person as $1, and finds
 * what is theirs alone: another's conversation is as if it weren't there.
 */
#include "messenger.h"

#include <strings.h>

#define TELL_AFTER_MS 8000
#define NOTICE_MAX 300 /* bytes of a message in its notification */

static const char CONVERSATIONS[] =
	"SELECT c.id, u.id AS \"userId\", u.name, u.active, m.body AS last,"
	" m.sender_id = $1::uuid AS \"lastIsMine\", to_json(c.last_at) AS \"lastAt\","
	" (SELECT count(*) FROM (SELECT FROM x_popup_messenger.messages n"
	"   WHERE n.conversation_id = c.id AND n.sender_id <> $1::uuid"
	"    AND n.sent_at > coalesce(c.mine, '-infinity') LIMIT 100) x) AS unread"
	" FROM (SELECT *, CASE WHEN one = $1::uuid THEN one_read ELSE other_read END AS mine"
	"   FROM x_popup_messenger.conversations WHERE one = $1::uuid OR other = $1::uuid"
	"   ORDER BY last_at DESC LIMIT 100) c"
	" JOIN mortise.users u ON u.id = CASE WHEN c.one = $1::uuid THEN c.other ELSE c.one END"
	" LEFT JOIN LATERAL (SELECT n.body, n.sender_id FROM x_popup_messenger.messages n"
	"   WHERE n.conversation_id = c.id ORDER BY n.sent_at DESC, n.id DESC LIMIT 1) m ON true"
	" ORDER BY c.last_at DESC, c.id";

/* With a person to whom nobody has written yet: no id, and nothing read. */
static const char CONVERSATION[] =
	"SELECT c.id, u.id AS \"userId\", u.name, u.active,"
	" to_json(CASE WHEN c.one = $1::uuid THEN c.other_read ELSE c.one_read END) AS \"readAt\""
	" FROM mortise.users u LEFT JOIN x_popup_messenger.conversations c"
	"  ON c.one = least($1::uuid, $2::uuid) AND c.other = greatest($1::uuid, $2::uuid)"
	" WHERE u.id = $2::uuid";

static const char MESSAGES[] =
	"SELECT m.id, m.sender_id = $1::uuid AS mine, m.body, to_json(m.sent_at) AS \"sentAt\","
	" m.sent_at::text AS at FROM x_popup_messenger.conversations c"
	" JOIN x_popup_messenger.messages m ON m.conversation_id = c.id"
	" WHERE c.one = least($1::uuid, $2::uuid) AND c.other = greatest($1::uuid, $2::uuid)"
	"  AND ($3::timestamptz IS NULL OR (m.sent_at, m.id) < ($3::timestamptz, $4::uuid))"
	" ORDER BY m.sent_at DESC, m.id DESC LIMIT $5";

/* No row: nobody of this id is there to read it. Column 2: had they read everything before it? */
static const char SEND[] =
	"WITH u AS (SELECT id FROM mortise.users WHERE id = $2::uuid AND active),"
	" c AS (INSERT INTO x_popup_messenger.conversations AS c (id, one, other, one_read,"
	"   other_read, last_at)"
	"  SELECT $3::uuid, least($1::uuid, u.id), greatest($1::uuid, u.id),"
	"   CASE WHEN $1::uuid < u.id THEN x.at END, CASE WHEN $1::uuid > u.id THEN x.at END, x.at"
	"  FROM u, (SELECT clock_timestamp() AS at) x"
	"  ON CONFLICT (tenant_id, one, other) DO UPDATE SET"
	"   last_at = greatest(c.last_at, excluded.last_at),"
	"   one_read = coalesce(excluded.one_read, c.one_read),"
	"   other_read = coalesce(excluded.other_read, c.other_read)"
	"  RETURNING c.id, c.last_at,"
	"   CASE WHEN c.one = $1::uuid THEN c.other_read ELSE c.one_read END AS theirs),"
	" m AS (INSERT INTO x_popup_messenger.messages (id, conversation_id, sender_id, body, sent_at)"
	"  SELECT $4::uuid, c.id, $1::uuid, $5, c.last_at FROM c RETURNING *)"
	" SELECT m.conversation_id,"
	"  to_char(m.sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), NOT EXISTS (SELECT"
	"   FROM x_popup_messenger.messages n WHERE n.conversation_id = c.id"
	"   AND n.sender_id = $1::uuid AND n.sent_at > coalesce(c.theirs, '-infinity'))"
	" FROM m, c";

/* A row when something is read that wasn't before. */
static const char READ[] =
	"UPDATE x_popup_messenger.conversations c SET"
	" one_read = CASE WHEN c.one = $1::uuid THEN c.last_at ELSE c.one_read END,"
	" other_read = CASE WHEN c.other = $1::uuid THEN c.last_at ELSE c.other_read END"
	" WHERE c.one = least($1::uuid, $2::uuid) AND c.other = greatest($1::uuid, $2::uuid)"
	" AND coalesce(CASE WHEN c.one = $1::uuid THEN c.one_read ELSE c.other_read END, '-infinity')"
	"  < c.last_at RETURNING c.id,"
	"  to_char(c.last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";

/* A row while $2 hasn't read all of what $1 wrote. */
static const char UNREAD[] =
	"SELECT FROM x_popup_messenger.conversations c WHERE c.one = least($1::uuid, $2::uuid)"
	" AND c.other = greatest($1::uuid, $2::uuid) AND EXISTS (SELECT"
	"  FROM x_popup_messenger.messages n WHERE n.conversation_id = c.id AND n.sender_id = $1::uuid"
	"  AND n.sent_at > coalesce(CASE WHEN c.one = $2::uuid THEN c.one_read ELSE c.other_read END,"
	"   '-infinity'))";

static const char FORGET[] =
	"WITH gone AS (DELETE FROM x_popup_messenger.messages WHERE id IN (SELECT id"
	"  FROM x_popup_messenger.messages WHERE sent_at < now() - $1::int * interval '1 day'"
	"  ORDER BY sent_at LIMIT 5000) RETURNING 1)"
	" SELECT count(*) FROM gone";

/* The other person of the path; NULL after saying that there is none. */
static const char *other_person(struct mt_req *req)
{
	const char *id = mt_param(req, "userId");

	if (mt_is_uuid(id))
		return id;
	mt_fail(req, MT_ENOENT, "There is no such person");
	return NULL;
}

int list_conversations(struct mt_req *req)
{
	struct mt_rows rows;
	int rc = mt_query(req, CONVERSATIONS, MT_ARGS(mt_user_id(req)), &rows);

	if (rc < 0)
		return rc;
	return mt_reply_json(req, 200, json_pack("{s:o}", "items", mt_rows_json(&rows)));
}

int get_conversation(struct mt_req *req)
{
	const char *id = other_person(req);
	struct mt_rows rows;
	json_t *all, *one;
	int rc;

	if (!id)
		return MT_ENOENT;
	if ((rc = mt_query(req, CONVERSATION, MT_ARGS(mt_user_id(req), id), &rows)) < 0)
		return rc;
	if (rows.n == 0)
		return mt_fail(req, MT_ENOENT, "There is no such person");
	all = mt_rows_json(&rows);
	one = json_incref(json_array_get(all, 0));
	json_decref(all);
	return mt_reply_json(req, 200, one);
}

int list_messages(struct mt_req *req)
{
	const char *id = other_person(req);
	struct mt_page page;
	struct mt_rows rows;
	int rc = id ? mt_page(req, "at,id", 50, 200, &page) : MT_ENOENT;

	if (rc == 0)
		rc = mt_query(req, MESSAGES,
			MT_ARGS(mt_user_id(req), id, page.key[0], page.key[1],
				mt_arg_int(req, page.limit + 1)),
			&rows);
	return rc < 0 ? rc : mt_reply_page(req, &page, &rows);
}

/* In a while, if it isn't read by then: who has the conversation open needs no notification. */
static int tell_later(
	struct mt_req *req, const char *to, const char *text, const char *conversation)
{
	size_t n = strlen(text) > NOTICE_MAX ? NOTICE_MAX : strlen(text);
	json_t *args;

	while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--; /* not within a character */
	args = json_pack("{s:s, s:s, s:s, s:s}", "to", to, "by", mt_user_id(req), "name",
		mt_user_name(req), "text",
		mt_printf(req, "%.*s%s", (int)n, text, text[n] ? "..." : ""));
	return mt_job_start(req, "tell", args, TELL_AFTER_MS, conversation);
}

int tell(struct mt_req *req)
{
	const char *to = mt_body_text(req, "to"), *by = mt_body_text(req, "by");
	struct mt_notice notice = {
		.title = mt_printf(req, "Message from %.80s", mt_body_text(req, "name")),
		.message = mt_body_text(req, "text"),
		.icon = "💬",
		.url = mt_printf(req, "/x/popup-messenger/with/%s", by),
	};
	struct mt_rows rows;
	int rc;

	if (!mt_settings(req))
		return MT_EBUSY;
	if (!mt_setting_bool(req, "notify"))
		return 0;
	rc = mt_query(req, UNREAD, MT_ARGS(by, to), &rows);
	if (rc == 0 && rows.n > 0)
		rc = mt_notify_user(req, to, &notice);
	return rc == MT_ENOENT || rc > 0 ? 0 : rc; /* who left meanwhile gets none */
}

/* To both: who wrote may have more than one page open. */
static int emit_to_both(struct mt_req *req, const char *other, const char *name, const char *id,
	const char *conversation, const char *at)
{
	const char *const people[] = {other, mt_user_id(req)};
	int rc = 0;

	for (int i = 0; i < 2 && rc >= 0; i++)
		rc = mt_emit_user(req, people[i], name, conversation,
			json_pack("{s:s, s:s, s:s, s:s*}", "conversationId", conversation,
				"byUserId", mt_user_id(req), "at", at, "messageId", id));
	return rc;
}

int send_message(struct mt_req *req)
{
	const char *to = mt_body_text(req, "toUserId"), *text = mt_body_text(req, "message");
	const char *id = mt_uuid(req), *conversation, *at;
	struct mt_rows rows;
	int rc;

	if (strspn(text, " \t\r\n") == strlen(text))
		return mt_field_fault(req, "/message", "Must say something");
	if (strcasecmp(to, mt_user_id(req)) == 0)
		return mt_field_fault(req, "/toUserId", "Must be somebody else");
	if ((rc = mt_begin(req)) < 0)
		return rc;
	rc = mt_query(req, SEND, MT_ARGS(mt_user_id(req), to, mt_uuid(req), id, text), &rows);
	if (rc < 0)
		return rc;
	if (rows.n == 0)
		return mt_field_fault(req, "/toUserId", "There is no such person");
	conversation = mt_text(&rows, 0, 0);
	at = mt_text(&rows, 0, 1);
	rc = emit_to_both(req, to, "Message", id, conversation, at);
	/* Of several that aren't read yet the first one is notified. */
	if (rc >= 0 && mt_bool(&rows, 0, 2))
		rc = tell_later(req, to, text, conversation);
	if (rc >= 0)
		rc = mt_commit(req);
	if (rc < 0)
		return rc;
	return mt_reply_json(req, 201,
		json_pack("{s:s, s:s, s:b, s:s, s:s}", "id", id, "conversationId", conversation,
			"mine", 1, "body", text, "sentAt", at));
}

int mark_read(struct mt_req *req)
{
	const char *id = other_person(req);
	struct mt_rows rows;
	int rc;

	if (!id)
		return MT_ENOENT;
	if ((rc = mt_begin(req)) < 0)
		return rc;
	rc = mt_query(req, READ, MT_ARGS(mt_user_id(req), id), &rows);
	if (rc == 0 && rows.n > 0)
		rc = emit_to_both(
			req, id, "Read", NULL, mt_text(&rows, 0, 0), mt_text(&rows, 0, 1));
	return rc < 0 ? rc : mt_commit(req);
}

/* Each night: what is older than the company keeps. */
int forget(struct mt_req *req)
{
	const char *days =
		mt_settings(req) ? mt_arg_int(req, mt_setting_int(req, "keep_days", 365)) : NULL;
	struct mt_rows rows;
	int64_t n = 0, all = 0;
	int rc;

	if (!days)
		return MT_EBUSY;
	do {
		if ((rc = mt_query(req, FORGET, MT_ARGS(days), &rows)) < 0)
			return rc;
		n = mt_int(&rows, 0, 0);
		all += n;
	} while (n > 0 && mt_time_left(req) > 5000);
	if (all > 0)
		mt_log(req, MT_INFO, "%lld messages were deleted", (long long)all);
	return 0;
}
