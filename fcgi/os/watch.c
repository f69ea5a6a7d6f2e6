/*
 * watch.c - epoll with owners.
 */
#include "os/watch.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

int watch_add(int epoll, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	return epoll_ctl(epoll, EPOLL_CTL_ADD, w->fd, &e);
}

int watch_change(int epoll, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	return epoll_ctl(epoll, EPOLL_CTL_MOD, w->fd, &e);
}

void watch_remove(int epoll, struct watch *w)
{
	if (w->fd >= 0)
		epoll_ctl(epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
}

int watch_wait(int epoll, int timeout_ms)
{
	struct epoll_event e;
	int n = epoll_wait(epoll, &e, 1, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 0 : -1;
	if (n == 0)
		return 0;
	struct watch *w = e.data.ptr;
	w->ready(w, e.events);
	return 1;
}
