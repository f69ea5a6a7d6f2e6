/*
 * csv.h - a text as a cell of CSV (RFC 4180), and back.
 */
#ifndef CSV_H
#define CSV_H

#include "base/buf.h"

/* What a spreadsheet would take for a formula gets a ' before it. */
void csv_text(struct buf *b, const char *s);

/* The separator of a table: ',' or ';', as spreadsheets in half of Europe write it. */
char csv_comma(const char *text);
/* The next cell, unescaped in place, and *at behind it; *ret_end: it was the line's last. NULL: a quote
 * doesn't end, or has text behind it, and where the next line begins can't be known. */
char *csv_cell(char **at, char comma, bool *ret_end);

#endif
