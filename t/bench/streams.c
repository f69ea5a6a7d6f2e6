/*
 * streams - many event streams, and when a message has reached them: streams PORT N PER_ADDRESS <input
 *
 * The first block of standard input, up to an empty line, is the request. N connections to 127.0.0.1 send
 * it, PER_ADDRESS of each address from 127.0.1.1 on, 50 at a time; "open N" is printed when all have the
 * head of a 200. Each line that follows is a text to wait for: when every stream has had it,
 * "heard FIRST LAST" is printed, both in nanoseconds of CLOCK_MONOTONIC. What the reader costs is
 * in what it measures, so it does no more than it must.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 50
#define KEPT 2048 /* of what came last: a text may come in two parts */

struct stream {
	int fd, open, heard; /* heard: the number of the last text it has had */
	size_t n;
	char text[KEPT + 1];
};

static struct stream *streams;
static int count, per_address, port, watch;
static int opened, begun, heard, round_no;
static char request[8192], wanted[256];
static long long first;

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "streams: stream %d of %d: %s: %s\n", opened + 1, count, what, why);
	exit(1);
}

static void open_next(void)
{
	struct stream *s = &streams[begun];
	int at = begun++ / per_address;
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};

	from.sin_addr.s_addr =
		htonl(0x7f000101U + (unsigned)(at / 250) * 256U + (unsigned)(at % 250));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
		connect(s->fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		write(s->fd, request, strlen(request)) < 0 ||
		fcntl(s->fd, F_SETFL, O_NONBLOCK) < 0 ||
		epoll_ctl(watch, EPOLL_CTL_ADD, s->fd, &e) < 0)
		fail("opening", strerror(errno));
}

static void take(struct stream *s)
{
	ssize_t n;

	if (s->n > KEPT / 2) {
		memmove(s->text, s->text + s->n - KEPT / 2, KEPT / 2);
		s->n = KEPT / 2;
	}
	n = recv(s->fd, s->text + s->n, KEPT - s->n, 0);
	if (n <= 0) {
		if (n < 0 && errno == EAGAIN)
			return;
		fail("ended", n ? strerror(errno) : s->text);
	}
	s->n += (size_t)n;
	s->text[s->n] = '\0';
	if (!s->open) {
		if (!strstr(s->text, "\r\n\r\n"))
			return;
		if (strncmp(s->text, "HTTP/1.1 200", 12) != 0)
			fail("answer", s->text);
		s->open = 1;
		opened++;
		if (begun < count)
			open_next();
		if (opened == count) {
			printf("open %d\n", opened);
			fflush(stdout);
		}
	}
	if (!*wanted || s->heard == round_no || !strstr(s->text, wanted))
		return;
	s->heard = round_no;
	if (heard++ == 0)
		first = now_ns();
	if (heard < count)
		return;
	printf("heard %lld %lld\n", first, now_ns());
	fflush(stdout);
	*wanted = '\0';
}

/* A text to wait for; the input's end is ours. */
static void command(void)
{
	ssize_t n = read(0, wanted, sizeof(wanted) - 1);

	if (n <= 0)
		exit(0);
	wanted[n - 1] = '\0';
	round_no++;
	heard = 0;
	for (int i = 0; i < count; i++)
		streams[i].n = 0;
	puts("ready");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct rlimit most;
	struct epoll_event found[512], input = {.events = EPOLLIN};
	size_t n = 0;

	port = argc == 4 ? atoi(argv[1]) : 0;
	count = argc == 4 ? atoi(argv[2]) : 0;
	per_address = argc == 4 ? atoi(argv[3]) : 0;
	if (port < 1 || count < 1 || per_address < 1)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	while (n < sizeof(request) - 1 && !strstr(request, "\r\n\r\n"))
		if (read(0, request + n++, 1) != 1)
			return 2;
	streams = calloc((size_t)count, sizeof(*streams));
	watch = epoll_create1(0);
	epoll_ctl(watch, EPOLL_CTL_ADD, 0, &input);
	while (begun < count && begun < AT_ONCE)
		open_next();
	for (;;) {
		int ready = epoll_wait(watch, found, 512, -1);

		for (int i = 0; i < ready; i++) {
			if (found[i].data.ptr)
				take(found[i].data.ptr);
			else
				command();
		}
	}
}
