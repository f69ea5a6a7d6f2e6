/*
 * landlock.h - Landlock by raw system calls (libc has no wrappers, and the headers of Debian 12 know
 * fewer rights than newer kernels).
 */
#ifndef LANDLOCK_H
#define LANDLOCK_H

int landlock_abi(void); /* 0 = the kernel has none */
/* Allows reading below these paths and nothing else of files, TCP, abstract sockets, foreign
 * signals - as far as the ABI goes. 0 or -1 with errno. Needs no_new_privs. */
int landlock_enter(int abi, const char *const *read_only);
/* The same, but TCP connections to these ports (0 ends the list), where the ABI knows ports; before it,
 * to any. */
int landlock_enter_tcp(int abi, const char *const *read_only, const unsigned short *ports);

#endif
