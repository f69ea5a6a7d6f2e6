/*
 * mail.h - the mails of sql/026-mail.sql, sent to the operator's server (smtp_url) by a helper of the
 * steward.
 *
 * Of several hosts' stewards each takes other mails. One that a helper died with is sent again only
 * when the server can't have had all of it.
 */
#ifndef RELAY_MAIL_H
#define RELAY_MAIL_H

#include "relay/relay.h"

#define MAIL_SECONDS 120 /* a helper's; it takes no new mail in the last third */

struct mail {
	int64_t due;
	int64_t pause_ms; /* after a round that the server failed; 0 = it didn't */
	struct helper helper;
};

void mail_init(struct mail *m);
/* Does what is due. Returns clock_ms() of when it wants to be called again. */
int64_t mail_tick(struct mail *m, struct relay *r);
/* A mail was committed. */
void mail_hurry(struct mail *m);
/* In the helper: sends what is due; 0, or -1 when the server takes nothing. */
int mail_round(struct app *a);

#endif
