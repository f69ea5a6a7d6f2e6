/* minisign.c - reading and verifying keys and signatures: see minisign.h. Making: minisign_make.c. */
#include "crypt/minisign.h"

#include <sodium.h>
#include <string.h>
#include "base/utf8.h"
#include "crypt/minisign_impl.h"

struct raw_key {
	unsigned char algorithm[2];
	unsigned char id[8];
	unsigned char key[32];
};

struct raw_sig {
	unsigned char algorithm[2];
	unsigned char id[8];
	unsigned char sig[64];
};

/* The next line without its end (LF or CR LF); false at the end of the text. */
static bool next_line(struct minisign_text *t, const char **ret, size_t *ret_len)
{
	const char *nl;

	if (t->at == t->end)
		return false;
	nl = memchr(t->at, '\n', (size_t)(t->end - t->at));
	*ret = t->at;
	*ret_len = (size_t)((nl ? nl : t->end) - t->at);
	t->at = nl ? nl + 1 : t->end;
	if (*ret_len > 0 && (*ret)[*ret_len - 1] == '\r')
		--*ret_len;
	return true;
}

/* "name: rest" -> rest. */
bool minisign_comment(struct minisign_text *t, const char *name, const char **ret, size_t *ret_len)
{
	size_t n = strlen(name);

	if (!next_line(t, ret, ret_len) || *ret_len < n || memcmp(*ret, name, n) != 0)
		return false;
	*ret += n;
	*ret_len -= n;
	return true;
}

/* A line of base64 that holds exactly n bytes. libsodium takes some bytes past ASCII for letters. */
bool minisign_base64(struct minisign_text *t, void *ret, size_t n)
{
	const char *line, *end;
	size_t len, got;

	if (!next_line(t, &line, &len))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] >= 0x80)
			return false;
	return sodium_base642bin(
		       ret, n, line, len, NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == n && end == line + len;
}

/* Nothing but line ends is left. */
bool minisign_at_end(const struct minisign_text *t)
{
	for (const char *c = t->at; c < t->end; c++)
		if (*c != '\n' && *c != '\r')
			return false;
	return true;
}

int minisign_key_read(struct minisign_key *ret, const char *text, size_t len, struct err *e)
{
	struct minisign_text t = {text, text + len};
	struct raw_key raw;
	const char *comment;
	size_t n;

	if (len > MINISIGN_FILE_MAX)
		return err_set(e, MT_EINVAL, "Is too long for a public key of minisign");
	if (!minisign_comment(&t, MINISIGN_UNTRUSTED, &comment, &n))
		t.at = text; /* the key alone */
	if (!minisign_base64(&t, &raw, sizeof(raw)) || !minisign_at_end(&t))
		return err_set(e, MT_EINVAL,
			"Is no public key of minisign; wanted: its .pub file, or the line that "
			"begins with RW");
	if (memcmp(raw.algorithm, "Ed", 2) != 0)
		return err_set(e, MT_EINVAL, "Is a key of another algorithm than Ed25519");
	memcpy(ret->id, raw.id, sizeof(ret->id));
	memcpy(ret->key, raw.key, sizeof(ret->key));
	return 0;
}

void minisign_key_line(char ret[MINISIGN_KEY_LEN + 1], const struct minisign_key *key)
{
	struct raw_key raw = {{'E', 'd'}, {0}, {0}};

	_Static_assert(sodium_base64_ENCODED_LEN(sizeof(raw), sodium_base64_VARIANT_ORIGINAL) ==
			       MINISIGN_KEY_LEN + 1,
		"length of a public key");
	memcpy(raw.id, key->id, sizeof(raw.id));
	memcpy(raw.key, key->key, sizeof(raw.key));
	sodium_bin2base64(ret, MINISIGN_KEY_LEN + 1, (const unsigned char *)&raw, sizeof(raw),
		sodium_base64_VARIANT_ORIGINAL);
}

