/*
 * source.h - who acts and from where, as a transaction's setting mortise.source, which the audit log reads
 * (sql/024-audit.sql): four lines.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "http/req.h"

/* Of a request, once it is known who sends it; reads have none. */
void source_of_request(struct req *r);
/* Of a read that is written down nevertheless. */
void source_of_download(struct req *r);
/* Of a command: who runs it, and its name. */
void source_of_command(struct op *op, const char *command);

#endif
