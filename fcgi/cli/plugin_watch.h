/*
 * plugin_watch.h - waits until somebody saves a file in a plugin's folder (inotify).
 *
 * Watched are the folder itself, src, migrations, t and everything below ui/src; not ui/dist, which the
 * build writes, nor what editors leave for themselves. Editors save in several steps: a change is
 * reported when WATCH_QUIET_MS have passed without another.
 */
#ifndef PLUGIN_WATCH_H
#define PLUGIN_WATCH_H

#include <stdbool.h>
#include "base/err.h"

#define WATCH_QUIET_MS 60
#define WATCH_FOLDERS_MAX 64

struct plugin_change {
	bool any;
	bool ui;	/* below ui/src */
	char name[256]; /* the last one, for people */
};

struct plugin_watch {
	int fd;
	const char *dir;
	int n;
	struct {
		int wd;
		bool ui;
		char path[256]; /* relative to dir; "" = itself */
	} folder[WATCH_FOLDERS_MAX];
};

int plugin_watch_open(struct plugin_watch *w, const char *dir, struct err *e);
/* At most ms milliseconds; also returns at a signal. Folders that are new are watched from then on. */
void plugin_watch_wait(struct plugin_watch *w, int ms, struct plugin_change *ret);
void plugin_watch_close(struct plugin_watch *w);

#endif
