/*
 * temp.h - temporary files and folders that are always removed.
 *
 * Each has a random name in <dir>/tmp and is locked by the process that made it. It is removed with
 * the arena; files of a killed process have no lock any more and are removed by temp_sweep(). A
 * full disk is MT_EFULL.
 */
#ifndef TEMP_H
#define TEMP_H

#include <stddef.h>
#include <sys/types.h>
#include "base/op.h"

struct temp {
	const char *path;
	int fd; /* a file: open for writing; a folder: its lock */
};

/* mode: of the file, e.g. 0600. */
int temp_file(struct op *op, const char *dir, mode_t mode, struct temp **ret);
int temp_folder(struct op *op, const char *dir, struct temp **ret);
/* Its name is its own now (after a rename): nothing is removed with the arena. */
void temp_keep(struct temp *t);
void temp_sweep(const char *dir);

int temp_write(struct temp *t, const void *data, size_t n, struct err *e);
/* An errno of writing as an error: ENOSPC and EDQUOT are MT_EFULL. */
int temp_errno(struct err *e, const char *what, const char *path);
/* Removes a folder with all that is in it; links are removed, not followed. 0 or -1 with errno. */
int temp_remove_tree(const char *path);

#endif
