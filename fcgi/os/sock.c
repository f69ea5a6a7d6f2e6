/*
 * sock.c - unix sockets.
 *
 * The mode comes from the umask and the owner from lchown(): the folder may belong to a user with
 * fewer rights than ours, who could put a link in the socket's place between bind() and a chmod().
 */
#include "os/sock.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int address(const char *path, struct sockaddr_un *ret)
{
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof(ret->sun_path)) {
		errno = n ? ENAMETOOLONG : EINVAL;
		return -1;
	}
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, path, n + 1);
	return 0;
}

static int close_keep_errno(int fd)
{
	int cause = errno;
	close(fd);
	errno = cause;
	return -1;
}

/* The name with a dot before it, until the socket has its mode and owner. Tools such as ss go on
 * showing it, so it has to be recognisable. */
static int draft_name(const char *path, struct sockaddr_un *ret)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char draft[sizeof(ret->sun_path) + 16];
	snprintf(draft, sizeof(draft), "%.*s.%s", (int)(name - path), path, name);
	return address(draft, ret);
}

static int bind_draft(int fd, const struct sockaddr_un *draft, const struct sock_owner *owner)
{
	unlink(draft->sun_path);
	mode_t old = umask(owner ? 0777 & ~owner->mode : 0117);
	int rc = bind(fd, (const struct sockaddr *)draft, sizeof(*draft));
	umask(old);
	if (rc == 0 && owner && owner->uid != (uid_t)-1)
		rc = lchown(draft->sun_path, owner->uid, owner->gid);
	return rc;
}

/* The name appears when everything is right, by rename(): others wait for it, and would be refused by a
 * socket that is not theirs yet or not listening. */
int sock_listen(const char *path, int type, int backlog, const struct sock_owner *owner)
{
	struct sockaddr_un a, draft;
	struct stat st;
	if (address(path, &a) < 0 || draft_name(path, &draft) < 0)
		return -1;
	/* Only a socket is replaced: a wrong path in the configuration must not cost a file. */
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind_draft(fd, &draft, owner) < 0 || (type != SOCK_DGRAM && listen(fd, backlog) < 0) ||
		rename(draft.sun_path, path) < 0) {
		int cause = errno;
		unlink(draft.sun_path);
		close(fd);
		errno = cause;
		return -1;
	}
	return fd;
}

int sock_connect(const char *path, int type)
{
	struct sockaddr_un a;
	if (address(path, &a) < 0)
		return -1;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return close_keep_errno(fd);
	return fd;
}

int sock_dgram(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int sock_send(int fd, const char *path, const char *text)
{
	struct sockaddr_un a;
	if (address(path, &a) < 0)
		return -1;
	ssize_t n = sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		(struct sockaddr *)&a, sizeof(a));
	return n < 0 ? -1 : 0;
}

int sock_peer_uid(int fd, uid_t *ret)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		return -1;
	*ret = cred.uid;
	return 0;
}

bool sock_pending(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return fd >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}
