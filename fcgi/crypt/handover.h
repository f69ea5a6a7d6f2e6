/*
 * handover.h - one pool's decision about a request, so that the plugin's host can rely on it.
 *
 * The api pool (for hooks: the admin pool) knows the person, the company, the rights and the
 * version of the plugin. All of it travels as parameters of the request; the hand-over is the MAC
 * that binds them to each other, to this request and to a few seconds:
 *
 *	"v1.<expiry, unix seconds>.<HMAC-SHA256, 64 hex digits>"
 *
 * The MAC is over the expiry and every field of struct handover, each as "<length>:<bytes>,", so
 * that no byte can move from one field to its neighbour. The key is derived for one plugin from the
 * installation's ticket.key (crypt/role.h): a host can't sign for another plugin's.
 *
 * Pure functions over libsodium.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stddef.h>

#define HANDOVER_KEY 32
/* Long enough to wait for a busy pool or a cold start, too short to be stored for later use. */
#define HANDOVER_SECONDS 15
#define HANDOVER_MAX 96 /* of the text, with its NUL */

/* NULL counts as "". */
struct handover {
	const char *pool; /* key@hash12: the plugin and its version */
	const char *request_id;
	const char *method;
	const char *path;   /* below /api/plugins/<key>, decoded */
	const char *hook;   /* "" = a request */
	const char *tenant; /* its number as text */
	const char *tenant_code;
	const char *user;
	const char *user_name;
	const char *roles;	 /* comma separated */
	const char *permissions; /* of the plugin, comma separated */
	const char *own; /* what the person may do with own tickets only: "read", "write" or "" */
	const char *settings_key;
	const char *previous_version;
	const char *session; /* the channel of its session, "" = of a hook; os/revoked.h */
	const char *decided; /* clock_ms() when it was, as text */
	const char *scoped;  /* "yes": by an API token, so the roles are not for the plugin */
};

enum handover_fault {
	HANDOVER_GOOD,
	HANDOVER_MALFORMED,
	HANDOVER_FOREIGN, /* another key, or for something else */
	HANDOVER_EXPIRED  /* signed for this, but too long ago; or too far ahead to be ours */
};

void handover_sign(char ret[HANDOVER_MAX], const unsigned char key[HANDOVER_KEY],
	const struct handover *h, long now);
/* Was `text` made with this key for exactly `h`, and does it hold at `now`? */
enum handover_fault handover_verify(const unsigned char key[HANDOVER_KEY], const char *text,
	const struct handover *h, long now);
const char *handover_fault_text(enum handover_fault f); /* for the log */

#endif
