/*
 * passkey.h - is what a browser sends of a passkey (WebAuthn) what its device made for this server?
 *
 * CBOR, keys and signatures are libfido2's. Made for us means: the hash of our host is in it, the device saw
 * a person (UP) and knew who it was by finger or PIN (UV). Which device it is nobody asks: browsers send no
 * attestation then, and what stands in its place is not read. ES256, EdDSA and RS256; other keys are none.
 *
 * Pure functions; challenges and counters are the database's (sql/038-passkeys.sql), the client data is
 * api/passkeys.c's.
 */
#ifndef PASSKEY_H
#define PASSKEY_H

#include <stddef.h>
#include <stdint.h>

#define PASSKEY_ID_MAX 1023 /* bytes: WebAuthn's bound */
#define PASSKEY_KEY_MAX 259 /* bytes of libfido2's form: RS256 of 2048 bits */

enum passkey_verdict {
	PASSKEY_GOOD,
	PASSKEY_BROKEN,	    /* cut off, no passkey in it, or a key of another kind */
	PASSKEY_ELSEWHERE,  /* made for another host */
	PASSKEY_UNVERIFIED, /* the device didn't check who uses it */
	PASSKEY_FORGED,	    /* the signature isn't this key's over this */
};

struct bytes {
	const unsigned char *at;
	size_t n;
};

struct passkey {
	int alg; /* of COSE: -7, -8, -257 */
	size_t n_id, n_key;
	unsigned char id[PASSKEY_ID_MAX], key[PASSKEY_KEY_MAX];
	uint32_t counter;
};

void passkey_init(void);
/* The new passkey in authenticator data; rp: our host. */
enum passkey_verdict passkey_read(const char *rp, struct bytes data, struct passkey *ret);
/* Did this key sign the authenticator data and the client data? */
enum passkey_verdict passkey_verify(const char *rp, int alg, struct bytes key, struct bytes client,
	struct bytes data, struct bytes signature, uint32_t *ret_counter);
/* For a log. */
const char *passkey_why(enum passkey_verdict v);

#endif
