/* evil.h - each file tries one kind of attack and reports what worked. */
#ifndef EVIL_H
#define EVIL_H

#include "mortise.h"

void worked(json_t *list, bool it_did, const char *what);
void try_kernel(struct mt_req *req, json_t *list);
void try_database(struct mt_req *req, json_t *list);
void try_replies(struct mt_req *req, json_t *list);
int raw_reply(struct mt_req *req);

#endif
