/* address.c - special-purpose addresses as a table: see address.h. */
#include "marketplace/address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range {
	uint8_t prefix[16];
	int bits;
	const char *what;
};

static const struct range V4[] = {
	{{0}, 8, "unspecified"},
	{{10}, 8, "private"},
	{{100, 64}, 10, "shared"},
	{{127}, 8, "loopback"},
	{{169, 254}, 16, "link-local"},
	{{172, 16}, 12, "private"},
	{{192, 0, 0}, 24, "reserved"},
	{{192, 0, 2}, 24, "documentation"},
	{{192, 88, 99}, 24, "reserved"},
	{{192, 168}, 16, "private"},
	{{198, 18}, 15, "benchmarking"},
	{{198, 51, 100}, 24, "documentation"},
	{{203, 0, 113}, 24, "documentation"},
	{{224}, 4, "multicast"},
	{{240}, 4, "reserved"},
};

/* Only 2000::/3 of IPv6 is allocated; these ranges in it are special nevertheless. */
static const struct range V6[] = {
	{{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
	{{0x20, 0x01}, 23, "reserved"},
	{{0x20, 0x02}, 16, "reserved"}, /* 6to4: any IPv4 address inside */
	{{0x3f, 0xff}, 20, "documentation"},
};

/* Names of ranges outside of 2000::/3. */
static const struct range V6_OUTSIDE[] = {
	{{0}, 128, "unspecified"},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, "IPv4-mapped"},
	{{0xfe, 0x80}, 10, "link-local"},
	{{0xfe, 0xc0}, 10, "site-local"},
	{{0xfc}, 7, "private"},
	{{0xff}, 8, "multicast"},
};

static const struct range GLOBAL = {{0x20}, 3, ""};
/* NAT64: the IPv4 internet as a host without IPv4 sees it. */
static const struct range NAT64 = {{0x00, 0x64, 0xff, 0x9b}, 96, ""};

static bool lies_in(const uint8_t *address, const struct range *r)
{
	int whole = r->bits / 8, rest = r->bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	if (memcmp(address, r->prefix, (size_t)whole) != 0)
		return false;
	return rest == 0 || (address[whole] & mask) == (r->prefix[whole] & mask);
}

static const char *find(const uint8_t *address, const struct range *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lies_in(address, &table[i]))
			return table[i].what;
	return NULL;
}

static const char *special4(const uint8_t *address)
{
	return find(address, V4, sizeof(V4) / sizeof(V4[0]));
}

static const char *special6(const uint8_t *address)
{
	const char *what;

	if (lies_in(address, &NAT64))
		return special4(address + 12);
	if (lies_in(address, &GLOBAL))
		return find(address, V6, sizeof(V6) / sizeof(V6[0]));
	what = find(address, V6_OUTSIDE, sizeof(V6_OUTSIDE) / sizeof(V6_OUTSIDE[0]));
	return what ? what : "reserved";
}

const char *address_special(const struct sockaddr *sa)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (sa->sa_family == AF_INET) {
		memcpy(&four, sa, sizeof(four));
		return special4((const uint8_t *)&four.sin_addr);
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&six, sa, sizeof(six));
		return special6((const uint8_t *)&six.sin6_addr);
	}
	return "foreign";
}
