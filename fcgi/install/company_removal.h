/*
 * company_removal.h - deletes companies whose time has come, with everything that belongs to them
 * (sql/028-company-life.sql): in small transactions, each of which any worker can go on from.
 */
#ifndef COMPANY_REMOVAL_H
#define COMPANY_REMOVAL_H

#include <stdbool.h>

struct op;

/* A few seconds of it; *ret_more = there is more to do at once. A failure is written down at the
 * company, and tried again after a minute. */
int company_removal_slice(struct op *op, bool *ret_more);

#endif
