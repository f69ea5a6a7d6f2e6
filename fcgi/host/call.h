/*
 * call.h - a request while a guest has it, and the interface between the files that serve it. Each
 * calls those before it in this list and none after it:
 *
 *	call.c     failing, masking secrets, waking the steward
 *	rate.c     a company's limits in a plugin, by the second
 *	query.c    statements, in transactions of ours
 *	settings.c the tenant's settings
 *	notify.c   notifications to people
 *	events.c   the plugin's own events
 *	fetch.c    calls to other servers
 *	storage.c  values by key
 *	service.c  services, by the number that mortise.h gives them
 *	reply.c    a guest's reply
 *	talk.c     a guest's messages
 *	serve.c    all of it, for a request or a hook
 */
#ifndef CALL_H
#define CALL_H

#include "host/host.h"

struct call {
	struct host *host;
	struct req *r;
	int tenant;
	struct db_as as;
	const char *hook; /* "" = a request */
	const char *path; /* below /api/plugins/<key> */
	uint32_t index;	  /* of its route or hook */

	bool raw_body;
	size_t body_max;
	size_t body_seen; /* bytes of a raw body that were handed out */
	char *body;	  /* JSON text that was read and checked */
	size_t body_len;
	json_t *json;

	const char *disposition;

	bool in_tx;
	char sqlstate[6];
	bool denied;   /* the error that stands is the database's "not allowed" */
	bool notifies; /* the transaction notifies somebody */
	int n_logs, n_statements;

	char *settings_key; /* for its secrets; "" = there are none. Wiped when used */
	const char *network, *fetch_only; /* texts of arrays; NULL = not read yet (fetch.c) */
	struct fetch *fetch;		  /* the newest call to another server */
	int n_fetches;
	bool storage_full; /* a write was refused for that */

	int settings_rc;  /* why they couldn't be read */
	json_t *settings; /* NULL = not read yet */
	int n_secrets;
	const char *secret[HOST_SECRETS_MAX]; /* values in `settings` */
};

/* Replaces what failed before: the host knows the cause. */
int call_fail(struct call *c, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* MT_ERATE, to be tried again in a second; the log names the plugin. */
int call_rate(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int call_plain(struct call *c, int code, const char *text);    /* one of N_() */
int call_verbatim(struct call *c, int code, const char *text); /* the plugin's own words */
int call_internal(struct call *c, const char *what); /* MT_EINTERNAL; `what` for the log */
/* The text without values of secrets: itself, or a copy with [secret] in their place. */
const char *call_mask(struct call *c, const char *text);
/* Events were committed. A lost wake-up doesn't matter: the steward also polls. */
void call_wake_steward(struct call *c);
/* With the COMMIT of the transaction that is open, at once where none is. */
void call_wake_on_commit(struct call *c);

/* 0, or MT_ERATE when its company had enough of this in this second. */
int rate_check(struct call *c, enum score_rate what, size_t amount);

/* A statement of the host's own. */
int query_own(struct call *c, const char *sql, const char *const *args, int n, struct rows *ret);
/* One that is the host's alone, in a transaction of its own behind the plugin's; 0 without a database. */
int query_marked(
	struct call *c, const struct stmt *s, const char *const *args, int n, struct err *e);
/* Counts a guest's statement or service: 0, or MT_ERATE. */
int query_count(struct call *c);
int query_guest(struct call *c, const struct message_query *q, struct rows *ret);
void query_put(struct wire_out *out, const struct rows *rows); /* rows as guests read them */
int query_begin(struct call *c);
int query_commit(struct call *c);
void query_rollback(struct call *c);
void query_finish(struct call *c, int *rc); /* no transaction outlives its handler */
/* A plugin's or company's bound of storage was the reason: sets that error instead of `rc`, outside
 * of a transaction. */
int query_storage(struct call *c, int rc);
/* Does it begin with a word that a plugin's statement may begin with? Pure. */
bool query_is_allowed(const char *sql);

/* Takes the key of the secrets out of the parameters. */
void settings_begin(struct call *c);
/* c->settings, or NULL with the error in c->settings_rc. */
json_t *settings_get(struct call *c);
/* Wipes every secret that was opened. */
void settings_end(struct call *c);

int notify_guest(struct call *c, const struct message_notify *n);

/* Services. */
struct message_service;
struct service_answer;
int jobs_start(struct call *c, const struct message_service *m, struct service_answer *ret);
int jobs_progress(struct call *c, const struct message_service *m, struct service_answer *ret);
int events_emit(struct call *c, const struct message_service *m, struct service_answer *ret);

/* What a service answers: rows of the database, or cells of its own, and bytes. */
struct service_answer {
	struct rows rows;
	const char *const
		*cells; /* n * columns texts in the call's arena; NULL = those of `rows` */
	const char *const *names; /* of the columns */
	int n, columns;
	const void *data;
	size_t len;
};

int fetch_guest(struct call *c, const struct message_service *m, struct service_answer *ret);
/* The next piece of the answer. */
int fetch_guest_more(struct call *c, const struct message_service *m, struct service_answer *ret);
/* The settings without secrets that are for calls alone ("use": "fetch"); the request's memory. */
int fetch_guest_settings(struct call *c, const json_t *all, json_t **ret);
/* The same in the body of a hook that judges settings. */
int fetch_hide(struct call *c);
/* Ends a call, and writes the log of all, when no transaction is open. */
void fetch_end(struct call *c);

int storage_guest(struct call *c, const struct message_service *m, struct service_answer *ret);
int files_list(struct call *c, const struct message_service *m, struct service_answer *ret);
int files_delete(struct call *c, const struct message_service *m, struct service_answer *ret);
/* Tells the administrators that a write was refused, when no transaction is open. */
void storage_end(struct call *c);

/* Runs what a guest asked for: what the service returns, the answer in `ret`. */
int service_guest(struct call *c, const struct message_service *m, struct service_answer *ret);
void service_put(struct wire_out *out, const struct service_answer *a);

/* Takes a guest's reply: 0, or an error in c->r->op.err. */
int reply_take(struct call *c, const struct message_done *d);

/* Gives the call to a guest and serves it until it is done: returns the handler's result. When the
 * guest failed instead, *ret_failed tells how. */
int talk(struct call *c, struct proc *p, bool *ret_failed);

#endif
