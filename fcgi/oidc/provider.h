/*
 * provider.h - a provider of OpenID Connect, and what is asked of it over mortise-fetch.
 *
 * Its discovery document and its keys are in its row, for an hour; keys are fetched anew when a token
 * names one that isn't there, and then the old ones count no more. All requests of one sign-in
 * together have PROVIDER_MS. One that doesn't answer is silent for PROVIDER_SILENT_S, in which
 * nobody waits for it.
 *
 * What a provider did wrong is MT_EUPSTREAM, a token that isn't right MT_EAUTH; the messages are for
 * the log, the audit log and somebody who sets a provider up.
 */
#ifndef OIDC_PROVIDER_H
#define OIDC_PROVIDER_H

#include <stdbool.h>
#include "auth/app.h"
#include "base/json.h"
#include "crypt/seal.h"

#define PROVIDER_MS 5000
#define PROVIDER_SILENT_S 10

struct provider {
	const char *id; /* NULL = it is only checked */
	int tenant;	/* 0 = the server's */
	const char *name, *issuer, *client_id, *scopes, *role_claim;
	json_t *secrets; /* sealed; NULL = a public client */
	int key_id;
	json_t *document, *keys; /* NULL = not fetched yet */
	int64_t until;		 /* clock_ms(): no request takes longer */
	bool silent;		 /* it didn't answer just now, or lately */
};

/* MT_ENOENT when there is none, or it is switched off. */
int provider_find(struct op *op, const char *id, struct provider *ret);
/* One that is only checked. */
void provider_init(struct provider *p, const char *issuer);
int provider_need_document(struct op *op, struct provider *p);
/* renew: those that are there lack one that a token names. */
int provider_need_keys(struct op *op, struct provider *p, bool renew);
/* "" when the document has none. */
const char *provider_endpoint(const struct provider *p, const char *name);
/* The answer to an authorization code: an object with id_token. */
int provider_redeem(
	struct op *op, struct provider *p, const char *code, const char *verifier, json_t **ret);
int provider_userinfo(struct op *op, struct provider *p, const char *access_token, json_t **ret);

/* A client secret for its row, sealed as that of a plugin with a name that none has, by this key of the ring
 * (0 = the newest). *ret_key: by which one. */
const char *provider_seal(struct arena *p, const struct seal_ring *ring, int key_id, const char *id,
	int tenant, const char *secret, const char **ret_key);

#endif
