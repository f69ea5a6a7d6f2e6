/*
 * cgroup.h - memory limits per pool by cgroup v2, where the master may make groups (systemd's
 * Delegate=yes, or root with the memory controller in v2). Elsewhere the resource limits of spawn.h are
 * all there is: per process instead of per pool, and counting address space instead of memory.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include <stddef.h>

/* Finds the master's own group below mount ("/sys/fs/cgroup"), moves the master into a leaf of it (a
 * group with processes can't have children with controllers) and turns the memory controller on for
 * the others. ret = the folder for pools, "" when that isn't possible. */
void cgroup_probe(const char *mount, const char *self, char *ret, size_t n);
/* A group for a pool; ret = its folder, "" when there is none. */
void cgroup_make(const char *parent, const char *pool, int memory_mb, char *ret, size_t n);
void cgroup_drop(const char *folder);

#endif
