/*
 * drip - readers that take an answer drop by drop: drip PORT N BYTES EVERY_MS <request
 *
 * N connections to 127.0.0.1 with the smallest receive buffers send the request of standard input;
 * each reads BYTES every EVERY_MS, from a second after its start. A line each second has the number
 * of open ones and the bytes that they have read together. It ends with its parent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int open_one(int port, const char *request, size_t n)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), size = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		write(fd, request, n) != (ssize_t)n) {
		perror("connect");
		exit(1);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

int main(int argc, char **argv)
{
	char request[8192], drop[65536];
	size_t n = fread(request, 1, sizeof(request), stdin);
	int count = argc == 5 ? atoi(argv[2]) : 0, open = count;
	size_t bytes = argc == 5 ? (size_t)atol(argv[3]) : 0;
	long every = argc == 5 ? atol(argv[4]) : 0, taken = 0;
	int *fd = calloc((size_t)count + 1, sizeof(*fd));

	if (count < 1 || bytes < 1 || bytes > sizeof(drop) || every < 1)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < count; i++)
		fd[i] = open_one(atoi(argv[1]), request, n);
	printf("open %d taken 0\n", open);
	fflush(stdout);
	sleep(1);
	for (long ms = 0;; ms += every) {
		struct timespec pause = {every / 1000, every % 1000 * 1000000};

		for (int i = 0; i < count; i++) {
			ssize_t got = fd[i] < 0 ? 0 : read(fd[i], drop, bytes);

			if (got > 0)
				taken += got;
			if (fd[i] >= 0 && (got == 0 || (got < 0 && errno != EAGAIN))) {
				close(fd[i]);
				fd[i] = -1;
				open--;
			}
		}
		if (ms / 1000 != (ms + every) / 1000) {
			printf("open %d taken %ld\n", open, taken);
			fflush(stdout);
		}
		nanosleep(&pause, NULL);
	}
}
