/*
 * guest.h - the process that a plugin's library is loaded into: one descriptor to its host, and
 * `struct mt_host` as messages over it (wire.h).
 *
 *	wire.c messages.c head.c  pure: the protocol and the rules of replies; the host links them too
 *	link.c     sending and receiving
 *	abi.h contract.c the library's tables, of any ABI, whole and as a message
 *	table.c    the calls of mortise.h
 *	rows.c     rows of a statement
 *	call.c     a request from its message to the handler and back
 *	load.c     the library
 *	confine.c  the system calls that this process may make
 *	crash.c    last words
 *
 * Nothing here guards against the plugin, which can write to the same memory: the protection is
 * that this process holds nothing of value, and that the host trusts nothing it sends.
 */
#ifndef GUEST_H
#define GUEST_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/arena.h"
#include "guest/wire.h"
#include "mortise.h"

struct pair {
	const char *name, *value;
};

struct guest;

/* A request while the plugin has it; `pub` is what the plugin's pointer points to. */
struct guest_call {
	struct mt_req pub;
	struct guest *guest;
	int tenant;
	bool is_hook, raw_body;
	uint32_t index; /* of the route or hook */
	int64_t deadline;
	uint64_t reply_max; /* bytes */
	long content_length;
	const char *method, *path, *id, *user, *user_name, *roles, *tenant_code, *hook, *previous,
		*permissions;
	uint32_t n_params, n_query, n_headers;
	struct pair *param, *query, *header;
	json_t *body;
	char *raw; /* mt_body_raw() has read it all */
	size_t raw_len, raw_seen;

	char sqlstate[6];
	json_t *settings;
	bool replied;
	int status;
	const char *type, *file_name;
	const void *out;
	size_t out_len;
	int n_reply;
	struct pair reply[WIRE_HEADERS_MAX];
};

struct guest {
	int fd;
	const struct mt_plugin *plugin;
	const char *library; /* its name as the loader has it; NULL = not loaded */
	struct arena *arena; /* a call's */
	uint32_t seq;
	bool gone; /* the host is */
	struct guest_call *call;
	struct wire_out out;
	unsigned char *in; /* a message received, behind WIRE_HEAD bytes of room */
	size_t in_cap, in_len;
};

extern const struct mt_host guest_table;

void guest_open(struct guest *g, int fd);
void guest_close(struct guest *g); /* not its descriptor */
/* The library's tables as long as this header has them, with jobs and events among the hooks; the last ones
 * made are gone. Its head fits (guest/abi.h). */
const struct mt_plugin *guest_whole(const struct mt_plugin *plugin);
/* Sends the library's tables; note: the confinement in force. */
int guest_hello(struct guest *g, const struct mt_plugin *plugin, const char *note);
int guest_unfit(struct guest *g, const char *why);
/* Waits for the next call: g->call; -1 = the host is gone. */
int guest_wait(struct guest *g);
int guest_done(struct guest *g, int rc);
/* Serves calls until the host is gone. */
void guest_run(struct guest *g);

/* Loads WIRE_LIBRARY_FD, which is closed then; filtered: guest_confine() put its filter in force. NULL with
 * a fault in `faults`. */
const struct mt_plugin *guest_load(bool filtered, struct buf *faults);
/* Libraries that it names are loaded while files can be opened: those of `allowed` only. */
void guest_preload(void);

struct confine {
	bool weak;     /* go on without seccomp or Landlock where the kernel has none */
	bool debug;    /* keep standard error, and stay traceable */
	bool filtered; /* out: by seccomp */
	bool lacking;  /* out: this kernel has no seccomp or no Landlock */
};

/* For good, before the library is loaded. 0 with what is in force in note, or -1 with why in note. */
int guest_confine(struct confine *c, char note[96]);
#define GUEST_LIBRARY "/plugin.so"	     /* the one name that can be opened then, */
#define GUEST_LIBRARY_WEAK "/proc/self/fd/3" /* and the kernel's own, when nothing is confined */

/* Reports crashes and exit() of plugin code to the host; what it prints becomes log lines. */
void guest_watch(struct guest *g, bool debug);

/* Shared by the files above. Sends g->out as a message; -1 when the host is gone. */
int link_send(struct guest *g, uint32_t type);
/* The next message: its bytes are g->in + WIRE_HEAD, g->in_len. -1 when the host is gone. */
int link_receive(struct guest *g, uint32_t want);
/* Sends g->out and takes the answer's code; `in` is at what follows it. */
int link_ask(struct guest *g, uint32_t type, struct wire_in *in);
/* Rows of an answer; with_bytes: bytes of a service are before them. */
int call_rows(struct guest_call *c, struct wire_in *in, bool with_bytes, struct mt_rows *ret);
const char *rows_text(const struct mt_rows *rows, int row, int column);
const void *rows_bytes(const struct mt_rows *rows, size_t *ret_len);
const char *rows_column(const struct mt_rows *rows, int column);
json_t *rows_json(const struct mt_rows *rows);

static inline struct guest_call *guest_call_of(struct mt_req *req)
{
	return (struct guest_call *)req;
}

#endif
