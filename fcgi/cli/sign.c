/*
 * sign.c - `mortise plugin keygen` and `mortise plugin sign`: an author's key, and the detached
 * signature of a package, in minisign's formats, so that `minisign` reads and makes them as well.
 *
 * The trusted comment names what was signed: plugin, version and SHA-256. A password is prompted for at
 * a terminal, else it is the first line of standard input, which may be empty.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/id.h"
#include "cli/plugin.h"
#include "crypt/minisign.h"
#include "package/digest.h"
#include "package/package.h"

static int write_text(struct op *op, const char *path, const char *text, mode_t mode)
{
	return cli_write_new(op, path, text, strlen(text), mode);
}

static int write_keys(struct cli *c, char password[CLI_PASSWORD_MAX])
{
	const char *path = c->word[0];
	struct op *op = &c->op;
	const char *public_path = arena_printf(op->arena, "%s.pub", path), *text;
	struct minisign_secret secret;
	struct minisign_key key;
	char id[MINISIGN_ID_LEN + 1];
	int rc;

	if (!cli_given(c, "--no-password") &&
		(rc = cli_password_choose(
			 op, "Password of the new key (empty = none): ", password)) < 0)
		return rc;
	if (access(public_path, F_OK) == 0) {
		errno = EEXIST;
		return cli_errno(op, public_path);
	}
	if (minisign_make(&secret, &key) < 0)
		return op_fail(op, MT_EINTERNAL, "Can't make a key");
	rc = minisign_secret_text(
		op->arena, &secret, password, MINISIGN_SENSITIVE, &text, &op->err);
	minisign_wipe(&secret);
	if (rc < 0 || (rc = write_text(op, path, text, 0600)) < 0 ||
		(rc = write_text(op, public_path, minisign_key_text(op->arena, &key), 0644)) < 0)
		return rc;
	minisign_id(id, key.id);
	printf("%s  the secret key%s: keep it to yourself\n", path,
		password[0] ? "" : ", without a password");
	printf("%s  the public key %s: operators add it with `mortise trust add`\n", public_path,
		id);
	return 0;
}

static int run_keygen(struct cli *c)
{
	char password[CLI_PASSWORD_MAX] = "";
	int rc;

	if (sodium_init() < 0)
		abort();
	rc = write_keys(c, password);
	sodium_memzero(password, sizeof(password));
	return rc;
}

/* Prompts for a password only when the key has one. */
static int open_secret(struct op *op, const char *path, const char *text, size_t n,
	char password[CLI_PASSWORD_MAX], struct minisign_secret *ret)
{
	int rc = minisign_secret_read(ret, text, n, NULL, &op->err);

	if (rc != MT_EAUTH)
		return rc;
	op_clear(op);
	rc = cli_password_read(op, arena_printf(op->arena, "Password of %s: ", path), password);
	return rc < 0 ? rc : minisign_secret_read(ret, text, n, password, &op->err);
}

static int read_secret(struct op *op, const char *path, struct minisign_secret *ret)
{
	char password[CLI_PASSWORD_MAX] = "", *text;
	size_t n;
	int rc;

	if ((rc = cli_read_file(op, path, &text, &n)) < 0)
		return rc;
	rc = open_secret(op, path, text, n, password, ret);
	sodium_memzero(password, sizeof(password));
	sodium_memzero(text, n);
	return cli_about(op, path, rc);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int sign(
	struct op *op, const char *zip, const struct minisign_secret *secret, const char **ret)
{
	char hex[DIGEST_BLAKE2B_HEX], id[MINISIGN_ID_LEN + 1];
	unsigned char digest[MINISIGN_DIGEST];
	struct package pkg;
	size_t n;
	int rc;

	if ((rc = package_read(op->arena, zip, &pkg, &op->err)) < 0 ||
		(rc = digest_blake2b(zip, hex, &op->err)) < 0)
		return rc;
	(void)id_unhex(digest, sizeof(digest), hex, &n);
	minisign_id(id, secret->id);
	return minisign_sign(op->arena, secret, digest,
		arena_printf(op->arena, "signature from mortise, key %s", id),
		arena_printf(op->arena, "timestamp:%lld\tfile:%s\tkey:%s\tversion:%s\tsha256:%s",
			(long long)time(NULL), base_name(zip), pkg.manifest.key,
			pkg.manifest.version, pkg.sha256),
		ret, &op->err);
}

static int run_sign(struct cli *c)
{
	const char *zip = c->word[0], *key = cli_given(c, "-s"), *text;
	const char *out = arena_printf(c->op.arena, "%s.minisig", zip);
	struct minisign_secret secret;
	struct op *op = &c->op;
	int rc;

	if (sodium_init() < 0)
		abort();
	if (!key)
		return op_fail(op, MT_EINVAL,
			"Name the secret key with -s FILE: `mortise plugin keygen` or `minisign -G` makes "
			"one");
	if (access(zip, R_OK) < 0)
		return cli_errno(op, zip);
	if ((rc = read_secret(op, key, &secret)) < 0)
		return rc;
	rc = sign(op, zip, &secret, &text);
	minisign_wipe(&secret);
	if (rc < 0 || (rc = cli_replace_file(op, out, text, strlen(text), 0644, NULL)) < 0)
		return rc;
	puts(out);
	return 0;
}

static const struct cli_option KEYGEN_OPTIONS[] = {
	{"--no-password", NULL, "leave the file unencrypted, without a prompt"},
	{0},
};

const struct cli_command plugin_keygen = {
	.name = "keygen",
	.usage = "FILE",
	.summary = "make a key for signing: FILE, secret, and FILE.pub",
	.help = "Both are files of minisign. The password is prompted for, or the first line of standard\n"
		"input; an empty one leaves the file unencrypted.\n",
	.least = 1,
	.most = 1,
	.options = KEYGEN_OPTIONS,
	.run = run_keygen,
};

static const struct cli_option SIGN_OPTIONS[] = {
	{"-s", "FILE", "the secret key"},
	{0},
};

const struct cli_command plugin_sign = {
	.name = "sign",
	.usage = "PACKAGE.zip",
	.summary = "sign a package: PACKAGE.zip.minisig",
	.help = "The package is checked first. The signature covers its bytes and names plugin, version and\n"
		"SHA-256. `minisign -V` verifies it.\n",
	.least = 1,
	.most = 1,
	.options = SIGN_OPTIONS,
	.run = run_sign,
};
