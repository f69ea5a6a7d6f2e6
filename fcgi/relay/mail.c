/* mail.c - see mail.h. */
#include "relay/mail.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "auth/device.h"
#include "auth/link.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "os/file.h"
#include "relay/mail.sql.h"
#include "relay/mail_text.h"
#include "relay/smtp.h"

#define IDLE_MS 1000	     /* between two questions whether a mail is due, without being woken */
#define PAUSE_LEAST_MS 10000 /* after a round that the server failed */
#define PAUSE_MOST_MS 300000
#define HOLD_S 180 /* longer than a helper lives: nobody else takes its mail */
#define AGAIN_LEAST_S 60
#define AGAIN_MOST_S 7200
/* How long a mail is tried: who asked for a reset asks again. */
#define TRIED_RESET_S 3600
#define TRIED_S (3 * 86400)
/* Of api/preferences.c: ends the digests without signing in. */
#define STOP_PATH "/api/notifications/unsubscribe"
#define UNKNOWN "?"
#define DOWN_TITLE N_("Mails can't be sent")
#define DOWN_TEXT N_("The mail server can't be reached: {0}")

/* One that was taken. */
struct taken {
	const char *tenant, *id, *kind, *address, *name, *company, *language, *until, *reason;
	const char *count, *items, *stop; /* of a digest */
	const char *agent, *origin;	  /* of a new device; until is when */
	long tries, age_s;
	struct link link;
};

void mail_init(struct mail *m)
{
	*m = (struct mail){.due = clock_ms() + 1000, .helper = HELPER_NONE};
}

void mail_hurry(struct mail *m)
{
	if (!m->pause_ms)
		m->due = clock_ms();
}

static void helper_done(struct mail *m, bool worked)
{
	if (worked)
		m->pause_ms = 0;
	else if (!m->pause_ms)
		m->pause_ms = PAUSE_LEAST_MS;
	else
		m->pause_ms = m->pause_ms * 2 < PAUSE_MOST_MS ? m->pause_ms * 2 : PAUSE_MOST_MS;
	m->due = clock_ms() + m->pause_ms;
}

int64_t mail_tick(struct mail *m, struct relay *r)
{
	int64_t now = clock_ms(), left;
	bool worked;

	if (!r->app.conf.smtp_url[0])
		return now + 3600000;
	if (helper_ended(&m->helper, &worked))
		helper_done(m, worked);
	if (helper_runs(&m->helper))
		return m->helper.deadline;
	if (now < m->due)
		return m->due;
	if (!relay_db_ready(r))
		return m->due = now + 1000;
	left = relay_due(r, &MAIL_NEXT, IDLE_MS);
	m->due = now + (left > 0 ? left : IDLE_MS);
	if (left > 0)
		return m->due;
	if (relay_helper(r, &m->helper, "--mail", NULL, MAIL_SECONDS) < 0)
		return m->due;
	return m->helper.deadline;
}

/* --- in the helper ------------------------------------------------------------------------------------- */

/* Without its line end; NULL = no user, or it can't be read. */
static const char *read_password(const struct conf *c, char ret[512])
{
	char path[300];

	if (!c->smtp_user[0])
		return NULL;
	snprintf(path, sizeof(path), "%s/smtp.password", c->key_dir);
	if (file_read(path, ret, 512) < 0) {
		log_error("%s: %s: mails are sent without a password", path, strerror(errno));
		return NULL;
	}
	ret[strcspn(ret, "\r\n")] = '\0';
	return ret;
}

/* ret->id NULL: nothing is due. */
static int take(struct op *op, struct taken *ret)
{
	struct link link = link_new(op, LINK_WELCOME);
	struct rows rows;
	int rc = op_write(op, NULL, &MAIL_TAKE,
		DB_ARGS(DB_NUMBER(HOLD_S), link.hash, link_invite_s(op), link_reset_s(op)), &rows);

	*ret = (struct taken){.link = link};
	if (rc < 0 || !rows.n)
		return rc;
	ret->tenant = row_text(&rows, 0, 0);
	ret->id = row_text(&rows, 0, 1);
	ret->kind = row_text(&rows, 0, 2);
	ret->address = row_text(&rows, 0, 3);
	ret->name = row_text(&rows, 0, 4);
	ret->company = row_text(&rows, 0, 5);
	ret->language = row_text(&rows, 0, 6);
	ret->tries = row_int(&rows, 0, 7);
	ret->age_s = row_int(&rows, 0, 8);
	ret->until = row_text(&rows, 0, 9);
	ret->reason = row_text(&rows, 0, 10);
	ret->count = row_text(&rows, 0, 11);
	ret->items = row_text(&rows, 0, 12);
	ret->stop = row_text(&rows, 0, 13);
	ret->agent = row_text(&rows, 0, 14);
	ret->origin = row_text(&rows, 0, 15);
	if (!strcmp(ret->kind, "register"))
		ret->link.url = link_to(op, LINK_REGISTER, link.token);
	return 0;
}

static const char *number(struct arena *p, long n)
{
	return arena_printf(p, "%ld", n);
}

struct giving {
	struct app *app;
	const struct taken *mail;
};

