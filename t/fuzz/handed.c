/* A message that hands a request over, in one or two pieces with up to four descriptors. First byte: how many
 * descriptors, in which piece, and whether a head that fits is put before the rest; second: where it is cut. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "http/handed.h"

#define FDS_MAX 4

static void send_piece(int to, const void *data, size_t n, int n_fds)
{
	const int fds[FDS_MAX] = {0, 1, 2, 0};
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(fds))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n_fds),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	struct iovec v = {(void *)(uintptr_t)data, n};
	struct msghdr msg = {.msg_iov = &v, .msg_iovlen = 1};

	if (n_fds > 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n_fds);
		memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * (size_t)n_fds);
	}
	if (n > 0)
		fuzz_check(sendmsg(to, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n);
}

/* The lowest free number: the same before and after when no descriptor is left open. */
static int lowest(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* What was taken is what was sent. */
static void compare(const struct handed *h, const char *text, size_t len, int n_fds)
{
	size_t at = 0;

	fuzz_check(h->id > 0 && h->id <= 65535 && h->client > 0 && n_fds > 0);
	fuzz_check(fcntl(h->client, F_GETFD) == FD_CLOEXEC);
	fuzz_check(n_fds > 1 ? fcntl(h->body, F_GETFD) == FD_CLOEXEC : h->body == -1);
	for (char **e = h->envp; *e; e++) {
		fuzz_check(at < len && strcmp(*e, text + at) == 0);
		at += strlen(*e) + 1;
	}
	fuzz_check(at == len);
}

/* Nothing of what is no message was taken. */
static void untouched(int fd, const void *sent, size_t n)
{
	char *left = malloc(n + 1);

	fuzz_check(recv(fd, left, n + 1, MSG_WAITALL) == (ssize_t)n && memcmp(left, sent, n) == 0);
	free(left);
}

static void take(const uint8_t *bytes, size_t n, size_t cut, int n_fds, int with)
{
	struct arena *p = arena_new();
	struct handed h;
	int pair[2], rc;

	fuzz_check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	send_piece(pair[0], bytes, cut, with == 0 ? n_fds : 0);
	send_piece(pair[0], bytes + cut, n - cut, with == 1 ? n_fds : 0);
	shutdown(pair[0], SHUT_WR);
	rc = handed_take(pair[1], p, &h);
	if (rc > 0) {
		uint32_t len;

		memcpy(&len, bytes + 4, sizeof(len));
		fuzz_check(memcmp(bytes, "MtH1", 4) == 0 && len <= HANDED_MAX && n >= 12 + len);
		compare(&h, (const char *)bytes + 12, len, n_fds);
		close(h.client);
		if (h.body >= 0)
			close(h.body);
	} else {
		fuzz_check(h.client == 0 && h.body == -1 && !h.envp);
		if (rc == 0 && n_fds == 0)
			untouched(pair[1], bytes, n);
	}
	close(pair[0]);
	close(pair[1]);
	arena_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int n_fds, with, fd = lowest();
	uint8_t *bytes;
	size_t cut, head;

	if (n < 2 || n > 100000) /* all of it has to fit into the socket */
		return 0;
	n_fds = (data[0] & 7) % (FDS_MAX + 1);
	with = data[0] >> 3 & 1;
	head = data[0] & 16 ? 12 : 0;
	bytes = malloc(head + n - 2 + 1);
	if (head > 0) {
		const uint32_t rest[2] = {(uint32_t)n - 2, data[1]};

		memcpy(bytes, "MtH1", 4);
		memcpy(bytes + 4, rest, sizeof(rest));
	}
	memcpy(bytes + head, data + 2, n - 2);
	n = head + n - 2;
	cut = (size_t)data[1] * data[1] % (n + 1);
	take(bytes, n, cut, n_fds, with);
	free(bytes);
	fuzz_check(lowest() == fd);
	return 0;
}
