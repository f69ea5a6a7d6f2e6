/*
 * origin.c - see origin.h.
 */
#include "base/origin.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

struct origin {
	bool https;
	const char *host;
	size_t len; /* with the port, when it isn't the default one */
};

static size_t without_default_port(const char *host, size_t len, bool https)
{
	const char *port = https ? ":443" : ":80";
	size_t n = strlen(port);

	return len > n && !memcmp(host + len - n, port, n) ? len - n : len;
}

static bool parse(const char *url, struct origin *ret)
{
	if (!url)
		return false;
	ret->https = !strncasecmp(url, "https://", 8);
	if (!ret->https && strncasecmp(url, "http://", 7) != 0)
		return false;
	ret->host = url + (ret->https ? 8 : 7);
	ret->len = strcspn(ret->host, "/?#");
	if (memchr(ret->host, '@', ret->len))
		return false;
	ret->len = without_default_port(ret->host, ret->len, ret->https);
	return ret->len > 0;
}

bool origin_same(const char *a, const char *b)
{
	struct origin x, y;

	return parse(a, &x) && parse(b, &y) && x.https == y.https && x.len == y.len &&
	       !strncasecmp(x.host, y.host, x.len);
}

bool origin_is(const char *origin, const char *url)
{
	const char *sep = origin ? strstr(origin, "://") : NULL;

	return sep && !strpbrk(sep + 3, "/?#") && origin_same(origin, url);
}

bool origin_is_host(const char *host, const char *url)
{
	struct origin o;
	size_t len;

	if (!host || !parse(url, &o))
		return false;
	len = without_default_port(host, strlen(host), o.https);
	return len == o.len && !strncasecmp(host, o.host, len);
}
