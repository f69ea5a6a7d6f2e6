/*
 * archive.h - reads an untrusted ZIP.
 *
 * archive_open() checks the directory and lists every fault in `e` (pointer = the entry's path):
 * names that leave the folder or that two file systems would read differently, links, special
 * modes, encryption, odd compression, duplicates (also by letter case), overlapping data, too many
 * entries. Sizes in headers are hints only: archive_read() counts the bytes as they are unpacked,
 * stops at the limits, and compares the checksum at the end. Nothing is written anywhere by this
 * file.
 */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/arena.h"

#define ARCHIVE_ENTRIES_MAX 2000
#define ARCHIVE_FILE_MAX (32L << 20)   /* one file, unpacked */
#define ARCHIVE_TOTAL_MAX (256L << 20) /* all files, unpacked */
#define ARCHIVE_PATH_MAX 200
#define ARCHIVE_DEPTH_MAX 8
#define ARCHIVE_RATIO_MAX 200 /* unpacked : packed, for files over ARCHIVE_RATIO_FROM */
#define ARCHIVE_RATIO_FROM (1L << 20)

struct archive_entry {
	const char *path; /* relative, '/' between, only letters, digits and . _ - + */
	uint64_t size;	  /* from the header, until it was read */
	uint64_t packed;
	uint64_t index;	 /* in the ZIP's directory */
	char sha256[65]; /* "" until it was read */
};

struct archive {
	struct arena *arena;
	void *zip;
	int n;
	struct archive_entry *entry; /* files only, in the directory's order */
	uint64_t unpacked;	     /* bytes that archive_read() has let out */
	char *chunk;
};

/* The archive and its memory belong to the arena. MT_EFIELDS with all faults, MT_EINVAL when the file
 * is no ZIP at all. */
int archive_open(struct arena *p, const char *file, struct archive **ret, struct err *e);

/* Gives the entry's bytes to sink (which returns 0 or an error code) and fills its size and hash. */
int archive_read(struct archive *a, struct archive_entry *en,
	int (*sink)(void *arg, const void *data, size_t n, struct err *e), void *arg,
	struct err *e);

/* The whole entry in the arena, with a NUL behind it; more than max is a fault. */
int archive_load(struct archive *a, struct archive_entry *en, size_t max, char **ret,
	size_t *ret_len, struct err *e);

struct archive_entry *archive_find(struct archive *a, const char *path); /* or NULL */

/* The fault in a name, or NULL. */
const char *archive_name_fault(const char *name);

#endif
