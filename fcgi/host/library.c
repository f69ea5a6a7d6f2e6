/*
 * library.c - a plugin's library as bytes that nobody can change any more.
 *
 * The loaded bytes must be those that were signed, checked and hashed at upload. The file in the
 * store is read once into memory of this process (memfd), sealed, and hashed there; each guest gets
 * that memory. Changing the file after the check has no effect, because it is not read again; a
 * change since the upload shows in the hash.
 */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/id.h"

#define LIBRARY_MAX (32L << 20) /* as package/archive.h lets into a package */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3: for when the machine's default is "not executable" */
#endif

static int fault(struct buf *faults, const char *what)
{
	buf_addf(faults, "%s: %s\n", what, strerror(errno));
	return -1;
}

/* The master leaves room for this one file in memory; answers the limit as it was. */
static rlim_t file_limit(rlim_t soft)
{
	struct rlimit l;
	rlim_t before;

	if (getrlimit(RLIMIT_FSIZE, &l) < 0)
		return RLIM_INFINITY;
	before = l.rlim_cur;
	l.rlim_cur = soft < l.rlim_max ? soft : l.rlim_max;
	setrlimit(RLIMIT_FSIZE, &l);
	return before;
}

void host_no_files(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_FSIZE, &none);
}

static int memory_file(void)
{
	int fd = memfd_create("plugin.so", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("plugin.so", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

static int copy(int from, int to, size_t *ret_size, struct buf *faults)
{
	static char piece[256 * 1024];
	ssize_t n;

	*ret_size = 0;
	while ((n = read(from, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault(faults, "can't be read");
		*ret_size += (size_t)n;
		if (*ret_size > LIBRARY_MAX) {
			buf_addf(faults, "is larger than %ld MB\n", LIBRARY_MAX >> 20);
			return -1;
		}
		if (write(to, piece, (size_t)n) != n)
			return fault(faults, "can't be copied to memory");
	}
	return 0;
}

static int check_hash(int fd, size_t size, const char *sha256, struct buf *faults)
{
	char found[65];
	void *bytes;

	if (!sha256)
		return 0;
	bytes = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	if (bytes == MAP_FAILED)
		return fault(faults, "can't be hashed");
	id_sha256_hex(found, bytes ? bytes : "", size);
	if (bytes)
		munmap(bytes, size);
	if (strcmp(found, sha256) == 0)
		return 0;
	buf_addf(faults,
		"is not the library that was checked: its SHA-256 is %s, the package's is %s\n",
		found, sha256);
	return -1;
}

/* With the library's bytes, which nobody changes after they were checked. */
static int fill(int fd, int from, const char *sha256, struct buf *faults)
{
	size_t size;

	if (copy(from, fd, &size, faults) < 0)
		return -1;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return fault(faults, "can't be sealed");
	return check_hash(fd, size, sha256, faults);
}

int host_library(const char *so, const char *sha256, struct buf *faults)
{
	int from = open(so, O_RDONLY | O_CLOEXEC), fd;
	rlim_t limit;

	if (from < 0)
		return fault(faults, "can't be read");
	limit = file_limit(RLIM_INFINITY);
	fd = memory_file();
	if (fd < 0) {
		fault(faults, "can't be copied to memory");
	} else if (fill(fd, from, sha256, faults) < 0) {
		close(fd);
		fd = -1;
	}
	file_limit(limit);
	close(from);
	return fd;
}
