/* handed.c - see handed.h. */
#include "http/handed.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "os/sock.h"

#define FDS_MAX 2

struct head {
	char magic[4];
	uint32_t len; /* bytes behind this: parameters, each with its NUL */
	int32_t id;
};

static const char MAGIC[4] = "MtH1"; /* FastCGI begins with its version, 1 */

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

void handed_param_env(struct buf *params, const char *env)
{
	buf_add(params, env, strlen(env) + 1);
}

void handed_param(struct buf *params, const char *name, const char *value)
{
	buf_adds(params, name);
	buf_adds(params, "=");
	handed_param_env(params, value ? value : "");
}

/* The message is smaller than a socket's buffer: it is sent as a whole or not at all. */
static int send_message(int to, const struct handed *h, const struct buf *params)
{
	struct head head = {.len = (uint32_t)params->len, .id = h->id};
	int fds[FDS_MAX] = {h->client, h->body};
	size_t fds_len = sizeof(int) * (h->body < 0 ? 1 : 2);
	union control control = {.head = {.cmsg_len = CMSG_LEN(fds_len),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS}};
	struct iovec v[2] = {{&head, sizeof(head)}, {params->data, params->len}};
	struct msghdr msg = {.msg_iov = v,
		.msg_iovlen = 2,
		.msg_control = control.space,
		.msg_controllen = CMSG_SPACE(fds_len)};
	ssize_t n;

	memcpy(head.magic, MAGIC, sizeof(MAGIC));
	memcpy(CMSG_DATA(&control.head), fds, fds_len);
	n = sendmsg(to, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n >= 0)
		errno = EAGAIN;
	return n == (ssize_t)(sizeof(head) + params->len) ? 0 : -1;
}

int handed_send(const char *path, const struct handed *h, const struct buf *params)
{
	int to, rc, error;

	if (params->full || params->len > HANDED_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	to = sock_connect(path, SOCK_STREAM);
	if (to < 0)
		return -1;
	rc = send_message(to, h, params);
	error = errno;
	close(to);
	errno = error;
	return rc;
}

/* How many bytes follow a message's head; 0 = it is none, -1 = it is too long or names no request. Takes
 * nothing. */
static ssize_t peek(int fd)
{
	struct head h;
	ssize_t n;

	do
		n = recv(fd, &h, sizeof(h), MSG_PEEK | MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)sizeof(MAGIC) || memcmp(h.magic, MAGIC, sizeof(MAGIC)) != 0)
		return 0;
	return n == (ssize_t)sizeof(h) && h.len > 0 && h.len <= HANDED_MAX && h.id > 0 &&
			       h.id <= UINT16_MAX
		       ? (ssize_t)h.len
		       : -1;
}

/* All of it with the descriptors. Bytes behind a piece that had descriptors come by themselves. */
static int receive(int fd, char *text, size_t len, struct handed *ret)
{
	struct head h;
	union control control;
	struct iovec v[2] = {{&h, sizeof(h)}, {text, len}};
	struct msghdr msg = {.msg_iov = v,
		.msg_iovlen = 2,
		.msg_control = control.space,
		.msg_controllen = CMSG_LEN(FDS_MAX * sizeof(int))}; /* the kernel closes more */
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	size_t have = n > (ssize_t)sizeof(h) ? (size_t)n - sizeof(h) : 0;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		memcpy(&ret->client, CMSG_DATA(c), sizeof(int));
		if (c->cmsg_len >= CMSG_LEN(2 * sizeof(int)))
			memcpy(&ret->body, CMSG_DATA(c) + sizeof(int), sizeof(int));
	}
	if (n < (ssize_t)sizeof(h) || ret->client <= 0)
		return -1;
	ret->id = h.id;
	if (have < len && recv(fd, text + have, len - have, MSG_WAITALL) != (ssize_t)(len - have))
		return -1;
	return text[len - 1] == '\0' ? 0 : -1;
}

/* text ends with a NUL. */
static char **split(struct arena *p, char *text, size_t len)
{
	size_t n = 0;
	char **ret;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\0';
	ret = arena_alloc(p, (n + 1) * sizeof(*ret));
	n = 0;
	for (size_t i = 0; i < len; i += strlen(text + i) + 1)
		ret[n++] = text + i;
	ret[n] = NULL;
	return ret;
}

int handed_take(int fd, struct arena *p, struct handed *ret)
{
	ssize_t len = peek(fd);
	char *text;

	*ret = (struct handed){.body = -1};
	if (len <= 0)
		return (int)len;
	text = arena_alloc(p, (size_t)len);
	if (receive(fd, text, (size_t)len, ret) == 0) {
		ret->envp = split(p, text, (size_t)len);
		return 1;
	}
	if (ret->client > 0)
		close(ret->client);
	if (ret->body >= 0)
		close(ret->body);
	*ret = (struct handed){.body = -1};
	return -1;
}
