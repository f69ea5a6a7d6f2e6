/* device.c - see device.h. */
#include "auth/device.h"

#include <string.h>

#define PROGRAM_MAX 40

struct word {
	const char *in, *name;
};

/* The first that is found counts: browsers name those that they want to be taken for as well. */
static const struct word BROWSERS[] = {
	{"Edg/", "Edge"},
	{"EdgA/", "Edge"},
	{"EdgiOS/", "Edge"},
	{"OPR/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"Firefox/", "Firefox"},
	{"FxiOS/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{NULL, NULL},
};

static const struct word PLATFORMS[] = {
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Android", "Android"},
	{"Windows", "Windows"},
	{"CrOS", "ChromeOS"},
	{"Macintosh", "macOS"},
	{"Linux", "Linux"},
	{NULL, NULL},
};

static const char *find(const struct word *of, const char *agent)
{
	for (; of->in; of++)
		if (strstr(agent, of->in))
			return of->name;
	return NULL;
}

/* "curl/8.5.0": programs begin with their name. */
static const char *program(struct arena *p, const char *agent)
{
	size_t n =
		strspn(agent, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n <= PROGRAM_MAX ? arena_strndup(p, agent, n) : NULL;
}

struct device device_of(struct arena *p, const char *agent)
{
	if (!agent)
		return (struct device){NULL, NULL};
	if (strncmp(agent, "Mozilla/", 8) != 0)
		return (struct device){program(p, agent), NULL};
	return (struct device){find(BROWSERS, agent), find(PLATFORMS, agent)};
}

const char *device_agent(struct arena *p, const char *header)
{
	char *ret;

	if (!header)
		return NULL;
	ret = arena_strndup(p, header, strnlen(header, DEVICE_AGENT_MAX));
	for (char *c = ret; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return ret;
}
