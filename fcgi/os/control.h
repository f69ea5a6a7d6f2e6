/*
 * control.h - the client's side of the master's control socket: one message is one line of text
 * with fields separated by TAB (the faults of a failed trial are several lines in one message).
 * Used by the CLI, the admin pool and the steward.
 *
 *	struct control c;
 *	if (control_open(&c, conf.run_dir) < 0) ...
 *	char *answer;
 *	if (control_ask(&c, clock_ms() + 6000, &answer, "trial\t%s", so) == 0) { ...; free(answer); }
 *	control_close(&c);
 *
 * The steward stays connected: after `want-end` the master sends `quarantine` lines at any time; it
 * polls c.fd and reads them with control_receive(). One that arrives while control_ask() waits for
 * its answer is queued for the next control_receive().
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stddef.h>
#include <stdint.h>

#define CONTROL_LINE_MAX (60 * 1024) /* of a command */
#define CONTROL_NEWS_MAX 16

struct control {
	int fd;
	int n_news;
	char *news[CONTROL_NEWS_MAX];
};

int control_open(struct control *c, const char *run_dir); /* 0 or -1 with errno */
void control_close(struct control *c);
/* Sends a command that has no answer of its own (want-begin, want); 0 or -1 with errno. */
int control_send(struct control *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Sends and waits for the answer until deadline (clock_ms()); *ret_answer is malloc'ed. -1 with errno:
 * ETIMEDOUT, EPIPE when the master is gone. "error\t..." and "fail\t..." are answers, not failures. */
int control_ask(struct control *c, int64_t deadline, char **ret_answer, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Next line that the master sent unasked, malloc'ed; NULL with errno EAGAIN (none), EPIPE (gone). */
char *control_receive(struct control *c);
/* Does the answer begin with this word (a whole field)? Returns what follows the TAB, or NULL. */
const char *control_is(const char *answer, const char *word);

#endif
