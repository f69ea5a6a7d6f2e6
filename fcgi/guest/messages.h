/*
 * messages.h - parses a guest's messages: pure functions over the bytes of one whole message, read
 * by wire.h's cursor. Pointers in the structs point into those bytes.
 *
 * Each returns true when the message is exactly what its type requires, without a byte missing or
 * left over.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "guest/wire.h"

struct message_query {
	bool wants_rows;
	const char *sql;
	int n;
	const char *args[WIRE_ARGS_MAX]; /* NULL = SQL NULL */
};

struct message_notify {
	int kind; /* enum mt_notify_kind, unchecked */
	const char *target;
	const char *title, *message, *icon, *url, *priority; /* each may be NULL */
};

struct message_service {
	int what; /* enum mt_service, unchecked */
	int n;
	const char *args[WIRE_SERVICE_ARGS_MAX]; /* NULL = none */
	const void *data;
	size_t len;
};

struct message_text { /* LOG, REFUSE, FIELD, MISUSE, UNFIT, CRASH: what isn't sent is 0 or "" */
	int code;     /* level, error code, signal */
	const char *pointer; /* of FIELD */
	const char *text;
};

struct message_done {
	int rc;
	bool replied;
	int status;
	const char *type, *file_name; /* NULL = none */
	int n_headers;
	struct {
		const char *name, *value;
	} header[WIRE_HEADERS_MAX];
	const void *body;
	size_t len;
};

bool message_read_query(const void *data, size_t n, struct message_query *ret);
bool message_read_service(const void *data, size_t n, struct message_service *ret);
bool message_read_notify(const void *data, size_t n, struct message_notify *ret);
bool message_read_text(uint32_t type, const void *data, size_t n, struct message_text *ret);
bool message_read_body(const void *data, size_t n, size_t *ret_wanted);
bool message_read_done(const void *data, size_t n, struct message_done *ret);

#endif
