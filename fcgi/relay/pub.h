/*
 * pub.h - publishing to nchan over its unix socket with one keep-alive connection.
 *
 * A small HTTP/1.1 client and nothing more: one request at a time, everything with a deadline.
 * nginx may close an idle connection at any time; a request that hits that is sent once more on a
 * new one. So a message is published once normally and perhaps twice when the events nginx ends in
 * between; browsers identify messages by channel and number.
 */
#ifndef PUB_H
#define PUB_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "relay/backoff.h"

#define PUB_MESSAGE_MAX (60 * 1024) /* what nginx/events.conf lets through, with room */
#define PUB_CHANNEL_MAX 100

struct pub {
	char path[108];
	int fd; /* -1 = not connected */
	struct buf out;
	struct buf in;
	struct backoff backoff;
	uint64_t published;
};

void pub_init(struct pub *p, const char *run_dir);
void pub_release(struct pub *p);

/*
 * 0 = published. MT_EBUSY: nobody listens or answers; p->backoff has the time of the next try
 * (calls before that fail at once). MT_EINVAL: this message will never be accepted: a bad channel
 * name, too long, or refused by nchan; continue with the next.
 */
int pub_send(struct pub *p, const char *channel, const char *message, size_t len, struct err *e);

/* Deletes the channel, which ends every stream that has it; one that nobody has is no error.
 * Returns the same, and MT_ENOENT when there is no events nginx and so no stream. It is tried at once. */
int pub_delete(struct pub *p, const char *channel, struct err *e);

/* Is b a whole HTTP/1.1 answer? Returns its status, with *ret_keep telling whether the connection
 * stays open; 0 when more has to be read; -1 when it is no valid answer. */
int pub_parse(const struct buf *b, int *ret_keep);

#endif