/* The 8 bytes are a little-endian number. */
void minisign_id(char ret[MINISIGN_ID_LEN + 1], const unsigned char id[8])
{
	static const char digits[] = "0123456789ABCDEF";

	for (int i = 0; i < 8; i++) {
		ret[2 * i] = digits[id[7 - i] >> 4];
		ret[2 * i + 1] = digits[id[7 - i] & 15];
	}
	ret[MINISIGN_ID_LEN] = '\0';
}

static int no_signature(struct err *e, const char *why)
{
	return err_set(
		e, MT_EINVAL, "Is no signature of minisign: %s", message_part_plain(e->arena, why));
}

int minisign_sig_read(struct minisign_sig *ret, const char *text, size_t len, struct err *e)
{
	struct minisign_text t = {text, text + len};
	struct raw_sig raw;
	const char *comment;
	size_t n;

	if (len > MINISIGN_FILE_MAX)
		return no_signature(e, P_("it is longer than 16 kB"));
	if (!minisign_comment(&t, MINISIGN_UNTRUSTED, &comment, &n))
		return no_signature(e, P_("its first line is no \"untrusted comment: ...\""));
	if (!minisign_base64(&t, &raw, sizeof(raw)))
		return no_signature(e, P_("its second line is no base64 of 74 bytes"));
	if (!minisign_comment(&t, MINISIGN_TRUSTED, &comment, &n))
		return no_signature(e, P_("its third line is no \"trusted comment: ...\""));
	if (n > MINISIGN_COMMENT_MAX || memchr(comment, '\0', n) || utf8_length(comment, n) < 0)
		return no_signature(e, P_("its trusted comment is too long or isn't UTF-8 text"));
	if (!minisign_base64(&t, ret->global, sizeof(ret->global)))
		return no_signature(e, P_("its fourth line is no base64 of 64 bytes"));
	if (!minisign_at_end(&t))
		return no_signature(e, P_("it has more than four lines"));
	if (memcmp(raw.algorithm, "ED", 2) != 0 && memcmp(raw.algorithm, "Ed", 2) != 0)
		return no_signature(e, P_("its algorithm is neither ED nor Ed"));
	ret->prehashed = raw.algorithm[1] == 'D';
	memcpy(ret->id, raw.id, sizeof(ret->id));
	memcpy(ret->sig, raw.sig, sizeof(ret->sig));
	memcpy(ret->comment, comment, n);
	ret->comment[n] = '\0';
	return 0;
}

static int other_bytes(struct err *e)
{
	return err_set(e, MT_EPERM, "The signature is not over these bytes");
}

static bool other_key(const struct minisign_key *key, const struct minisign_sig *sig, struct err *e)
{
	if (memcmp(key->id, sig->id, sizeof(key->id)) == 0)
		return false;
	err_set(e, MT_EPERM, "The signature was made with another key");
	return true;
}

int minisign_verify(const struct minisign_key *key, const struct minisign_sig *sig,
	const unsigned char digest[MINISIGN_DIGEST], struct err *e)
{
	if (other_key(key, sig, e))
		return MT_EPERM;
	if (!sig->prehashed ||
		crypto_sign_verify_detached(sig->sig, digest, MINISIGN_DIGEST, key->key) < 0)
		return other_bytes(e);
	return 0;
}

int minisign_verify_legacy(const struct minisign_key *key, const struct minisign_sig *sig,
	const void *data, size_t len, struct err *e)
{
	if (other_key(key, sig, e))
		return MT_EPERM;
	if (sig->prehashed || crypto_sign_verify_detached(sig->sig, data, len, key->key) < 0)
		return other_bytes(e);
	return 0;
}

int minisign_verify_comment(
	const struct minisign_key *key, const struct minisign_sig *sig, struct err *e)
{
	unsigned char data[sizeof(sig->sig) + MINISIGN_COMMENT_MAX];
	size_t n = strlen(sig->comment);

	if (other_key(key, sig, e))
		return MT_EPERM;
	memcpy(data, sig->sig, sizeof(sig->sig));
	memcpy(data + sizeof(sig->sig), sig->comment, n);
	if (crypto_sign_verify_detached(sig->global, data, sizeof(sig->sig) + n, key->key) < 0)
		return err_set(e, MT_EPERM, "The trusted comment was changed after it was signed");
	return 0;
}
