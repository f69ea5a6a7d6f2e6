/*
 * sign.c - `mortise plugin keygen` and `mortise plugin sign`: an author's key, and the detached
 * signature of a package, in minisign's formats, so that `minisign` reads and makes them as well.
 *
 * The trusted comment names what was signed: plugin, version and SHA-256. The password is read from
 * the terminal, or else is the first line of standard input, which may be empty.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "base/id.h"
#include "cli/cli.h"
#include "cli/plugin.h"
#include "crypt/minisign.h"
#include "package/digest.h"
#include "package/package.h"
#include "registry/trust.h"

#define PASSWORD_MAX 1024

/* One line without its end, without showing it at a terminal. */
static int ask_password(const char *prompt, char ret[PASSWORD_MAX], struct err *e)
{
	bool terminal = isatty(STDIN_FILENO);
	struct termios before, quiet;

	ret[0] = '\0';
	if (terminal) {
		fputs(prompt, stderr);
		if (tcgetattr(STDIN_FILENO, &before) < 0)
			return err_set(e, MT_EINTERNAL, "terminal: %s", strerror(errno));
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	if (!fgets(ret, PASSWORD_MAX, stdin))
		ret[0] = '\0';
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (strlen(ret) == PASSWORD_MAX - 1)
		return err_set(e, MT_EINVAL, "a password has at most %d bytes", PASSWORD_MAX - 2);
	ret[strcspn(ret, "\r\n")] = '\0';
	return 0;
}

static int ask_twice(char ret[PASSWORD_MAX], struct err *e)
{
	char again[PASSWORD_MAX];
	int rc = ask_password("Password of the new key (empty = none): ", ret, e);

	if (rc < 0 || !isatty(STDIN_FILENO) || !ret[0])
		return rc;
	rc = ask_password("The same again: ", again, e);
	if (rc == 0 && strcmp(ret, again) != 0)
		rc = err_set(e, MT_EINVAL, "the two passwords differ");
	sodium_memzero(again, sizeof(again));
	return rc;
}

/* A new file; what is there stays. */
static int write_new(const char *path, const char *text, mode_t mode, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	size_t n = strlen(text);
	ssize_t done;

	if (fd < 0)
		return err_set(e, errno == EEXIST ? MT_ECONFLICT : MT_EINVAL, "%s: %s", path,
			errno == EEXIST ? "is there already" : strerror(errno));
	done = write(fd, text, n);
	if (close(fd) < 0 || done != (ssize_t)n) {
		unlink(path);
		return err_set(e, MT_EFULL, "%s can't be written", path);
	}
	return 0;
}

static int write_keys(struct plugin_args *a, const char *path, const char *password)
{
	const char *public_path = arena_printf(a->arena, "%s.pub", path), *text;
	struct minisign_secret secret;
	struct minisign_key key;
	char id[MINISIGN_ID_LEN + 1];
	int rc = 0;

	if (access(public_path, F_OK) == 0)
		return err_set(a->err, MT_ECONFLICT, "%s: is there already", public_path);
	if (minisign_make(&secret, &key) < 0)
		return err_set(a->err, MT_EINTERNAL, "no key could be made");
	rc = minisign_secret_text(a->arena, &secret, password, MINISIGN_SENSITIVE, &text, a->err);
	if (rc == 0)
		rc = write_new(path, text, 0600, a->err);
	if (rc == 0)
		rc = write_new(public_path, minisign_key_text(a->arena, &key), 0644, a->err);
	minisign_wipe(&secret);
	if (rc < 0)
		return rc;
	minisign_id(id, key.id);
	printf("%s  the secret key%s: keep it to yourself\n", path,
		password[0] ? "" : ", without a password");
	printf("%s  the public key %s: operators take it with `mortise trust add`\n", public_path,
		id);
	return 0;
}

static int run_keygen(struct plugin_args *a)
{
	char password[PASSWORD_MAX] = "";
	int rc = 0;

	if (sodium_init() < 0)
		abort();
	if (!plugin_given(a, "--no-password"))
		rc = ask_twice(password, a->err);
	if (rc == 0)
		rc = write_keys(a, a->word[0], password);
	sodium_memzero(password, sizeof(password));
	return rc < 0 ? plugin_fail(a) : 0;
}

/* Prompts for a password only when the key has one. */
static int read_secret(struct plugin_args *a, const char *path, struct minisign_secret *ret)
{
	char password[PASSWORD_MAX] = "", *text, why[300];
	struct err first;
	size_t n;
	int rc = cli_read_file(path, &text, &n, a->err);

	if (rc < 0)
		return rc;
	err_init(&first, NULL);
	rc = minisign_secret_read(ret, text, n, NULL, &first);
	if (rc == MT_EAUTH) {
		err_init(&first, NULL);
		rc = ask_password(
			arena_printf(a->arena, "Password of %s: ", path), password, &first);
		if (rc == 0)
			rc = minisign_secret_read(ret, text, n, password, &first);
	}
	sodium_memzero(password, sizeof(password));
	sodium_memzero(text, n);
	free(text);
	if (rc == 0)
		return 0;
	snprintf(why, sizeof(why), "%.280s", first.message);
	return err_set(a->err, rc, "%s %s", path, why);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int sign(struct plugin_args *a, const char *zip, const struct minisign_secret *secret,
	const char **ret)
{
	char hex[DIGEST_BLAKE2B_HEX], id[MINISIGN_ID_LEN + 1];
	unsigned char digest[MINISIGN_DIGEST];
	struct package pkg;
	size_t n;
	int rc = package_read(a->arena, zip, &pkg, a->err);

	if (rc == 0)
		rc = digest_blake2b(zip, hex, a->err);
	if (rc < 0)
		return rc;
	(void)id_unhex(digest, sizeof(digest), hex, &n);
	minisign_id(id, secret->id);
	return minisign_sign(a->arena, secret, digest,
		arena_printf(a->arena, "signature from mortise, key %s", id),
		arena_printf(a->arena, "timestamp:%lld\tfile:%s\tkey:%s\tversion:%s\tsha256:%s",
			(long long)time(NULL), base_name(zip), pkg.manifest.key,
			pkg.manifest.version, pkg.sha256),
		ret, a->err);
}

static int run_sign(struct plugin_args *a)
{
	const char *zip = a->word[0], *key = plugin_given(a, "-s"), *text;
	const char *out = arena_printf(a->arena, "%s.minisig", zip);
	struct minisign_secret secret;
	int rc;

	if (sodium_init() < 0)
		abort();
	if (!key) {
		err_set(a->err, MT_EINVAL,
			"-s FILE is needed: the secret key that `mortise plugin keygen` or "
			"`minisign -G` made");
		return plugin_fail(a);
	}
	if (access(zip, R_OK) < 0) {
		err_set(a->err, MT_ENOENT, "%s: %s", zip, strerror(errno));
		return plugin_fail(a);
	}
	rc = read_secret(a, key, &secret);
	if (rc == 0)
		rc = sign(a, zip, &secret, &text);
	minisign_wipe(&secret);
	if (rc == 0 && unlink(out) < 0 && errno != ENOENT)
		rc = err_set(a->err, MT_EINVAL, "%s: %s", out, strerror(errno));
	if (rc == 0)
		rc = write_new(out, text, 0644, a->err);
	if (rc < 0)
		return plugin_fail(a);
	puts(out);
	return 0;
}

static const struct plugin_option KEYGEN_OPTIONS[] = {
	{"--no-password", NULL, "don't ask for one"},
	{0},
};

const struct plugin_command plugin_keygen = {
	.name = "keygen",
	.usage = "FILE",
	.summary = "make a key for signing: FILE, secret, and FILE.pub",
	.help = "Both are files of minisign. The password is asked for, or the first line of standard\n"
		"input; an empty one leaves the file unencrypted.\n",
	.least = 1,
	.most = 1,
	.options = KEYGEN_OPTIONS,
	.run = run_keygen,
};

static const struct plugin_option SIGN_OPTIONS[] = {
	{"-s", "FILE", "the secret key"},
	{0},
};

const struct plugin_command plugin_sign = {
	.name = "sign",
	.usage = "PACKAGE.zip",
	.summary = "sign a package: PACKAGE.zip.minisig",
	.help = "The package is checked first. The signature says plugin, version and SHA-256, and is worth\n"
		"nothing for any other bytes. `minisign -V` verifies it.\n",
	.least = 1,
	.most = 1,
	.options = SIGN_OPTIONS,
	.run = run_sign,
};
