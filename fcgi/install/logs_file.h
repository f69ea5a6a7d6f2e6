/*
 * logs_file.h - the master's log, read from its end.
 *
 * A place is "<inode>.<offset>" in hexadecimal, so that it survives the log's rotation by one file
 * (mortised.log, mortised.log.1). Reading stops after LOGS_SCAN_MAX bytes, whatever was found.
 */
#ifndef LOGS_FILE_H
#define LOGS_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

#define LOGS_SCAN_MAX (64L << 20) /* 25 ms when it is in memory */
#define LOGS_PLACE_MAX 40

struct logs_place {
	uint64_t inode;
	int64_t offset;
};

/* The lines between `after` and `before`; inode 0 = the beginning, the end. */
struct logs_range {
	struct logs_place after, before;
};

/* Gives each line (without its end, NUL behind it), the last first, until `take` answers false.
 * *ret_end: behind the last complete line. *ret_from: where it stopped; inode 0 = at the beginning.
 * MT_ENOENT: there is no log in this folder. */
int logs_read(const char *log_dir, const struct logs_range *range, int64_t deadline,
	bool (*take)(void *arg, char *line, size_t n), void *arg, struct logs_place *ret_end,
	struct logs_place *ret_from, struct err *e);

bool logs_place_parse(struct logs_place *ret, const char *s);
void logs_place_text(char ret[LOGS_PLACE_MAX], const struct logs_place *p);

#endif
