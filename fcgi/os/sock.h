/*
 * sock.h - unix sockets: listeners that survive a killed predecessor, and who is on the other side.
 *
 * All descriptors are close-on-exec and non-blocking. A path longer than sun_path is ENAMETOOLONG,
 * never cut. Functions return a descriptor or -1 with errno.
 */
#ifndef SOCK_H
#define SOCK_H

#include <stdbool.h>
#include <sys/types.h>

/* Permissions of the socket file: owner and mode; uid (uid_t)-1 = leave the owner. */
struct sock_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* Replaces what a dead predecessor left at path, binds, and listens unless type is SOCK_DGRAM. When the
 * name is there, the socket is ready for its owner. */
int sock_listen(const char *path, int type, int backlog, const struct sock_owner *owner);
/* Connects at once or fails; for SOCK_STREAM, SOCK_SEQPACKET and SOCK_DGRAM. */
int sock_connect(const char *path, int type);
/* One datagram to a path from an unconnected socket; 0 or -1 (nobody listens: ECONNREFUSED, ENOENT). */
int sock_send(int fd, const char *path, const char *text);
int sock_dgram(void); /* an unconnected SOCK_DGRAM socket for sock_send() */
int sock_peer_uid(int fd, uid_t *ret);
bool sock_pending(int fd); /* a connection waits in the listener's queue */

#endif
