/*
 * wall.c - how bytes go between two processes that take turns: packets, as guest/wire.h has them, against
 * shared memory with one packet as the bell, and with a futex. Prints microseconds for a question of so many
 * bytes and a short answer; the receiver reads all of them.
 *
 *	make build/bench/wall && chrt -f 1 taskset -c 0 build/bench/wall
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/clock.h"

#define PACKET (60u * 1024)
#define LARGEST (1u << 20)
#define ROUNDS 7

static int fd[2];
static unsigned char *shared; /* both processes' */
static unsigned char own[LARGEST], theirs[LARGEST];
static _Atomic uint32_t *bell; /* whose turn it is: even = the host's */

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* So that the bytes are read, not only moved. */
static uint64_t look_through(const unsigned char *p, size_t n)
{
	uint64_t sum = 0, v;

	for (size_t i = 0; i + sizeof(v) <= n; i += sizeof(v)) {
		memcpy(&v, p + i, sizeof(v));
		sum += v;
	}
	return sum;
}

/* --- packets ------------------------------------------------------------------------------------------ */

static void send_all(int to, const unsigned char *p, size_t n)
{
	for (size_t at = 0; at < n; at += PACKET)
		must(send(to, p + at, n - at > PACKET ? PACKET : n - at, 0) > 0, "send");
}

static void receive_all(int from, unsigned char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = recv(from, p + at, n - at > PACKET ? PACKET : n - at, 0);

		if (k <= 0)
			_exit(0); /* the other has left */
		at += (size_t)k;
	}
}

static void packets_ask(size_t n)
{
	unsigned char answer[8];

	send_all(fd[0], own, n);
	receive_all(fd[0], answer, sizeof(answer));
}

static void packets_answer(size_t n)
{
	uint64_t sum;

	receive_all(fd[1], theirs, n);
	sum = look_through(theirs, n);
	send_all(fd[1], (unsigned char *)&sum, sizeof(sum));
}

/* --- shared memory, with a packet as signal
 * ----------------------------------------------------------------- */

/* The receiver copies before it checks: bytes that the other can still change can't be checked. */
static void shared_ask(size_t n)
{
	unsigned char answer[8];

	memcpy(shared, own, n);
	send_all(fd[0], (unsigned char *)&n, sizeof(n));
	receive_all(fd[0], answer, sizeof(answer));
}

static void shared_answer(size_t n)
{
	uint64_t sum;

	receive_all(fd[1], (unsigned char *)&n, sizeof(n));
	memcpy(theirs, shared, n);
	sum = look_through(theirs, n);
	send_all(fd[1], (unsigned char *)&sum, sizeof(sum));
}

/* --- shared memory, a futex ------------------------------------------------------------------------------ */

static void ring(void)
{
	atomic_fetch_add(bell, 1);
	syscall(SYS_futex, bell, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void wait_for(uint32_t turn)
{
	uint32_t now;

	while (((now = atomic_load(bell)) & 1) != turn)
		syscall(SYS_futex, bell, FUTEX_WAIT, now, NULL, NULL, 0);
}

static void futex_ask(size_t n)
{
	memcpy(shared, own, n);
	ring();
	wait_for(0);
}

static void futex_answer(size_t n)
{
	uint64_t sum;

	wait_for(1);
	memcpy(theirs, shared, n);
	sum = look_through(theirs, n);
	memcpy(shared, &sum, sizeof(sum));
	ring();
}

static const struct {
	const char *name;
	void (*ask)(size_t n), (*answer)(size_t n);
} WAYS[] = {
	{"packets", packets_ask, packets_answer},
	{"shared memory and a packet", shared_ask, shared_answer},
	{"shared memory and a futex", futex_ask, futex_answer},
};

static double once(size_t way, size_t n, int times)
{
	int64_t began;
	pid_t pid;

	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0, "socketpair");
	atomic_store(bell, 0);
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fd[0]);
		for (;;)
			WAYS[way].answer(n);
	}
	close(fd[1]);
	for (int i = 0; i < 20; i++)
		WAYS[way].ask(n);
	began = clock_us();
	for (int i = 0; i < times; i++)
		WAYS[way].ask(n);
	began = clock_us() - began;
	kill(pid, SIGKILL);
	close(fd[0]);
	return (double)began / times;
}

int main(void)
{
	static const size_t sizes[] = {64, 4096, 65536, LARGEST};

	shared = mmap(
		NULL, LARGEST + 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED, "mmap");
	bell = (_Atomic uint32_t *)(shared + LARGEST);
	signal(SIGCHLD, SIG_IGN);
	memset(own, 'x', sizeof(own));
	printf("%-28s %8s %8s %8s %8s\n", "", "64 B", "4 kB", "64 kB", "1 MB");
	for (size_t way = 0; way < sizeof(WAYS) / sizeof(WAYS[0]); way++) {
		printf("%-28s", WAYS[way].name);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			double best = 1e9;

			for (int r = 0; r < ROUNDS; r++) {
				double us = once(way, sizes[i], sizes[i] == LARGEST ? 300 : 3000);

				best = us < best ? us : best;
			}
			printf(" %8.1f", best);
		}
		printf("\n");
	}
	return 0;
}
