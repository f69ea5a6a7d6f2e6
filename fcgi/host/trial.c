/*
 * trial.c - a trial load: is this library a plugin of ours, and what does it offer?
 *
 * A guest loads it, as later in service, because its constructors run then. Standard output gets
 * the contract as JSON, with status 0, or one fault a line, with status 1.
 */
#include "host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "host/guests.h"

#define LOAD_MS 4000 /* the master's own limit is 5 s */

static int answer(const char *text, size_t n, int status)
{
	while (n > 0) {
		ssize_t k = write(STDOUT_FILENO, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return 2;
		text += k;
		n -= (size_t)k;
	}
	return status;
}

int host_trial(struct host *h, const char *so)
{
	struct guests_opts o = {.most = 1};
	struct buf faults;
	char *text;

	buf_init(&faults, 64 * 1024);
	h->key = "";
	o.library = host_library(so, NULL, &faults);
	if (o.library < 0 || host_check_elf(o.library, &faults) < 0)
		return answer(faults.data, faults.len, 1);
	guests_open(h, &o);
	if (guests_first(h, NULL, clock_ms() + LOAD_MS, &faults) < 0)
		return answer(faults.data, faults.len, 1);
	text = json_dumps(contract_json(h), JSON_COMPACT);
	if (!text) {
		buf_adds(&faults, "says things about itself that aren't UTF-8\n");
		return answer(faults.data, faults.len, 1);
	}
	return answer(text, strlen(text), 0);
}
