/*
 * files.h - where the bytes of files are: files_dir/<tenant>/<first two digits>/<sha256>, a thumbnail
 * beside it with ".jpg". Once a company: the same bytes in two companies are two files, so nothing of one
 * can be learned or kept by another.
 *
 * Which of them are somebody's, and when they may be removed, sql/045-files.sql says.
 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include "base/conf.h"

#define FILES_PATH_MAX 352
#define FILES_THUMBNAIL_SIDE 320	 /* pixels */
#define FILES_THUMBNAIL_MAX (256u << 10) /* bytes */

/* Below files_dir, as nginx serves it: "1/ab/abc...". */
void files_name(int tenant, const char *sha256, bool thumbnail, char ret[FILES_PATH_MAX]);
void files_path(const struct conf *c, int tenant, const char *sha256, bool thumbnail,
	char ret[FILES_PATH_MAX]);
/* Puts a complete file, on the same file system, in its place, replacing the same bytes; it is durable then.
 * 0, or -1 with errno. */
int files_put(
	const struct conf *c, int tenant, const char *sha256, bool thumbnail, const char *from);
/* A file and its thumbnail; what isn't there is no error. */
int files_remove(const struct conf *c, int tenant, const char *sha256);
/* All of a company. */
int files_remove_all(const struct conf *c, int tenant);

#endif
