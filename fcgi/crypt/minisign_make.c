/* minisign_make.c - making keys and signatures, and secret files: see minisign.h. */
#include <sodium.h>
#include <string.h>
#include "base/utf8.h"
#include "crypt/minisign.h"
#include "crypt/minisign_impl.h"

#define OPS_MAX (1ULL << 26) /* a secret file with higher limits is not minisign's */
#define MEMORY_MAX (1ULL << 31)

/* As in the file; all bytes, so there is no padding. */
struct raw_secret {
	unsigned char algorithm[2], kdf[2], checksum[2];
	unsigned char salt[32];
	unsigned char ops[8], memory[8];
	struct hidden {
		unsigned char id[8];
		unsigned char key[64];
		unsigned char sum[32];
	} hidden;
};

_Static_assert(sizeof(struct raw_secret) == 158, "a secret key's length");

static void put_number(unsigned char to[8], unsigned long long n)
{
	for (int i = 0; i < 8; i++, n >>= 8)
		to[i] = (unsigned char)n;
}

static unsigned long long get_number(const unsigned char from[8])
{
	unsigned long long n = 0;

	for (int i = 7; i >= 0; i--)
		n = n << 8 | from[i];
	return n;
}

static void checksum(unsigned char ret[32], const struct raw_secret *raw)
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, NULL, 0, 32);
	crypto_generichash_update(&st, raw->algorithm, sizeof(raw->algorithm));
	crypto_generichash_update(&st, raw->hidden.id, sizeof(raw->hidden.id));
	crypto_generichash_update(&st, raw->hidden.key, sizeof(raw->hidden.key));
	crypto_generichash_final(&st, ret, 32);
}

/* Encrypts or decrypts what is hidden. */
static int apply_password(struct raw_secret *raw, const char *password, struct err *e)
{
	unsigned char stream[sizeof(raw->hidden)], *bytes = (unsigned char *)&raw->hidden;
	unsigned long long ops = get_number(raw->ops), memory = get_number(raw->memory);

	if (ops > OPS_MAX || memory > MEMORY_MAX)
		return err_set(e, MT_EINVAL,
			"Wants more time or memory for its password than any key of minisign");
	if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof(stream), password, strlen(password),
		    raw->salt, ops, (size_t)memory) < 0)
		return err_set(e, MT_EFULL,
			"There is too little memory for the password: %llu MB are needed",
			memory >> 20);
	for (size_t i = 0; i < sizeof(stream); i++)
		bytes[i] ^= stream[i];
	sodium_memzero(stream, sizeof(stream));
	return 0;
}

int minisign_make(struct minisign_secret *ret_secret, struct minisign_key *ret_key)
{
	if (crypto_sign_keypair(ret_key->key, ret_secret->key) < 0)
		return MT_EINTERNAL;
	randombytes_buf(ret_key->id, sizeof(ret_key->id));
	memcpy(ret_secret->id, ret_key->id, sizeof(ret_secret->id));
	return 0;
}

void minisign_wipe(struct minisign_secret *secret)
{
	sodium_memzero(secret, sizeof(*secret));
}

const char *minisign_key_text(struct arena *p, const struct minisign_key *key)
{
	char id[MINISIGN_ID_LEN + 1], line[MINISIGN_KEY_LEN + 1];

	minisign_id(id, key->id);
	minisign_key_line(line, key);
	return arena_printf(p, MINISIGN_UNTRUSTED "minisign public key %s\n%s\n", id, line);
}

int minisign_secret_text(struct arena *p, const struct minisign_secret *secret,
	const char *password, enum minisign_effort effort, const char **ret, struct err *e)
{
	char text[sodium_base64_ENCODED_LEN(
		sizeof(struct raw_secret), sodium_base64_VARIANT_ORIGINAL)];
	struct raw_secret raw = {{'E', 'd'}, {0, 0}, {'B', '2'}, {0}, {0}, {0}, {{0}, {0}, {0}}};
	bool locked = password && *password;
	int rc = 0;

	memcpy(raw.hidden.id, secret->id, sizeof(raw.hidden.id));
	memcpy(raw.hidden.key, secret->key, sizeof(raw.hidden.key));
	checksum(raw.hidden.sum, &raw);
	if (locked) {
		memcpy(raw.kdf, "Sc", 2);
		randombytes_buf(raw.salt, sizeof(raw.salt));
		put_number(
			raw.ops, effort == MINISIGN_SENSITIVE
					 ? crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE
					 : crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_INTERACTIVE);
		put_number(raw.memory,
			effort == MINISIGN_SENSITIVE
				? crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE
				: crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_INTERACTIVE);
		rc = apply_password(&raw, password, e);
	}
	if (rc == 0) {
		sodium_bin2base64(text, sizeof(text), (const unsigned char *)&raw, sizeof(raw),
			sodium_base64_VARIANT_ORIGINAL);
		*ret = arena_printf(p, MINISIGN_UNTRUSTED "minisign %s secret key\n%s\n",
			locked ? "encrypted" : "unencrypted", text);
		sodium_memzero(text, sizeof(text));
	}
	sodium_memzero(&raw, sizeof(raw));
	return rc;
}

