/* passkey.c - what passkeys make and sign, checked: see passkey.h. */
#include "crypt/passkey.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

/* Authenticator data begins with the hash of the host, flags and counter. */
#define HEAD 37
#define UP 0x01
#define UV 0x04

static const int ALGORITHMS[] = {COSE_ES256, COSE_EDDSA, COSE_RS256};

void passkey_init(void)
{
	fido_init(0);
}

static enum passkey_verdict check_head(const char *rp, struct bytes data)
{
	unsigned char host[crypto_hash_sha256_BYTES];

	if (data.n < HEAD)
		return PASSKEY_BROKEN;
	crypto_hash_sha256(host, (const unsigned char *)rp, strlen(rp));
	if (memcmp(host, data.at, sizeof(host)) != 0)
		return PASSKEY_ELSEWHERE;
	return (data.at[sizeof(host)] & (UP | UV)) == (UP | UV) ? PASSKEY_GOOD : PASSKEY_UNVERIFIED;
}

static enum passkey_verdict take(const fido_cred_t *cred, int alg, struct passkey *ret)
{
	size_t n_id = fido_cred_id_len(cred), n_key = fido_cred_pubkey_len(cred);

	if (n_id == 0 || n_id > sizeof(ret->id) || n_key == 0 || n_key > sizeof(ret->key))
		return PASSKEY_BROKEN;
	*ret = (struct passkey){
		.alg = alg, .n_id = n_id, .n_key = n_key, .counter = fido_cred_sigcount(cred)};
	memcpy(ret->id, fido_cred_id_ptr(cred), n_id);
	memcpy(ret->key, fido_cred_pubkey_ptr(cred), n_key);
	return PASSKEY_GOOD;
}

enum passkey_verdict passkey_read(const char *rp, struct bytes data, struct passkey *ret)
{
	enum passkey_verdict v = check_head(rp, data);

	if (v != PASSKEY_GOOD)
		return v;
	v = PASSKEY_BROKEN;
	/* libfido2 reads a key of the kind that it is to expect. */
	for (size_t i = 0; v != PASSKEY_GOOD && i < sizeof(ALGORITHMS) / sizeof(*ALGORITHMS); i++) {
		fido_cred_t *cred = fido_cred_new();

		if (cred && fido_cred_set_type(cred, ALGORITHMS[i]) == FIDO_OK &&
			fido_cred_set_authdata_raw(cred, data.at, data.n) == FIDO_OK)
			v = take(cred, ALGORITHMS[i], ret);
		fido_cred_free(&cred);
	}
	return v;
}

/* Of the form in which fido_cred_pubkey_ptr() gave it. */
struct key {
	es256_pk_t *es256;
	eddsa_pk_t *eddsa;
	rs256_pk_t *rs256;
};

static const void *key_open(int alg, struct bytes key, struct key *k)
{
	switch (alg) {
	case COSE_ES256:
		k->es256 = es256_pk_new();
		return k->es256 && es256_pk_from_ptr(k->es256, key.at, key.n) == FIDO_OK ? k->es256
											 : NULL;
	case COSE_EDDSA:
		k->eddsa = eddsa_pk_new();
		return k->eddsa && eddsa_pk_from_ptr(k->eddsa, key.at, key.n) == FIDO_OK ? k->eddsa
											 : NULL;
	case COSE_RS256:
		k->rs256 = rs256_pk_new();
		return k->rs256 && rs256_pk_from_ptr(k->rs256, key.at, key.n) == FIDO_OK ? k->rs256
											 : NULL;
	default:
		return NULL;
	}
}

static void key_free(struct key *k)
{
	es256_pk_free(&k->es256);
	eddsa_pk_free(&k->eddsa);
	rs256_pk_free(&k->rs256);
}

static bool fill(fido_assert_t *a, const char *rp, struct bytes client, struct bytes data,
	struct bytes signature)
{
	return fido_assert_set_clientdata(a, client.at, client.n) == FIDO_OK &&
	       fido_assert_set_rp(a, rp) == FIDO_OK && fido_assert_set_count(a, 1) == FIDO_OK &&
	       fido_assert_set_up(a, FIDO_OPT_TRUE) == FIDO_OK &&
	       fido_assert_set_uv(a, FIDO_OPT_TRUE) == FIDO_OK &&
	       fido_assert_set_authdata_raw(a, 0, data.at, data.n) == FIDO_OK &&
	       fido_assert_set_sig(a, 0, signature.at, signature.n) == FIDO_OK;
}

enum passkey_verdict passkey_verify(const char *rp, int alg, struct bytes key, struct bytes client,
	struct bytes data, struct bytes signature, uint32_t *ret_counter)
{
	enum passkey_verdict v = check_head(rp, data);
	struct key k = {NULL, NULL, NULL};
	fido_assert_t *a;
	const void *pk;

	if (v != PASSKEY_GOOD)
		return v;
	a = fido_assert_new();
	pk = key_open(alg, key, &k);
	if (!a || !pk || !fill(a, rp, client, data, signature))
		v = PASSKEY_BROKEN;
	else if (fido_assert_verify(a, 0, alg, pk) != FIDO_OK)
		v = PASSKEY_FORGED;
	else
		*ret_counter = fido_assert_sigcount(a, 0);
	key_free(&k);
	fido_assert_free(&a);
	return v;
}

const char *passkey_why(enum passkey_verdict v)
{
	switch (v) {
	case PASSKEY_GOOD:
		return "good";
	case PASSKEY_BROKEN:
		return "unreadable, or a key of another kind";
	case PASSKEY_ELSEWHERE:
		return "made for another host";
	case PASSKEY_UNVERIFIED:
		return "the device didn't check who uses it";
	case PASSKEY_FORGED:
		return "the signature is wrong";
	}
	return "";
}
