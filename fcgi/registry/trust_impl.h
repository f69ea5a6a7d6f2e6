/* trust_impl.h - what trust.c and trust_store.c share. */
#ifndef TRUST_IMPL_H
#define TRUST_IMPL_H

#include "registry/trust.h"

struct trust_key {
	const char *id;
	struct minisign_key key;
	const char *name;
	const char *added_at;
	const char *revoked_at; /* RFC 3339, or NULL */
};

struct trust_store {
	struct op *op;
	const struct conf *conf; /* the policy, and where bundled packages lie */
	int n;
	struct trust_key *key;
	bool core_read; /* the bundled packages, read when first needed */
	int n_core;
	const char **core; /* hashes */
};

/* Is it one of the bundled packages? */
bool trust_is_core(struct trust_store *s, const char *sha256);

const struct trust_key *trust_find_key(const struct trust_store *s, const char *id); /* or NULL */
/* A file's bytes in memory, for as long as the arena. */
int trust_map(struct op *op, const char *file, void **ret, size_t *ret_len);
/* The comment as it may be shown: control characters as spaces. */
const char *trust_printable(struct arena *p, const char *comment);

#endif
