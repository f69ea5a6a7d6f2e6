/*
 * rights.h - "signed out" is answered when it is true: no worker of any host accepts the session
 * any more (auth/lease.h), no stream that it opened is open, and no call or guest of it is left
 * (os/revoked.h).
 *
 * The handler makes its reply as always; the worker holds it back until then and serves others
 * (http/req.h).
 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include "http/req.h"

/* After the commit of whatever ended a session or a right. A host that does not end what it has open within
 * RIGHTS_WAIT_MS is named in the log; it can't keep it for long (sql/017-rights.sql). */
#define RIGHTS_WAIT_MS 4000
void rights_hold(struct req *r, int64_t committed_at);
/* The same where nothing is open that has to end: until no worker uses what was true before. */
void rights_hold_lease(struct req *r, int64_t committed_at);
/* For a program that serves nobody: waits as long. *ret = the hosts that haven't reported by then, NULL = all
 * have. */
int rights_wait(struct op *op, const char **ret);

#endif
