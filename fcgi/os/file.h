/*
 * file.h - the kernel's small files (/proc, /sys/fs/cgroup), which are read and written in one call.
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

/* Its text; 0, or -1 with errno. What is longer than n-1 bytes is cut. */
int file_read(const char *path, char *ret, size_t n);
/* A file that is there already; 0, or -1 with errno. */
int file_write(const char *folder, const char *name, const char *text);

#endif
