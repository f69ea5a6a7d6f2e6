/* seed.h - random choices that can be repeated: MORTISE_SEED=<number> repeats a run; each run
 * prints its own. */
#ifndef SEED_H
#define SEED_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* For srandom(). */
static inline unsigned test_seed(void)
{
	const char *given = getenv("MORTISE_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

	printf("# what is chosen by chance can be had again with MORTISE_SEED=%u\n", seed);
	return seed;
}

#endif
