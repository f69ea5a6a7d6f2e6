/*
 * score.c - making and mapping a scoreboard. The seals matter: a page that a plugin could truncate
 * would be a SIGBUS in the master.
 */
#include "os/score.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int score_new(const char *name, struct score **ret, int *ret_fd)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	struct score *s = NULL;
	if (ftruncate(fd, sizeof(struct score)) == 0 &&
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		s = score_map(fd);
	if (!s) {
		int cause = errno;
		close(fd);
		errno = cause;
		return -1;
	}
	*ret = s;
	*ret_fd = fd;
	return 0;
}

struct score *score_map(int fd)
{
	void *p = mmap(NULL, sizeof(struct score), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

void score_free(struct score *s)
{
	if (s)
		munmap(s, sizeof(*s));
}

void score_text(char *ret, size_t n, const char *untrusted, size_t untrusted_n)
{
	size_t i = 0;
	for (; i + 1 < n && i < untrusted_n && untrusted[i]; i++) {
		char c = untrusted[i];
		ret[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : c;
	}
	ret[i] = '\0';
}
