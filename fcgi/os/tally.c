/* tally.c - see tally.h. */
#include "os/tally.h"

#include <stdio.h>

void tally_count(struct tally *t, uint64_t us, uint64_t cpu_us, bool failed)
{
	int b = 0;

	while (b < TALLY_BUCKETS - 1 && us >= (1000ULL << b))
		b++;
	t->calls++;
	t->errors += failed;
	t->us += us;
	t->us_max = us > t->us_max ? us : t->us_max;
	t->cpu_us += cpu_us;
	t->bucket[b]++;
}

size_t tally_print(char *to, size_t n, const struct tally *t)
{
	size_t len = (size_t)snprintf(to, n, "%d %llu %llu %llu %llu %llu", t->tenant,
		(unsigned long long)t->calls, (unsigned long long)t->errors,
		(unsigned long long)t->us, (unsigned long long)t->us_max,
		(unsigned long long)t->cpu_us);

	for (int b = 0; b < TALLY_BUCKETS && len < n; b++)
		len += (size_t)snprintf(
			to + len, n - len, " %llu", (unsigned long long)t->bucket[b]);
	if (len < n)
		len += (size_t)snprintf(to + len, n - len, "\n");
	return len < n ? len : n - 1;
}
