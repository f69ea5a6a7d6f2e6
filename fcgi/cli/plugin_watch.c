/* plugin_watch.c - inotify on a plugin's folder: see plugin_watch.h. */
#include "cli/plugin_watch.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR)

/* Swap files, backups, editors' probes. */
static bool is_noise(const char *name)
{
	size_t n = strlen(name);

	return name[0] == '.' || name[0] == '#' || name[n - 1] == '~' || !strcmp(name, "4913") ||
	       (n > 4 && (!strcmp(name + n - 4, ".zip") || !strcmp(name + n - 4, ".new")));
}

static void add(struct plugin_watch *w, const char *path, bool ui)
{
	char full[4400];
	struct dirent *de;
	DIR *d;
	int wd;

	if (w->n == WATCH_FOLDERS_MAX || strlen(path) >= sizeof(w->folder[0].path))
		return;
	snprintf(full, sizeof(full), "%s/%s", w->dir, path);
	wd = inotify_add_watch(w->fd, full, EVENTS);
	if (wd < 0)
		return;
	for (int i = 0; i < w->n; i++)
		if (w->folder[i].wd == wd)
			return;
	w->folder[w->n].wd = wd;
	w->folder[w->n].ui = ui;
	snprintf(w->folder[w->n++].path, sizeof(w->folder[0].path), "%s", path);
	if (!ui || !(d = opendir(full)))
		return;
	while ((de = readdir(d))) {
		char below[512];

		if (de->d_type != DT_DIR || is_noise(de->d_name))
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, de->d_name);
		add(w, below, true);
	}
	closedir(d);
}

static void add_known(struct plugin_watch *w)
{
	static const char *const FOLDERS[] = {"src", "migrations", "t", "ui", NULL};

	add(w, "", false);
	for (int i = 0; FOLDERS[i]; i++)
		add(w, FOLDERS[i], false);
	add(w, "ui/src", true);
}

int plugin_watch_open(struct plugin_watch *w, const char *dir, struct err *e)
{
	memset(w, 0, sizeof(*w));
	w->dir = dir;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0)
		return err_set(e, MT_EINTERNAL, "Can't start inotify: %s", strerror(errno));
	add_known(w);
	if (w->n > 0)
		return 0;
	close(w->fd);
	return err_set(e, MT_EINTERNAL, "Can't watch %s: %s", dir, strerror(errno));
}

static void look_at(
	struct plugin_watch *w, const struct inotify_event *ev, struct plugin_change *ret)
{
	for (int i = 0; i < w->n; i++) {
		if (w->folder[i].wd != ev->wd)
			continue;
		if (ev->mask & IN_IGNORED) { /* the folder is gone; a new one gets another number */
			w->folder[i] = w->folder[--w->n];
			return;
		}
		if (ev->len == 0 || is_noise(ev->name))
			return;
		if (ev->mask & IN_ISDIR)
			return add_known(w);
		if (strcmp(w->folder[i].path, "ui") == 0 || (ev->mask & IN_CREATE))
			return; /* a file that is new is written, too */
		ret->any = true;
		ret->ui = ret->ui || w->folder[i].ui;
		snprintf(ret->name, sizeof(ret->name), "%.120s%s%.120s", w->folder[i].path,
			w->folder[i].path[0] ? "/" : "", ev->name);
		return;
	}
}

void plugin_watch_wait(struct plugin_watch *w, int ms, struct plugin_change *ret)
{
	_Alignas(struct inotify_event) char buf[8192];
	struct pollfd pf = {.fd = w->fd, .events = POLLIN};

	memset(ret, 0, sizeof(*ret));
	while (poll(&pf, 1, ret->any ? WATCH_QUIET_MS : ms) > 0) {
		ssize_t n = read(w->fd, buf, sizeof(buf));

		for (char *p = buf; n > 0 && p < buf + n;) {
			const struct inotify_event *ev = (const struct inotify_event *)p;

			look_at(w, ev, ret);
			p += sizeof(*ev) + ev->len;
		}
		if (!ret->any && n <= 0)
			return;
	}
}

void plugin_watch_close(struct plugin_watch *w)
{
	close(w->fd);
}
