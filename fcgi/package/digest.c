/* digest.c - a file, a piece at a time: see digest.h. */
#include "package/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"

struct sha256 {
	crypto_hash_sha256_state st;
	uint64_t size;
};

static void feed_sha256(void *to, const unsigned char *data, size_t n)
{
	struct sha256 *s = to;

	crypto_hash_sha256_update(&s->st, data, n);
	s->size += n;
}

static void feed_blake2b(void *to, const unsigned char *data, size_t n)
{
	crypto_generichash_update(to, data, n);
}

static int feed(const char *file, void (*with)(void *to, const unsigned char *data, size_t n),
	void *to, struct err *e)
{
	unsigned char chunk[65536];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		with(to, chunk, (size_t)n);
	if (n < 0)
		err_log(e, "%s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return n < 0 ? err_set(e, MT_EINTERNAL, "The package can't be read") : 0;
}

int digest_sha256(
	const char *file, char ret_hex[DIGEST_SHA256_HEX], uint64_t *ret_size, struct err *e)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct sha256 s = {.size = 0};
	int rc;

	crypto_hash_sha256_init(&s.st);
	rc = feed(file, feed_sha256, &s, e);
	crypto_hash_sha256_final(&s.st, hash);
	id_hex(ret_hex, hash, sizeof(hash));
	*ret_size = s.size;
	return rc;
}

int digest_blake2b(const char *file, char ret_hex[DIGEST_BLAKE2B_HEX], struct err *e)
{
	unsigned char hash[crypto_generichash_BYTES_MAX];
	crypto_generichash_state st;
	int rc;

	crypto_generichash_init(&st, NULL, 0, sizeof(hash));
	rc = feed(file, feed_blake2b, &st, e);
	crypto_generichash_final(&st, hash, sizeof(hash));
	id_hex(ret_hex, hash, sizeof(hash));
	return rc;
}
