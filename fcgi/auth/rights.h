/*
 * rights.h - "signed out" is answered when it holds: no worker of any host believes the session any more
 * (auth/lease.h), and no stream that it opened is open.
 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include "http/req.h"

/* After the commit of whatever ended a session or a right to hear something. A host that does not close what
 * it has open within RIGHTS_WAIT_MS is named in the log; it can't keep it for long (sql/017-rights.sql). */
#define RIGHTS_WAIT_MS 4000
void rights_wait(struct req *r, int64_t committed_at);

#endif
