/*
 * digest.h - the two hashes of a package's file, as lower-case hex.
 *
 * SHA-256 (FIPS 180-4) names a package: in catalogues, in the database, wherever its bytes are compared.
 * BLAKE2b-512 (RFC 7693) is what minisign signs. Both answer MT_EINTERNAL when the file can't be read.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdint.h>

#include "base/err.h"

#define DIGEST_SHA256_HEX (2 * 32 + 1)
#define DIGEST_BLAKE2B_HEX (2 * 64 + 1)

int digest_sha256(
	const char *file, char ret_hex[DIGEST_SHA256_HEX], uint64_t *ret_size, struct err *e);
int digest_blake2b(const char *file, char ret_hex[DIGEST_BLAKE2B_HEX], struct err *e);

#endif
