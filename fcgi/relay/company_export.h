/*
 * company_export.h - exports of whole companies as a ZIP (sql/028-company-life.sql), by a helper: one at a
 * time, as everything was at one moment.
 *
 * Each table is there twice: as JSON Lines and as CSV. Rows go from a cursor into the ZIP, some
 * megabytes at a time, without a file between. manifest.json is the last entry, with the number of
 * rows and the SHA-256 of each other. A helper that dies leaves a row that nobody holds and a part of a
 * file: the next removes it and begins again, three times at most.
 */
#ifndef COMPANY_EXPORT_H
#define COMPANY_EXPORT_H

#include "relay/helper.h"
#include "relay/relay.h"

struct company_export {
	int64_t due, sweep_due;
	struct helper helper;
};

void company_export_init(struct company_export *x);
/* Starts a helper when an export waits, or files are to be removed. Returns clock_ms() of when it wants to
 * be called again. */
int64_t company_export_tick(struct company_export *x, struct relay *r);
int company_export_seconds(const struct conf *c);
/* In the helper: removes what is too old, and makes one export; 0 or -1. */
int company_export_round(struct app *a);

#endif
