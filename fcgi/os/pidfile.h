/*
 * pidfile.h - at most one master per run folder: the lock counts, the number is for people.
 */
#ifndef PIDFILE_H
#define PIDFILE_H

#include <sys/types.h>

/* The locked descriptor (keep it open), or -1 with errno; EWOULDBLOCK = *ret_holder is running. */
int pidfile_take(const char *path, pid_t *ret_holder);
void pidfile_drop(const char *path, int fd);

#endif
