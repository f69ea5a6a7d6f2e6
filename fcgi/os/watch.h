/*
 * watch.h - a descriptor in the master's epoll set and its handler.
 *
 * The struct is part of its owner's. One event is taken at a time, so a handler may free its own or
 * any other watch: no event of a freed one is waiting in an array somewhere.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

struct watch {
	int fd; /* -1 = not in the set */
	void (*ready)(struct watch *w, uint32_t events);
	void *owner;
};

int watch_add(int epoll, struct watch *w, uint32_t events); /* 0 or -1 with errno */
int watch_change(int epoll, struct watch *w, uint32_t events);
void watch_remove(int epoll, struct watch *w); /* does not close */
/* Waits for one event and runs its handler; 1 = one ran, 0 = time-out, -1 with errno. */
int watch_wait(int epoll, int timeout_ms);

#endif
