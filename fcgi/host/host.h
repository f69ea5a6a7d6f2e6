/*
 * host.h - the room that runs one plugin: loads its library, hands requests to it, and is what
 * `struct mt_host` points to.
 *
 *	guard.c     the sandbox around the plugin, and the last word when its code ends the process
 *	trial.c     a trial load, for the check of a package
 *	load.c      the library: ELF, dlopen, symbol
 *	contract.c  what the symbol says, checked fault by fault; the same as JSON
 *	serve.c     a request or a hook call: identity, route, body, handler, outcome
 *	table.c     calls on the request: who, parameters, body, log, memory
 *	settings.c  what the tenant's admin has set, secrets opened and wiped again
 *	reply.c     calls that reply, and which headers a plugin may send
 *	query.c     calls on the database: statements, transactions, rows
 *	notify.c    calls that tell people something
 *
 * A process runs one plugin, so there is one struct host, and one struct call per request. Plugin code
 * shares the address space: nothing here guards against it. What guards is the process - its database
 * role, its user, its sandbox - and nginx, which ignores what a plugin's reply may not say.
 */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include "base/buf.h"
#include "crypt/handover.h"
#include "db/db.h"
#include "http/req.h"
#include "http/route.h"
#include "mortise.h"
#include "os/sandbox.h"

#define HOST_ROUTES_MAX 256
#define HOST_HOOKS_MAX 16
#define HOST_FIELDS_MAX 64
#define HOST_HEADERS_MAX 16 /* of a plugin's reply */
#define HOST_LOGS_MAX 50    /* log lines of one request */
#define HOST_SECRETS_MAX 64 /* secret values that are looked for in what is logged */

struct host {
	const struct mt_plugin *plugin; /* NULL: there was no database yet; see start */
	const char *key;
	const char *pool; /* key@hash12 */
	unsigned char handover_key[HANDOVER_KEY];
	struct mt_route *mt_routes; /* as the plugin has them, widened to this host's size */
	struct route *routes;	    /* the same as http/route.h wants them, index by index */
	struct route_table table;
	const struct route_table *tables[2];
	struct mt_hook hooks[HOST_HOOKS_MAX + 1];

	/* Connects and loads the plugin, where that failed before: true when it is there now. At most one
	 * worker of a pool tries in a second, the others say no at once. */
	bool (*start)(void);
	struct db *db;	/* NULL in a trial load */
	int steward_fd; /* connected datagram socket; -1 = none */
	bool leave;	/* the database is gone and the sandbox forbids a new connection */
};

/* A request while the plugin has it; `pub` is what the plugin's pointer points to. */
struct call {
	struct mt_req pub;
	struct host *host;
	struct req *r;
	int tenant;
	struct db_as as;
	const char *hook; /* "" = a request */
	const char *path; /* below /api/plugins/<key> */

	bool raw_body;
	size_t body_max;
	size_t body_seen; /* bytes that mt_body_read handed out */
	char *body;
	size_t body_len;
	json_t *json;

	bool replied;
	const char *disposition;
	int n_headers;
	struct req_param header[HOST_HEADERS_MAX];

	bool in_tx;
	char sqlstate[6];
	bool told; /* the transaction notifies somebody */
	int n_logs;

	char *settings_key; /* for its secrets; "" = there are none. Wiped when used */
	int settings_rc;    /* why they couldn't be read */
	json_t *settings;   /* NULL = not asked for yet */
	int n_secrets;
	const char *secret[HOST_SECRETS_MAX]; /* values in `settings` */
};

static inline struct call *call_of(struct mt_req *req)
{
	return (struct call *)req;
}

/* The functions behind mortise.h. */
extern const struct mt_host host_table;

/* The file's bytes in sealed memory, as a descriptor; sha256 NULL = whatever they are. -1 with one fault
 * a line. Call it outside the sandbox, once: it also ends the right to write files. */
int host_library(const char *so, const char *sha256, struct buf *faults);
/* Loads it and checks it against `key` (NULL = whatever it says). 0, or -1 with one fault a line in
 * faults. The library stays loaded for good. Call it inside the sandbox: constructors run here. */
int host_load(struct host *h, int library, const char *key, struct buf *faults);
/* Is it a library for this machine? Adds a fault and returns -1 otherwise. */
int host_check_elf(int fd, struct buf *faults);
/* Fills h's tables from h->plugin. 0, or -1 with one fault a line. */
int contract_read(struct host *h, const char *key, struct buf *faults);
/* {"key","version","abi","routes":[{"method","path","permission"}],"hooks":[...]}: new reference. */
json_t *contract_json(const struct host *h);

/* Enters the sandbox; note says what is in force. 0 or -1, errno. */
int guard_enter(enum sandbox_mode mode, char note[64]);
/* Crashes and exit() of plugin code are said in the log; exit() ends with a status that isn't 0. */
void guard_watch(const char *key);
/* `mortise-plugin --check`: the process's exit status. */
int host_trial(const char *so);

/* loop.h's serve and done. r->app is the struct host. */
int host_serve(struct req *r);
void host_done(struct req *r);
/* Is plugin code running just now? For the exit and crash reports of cmd/. */
extern struct call *host_running;

/* Shared by the files above, not for others. */
int call_fail(struct call *c, int code, const char *text);
int call_internal(struct call *c, const char *what); /* MT_EINTERNAL; `what` for the log */
int reply_finish(struct call *c);	    /* hands headers over when the handler succeeded */
void query_finish(struct call *c, int *rc); /* no transaction outlives its handler */
void notify_poke(struct call *c);
/* Takes the key of the secrets out of the parameters. */
void settings_begin(struct call *c);
/* Wipes every secret that was opened. */
void settings_end(struct call *c);
/* The text without values of secrets: itself, or a copy that says [secret] in their place. */
const char *settings_mask(struct call *c, const char *text);

int host_reply_json(struct mt_req *req, int status, json_t *value);
int host_reply_data(struct mt_req *req, int status, const char *type, const char *file_name,
	const void *data, size_t len);
int host_reply_header(struct mt_req *req, const char *name, const char *value);
int host_query(struct mt_req *req, const char *sql, const char *const *args, int n,
	struct mt_rows *ret_rows);
const char *host_sqlstate(struct mt_req *req);
int host_begin(struct mt_req *req);
int host_commit(struct mt_req *req);
void host_rollback(struct mt_req *req);
const char *host_text(const struct mt_rows *rows, int row, int column);
const char *host_column(const struct mt_rows *rows, int column);
json_t *host_rows_json(const struct mt_rows *rows);
json_t *host_settings(struct mt_req *req);
int host_notify(struct mt_req *req, int kind, const char *target, const struct mt_notice *notice,
	size_t size);

#endif
