/*
 * sandbox.h - the system calls that a plugin's host may still make once it has what it needs. It is
 * the second wall: the host contains none of the plugin's code (guest/confine.c confines that), but
 * parses its output.
 *
 * seccomp lets through a list of system calls (memory, the descriptors that are open already, pairs
 * of sockets, clocks) and answers EPERM to the rest: no other new socket, no connection, no address
 * for sendto() (sendmsg() passes descriptors to the spawner, and a filter can't see its address),
 * no program, no process or thread, no tracing, no signal to others, no executable memory, no file
 * opened for writing. Landlock (by ABI, probed) lets files be read below `read_only` and nowhere
 * else, and forbids TCP, abstract sockets and signals to the outside. Without Landlock no file can
 * be opened.
 *
 * A sanitizer build must switch leak detection off in these processes (`__asan_default_options`
 * with "detect_leaks=0"): LeakSanitizer starts a thread and traces, which is what this forbids.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>

/* /usr/lib, /lib, /lib64, /etc/ld.so.cache, /etc/localtime, /usr/share/zoneinfo: what the libraries of
 * this process may yet read. Fills at most n-1 entries behind those that are in `paths` already. */
void sandbox_default_paths(const char **paths, size_t n);

/* 0, with what is in force in note ("seccomp landlock-7"); 1 when this kernel lacks a part; -1 with
 * errno when something that it has could not be put in force: the process must end then. read_only:
 * files and folders, NULL at the end; absent ones are skipped. */
int sandbox_enter(const char *const *read_only, char note[64]);

#endif
