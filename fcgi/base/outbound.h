/*
 * outbound.h - what a plugin's host, or the steward for webhooks, and the process that calls another server
 * for it say to each other, over a pair of stream sockets that the host makes for one call and sends to
 * mortise-fetch in a datagram: "TENANT KEY" (os/calls.h).
 *
 * The host sends a frame OUTBOUND_ORDER, JSON {"method", "url", "allow", "headers": [{"name", "value",
 * "secret"}], "length", "max", "ms"}, with "webhook": true where it is one, and so many bytes of body.
 * It gets OUTBOUND_HEAD {"status", "url", "headers": [[name, value]]} when there is an answer, OUTBOUND_BODY
 * as it arrives, and last OUTBOUND_END {"reason", "message"}, empty when all went well. A stream that ends
 * without it has lost its process.
 */
#ifndef OUTBOUND_H
#define OUTBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

enum outbound_type {
	OUTBOUND_ORDER = 'O',
	OUTBOUND_HEAD = 'H',
	OUTBOUND_BODY = 'B',
	OUTBOUND_END = 'E'
};

#define OUTBOUND_FRAME 5	     /* bytes before a frame's own: its type, its length */
#define OUTBOUND_TEXT_MAX 131072     /* of a frame that is JSON */
#define OUTBOUND_PIECE_MAX 65536     /* of one with bytes */
#define OUTBOUND_BODY_MAX (16 << 20) /* of a request */

void outbound_frame(unsigned char ret[OUTBOUND_FRAME], enum outbound_type type, size_t n);
/* false: it is none, or too long. */
bool outbound_read(
	const unsigned char head[OUTBOUND_FRAME], enum outbound_type *ret_type, size_t *ret_n);

/*
 * Does a list of words allow this host and port? Words are "host", which is https on port 443, "host:port",
 * "*.domain", which isn't the domain itself, and "*", both also with a port; an IPv6 address is in square
 * brackets. *ret_exact: the very host and port are named. Pure.
 */
bool outbound_allows(const char *list, const char *host, int port, bool *ret_exact);
/* May a plugin send this header itself? Not what frames a message or is of one connection. */
bool outbound_header_ok(const char *name, const char *value);
/* "https://host:8443/path" -> "host:8443" and "https://host/" -> "host:443": the server of an address, as a
 * word of such a list. NULL: it can't be in one. */
const char *outbound_place(struct arena *p, const char *url);
/* Is this what a permission may name behind "network:": a word as above, or "setting:KEY"? */
bool outbound_word_ok(const char *s);

#endif
