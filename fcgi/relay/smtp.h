/*
 * smtp.h - one mail to an SMTP server (RFC 5321), by libcurl. The connection is kept for the next one.
 */
#ifndef RELAY_SMTP_H
#define RELAY_SMTP_H

#include <stdbool.h>
#include "base/conf.h"

#define SMTP_FAULT_MAX 400

struct smtp_mail {
	const char *id; /* of its Message-ID: the same at each try */
	const char *to, *to_name;
	const char *subject, *text, *html; /* UTF-8 */
	const char *unsubscribe; /* an address that ends such mails (RFC 8058); NULL = none */
};

enum smtp_end {
	SMTP_TAKEN,
	SMTP_REFUSED, /* for good, this mail */
	SMTP_LATER,   /* this mail, for now */
	SMTP_DOWN,    /* not this mail's fault: no connection, TLS, sign-in, sender */
	SMTP_UNKNOWN, /* it had everything and did not answer */
};

struct smtp;

/* password NULL = none. NULL when libcurl doesn't start. The configuration stays the caller's. */
struct smtp *smtp_open(const struct conf *c, const char *password);
void smtp_close(struct smtp *s);
/* give(arg) is called once, just before the server can have all of the mail; false = don't. ret_fault: for a
 * person, when the end is another than SMTP_TAKEN. */
enum smtp_end smtp_send(struct smtp *s, const struct smtp_mail *m, bool (*give)(void *arg),
	void *arg, char ret_fault[SMTP_FAULT_MAX]);

/* The text of a header, encoded by RFC 2047 unless it is printable ASCII, with the lines folded. At
 * most n-1 bytes; what doesn't fit is cut between characters. */
void smtp_header_text(char *ret, size_t n, const char *text);

#endif
