/*
 * exports.h - the files of exports of companies: export_dir/<id>.zip. What is still being written has a
 * further ending.
 */
#ifndef EXPORTS_H
#define EXPORTS_H

#include "base/conf.h"

#define EXPORTS_PATH_MAX 320
#define EXPORTS_DAYS 7 /* they are kept */

void exports_path(const struct conf *c, const char *id, char ret[EXPORTS_PATH_MAX]);
/* Calls `found` with the id of each file, also of unfinished ones, and its size. */
void exports_each(const struct conf *c,
	void (*found)(void *arg, const char *path, const char *id, long size), void *arg);
/* Removes all that has this id. */
void exports_remove(const struct conf *c, const char *id);

#endif
