/*
 * token.h - what an API token looks like (sql/027-tokens.sql): "mtp_" for a person's or "mts_" for a
 * service's, 43 random letters and digits (256 bits), and six that are the CRC32 of all before. So
 * tools that search for secrets in files recognize one, and one that was mistyped or cut off costs no
 * statement.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_LEN 53
#define TOKEN_PREVIEW_LEN 11 /* "mtp_...a1B2": by which people know it */

void token_make(char ret[TOKEN_LEN + 1], bool is_service);
bool token_is(const char *s, size_t n);
void token_preview(char ret[TOKEN_PREVIEW_LEN + 1], const char *token);

#endif
