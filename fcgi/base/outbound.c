/* outbound.c - see outbound.h. */
#include "base/outbound.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 270
#define HTTPS_PORT 443

void outbound_frame(unsigned char ret[OUTBOUND_FRAME], enum outbound_type type, size_t n)
{
	ret[0] = (unsigned char)type;
	for (int i = 0; i < 4; i++)
		ret[i + 1] = (unsigned char)(n >> 8 * i);
}

bool outbound_read(
	const unsigned char head[OUTBOUND_FRAME], enum outbound_type *ret_type, size_t *ret_n)
{
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		n |= (size_t)head[i + 1] << 8 * i;
	*ret_type = (enum outbound_type)head[0];
	*ret_n = n;
	switch (head[0]) {
	case OUTBOUND_ORDER:
	case OUTBOUND_HEAD:
	case OUTBOUND_END:
		return n <= OUTBOUND_TEXT_MAX;
	case OUTBOUND_BODY:
		return n > 0 && n <= OUTBOUND_PIECE_MAX;
	default:
		return false;
	}
}

/* Splits "host:port" in place: the port, HTTPS_PORT without one, -1 = it is no word. */
static int split(char *word)
{
	char *colon = *word == '[' ? strstr(word, "]:") : strrchr(word, ':'), *end;
	long port;

	if (colon && *colon == ']')
		colon++;
	if (!colon)
		return HTTPS_PORT;
	if (!isdigit((unsigned char)colon[1]))
		return -1;
	port = strtol(colon + 1, &end, 10);
	*colon = '\0';
	return *end || port < 1 || port > 65535 ? -1 : (int)port;
}

static bool host_matches(const char *word, const char *host)
{
	size_t n = strlen(word), len = strlen(host);

	if (strcmp(word, "*") == 0)
		return true;
	if (word[0] != '*')
		return strcasecmp(word, host) == 0;
	return word[1] == '.' && len > n - 1 && strcasecmp(host + len - (n - 1), word + 1) == 0;
}

bool outbound_allows(const char *list, const char *host, int port, bool *ret_exact)
{
	bool any = false;

	*ret_exact = false;
	for (const char *at = list + strspn(list, " \t,"); *at; at += strspn(at, " \t,")) {
		size_t n = strcspn(at, " \t,");
		char word[WORD_MAX];

		snprintf(word, sizeof(word), "%.*s", (int)n, at);
		at += n;
		if (n >= sizeof(word) || split(word) != port || !host_matches(word, host))
			continue;
		any = true;
		*ret_exact = *ret_exact || word[0] != '*';
	}
	return any;
}

bool outbound_header_ok(const char *name, const char *value)
{
	static const char *const OURS[] = {"Host", "Content-Length", "Transfer-Encoding",
		"Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Accept-Encoding",
		"Proxy-Authorization", "Proxy-Connection", NULL};
	size_t n = strlen(name);

	if (n == 0 || n > 100 || strlen(value) > 8192)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("!#$%&'*+-.^_`|~", name[i]))
			return false;
	for (const char *s = value; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	for (int i = 0; OURS[i]; i++)
		if (strcasecmp(name, OURS[i]) == 0)
			return false;
	return true;
}

static bool is_name(const char *s)
{
	if (!*s || *s == '.' || *s == '-' || strstr(s, "..") || s[strlen(s) - 1] == '.')
		return false;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0';
}

static bool is_address6(const char *s)
{
	size_t n = strlen(s);

	return n > 3 && s[0] == '[' && s[n - 1] == ']' &&
	       strspn(s + 1, "0123456789abcdef:.") == n - 2;
}

bool outbound_word_ok(const char *s)
{
	char word[WORD_MAX];

	if (strlen(s) >= 200)
		return false;
	if (strncmp(s, "setting:", 8) == 0)
		return s[8] &&
		       !s[8 + strspn(s + 8, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					    "0123456789_-")];
	snprintf(word, sizeof(word), "%s", s);
	if (split(word) < 0)
		return false;
	if (word[0] == '*')
		return word[1] == '\0' ||
		       (word[1] == '.' && strchr(word + 2, '.') && is_name(word + 2));
	return is_address6(word) || is_name(word);
}

const char *outbound_place(struct arena *p, const char *url)
{
	const char *s = strstr(url, "://");
	bool plain = strncmp(url, "http://", 7) == 0;
	size_t n;

	if (!s)
		return NULL;
	s += 3;
	n = strcspn(s, "/?#");
	if (n == 0 || memchr(s, '@', n) || memchr(s, ' ', n) || memchr(s, ',', n) ||
		memchr(s, '*', n))
		return NULL;
	if (memrchr(s, ':', n) && (*s != '[' || s[n - 1] != ']'))
		return arena_strndup(p, s, n);
	return arena_printf(p, "%.*s:%d", (int)n, s, plain ? 80 : HTTPS_PORT);
}
