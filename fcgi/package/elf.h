/*
 * elf.h - reads an untrusted library as the loader will, without running it.
 *
 * elf_read() follows the program headers and the dynamic table, as ld.so does (section headers may
 * say anything), and lists the library's imports: every symbol that a relocation names and that it
 * doesn't define, and the libraries that it needs. Anything that could show us one thing and ld.so
 * another is a fault: segments that share pages, tables in writable memory, text relocations.
 *
 * elf_judge() compares that with the lists in elf_imports.c: most imports are allowed and not
 * mentioned, those for files, signals or the environment are notable and shown before consent, and
 * those that could only serve to leave the sandbox are refused. This informs honest authors and
 * careful admins; code with system calls of its own has no imports, and only the sandbox confines
 * it.
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
