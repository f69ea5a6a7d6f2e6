/*
 * steward.h - why the steward is woken: the one byte of a datagram to run_dir/steward.sock.
 */
#ifndef STEWARD_H
#define STEWARD_H

enum wake {
	WAKE_EVENTS = 'e',   /* events were committed */
	WAKE_PUSHES = 'p',   /* what goes to browsers once, and isn't kept */
	WAKE_CLOSER = 'c',   /* a right ended: streams have to be closed */
	WAKE_REGISTRY = 'r', /* packages, installations or trust changed */
	WAKE_MAIL = 'm',     /* a mail was committed */
	WAKE_ROLLOUT = 't',  /* a rollout: the admin pool has work */
};

/* fd: of sock_dgram(). A lost one doesn't matter: the steward also polls every second. */
void steward_wake(int fd, const char *run_dir, enum wake why);

#endif
