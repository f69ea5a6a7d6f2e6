/*
 * pidfile.c - flock() on the pid file.
 */
#include "os/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t number_in(int fd)
{
	char text[24] = "";
	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* The name may have been removed between open() and flock(): then the lock is on nothing. */
static int is_still(const char *path, int fd)
{
	struct stat a, b;
	return stat(path, &a) == 0 && fstat(fd, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

int pidfile_take(const char *path, pid_t *ret_holder)
{
	for (int tries = 0; tries < 10; tries++) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			int cause = errno;
			*ret_holder = number_in(fd);
			close(fd);
			errno = cause;
			return -1;
		}
		if (is_still(path, fd)) {
			char text[24];
			int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
			if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n)
				return fd;
			int cause = errno;
			close(fd);
			errno = cause;
			return -1;
		}
		close(fd);
	}
	errno = EAGAIN;
	return -1;
}

void pidfile_drop(const char *path, int fd)
{
	unlink(path); /* while the lock is held */
	close(fd);
}
