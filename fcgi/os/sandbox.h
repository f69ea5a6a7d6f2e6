/*
 * sandbox.h - what a process that runs a plugin's code may still ask of the kernel.
 *
 * seccomp lets through a list of system calls (memory, the descriptors that are open already, clocks)
 * and answers EPERM to the rest: no new socket, no connection, no program, no process or thread, no
 * tracing, no signal to others, no file opened for writing. Landlock (by ABI, probed) lets files be read
 * below `read_only` and nowhere else, and forbids TCP, abstract sockets and signals to the outside.
 * Without Landlock no file can be opened at all, except in SANDBOX_LOAD.
 *
 * Two steps, both one-way: SANDBOX_LOAD before dlopen(), so that a constructor runs inside already;
 * SANDBOX_RUN after it, which also forbids new executable memory and ends the right to tighten further.
 * A trial load uses only the first. SANDBOX_RUN alone is fine too.
 *
 * A sanitizer build must switch leak detection off in these processes (`__asan_default_options` with
 * "detect_leaks=0"): LeakSanitizer starts a thread and traces, which is what this forbids.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>

enum sandbox_mode { SANDBOX_LOAD, SANDBOX_RUN, SANDBOX_HOST };

struct sandbox_opts {
	enum sandbox_mode mode;
	const char *const
		*read_only; /* files and folders, NULL at the end; absent ones are skipped */
};

/* /usr/lib, /lib, /lib64, /etc/ld.so.cache, /etc/localtime, /usr/share/zoneinfo: what every plugin
 * needs besides its own folder. Fills at most n-1 entries behind those that are in `paths` already. */
void sandbox_default_paths(const char **paths, size_t n);

/* 0, with what is in force in note ("seccomp landlock-7"); -1 with errno when something that this kernel
 * has could not be put in force: the process must end then. */
int sandbox_enter(const struct sandbox_opts *opts, char note[64]);

#endif
