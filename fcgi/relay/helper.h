/*
 * helper.h - work of the steward that may take long, in a process of its own: the steward's program
 * again, with one job. The loop that publishes events starts it, continues, and is notified of its
 * end.
 *
 * A helper has its own database session, writes to the same log, ends itself at its deadline
 * (helper_begin()), and dies with the steward.
 */
#ifndef HELPER_H
#define HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct helper {
	pid_t pid;	  /* 0 = none */
	int fd;		  /* readable when it has ended; -1 = none */
	int64_t deadline; /* clock_ms(), a little behind its own */
	char what[96];	  /* "--fill <sha256>", for the log */
};

#define HELPER_NONE                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Starts `program -c conf_file option [arg]`; 0, or -1 with a line of log. `seconds` is what
 * helper_begin() is given there. */
int helper_start(struct helper *h, const char *program, const char *conf_file, const char *option,
	const char *arg, int seconds);
bool helper_runs(const struct helper *h);
/* Reaps it when it has ended, kills it when it is late. True when one has ended with this call;
 * *ret_worked = it reported success. */
bool helper_ended(struct helper *h, bool *ret_worked);

/* In the helper: this process ends with its parent, and after so many seconds. */
void helper_begin(int seconds);

#endif
