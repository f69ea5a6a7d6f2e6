/*
 * elf.h - a plugin's library as the loader will see it, read with suspicion and without running it.
 *
 * elf_read() follows the program headers and the dynamic table, as ld.so does (section headers may say
 * anything), and lists what the library takes from others: every symbol that a relocation names and
 * that it doesn't define, and the libraries that it wants loaded. Anything that could show us one thing
 * and ld.so another is a fault: segments that share pages, tables in writable memory, text relocations.
 *
 * elf_judge() compares that with the lists in elf_imports.c: most is allowed and not worth a word, what
 * reaches for files, signals or the environment is notable and shown to who consents, and what could
 * only serve to leave the sandbox is refused. This tells honest authors and careful admins; code that
 * enters the kernel by itself has no imports, and the sandbox is what holds it.
 */
#ifndef ELF_CHECK_H
#define ELF_CHECK_H

#include <jansson.h>
#include <stddef.h>
#include "base/err.h"
#include "base/arena.h"

struct elf_report {
	int n_symbols;
	const char **symbol; /* printable, each once */
	int n_needed;
	const char **needed; /* "libc.so.6" */
};

/* The fault in a library of these bytes, in words, in the arena; NULL = it is a shared object
 * for this machine, and *ret is filled. The bytes must stay as long as *ret is used. */
const char *elf_read(struct arena *p, const void *data, size_t n, struct elf_report *ret);

/* A fault at `pointer` for each forbidden symbol and library. *ret, a new reference:
 * {allowed: n, notable: [symbol], forbidden: [symbol]}. */
void elf_judge(const struct elf_report *r, const char *pointer, json_t **ret, struct err *e);

/* Why a symbol is forbidden ("it starts programs"), or NULL. */
const char *elf_forbidden(const char *symbol);

#endif
