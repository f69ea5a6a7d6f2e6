/* ended.c - why a process of a plugin ended, in words: see ended.h. */
#include "base/ended.h"

#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/message.h"

#define VALUES_MAX 2

static const struct {
	const char *code, *key;
} ENDED[] = {
	{"signal", P_("ended by signal {0} ({1})")},
	{"signal-in-request", P_("ended by signal {0} ({1}) in a request")},
	{"status", P_("ended with status {0}")},
	{"status-in-request", P_("ended with status {0} in a request")},
	{"killed-stop", P_("killed: the master stops")},
	{"killed-revoked", P_("killed: the right to its call had ended")},
	{"killed-silent", P_("killed: it did not answer")},
	{"killed-deadline", P_("killed: a request passed its deadline")},
	{"killed-start", P_("killed: it did not get ready in time")},
	{"killed-leave", P_("killed: it did not stop in time")},
	{"killed-accept", P_("killed: it did not take a waiting connection")},
	{"listener", P_("the plugin shut its own listener")},
	{"guest-crash", P_("crashed: {0}")},
	{"guest-memory", P_("crashed: {0}, with hardly any of its memory left (plugin_memory_mb)")},
	{"guest-call", P_("called {0}")},
	{"guest-signal", P_("was ended by signal {0} ({1})")},
	{"guest-closed", P_("closed its connection")},
	{"guest-spoke", P_("spoke without being asked")},
	{"guest-computed", P_("computed without a request")},
	{"guest-load", P_("plugin.so {0}")},
	{"guest-deadline", P_("was killed: a request passed its deadline (plugin_deadline_ms)")},
	{"guest-message", P_("was killed: its message {0} {1}")},
};

static const char *key_of(const char *how, const char **ret_rest)
{
	size_t n = strcspn(how, " ");

	*ret_rest = how + n + (how[n] == ' ');
	for (size_t i = 0; i < sizeof(ENDED) / sizeof(*ENDED); i++)
		if (strlen(ENDED[i].code) == n && strncmp(how, ENDED[i].code, n) == 0)
			return ENDED[i].key;
	return NULL;
}

const char *ended_part(struct arena *p, const char *how)
{
	const char *rest, *values[VALUES_MAX] = {"", ""}, *key = key_of(how, &rest);
	int n = 0;

	if (key == NULL)
		return message_part_plain(p, P_("ended for a reason that isn't known here"));
	if (strstr(key, "{0}") != NULL)
		values[n++] = rest;
	if (strstr(key, "{1}") != NULL) {
		size_t first = strcspn(rest, " ");

		values[0] = arena_strndup(p, rest, first);
		values[n++] = rest + first + (rest[first] == ' ');
	}
	return message_part_keyed(p, key, values, n);
}

const char *ended_words(char *ret, size_t n, const char *how)
{
	const char *rest;
	struct arena *p = arena_new();

	snprintf(ret, n, "%s", key_of(how, &rest) != NULL ? ended_part(p, how) : how);
	arena_free(p);
	return ret;
}
