/*
 * ask.h - a request of the steward's to a pool of mortise-api, over the pool's own socket; nginx
 * doesn't route these. The steward goes on with its own work until the answer is there.
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

struct ask {
	int fd; /* of a request that is under way; -1 = none */
	int64_t deadline;
	struct buf in, answer;
};

void ask_init(struct ask *a);
/* POST uri, without a body, to run_dir/pool.sock. False when nobody is there. */
bool ask_send(
	struct ask *a, const char *run_dir, const char *pool, const char *uri, int64_t deadline);
void ask_end(struct ask *a);

enum ask_news { ASK_WAITING, ASK_ANSWERED, ASK_BROKEN /* its worker died */ };
/* When fd can be read. After ASK_ANSWERED the answer is there until ask_end(). */
enum ask_news ask_news(struct ask *a);
/* 200 {"more": true}: there is more to do at once. Anything but 200 is logged, as `what`. */
bool ask_wants_more(const struct ask *a, const char *what);

#endif
