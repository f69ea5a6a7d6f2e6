/*
 * trust.h - may this package's code run here: its signature, the operator's keys, the policy.
 *
 *	core		its ZIP is one of the bundled ones (share/mortise/marketplace)
 *	signed		a key of the trust store signed exactly these bytes
 *	unsigned	no signature, or one by a key that isn't in the trust store
 *	modified	a trusted key signed other bytes than these
 *	invalid		the signature can't be read, its comment was changed or names another plugin or
 *			version, or its key was revoked
 *
 * policy  core    signed  unsigned        modified        invalid required        yes     yes
 * no              no              no warn         yes     yes     yes             no
 * no off          yes     yes     yes             yes             yes
 *
 * A package is its ZIP's SHA-256; a signature is over the ZIP. So an old signature is not valid for
 * a new package, and a signature can be added later. Keys are rows of mortise.trust_keys.
 */
#ifndef TRUST_H
#define TRUST_H

#include <jansson.h>
#include <stdbool.h>
#include "auth/app.h"
#include "crypt/minisign.h"
#include "db/db.h"

enum trust_status { TRUST_CORE, TRUST_SIGNED, TRUST_UNSIGNED, TRUST_MODIFIED, TRUST_INVALID };

struct trust {
	enum trust_status status;
	char key_id[MINISIGN_ID_LEN + 1]; /* "" = no signature that can be read */
	const char *key_name;		  /* NULL = not in the trust store */
	const char *comment;		  /* the trusted comment, once it was verified; else NULL */
	const char *reason;		  /* why it isn't core or signed, for a person; else NULL */
	bool allowed;			  /* by the policy */
};

/* Known facts of a package; blake2b, its hash that signatures are over, may be NULL. */
struct trust_facts {
	const char *sha256;
	const char *key;
	const char *version;
	const char *signature; /* minisign's file, NULL = none */
	const char *blake2b;
	const char *file; /* the ZIP on disk, NULL = take it from the database when it is needed */
};

/* The trust store and the bundled packages, as they are now, for as long as the operation. */
struct trust_store;
int trust_load(struct op *op, struct trust_store **ret);
/* A store of one key, or of none (NULL), without a database: for packages on disk. Its policy is
 * "warn". */
struct trust_store *trust_of_key(struct op *op, const struct minisign_key *key, const char *name);
/* Judges a package. The verdict is in *ret; an error, of the store's operation, means that it couldn't be
 * judged. */
int trust_judge(struct trust_store *s, const struct trust_facts *facts, struct trust *ret);
/* May the package of a row run here: made for this host, and allowed by the policy? Its columns: hash, key,
 * version, signature, blake2b, "host" and "abi" of its manifest. */
int trust_row(struct trust_store *s, const struct rows *rows, int i, bool *ret_may);
/* {id, name, addedAt, revokedAt} of each key, a new reference. */
json_t *trust_keys_json(const struct trust_store *s);

struct package;
/* A package being uploaded, with its signature (NULL = none): fills blake2b, signature and a line
 * of checks. A signature that isn't good is a fault at "/signature". */
int trust_package(
	struct trust_store *s, struct package *pkg, const char *signature, struct trust *ret);

bool trust_allows(const struct conf *c, enum trust_status status);
const char *trust_name(enum trust_status status); /* "core", "signed", ... */
/* 0, or MT_ECONFLICT of the type "trust-required" with the policy's reason. */
int trust_require(struct op *op, const struct trust *t, const char *what);
/* {status, keyId, keyName, comment, reason, reasonText, allowed}, a new reference; p is that of the
 * judgement. */
json_t *trust_json(const struct arena *p, const struct trust *t);

#endif
