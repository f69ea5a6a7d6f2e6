/*
 * wire.h - the protocol of a host and a guest over their SOCK_SEQPACKET pair.
 *
 * A message is one packet or several: each begins with struct wire_head, the rest is at most
 * WIRE_PACKET bytes of the message. The kernel copies a packet into the receiver's own memory, so
 * nothing can change after a check. Shared memory would have to be copied before it is read, too,
 * and a futex doesn't signal the other side's end; host/README.md has what it would save.
 *
 *	type          from   what is in it                               answer
 *	WIRE_HELLO    guest  tables of the library (contract.h), once    -
 *	WIRE_UNFIT    guest  why the library can't be used; then it ends -
 *	WIRE_CALL     host   a request or a hook, with identity          what the handler does, then DONE
 *	WIRE_QUERY    guest  statement and arguments                     ANSWER: rows
 *	WIRE_BEGIN    guest  -                                           ANSWER
 *	WIRE_COMMIT   guest  -                                           ANSWER
 *	WIRE_ROLLBACK guest  -                                           ANSWER
 *	WIRE_NOTIFY   guest  kind, recipient, notice                     ANSWER: how many
 *	WIRE_SETTINGS guest  -                                           ANSWER: JSON
 *	WIRE_SERVICE  guest  service, arguments, bytes                   ANSWER: bytes, rows
 *	WIRE_BODY     guest  how many bytes of a raw body, 0 = all       ANSWER: bytes
 *	WIRE_LOG      guest  level and text                              -
 *	WIRE_REFUSE   guest  code and text: mt_fail()                    -
 *	WIRE_FIELD    guest  pointer and text: mt_field_fault()          -
 *	WIRE_MISUSE   guest  what a handler did wrong, for the log       -
 *	WIRE_DONE     guest  what the handler returned, and its reply    -
 *	WIRE_CRASH    guest  a signal or an exit(): the last words       -
 *	WIRE_ANSWER   host   code, then the answer to the request        -
 *
 * Each message of a guest carries the number of the call that it belongs to; 0 before the first. A
 * guest whose message has another number, is out of turn or not allowed is killed. Texts are length,
 * bytes and a NUL that length doesn't count, with no NUL inside: they can be used in place.
 *
 * Everything in wire.c is pure: no allocation but of struct wire_out, no descriptor. A fuzzer of what
 * a guest can send drives wire_take() and message_read_*() of messages.h.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_PACKET (60u * 1024)
#define WIRE_ARGS_MAX 1000
#define WIRE_SERVICE_ARGS_MAX 16
#define WIRE_HEADERS_MAX 16
#define WIRE_LIBRARY_FD 3 /* of a guest, until its library is loaded; 0 is its socket */

enum wire_type {
	WIRE_NONE,
	WIRE_CALL,
	WIRE_ANSWER,
	WIRE_HELLO,
	WIRE_UNFIT,
	WIRE_QUERY,
	WIRE_BEGIN,
	WIRE_COMMIT,
	WIRE_ROLLBACK,
	WIRE_NOTIFY,
	WIRE_SETTINGS,
	WIRE_SERVICE,
	WIRE_BODY,
	WIRE_LOG,
	WIRE_REFUSE,
	WIRE_FIELD,
	WIRE_MISUSE,
	WIRE_DONE,
	WIRE_CRASH,
	WIRE_TYPES
};

struct wire_head {
	uint32_t type;
	uint32_t seq;	/* the call */
	uint32_t total; /* bytes of the whole message */
	uint32_t at;	/* offset of this packet's bytes in the message */
};

#define WIRE_HEAD ((uint32_t)sizeof(struct wire_head))

/* A message while its packets come. All zero = none. */
struct wire_message {
	uint32_t type, seq, total, have;
};

const char *wire_name(uint32_t type); /* "QUERY"; "?" for no type */
/* Bytes that a guest's message of this type may have, DONE aside (its host decides); 0 = guests
 * don't send it. */
uint32_t wire_limit(uint32_t type);

/*
 * The next packet of m: n bytes behind head h, which the receiver has put at m->have of its buffer.
 * 1 = the message is whole, 0 = there is more to come, -1 with why. `limit` are the most bytes that
 * a message of this type may have.
 */
int wire_take(struct wire_message *m, const struct wire_head *h, size_t n, uint32_t limit,
	const char **ret_why);

/* Reading: past the end or not as it should be, everything answers 0, "" or NULL and `bad` stays. */
struct wire_in {
	const unsigned char *p, *end;
	bool bad;
};

struct wire_in wire_in(const void *data, size_t n);
uint8_t wire_u8(struct wire_in *in);
uint32_t wire_u32(struct wire_in *in);
uint64_t wire_u64(struct wire_in *in);
const char *wire_text(struct wire_in *in);	/* never NULL */
const char *wire_text_null(struct wire_in *in); /* may be NULL: it was sent so */
const void *wire_bytes(struct wire_in *in, size_t *ret_n);
bool wire_end(struct wire_in *in); /* nothing is left and nothing was bad */

/* Writing: a malloc'ed buffer whose first WIRE_HEAD bytes are room for a head. */
struct wire_out {
	unsigned char *data;
	size_t len, cap;
	bool failed; /* out of memory, or more than 4 GB */
};

void wire_begin(struct wire_out *out); /* an empty message; keeps its memory */
void wire_release(struct wire_out *out);
void wire_put_u8(struct wire_out *out, uint8_t v);
void wire_put_u32(struct wire_out *out, uint32_t v);
void wire_put_u64(struct wire_out *out, uint64_t v);
void wire_put_text(struct wire_out *out, const char *s); /* NULL stays NULL */
void wire_put_bytes(struct wire_out *out, const void *data, size_t n);
/* Prepares the packet at *at of a message and advances *at: returns the packet with its head, and
 * its length. False when there is none left. A message without bytes has one packet. */
bool wire_next(struct wire_out *out, uint32_t type, uint32_t seq, size_t *at, const void **ret,
	size_t *ret_n);

#endif
