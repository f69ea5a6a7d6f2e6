/*
 * elf.h - whether a plugin's library could be loaded here at all, from its ELF header alone.
 */
#ifndef ELF_CHECK_H
#define ELF_CHECK_H

#include <stddef.h>
#include "base/pool.h"

#define ELF_HEAD 64 /* bytes that elf_fault() wants to see */

/* What is wrong with a library that starts with these bytes, for a person, in the pool; NULL = it is
 * a shared object for this machine. */
const char *elf_fault(struct pool *p, const void *head, size_t n);

#endif
