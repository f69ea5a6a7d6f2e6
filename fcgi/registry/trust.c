/* trust.c - judging a package's signature: see trust.h. Keys and bundled packages: trust_store.c. */
#include <sodium.h>
#include <string.h>
#include "base/id.h"
#include "base/json.h"
#include "package/digest.h"
#include "package/fault.h"
#include "package/package.h"
#include "registry/store.h"
#include "registry/trust.h"
#include "registry/trust_impl.h"

static const char *const NAMES[] = {"core", "signed", "unsigned", "modified", "invalid"};

bool trust_allows(const struct conf *c, enum trust_status status)
{
	if (status <= TRUST_SIGNED || !strcmp(c->trust_policy, "off"))
		return true;
	return status == TRUST_UNSIGNED && !strcmp(c->trust_policy, "warn");
}

const char *trust_name(enum trust_status status)
{
	return NAMES[status];
}

int trust_require(struct op *op, const struct trust *t, const char *what)
{
	const struct conf *c = &op->app->conf;
	const char *why =
		t->reason ? t->reason : message_part(op->arena, "its code is not trusted");

	if (trust_allows(c, t->status))
		return 0;
	if (!strcmp(c->trust_policy, "required"))
		return op_refuse(op, MT_ECONFLICT, "trust-required",
			"%s is %s: %s; this server takes packages with the signature of a trusted key"
			" only (trust_policy = required)",
			what, trust_name(t->status), why);
	return op_refuse(op, MT_ECONFLICT, "trust-required",
		"%s is %s: %s; this server takes no packages with a bad signature (trust_policy = %s)",
		what, trust_name(t->status), why, c->trust_policy);
}

json_t *trust_json(const struct arena *p, const struct trust *t)
{
	return json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:b}", "status", trust_name(t->status),
		"keyId", t->key_id[0] ? t->key_id : NULL, "keyName", t->key_name, "comment",
		t->comment, "reason", t->reason, "reasonText", json_message(p, t->reason),
		"allowed", t->allowed);
}

static int verdict(struct trust *t, enum trust_status status, const char *reason)
{
	t->status = status;
	t->reason = reason;
	return 0;
}

/* The word after "name:" in a trusted comment of `mortise plugin sign`; NULL when it has none. */
static const char *word_of(struct arena *p, const char *comment, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = comment; *at; at += strcspn(at, " \t")) {
		at += strspn(at, " \t");
		if (!strncmp(at, name, n) && at[n] == ':')
			return arena_strndup(p, at + n + 1, strcspn(at + n + 1, " \t"));
	}
	return NULL;
}

/* Judgements that needed the whole ZIP: signatures over the file itself, and packages whose hash
 * was not stored. The result depends on package, key and signature alone, so a process computes and
 * caches it once. */
#define KNOWN_MAX 64
static struct {
	unsigned char id[crypto_generichash_BYTES];
	int rc; /* 0 or MT_EPERM */
} known[KNOWN_MAX];
static int n_known, next_known;

static void known_id(unsigned char ret[crypto_generichash_BYTES], const struct trust_facts *f,
	const struct minisign_key *key)
{
	crypto_generichash_state h;

	crypto_generichash_init(&h, NULL, 0, crypto_generichash_BYTES);
	crypto_generichash_update(&h, (const unsigned char *)key, sizeof(*key));
	crypto_generichash_update(&h, (const unsigned char *)f->sha256, strlen(f->sha256) + 1);
	crypto_generichash_update(
		&h, (const unsigned char *)f->signature, strlen(f->signature) + 1);
	crypto_generichash_final(&h, ret, crypto_generichash_BYTES);
}

static bool is_known(const unsigned char id[crypto_generichash_BYTES], int *ret_rc)
{
	for (int i = 0; i < n_known; i++)
		if (!memcmp(known[i].id, id, sizeof(known[i].id))) {
			*ret_rc = known[i].rc;
			return true;
		}
	return false;
}

