/*
 * csv.h - a text as a cell of CSV (RFC 4180).
 */
#ifndef CSV_H
#define CSV_H

#include "base/buf.h"

/* What a spreadsheet would take for a formula gets a ' before it. */
void csv_text(struct buf *b, const char *s);

#endif
