/*
 * semver.h - versions after semver.org 2.0.0, and the ranges that a manifest's "host" may hold.
 *
 * A range is comparators separated by spaces, all of which must hold (">=0.1.0 <1.0.0"); alternatives
 * are separated by "||". Comparators: = > >= < <= and none; ^1.2.3 (up to the next change of the
 * leftmost number that isn't 0), ~1.2.3 (up to the next minor). "*" is every version.
 */
#ifndef SEMVER_H
#define SEMVER_H

#include <stdbool.h>

#define SEMVER_MAX 64 /* longest text that is read */

struct semver {
	long major, minor, patch;
	char pre[SEMVER_MAX]; /* "" = a release */
};

/* Whole text must be a version: 0 or -1. */
int semver_parse(struct semver *ret, const char *s);
/* <0, 0, >0; build metadata doesn't count. Texts that are no version sort first. */
int semver_compare(const char *a, const char *b);
bool semver_range_valid(const char *range);
bool semver_in_range(const char *version, const char *range);

#endif
