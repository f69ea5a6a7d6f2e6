/* semver.c - versions and ranges: see semver.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "package/semver.h"

#define NUMBER_MAX 999999999L

static int number(const char **s, long *ret)
{
	const char *at = *s;
	long v = 0;

	if (!isdigit((unsigned char)*at) || (*at == '0' && isdigit((unsigned char)at[1])))
		return -1;
	for (; isdigit((unsigned char)*at); at++) {
		v = v * 10 + (*at - '0');
		if (v > NUMBER_MAX)
			return -1;
	}
	*s = at;
	*ret = v;
	return 0;
}

/* Dot-separated identifiers of [0-9A-Za-z-]; those of a pre-release have no leading zeros. */
static int identifiers(const char **s, bool pre)
{
	const char *at = *s;

	for (;;) {
		size_t n = strspn(
			at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");

		if (n == 0)
			return -1;
		if (pre && n > 1 && *at == '0' && strspn(at, "0123456789") == n)
			return -1;
		at += n;
		if (*at != '.')
			break;
		at++;
	}
	*s = at;
	return 0;
}

int semver_parse(struct semver *ret, const char *s)
{
	const char *from;

	if (strlen(s) >= SEMVER_MAX)
		return -1;
	memset(ret, 0, sizeof(*ret));
	if (number(&s, &ret->major) < 0 || *s++ != '.' || number(&s, &ret->minor) < 0 ||
		*s++ != '.' || number(&s, &ret->patch) < 0)
		return -1;
	if (*s == '-') {
		from = ++s;
		if (identifiers(&s, true) < 0)
			return -1;
		memcpy(ret->pre, from, (size_t)(s - from));
	}
	if (*s == '+') {
		s++;
		if (identifiers(&s, false) < 0)
			return -1;
	}
	return *s ? -1 : 0;
}

/* One identifier against another: numbers below words, numbers by value, words by byte. */
static int compare_identifier(const char *a, size_t na, const char *b, size_t nb)
{
	bool num_a = strspn(a, "0123456789") >= na, num_b = strspn(b, "0123456789") >= nb;
	int c;

	if (num_a != num_b)
		return num_a ? -1 : 1;
	if (num_a && na != nb)
		return na < nb ? -1 : 1;
	c = memcmp(a, b, na < nb ? na : nb);
	return c ? c : (na > nb) - (na < nb);
}

static int compare_pre(const char *a, const char *b)
{
	if (!*a || !*b) /* a release is above its pre-releases */
		return (*a == '\0') - (*b == '\0');
	for (;;) {
		size_t na = strcspn(a, "."), nb = strcspn(b, ".");
		int c = compare_identifier(a, na, b, nb);

		if (c)
			return c;
		a += na;
		b += nb;
		if (!*a || !*b)
			return (*a != '\0') - (*b != '\0');
		a++;
		b++;
	}
}

static int compare(const struct semver *a, const struct semver *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	if (a->patch != b->patch)
		return a->patch < b->patch ? -1 : 1;
	return compare_pre(a->pre, b->pre);
}

int semver_compare(const char *a, const char *b)
{
	struct semver va, vb;
	int ba = semver_parse(&va, a), bb = semver_parse(&vb, b);

	if (ba < 0 || bb < 0)
		return ba - bb;
	return compare(&va, &vb);
}

struct comparator {
	char op[3]; /* "=" ">" ">=" "<" "<=" "^" "~" "*" */
	struct semver v;
};

/* Reads one comparator of n characters. */
static int comparator(struct comparator *ret, const char *s, size_t n)
{
	char text[SEMVER_MAX];
	size_t ops = strspn(s, "<>=^~");

	memset(ret, 0, sizeof(*ret));
	if (n == 1 && *s == '*') {
		ret->op[0] = '*';
		return 0;
	}
	if (ops > 2 || ops >= n || n - ops >= sizeof(text))
		return -1;
	memcpy(ret->op, ops ? s : "=", ops ? ops : 1);
	if (ret->op[1] && strcmp(ret->op, ">=") != 0 && strcmp(ret->op, "<=") != 0)
		return -1;
	memcpy(text, s + ops, n - ops);
	text[n - ops] = '\0';
	return semver_parse(&ret->v, text);
}

static bool holds(const struct comparator *c, const struct semver *v)
{
	struct semver top = c->v;
	int cmp = compare(v, &c->v);

	switch (c->op[0]) {
	case '*':
		return true;
	case '=':
		return cmp == 0;
	case '>':
		return cmp > 0 || (c->op[1] && cmp == 0);
	case '<':
		return cmp < 0 || (c->op[1] && cmp == 0);
	}
	top.pre[0] = '\0';
	if (c->op[0] == '^' && top.major > 0)
		top = (struct semver){.major = top.major + 1};
	else if (c->op[0] == '~' || top.minor > 0)
		top = (struct semver){.major = top.major, .minor = top.minor + 1};
	else
		top.patch++;
	return cmp >= 0 && compare(v, &top) < 0;
}

/* Parses a range; v NULL = only check its form. Returns 1 in range, 0 not, -1 no range. */
static int walk(const char *s, const struct semver *v)
{
	bool all = true, any = false;
	int n = 0;

	for (;;) {
		struct comparator c;
		size_t len;

		s += strspn(s, " ");
		len = strcspn(s, " |");
		if (len > 0) {
			if (comparator(&c, s, len) < 0)
				return -1;
			all = all && v && holds(&c, v);
			n++;
			s += len;
			continue;
		}
		if (n == 0)
			return -1;
		any = any || all;
		if (*s == '\0')
			return any;
		if (s[0] != '|' || s[1] != '|')
			return -1;
		s += 2;
		n = 0;
		all = true;
	}
}

bool semver_range_valid(const char *range)
{
	return walk(range, NULL) >= 0;
}

bool semver_in_range(const char *version, const char *range)
{
	struct semver v;

	return semver_parse(&v, version) == 0 && walk(range, &v) == 1;
}
