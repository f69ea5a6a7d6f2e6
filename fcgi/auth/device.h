/*
 * device.h - what a User-Agent header says to a person: "Firefox", "Windows". It is the client's own word.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "base/arena.h"

#define DEVICE_AGENT_MAX 400 /* as sql/003-sign-in.sql has it */

struct device {
	const char *browser;  /* or the program; NULL = it isn't known */
	const char *platform; /* NULL = it isn't known */
};

/* agent may be NULL. */
struct device device_of(struct arena *p, const char *agent);
/* The header as it may be stored: ASCII, cut at DEVICE_AGENT_MAX; NULL when there is none. */
const char *device_agent(struct arena *p, const char *header);

#endif
