/*
 * elfmaker.h - small shared objects out of nothing, with the imports that a test wants. Nothing in them
 * could run; what reads them goes by their headers and tables.
 */
#ifndef ELFMAKER_H
#define ELFMAKER_H

#include <elf.h>
#include <string.h>

#if defined(__x86_64__)
#define EM_OURS EM_X86_64
#elif defined(__aarch64__)
#define EM_OURS EM_AARCH64
#else
#define EM_OURS EM_NONE
#endif

#define EM_SIZE 8192 /* one page that is read, one that is written */
#define EM_STRINGS 1024
#define EM_SYMBOLS 24

/* All of a file in one piece, so that tests can point at what they break. */
struct em_file {
	Elf64_Ehdr head;
	Elf64_Phdr segment[3]; /* read-only, writable, dynamic */
	Elf64_Sym symbol[EM_SYMBOLS];
	Elf64_Rela rela[EM_SYMBOLS];
	char strings[EM_STRINGS];
	char rest[4096 - sizeof(Elf64_Ehdr) - 3 * sizeof(Elf64_Phdr) -
		  EM_SYMBOLS * (sizeof(Elf64_Sym) + sizeof(Elf64_Rela)) - EM_STRINGS];
	Elf64_Dyn dynamic[32];
	char rest2[4096 - 32 * sizeof(Elf64_Dyn)];
};
_Static_assert(sizeof(struct em_file) == EM_SIZE, "two pages");

struct em_maker {
	struct em_file *f;
	size_t strings;
	int symbols, entries;
};

static inline unsigned em_string(struct em_maker *m, const char *s)
{
	size_t at = m->strings;

	m->strings += strlen(s) + 1;
	if (m->strings > EM_STRINGS)
		__builtin_trap();
	memcpy(m->f->strings + at, s, strlen(s) + 1);
	return (unsigned)at;
}

static inline void em_entry(struct em_maker *m, long tag, unsigned long value)
{
	m->f->dynamic[m->entries++] = (Elf64_Dyn){.d_tag = tag, .d_un.d_val = value};
}

/* An import that a relocation uses. */
static inline void em_import(struct em_maker *m, const char *name)
{
	int i = m->symbols++;

	m->f->symbol[i] = (Elf64_Sym){
		.st_name = em_string(m, name), .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)};
	m->f->rela[i - 1] = (Elf64_Rela){.r_offset = 4096 + 2048 + 8UL * (unsigned)i,
		.r_info = ELF64_R_INFO((unsigned long)i, 6)};
}

static inline void em_begin(struct em_maker *m, struct em_file *f, unsigned machine)
{
	memset(f, 0, sizeof(*f));
	*m = (struct em_maker){.f = f, .strings = 1, .symbols = 1};
	memcpy(f->head.e_ident, ELFMAG, SELFMAG);
	f->head.e_ident[EI_CLASS] = ELFCLASS64;
	f->head.e_ident[EI_DATA] =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	f->head.e_ident[EI_VERSION] = EV_CURRENT;
	f->head.e_type = ET_DYN;
	f->head.e_machine = (Elf64_Half)machine;
	f->head.e_version = EV_CURRENT;
	f->head.e_phoff = offsetof(struct em_file, segment);
	f->head.e_ehsize = sizeof(Elf64_Ehdr);
	f->head.e_phentsize = sizeof(Elf64_Phdr);
	f->head.e_phnum = 3;
	f->segment[0] =
		(Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 4096, .p_memsz = 4096};
	f->segment[1] = (Elf64_Phdr){.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_offset = 4096,
		.p_vaddr = 4096,
		.p_filesz = 4096,
		.p_memsz = 4096};
	f->segment[2] = f->segment[1];
	f->segment[2].p_type = PT_DYNAMIC;
}

static inline void em_end(struct em_maker *m)
{
	em_entry(m, DT_SYMTAB, offsetof(struct em_file, symbol));
	em_entry(m, DT_STRTAB, offsetof(struct em_file, strings));
	em_entry(m, DT_STRSZ, EM_STRINGS);
	em_entry(m, DT_SYMENT, sizeof(Elf64_Sym));
	em_entry(m, DT_RELA, offsetof(struct em_file, rela));
	em_entry(m, DT_RELASZ, (unsigned long)(m->symbols - 1) * sizeof(Elf64_Rela));
	em_entry(m, DT_RELAENT, sizeof(Elf64_Rela));
	em_entry(m, DT_NULL, 0);
}

/* A library with these imports, space separated. */
static inline void em_make(struct em_file *f, unsigned machine, const char *imports)
{
	struct em_maker m;
	char text[EM_STRINGS], *save = NULL;

	em_begin(&m, f, machine);
	em_entry(&m, DT_NEEDED, em_string(&m, "libc.so.6"));
	strncpy(text, imports, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (char *s = strtok_r(text, " ", &save); s; s = strtok_r(NULL, " ", &save))
		em_import(&m, s);
	em_end(&m);
}

#endif