static void remember(const unsigned char id[crypto_generichash_BYTES], int rc)
{
	if (rc != 0 && rc != MT_EPERM)
		return;
	memcpy(known[next_known].id, id, sizeof(known[next_known].id));
	known[next_known].rc = rc;
	next_known = (next_known + 1) % KNOWN_MAX;
	n_known += n_known < KNOWN_MAX;
}

/* Is the signature over the package's bytes? MT_EPERM when not. */
static int verify_file(struct op *op, const struct trust_facts *f, const struct minisign_key *key,
	const struct minisign_sig *sig)
{
	unsigned char digest[MINISIGN_DIGEST];
	const char *file = f->file, *hex = f->blake2b;
	char of_file[DIGEST_BLAKE2B_HEX];
	size_t n;
	void *data;
	int rc;

	if (!file && (!sig->prehashed || !hex) && (rc = store_fetch(op, f->sha256, &file)) < 0)
		return rc;
	if (!sig->prehashed) {
		rc = trust_map(op, file, &data, &n);
		return rc < 0 ? rc : minisign_verify_legacy(key, sig, data, n, &op->err);
	}
	if (file) {
		if ((rc = digest_blake2b(file, of_file, &op->err)) < 0)
			return rc;
		hex = of_file;
	}
	if (id_unhex(digest, sizeof(digest), hex, &n) < 0 || n != sizeof(digest))
		return op_fail(op, MT_EINTERNAL, "The package's hash can't be read");
	return minisign_verify(key, sig, digest, &op->err);
}

static int verify_bytes(struct op *op, const struct trust_facts *f, const struct minisign_key *key,
	const struct minisign_sig *sig)
{
	unsigned char id[crypto_generichash_BYTES];
	int rc;

	if (f->file || (sig->prehashed && f->blake2b))
		return verify_file(op, f, key, sig);
	known_id(id, f, key);
	if (is_known(id, &rc))
		return rc < 0 ? op_fail(op, rc, "The signature is over other bytes") : 0;
	rc = verify_file(op, f, key, sig);
	remember(id, rc);
	return rc;
}

/* A valid signature whose comment names what it was made for. */
static const char *other_purpose(
	struct arena *p, const struct trust_facts *f, const struct minisign_sig *sig)
{
	const char *key = word_of(p, sig->comment, "key");
	const char *version = word_of(p, sig->comment, "version");
	const char *sha256 = word_of(p, sig->comment, "sha256");

	if (key && f->key && strcmp(key, f->key) != 0)
		return message_part(
			p, "its signature was made for the plugin %.60s, not for %s", key, f->key);
	if (version && f->version && strcmp(version, f->version) != 0)
		return message_part(p,
			"its signature was made for version %.60s, and this is %s: an old one can't "
			"be used again",
			version, f->version);
	if (sha256 && strcmp(sha256, f->sha256) != 0)
		return message_part(p, "its signature was made for a package with another SHA-256");
	return NULL;
}

/* The comment is genuine, and still the signature is over something else. */
static const char *other_bytes(
	struct arena *p, const struct trust_facts *f, const struct minisign_sig *sig)
{
	const char *why = other_purpose(p, f, sig);

	return why ? why
		   : message_part(p,
			     "its signature is over other bytes: the package was changed after it "
			     "was signed, or it is the signature of another file");
}

