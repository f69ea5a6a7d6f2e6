/*
 * guest_thread.h - a guest in a thread of the test, so that the host's half talks to the guest's half
 * over a real socket, and a test can inspect both. Confinement is tested in t/attack.
 */
#ifndef GUEST_THREAD_H
#define GUEST_THREAD_H

#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>
#include "guest/guest.h"
#include "host/host.h"
#include "host/proc.h"

static struct guest guest;
static struct proc guest_proc = {.fd = -1};
static int guest_fd = -1;
static pthread_t guest_of_test;

static void *guest_main(void *plugin)
{
	guest_open(&guest, guest_fd);
	guest.plugin = plugin;
	guest_run(&guest);
	guest_close(&guest);
	return NULL;
}

/* Its host has closed the socket. */
static void guest_stop(void)
{
	if (guest_fd < 0)
		return;
	if (guest_proc.fd >= 0)
		close(guest_proc.fd);
	pthread_join(guest_of_test, NULL);
	close(guest_fd);
	guest_fd = -1;
	guest_proc.fd = -1;
}

/* A socket pair: guest_proc has one end, guest_fd is the other. */
static int guest_pair(void)
{
	int fd[2];

	if (proc_pair(fd) < 0)
		return -1;
	guest_proc = (struct proc){.id = 1, .fd = fd[0], .ready = true};
	guest_fd = fd[1];
	return 0;
}

/* struct host's take: the one guest, a new one when the last is gone. */
__attribute__((unused)) static struct proc *guest_take(struct host *h, int tenant)
{
	if (guest_proc.fd < 0) {
		guest_stop();
		if (guest_pair() < 0 ||
			pthread_create(&guest_of_test, NULL, guest_main, (void *)h->plugin) != 0)
			return NULL;
	}
	guest_proc.tenant = tenant;
	guest_proc.seq++;
	return &guest_proc;
}

#endif