/* The server is about to have all of it; false when that can't be written down. */
static bool give(void *arg)
{
	const struct giving *g = arg;
	struct arena *p = arena_new();
	struct rows rows;
	struct op op;
	bool ret;

	app_op(g->app, &op, p, clock_ms() + RELAY_DB_MS);
	ret = op_write(&op, NULL, &MAIL_GIVE,
		      DB_ARGS(g->mail->tenant, g->mail->id, number(p, g->mail->tries)), &rows) == 0;
	if (!ret)
		relay_log(&op, MAIL_GIVE.name, NULL, NULL);
	ret = ret && rows.n > 0 && row_bool(&rows, 0, 0);
	arena_free(p);
	return ret;
}

/* 1, 4, 16 minutes ... and up to a fifth more, so that mails of a bad hour don't come back together. */
static long again_s(long tries)
{
	long s = AGAIN_LEAST_S;

	while (--tries > 0 && s < AGAIN_MOST_S)
		s *= 4;
	s = s < AGAIN_MOST_S ? s : AGAIN_MOST_S;
	return s + (long)randombytes_uniform((uint32_t)s / 5);
}

static const char *state_after(enum smtp_end end, const struct taken *m)
{
	long tried = strcmp(m->kind, "reset") != 0 ? TRIED_S : TRIED_RESET_S;

	switch (end) {
	case SMTP_TAKEN:
		return "sent";
	case SMTP_UNKNOWN:
		return "unknown";
	case SMTP_REFUSED:
		return "failed";
	case SMTP_LATER:
	case SMTP_DOWN:
		break;
	}
	return m->age_s > tried ? "failed" : "waiting";
}

static int note(struct op *op, const struct taken *m, enum smtp_end end, const char *fault)
{
	const char *state = state_after(end, m);
	struct rows none;
	int rc;

	log_kv(end == SMTP_TAKEN ? LOG_LV_INFO : LOG_LV_WARN,
		end == SMTP_TAKEN ? "a mail was sent" : "a mail was not sent", "mail", m->id,
		"kind", m->kind, "state", state, "cause", *fault ? fault : NULL, NULL);
	op->deadline = clock_ms() + RELAY_DB_MS;
	rc = op_write(op, NULL, &MAIL_DONE,
		DB_ARGS(m->tenant, m->id, number(op->arena, m->tries), state, *fault ? fault : NULL,
			number(op->arena, again_s(m->tries))),
		&none);
	if (rc == 0 && end == SMTP_DOWN && m->tries > 1) /* once happens */
		rc = op_write(op, NULL, &MAIL_ALERT, DB_ARGS(DOWN_TITLE, DOWN_TEXT, fault), &none);
	return rc;
}

/* As the list of sessions has it: "Firefox, Windows". */
static const char *device_text(struct arena *p, const char *agent)
{
	struct device d = device_of(p, agent);

	if (d.browser && d.platform)
		return arena_printf(p, "%s, %s", d.browser, d.platform);
	return d.browser ? d.browser : d.platform ? d.platform : UNKNOWN;
}

static int compose(struct op *op, const struct taken *m, struct smtp_mail *ret)
{
	const struct conf *c = &op->app->conf;
	const struct mail_value values[] = {{"name", m->name}, {"company", m->company},
		{"email", m->address}, {"link", m->link.url}, {"until", m->until},
		{"url", c->public_url}, {"reason", m->reason}, {"count", m->count},
		{"items", m->items}, {"device", device_text(op->arena, m->agent)},
		{"address", m->origin ? m->origin : UNKNOWN}, {"time", m->until}, {NULL, NULL}};
	const char *stop =
		m->stop ? arena_printf(op->arena, "%s" STOP_PATH "?key=%s", c->public_url, m->stop)
			: NULL;
	struct mail_text text;
	int rc = mail_text(op->arena, c->mail_dir, m->language, m->kind, values, &text, &op->err);

	if (rc < 0)
		return rc;
	*ret = (struct smtp_mail){
		m->id, m->address, m->name, text.subject, text.text, text.html, stop};
	return 0;
}

/* *ret_more: another may be due. */
static int send_one(struct app *a, struct smtp *s, struct op *op, bool *ret_more)
{
	char fault[SMTP_FAULT_MAX] = "";
	enum smtp_end end = SMTP_DOWN;
	struct smtp_mail mail;
	struct taken m;
	int rc = take(op, &m);

	*ret_more = rc == 0 && m.id;
	if (!*ret_more)
		return rc;
	if (compose(op, &m, &mail) < 0) {
		snprintf(fault, sizeof(fault), "%s", op->err.message);
		op_clear(op);
	} else {
		end = smtp_send(s, &mail, give, &(struct giving){a, &m}, fault);
	}
	*ret_more = end != SMTP_DOWN;
	rc = note(op, &m, end, fault);
	return rc < 0 ? rc : *ret_more ? 0 : -1;
}

int mail_round(struct app *a)
{
	int64_t last = clock_ms() + MAIL_SECONDS * 1000 * 2 / 3;
	char password[512] = "";
	struct smtp *s = smtp_open(&a->conf, read_password(&a->conf, password));
	struct arena *p = arena_new();
	bool more = s != NULL;
	int rc = s ? 0 : -1;
	struct op op;

	while (rc == 0 && more && clock_ms() < last) {
		arena_clear(p);
		app_op(a, &op, p, clock_ms() + RELAY_DB_MS);
		rc = send_one(a, s, &op, &more);
		if (rc < 0 && op.err.code)
			relay_log(&op, "mail", NULL, NULL);
	}
	if (s)
		smtp_close(s);
	sodium_memzero(password, sizeof(password));
	arena_free(p);
	return rc;
}
