/* usage.c - see usage.h. */
#include "host/usage.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "os/tally.h"

#define TENANTS 32

static struct {
	struct tally sum[TENANTS];
	int n;
	int64_t sent_at; /* clock_ms() */
	uint64_t cpu_us; /* the process's at the last count */
} u;

static uint64_t cpu_since_last(void)
{
	struct timespec t;
	uint64_t now, since;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) < 0)
		return 0;
	now = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	since = now - u.cpu_us;
	u.cpu_us = now;
	return since;
}

static struct tally *sum_of(int fd, int tenant)
{
	for (int i = 0; i < u.n; i++)
		if (u.sum[i].tenant == tenant)
			return &u.sum[i];
	if (u.n == TENANTS)
		usage_tell(fd, true);
	if (u.n == TENANTS)
		return NULL; /* nobody listens */
	u.sum[u.n] = (struct tally){.tenant = tenant};
	return &u.sum[u.n++];
}

void usage_count(int fd, const struct req *r, int tenant, bool is_hook, int64_t guest_us)
{
	uint64_t cpu = cpu_since_last() + (uint64_t)(guest_us > 0 ? guest_us : 0),
		 us = (uint64_t)(clock_us() - r->started_us);
	struct tally *s = fd < 0 || tenant <= 0 || is_hook ? NULL : sum_of(fd, tenant);

	if (s)
		tally_count(s, us, cpu, r->status >= 500);
}

/* One datagram of the last sums; false when it can't be sent now. */
static bool send_some(int fd)
{
	char text[USAGE_DATAGRAM_MAX];
	size_t len = 1;
	int n = u.n;

	text[0] = 'u';
	while (n > 0 && len + TALLY_LINE_MAX < sizeof(text))
		len += tally_print(text + len, sizeof(text) - len, &u.sum[--n]);
	if (send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	u.n = n;
	return true;
}

long usage_tell(int fd, bool all)
{
	int64_t now;
	bool sent = true;

	if (u.n == 0 || fd < 0)
		return -1;
	now = clock_ms();
	if (!all && now - u.sent_at < USAGE_EVERY_MS)
		return (long)(USAGE_EVERY_MS - (now - u.sent_at));
	u.sent_at = now;
	while (sent && u.n > 0)
		sent = send_some(fd);
	return u.n > 0 ? USAGE_EVERY_MS : -1;
}