/* By a key of the trust store. */
static int judge_known(struct trust_store *s, const struct trust_facts *f,
	const struct trust_key *key, const struct minisign_sig *sig, struct trust *ret)
{
	struct op *op = s->op;
	struct err kept, why;
	const char *purpose;
	int rc;

	if (key->revoked_at)
		return verdict(ret, TRUST_INVALID,
			message_part(op->arena, "its key %s (%s) was revoked at %s", ret->key_id,
				key->name, key->revoked_at));
	if (minisign_verify_comment(&key->key, sig, err_new(op->arena)) < 0)
		return verdict(ret, TRUST_INVALID,
			message_part(op->arena,
				"its signature or the trusted comment in it was changed, or made "
				"with another key of the same id"));
	ret->comment = trust_printable(op->arena, sig->comment);
	kept = op_try(op);
	rc = verify_bytes(op, f, &key->key, sig);
	why = op_tried(op, kept);
	if (rc == MT_EPERM)
		return verdict(ret, TRUST_MODIFIED, other_bytes(op->arena, f, sig));
	if (rc < 0) {
		op->err = why;
		return rc;
	}
	purpose = other_purpose(op->arena, f, sig);
	return verdict(ret, purpose ? TRUST_INVALID : TRUST_SIGNED, purpose);
}

static int judge_signature(struct trust_store *s, const struct trust_facts *f, struct trust *ret)
{
	struct arena *p = s->op->arena;
	struct minisign_sig *sig = arena_zalloc(p, sizeof(*sig));
	struct err *why = err_new(p);
	const struct trust_key *key;

	if (minisign_sig_read(sig, f->signature, strlen(f->signature), why) < 0)
		return verdict(ret, TRUST_INVALID,
			message_part(p, "what came as its signature: %s", err_part(p, why)));
	minisign_id(ret->key_id, sig->id);
	key = trust_find_key(s, ret->key_id);
	if (!key)
		return verdict(ret, TRUST_UNSIGNED,
			message_part(p,
				"it is signed with the key %s, which is not in the trust store",
				ret->key_id));
	ret->key_name = key->name;
	return judge_known(s, f, key, sig, ret);
}

int trust_judge(struct trust_store *s, const struct trust_facts *f, struct trust *ret)
{
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	if (trust_is_core(s, f->sha256))
		ret->status = TRUST_CORE;
	else if (!f->signature)
		verdict(ret, TRUST_UNSIGNED, message_part(s->op->arena, "it has no signature"));
	else
		rc = judge_signature(s, f, ret);
	ret->allowed = rc == 0 && trust_allows(s->conf, ret->status);
	return rc;
}

int trust_row(struct trust_store *s, const struct rows *rows, int i, bool *ret_may)
{
	const struct trust_facts facts = {.sha256 = row_text(rows, i, 0),
		.key = row_text(rows, i, 1),
		.version = row_text(rows, i, 2),
		.signature = row_text(rows, i, 3),
		.blake2b = row_text(rows, i, 4)};
	json_t *head = json_pack("{s:s?, s:I}", "host", row_text(rows, i, 5), "abi",
		(json_int_t)row_int(rows, i, 6));
	struct trust t;
	int rc;

	json_own(s->op->arena, head);
	*ret_may = false;
	if (manifest_unfit(s->op->arena, head))
		return 0;
	if ((rc = trust_judge(s, &facts, &t)) < 0)
		return rc;
	*ret_may = t.allowed;
	return 0;
}

int trust_package(
	struct trust_store *s, struct package *pkg, const char *signature, struct trust *ret)
{
	struct err *e = &s->op->err;
	struct trust_facts facts = {.sha256 = pkg->sha256,
		.key = pkg->manifest.key,
		.version = pkg->manifest.version,
		.signature = signature,
		.blake2b = pkg->blake2b,
		.file = pkg->file};
	int rc;

	if ((rc = digest_blake2b(pkg->file, pkg->blake2b, e)) < 0 ||
		(rc = trust_judge(s, &facts, ret)) < 0)
		return rc;
	if (ret->status == TRUST_MODIFIED || ret->status == TRUST_INVALID)
		return fault_plain(e, "/signature", ret->reason);
	pkg->signature = arena_strdup(s->op->arena, signature);
	pkg->signed_well = ret->status == TRUST_SIGNED;
	package_checked(pkg, "signature",
		pkg->signed_well ? message_part(s->op->arena, "signed by %s", ret->key_name)
		: ret->reason	 ? ret->reason
				 : message_part(s->op->arena, "it comes with Mortise"));
	return 0;
}
