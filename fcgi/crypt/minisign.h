/*
 * minisign.h - keys and detached signatures in minisign's own files, so that `minisign` and we can
 * verify what the other has signed. Pure functions over libsodium: Ed25519, BLAKE2b, scrypt.
 *
 *	key file	untrusted comment: <any text>
 *			base64("Ed" id[8] public[32])
 *	signature	untrusted comment: <any text>
 *			base64("ED" or "Ed", id[8] signature[64])
 *			trusted comment: <any text>
 *			base64(signature over signature[64] and the trusted comment)
 *	secret file	untrusted comment: <any text>
 *			base64("Ed" "Sc" or 0 0, "B2" salt[32] ops[8] memory[8], then, xor scrypt's stream:
 *			id[8] secret[64] checksum[32])
 *
 * "ED" signs the BLAKE2b-512 of the file, "Ed" (legacy) the file itself. The untrusted comment is
 * not authenticated and is dropped. A key's id is shown as minisign shows it: 16 hex digits.
 *
 * Functions return 0 or a code with the reason in `e`.
 */
#ifndef MINISIGN_H
#define MINISIGN_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/arena.h"

#define MINISIGN_FILE_MAX (16L << 10) /* largest key or signature file that is read */
#define MINISIGN_COMMENT_MAX 8192     /* bytes of a trusted comment */
#define MINISIGN_DIGEST 64	      /* BLAKE2b-512 of what is signed */
#define MINISIGN_ID_LEN 16
#define MINISIGN_KEY_LEN 56 /* a public key as base64 */

struct minisign_key {
	unsigned char id[8];
	unsigned char key[32];
};

struct minisign_secret {
	unsigned char id[8];
	unsigned char key[64]; /* wipe it: minisign_wipe() */
};

struct minisign_sig {
	bool prehashed; /* "ED" */
	unsigned char id[8];
	unsigned char sig[64];
	unsigned char global[64];
	char comment[MINISIGN_COMMENT_MAX +
		     1]; /* trusted once minisign_verify_comment() has verified it */
};

/* A key file or its second line alone. MT_EINVAL. */
int minisign_key_read(struct minisign_key *ret, const char *text, size_t len, struct err *e);
/* The line that minisign takes as -P. */
void minisign_key_line(char ret[MINISIGN_KEY_LEN + 1], const struct minisign_key *key);
void minisign_id(char ret[MINISIGN_ID_LEN + 1], const unsigned char id[8]);

/* MT_EINVAL when it is no signature file; nothing is verified yet. */
int minisign_sig_read(struct minisign_sig *ret, const char *text, size_t len, struct err *e);
/* Is the signature over these bytes? digest for "ED", data for "Ed". MT_EPERM when not. */
int minisign_verify(const struct minisign_key *key, const struct minisign_sig *sig,
	const unsigned char digest[MINISIGN_DIGEST], struct err *e);
int minisign_verify_legacy(const struct minisign_key *key, const struct minisign_sig *sig,
	const void *data, size_t len, struct err *e);
/* Was the comment written with the same key for this signature (of whatever bytes)? MT_EPERM. */
int minisign_verify_comment(
	const struct minisign_key *key, const struct minisign_sig *sig, struct err *e);

/* --- for authors: making keys and signatures ------------------------------------------------------- */

enum minisign_effort {
	MINISIGN_SENSITIVE,   /* 1 GB and some seconds of scrypt, as minisign does */
	MINISIGN_INTERACTIVE, /* 16 MB: small machines, tests */
};

int minisign_make(struct minisign_secret *ret_secret, struct minisign_key *ret_key);
/* A key file's text, in the arena. */
const char *minisign_key_text(struct arena *p, const struct minisign_key *key);
/* A secret file's text; password NULL or "" = not encrypted. MT_EFULL without memory for scrypt. */
int minisign_secret_text(struct arena *p, const struct minisign_secret *secret,
	const char *password, enum minisign_effort effort, const char **ret, struct err *e);
/* MT_EAUTH: it is encrypted, and password is NULL or another one. */
int minisign_secret_read(struct minisign_secret *ret, const char *text, size_t len,
	const char *password, struct err *e);
void minisign_wipe(struct minisign_secret *secret);
/* A signature file's text over a digest; comments are one line. MT_EINVAL. */
int minisign_sign(struct arena *p, const struct minisign_secret *secret,
	const unsigned char digest[MINISIGN_DIGEST], const char *untrusted, const char *trusted,
	const char **ret, struct err *e);

#endif
