/*
 * id_uuid.c - the identifiers that need no library: a guest (guest/README.md) makes them, too.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include "base/id.h"

/*
 * Milliseconds and 12 bits of the millisecond's fraction (RFC 9562, 6.2 method 3), always above the
 * one before, so that rows made in one loop keep their order.
 */
static uint64_t uuid_time(void)
{
	static uint64_t last;
	struct timespec ts;
	uint64_t t;

	clock_gettime(CLOCK_REALTIME, &ts);
	t = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	t = t << 12 | ((uint64_t)ts.tv_nsec % 1000000 << 12) / 1000000;
	if (t <= last)
		t = last + 1;
	last = t;
	return t;
}

void id_uuid7(char ret[ID_UUID_LEN + 1])
{
	uint64_t t = uuid_time();
	unsigned char u[16];
	char hex[33];

	while (getrandom(u, sizeof(u), 0) != (ssize_t)sizeof(u))
		if (errno != EINTR)
			abort(); /* no random source: nothing that follows would be safe */
	for (int i = 0; i < 6; i++)
		u[i] = (unsigned char)(t >> (52 - 8 * i));
	u[6] = (unsigned char)(0x70 | (t >> 8 & 0x0f));
	u[7] = (unsigned char)t;
	u[8] = (unsigned char)(0x80 | (u[8] & 0x3f));
	id_hex(hex, u, sizeof(u));
	snprintf(ret, ID_UUID_LEN + 1, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		hex + 16, hex + 20);
}

void id_hex(char *ret, const void *data, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *u = data;

	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[u[i] >> 4];
		ret[2 * i + 1] = digits[u[i] & 15];
	}
	ret[2 * n] = '\0';
}
