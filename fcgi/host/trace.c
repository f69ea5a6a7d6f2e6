/* trace.c - see trace.h. The library is foreign: every offset in it is compared with its size. */
#include "host/trace.h"

#include <ctype.h>
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define WORD_MAX 60

struct file {
	const unsigned char *bytes;
	size_t n;
};

/* n bytes at an offset, copied: nothing in there has to be aligned. */
static bool take(const struct file *f, uint64_t at, void *ret, size_t n)
{
	if (at > f->n || n > f->n - at)
		return false;
	memcpy(ret, f->bytes + at, n);
	return true;
}

static bool section(const struct file *f, const Elf64_Ehdr *head, uint32_t i, Elf64_Shdr *ret)
{
	return i < head->e_shnum && head->e_shentsize == sizeof(*ret) &&
	       take(f, head->e_shoff + (uint64_t)i * sizeof(*ret), ret, sizeof(*ret));
}

/* Names of functions are letters, digits, and what compilers add. */
static void copy_name(const struct file *f, uint64_t at, uint64_t end, char ret[WORD_MAX])
{
	size_t n = 0;

	for (; at < end && at < f->n && n < WORD_MAX - 1; at++) {
		int c = f->bytes[at];

		if (!isalnum(c) && c != '_' && c != '.' && c != '$')
			break;
		ret[n++] = (char)c;
	}
	ret[n] = '\0';
}

static bool search(const struct file *f, const Elf64_Shdr *symbols, const Elf64_Shdr *names,
	uint64_t offset, char ret[WORD_MAX], uint64_t *ret_in)
{
	Elf64_Sym s;

	for (uint64_t at = 0; at + sizeof(s) <= symbols->sh_size; at += sizeof(s)) {
		if (!take(f, symbols->sh_offset + at, &s, sizeof(s)))
			return false;
		if (ELF64_ST_TYPE(s.st_info) != STT_FUNC || offset < s.st_value ||
			offset - s.st_value >= s.st_size || s.st_name >= names->sh_size)
			continue;
		copy_name(f, names->sh_offset + s.st_name, names->sh_offset + names->sh_size, ret);
		*ret_in = offset - s.st_value;
		return ret[0] != '\0';
	}
	return false;
}

/* The function that this offset is in. */
static bool find(const struct file *f, uint64_t offset, char ret[WORD_MAX], uint64_t *ret_in)
{
	Elf64_Shdr symbols, names;
	Elf64_Ehdr head;

	if (!take(f, 0, &head, sizeof(head)) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
		head.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	for (uint32_t i = 0; section(f, &head, i, &symbols); i++)
		if (symbols.sh_type == SHT_SYMTAB && section(f, &head, symbols.sh_link, &names))
			return search(f, &symbols, &names, offset, ret, ret_in);
	return false;
}

bool trace_has(const char *words, const char *word)
{
	size_t n = strlen(word);

	return strncmp(words, word, n) == 0 && (words[n] == ' ' || words[n] == '\0');
}

static void put(char ret[TRACE_MAX], size_t *n, const char *text)
{
	int k = snprintf(ret + *n, TRACE_MAX - *n, "%s%s", *n ? " < " : "", text);

	*n = *n + (size_t)k < TRACE_MAX ? *n + (size_t)k : TRACE_MAX - 1;
}

/* "+1a2b" in the library, or the name of another one. */
static void one(const struct file *f, const char *word, char ret[TRACE_MAX], size_t *n)
{
	char name[WORD_MAX], line[2 * WORD_MAX], *end;
	uint64_t offset, in = 0;

	if (word[0] != '+') {
		for (const char *s = word; *s; s++)
			if (!isalnum((unsigned char)*s) && !strchr("._+-", *s))
				return;
		put(ret, n, word);
		return;
	}
	offset = strtoull(word + 1, &end, 16);
	if (end == word + 1 || *end)
		return;
	if (find(f, offset, name, &in))
		snprintf(line, sizeof(line), "%s+0x%llx [%llx]", name, (unsigned long long)in,
			(unsigned long long)offset);
	else
		snprintf(line, sizeof(line), "plugin.so [%llx]", (unsigned long long)offset);
	put(ret, n, line);
}

void trace_names(int library, const char *words, char ret[TRACE_MAX])
{
	struct file f = {0};
	char word[WORD_MAX];
	struct stat st;
	void *bytes = MAP_FAILED;
	size_t n = 0;

	ret[0] = '\0';
	if (trace_has(words, TRACE_MEMORY))
		words += strlen(TRACE_MEMORY);
	if (fstat(library, &st) == 0 && st.st_size > 0)
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, library, 0);
	if (bytes != MAP_FAILED)
		f = (struct file){bytes, (size_t)st.st_size};
	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		size_t len = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		one(&f, word, ret, &n);
		words += len;
	}
	if (bytes != MAP_FAILED)
		munmap(bytes, f.n);
}