static int open_secret(struct raw_secret *raw, const char *password, struct err *e)
{
	unsigned char sum[32];
	bool locked = !memcmp(raw->kdf, "Sc", 2);
	int rc;

	if (memcmp(raw->algorithm, "Ed", 2) != 0 || memcmp(raw->checksum, "B2", 2) != 0 ||
		(!locked && memcmp(raw->kdf, "\0\0", 2) != 0))
		return err_set(e, MT_EINVAL, "Is no secret key of minisign: unknown algorithms");
	if (locked && !password)
		return err_set(e, MT_EAUTH, "Has a password");
	if (locked && (rc = apply_password(raw, password, e)) < 0)
		return rc;
	checksum(sum, raw);
	if (sodium_memcmp(sum, raw->hidden.sum, sizeof(sum)) == 0)
		return 0;
	if (!locked && sodium_is_zero(raw->hidden.sum, sizeof(raw->hidden.sum)))
		return 0; /* `minisign -G -W` writes none */
	return locked ? err_set(e, MT_EAUTH, "Has another password")
		      : err_set(e, MT_EINVAL, "Is damaged: its checksum is wrong");
}

int minisign_secret_read(struct minisign_secret *ret, const char *text, size_t len,
	const char *password, struct err *e)
{
	struct minisign_text t = {text, text + len};
	struct raw_secret raw;
	const char *comment;
	size_t n;
	int rc;

	if (len > MINISIGN_FILE_MAX || !minisign_comment(&t, MINISIGN_UNTRUSTED, &comment, &n) ||
		!minisign_base64(&t, &raw, sizeof(raw)) || !minisign_at_end(&t))
		return err_set(e, MT_EINVAL,
			"Is no secret key of minisign; wanted: a file of two lines that "
			"`mortise plugin keygen` or `minisign -G` made");
	rc = open_secret(&raw, password, e);
	if (rc == 0) {
		memcpy(ret->id, raw.hidden.id, sizeof(ret->id));
		memcpy(ret->key, raw.hidden.key, sizeof(ret->key));
	}
	sodium_memzero(&raw, sizeof(raw));
	return rc;
}

static bool is_line(const char *s, size_t max)
{
	return strlen(s) <= max && !strpbrk(s, "\r\n") && utf8_length(s, strlen(s)) >= 0;
}

int minisign_sign(struct arena *p, const struct minisign_secret *secret,
	const unsigned char digest[MINISIGN_DIGEST], const char *untrusted, const char *trusted,
	const char **ret, struct err *e)
{
	struct {
		unsigned char algorithm[2], id[8], sig[64];
	} raw = {{'E', 'D'}, {0}, {0}};
	unsigned char data[64 + MINISIGN_COMMENT_MAX], global[64];
	char sig_text[128], global_text[128];

	if (!is_line(untrusted, 1000) || !is_line(trusted, MINISIGN_COMMENT_MAX))
		return err_set(e, MT_EINVAL, "A signature's comment is one line of UTF-8 text");
	memcpy(raw.id, secret->id, sizeof(raw.id));
	crypto_sign_detached(raw.sig, NULL, digest, MINISIGN_DIGEST, secret->key);
	memcpy(data, raw.sig, sizeof(raw.sig));
	memcpy(data + sizeof(raw.sig), trusted, strlen(trusted));
	crypto_sign_detached(global, NULL, data, sizeof(raw.sig) + strlen(trusted), secret->key);
	sodium_bin2base64(sig_text, sizeof(sig_text), (const unsigned char *)&raw, sizeof(raw),
		sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(global_text, sizeof(global_text), global, sizeof(global),
		sodium_base64_VARIANT_ORIGINAL);
	*ret = arena_printf(p, MINISIGN_UNTRUSTED "%s\n%s\n" MINISIGN_TRUSTED "%s\n%s\n", untrusted,
		sig_text, trusted, global_text);
	return 0;
}
