/* elf.c - what the loader will make of a library: see elf.h. Which imports are fine: elf_imports.c. */
#include <elf.h>
#include <stdbool.h>
#include <string.h>
#include "package/elf.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OUR_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define OUR_MACHINE EM_PPC64
#elif defined(__s390x__)
#define OUR_MACHINE EM_S390
#else
#error "say in package/elf.c how ELF names this machine"
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ORDER ELFDATA2LSB
#else
#define OUR_ORDER ELFDATA2MSB
#endif

static const struct {
	unsigned id;
	const char *name;
} MACHINES[] = {
	{EM_386, "32-bit x86"},
	{EM_X86_64, "x86-64"},
	{EM_ARM, "32-bit ARM"},
	{EM_AARCH64, "AArch64"},
	{EM_RISCV, "RISC-V"},
	{EM_PPC64, "PowerPC 64"},
	{EM_S390, "s390"},
	{EM_MIPS, "MIPS"},
};

static const char *machine_name(struct arena *p, unsigned id)
{
	for (size_t i = 0; i < sizeof(MACHINES) / sizeof(MACHINES[0]); i++)
		if (MACHINES[i].id == id)
			return MACHINES[i].name;
	return arena_printf(p, "machine number %u", id);
}

#define SEGMENTS_MAX 64
#define DYNAMIC_MAX 512
#define SYMBOLS_MAX 20000
#define NEEDED_MAX 32
#define NAME_LEN_MAX 500
#define PAGE 4096UL

struct file {
	struct arena *arena;
	const unsigned char *data;
	size_t n;
	Elf64_Phdr segment[SEGMENTS_MAX]; /* PT_LOAD only, by address */
	int n_segments;
	Elf64_Phdr dynamic;
	bool has_dynamic;
	/* of the dynamic table */
	Elf64_Addr symbols, strings, rela, rel, plt;
	uint64_t strings_size, rela_size, rel_size, plt_size, plt_kind;
	uint64_t needed[NEEDED_MAX];
	int n_needed;
	unsigned char *seen; /* a bit for each symbol that was checked */
	uint64_t n_seen;
};

/* Bytes of the file that will lie at an address, or NULL: outside, in zeros, or (unless writable is all
 * right) where relocations could change them before they are read. */
static const unsigned char *at(
	const struct file *f, Elf64_Addr addr, uint64_t len, bool writable_too)
{
	for (int i = 0; i < f->n_segments; i++) {
		const Elf64_Phdr *s = &f->segment[i];

		if (addr < s->p_vaddr || addr - s->p_vaddr > s->p_filesz ||
			len > s->p_filesz - (addr - s->p_vaddr))
			continue;
		if ((s->p_flags & PF_W) && !writable_too)
			return NULL;
		return f->data + s->p_offset + (addr - s->p_vaddr);
	}
	return NULL;
}

static const char *head_fault(struct arena *p, const void *data, size_t n, Elf64_Ehdr *h)
{
	if (n < EI_NIDENT || memcmp(data, ELFMAG, SELFMAG) != 0)
		return N_(
			"Is not an ELF file; a shared object for Linux is wanted (cc -shared -fPIC)");
	memset(h, 0, sizeof(*h));
	memcpy(h, data, n < sizeof(*h) ? n : sizeof(*h));
	if (h->e_ident[EI_CLASS] != ELFCLASS64)
		return arena_printf(p, N_("Is a 32-bit ELF file; this server runs %s, 64 bit"),
			machine_name(p, OUR_MACHINE));
	if (h->e_ident[EI_DATA] != OUR_ORDER)
		return N_("Is for a machine with another byte order than this server's");
	if (n < sizeof(*h))
		return N_("Ends within its ELF header");
	if (h->e_machine != OUR_MACHINE)
		return arena_printf(p,
			N_("Is built for %s; this server is %s: build it there or cross-compile"),
			machine_name(p, h->e_machine), machine_name(p, OUR_MACHINE));
	if (h->e_type != ET_DYN)
		return N_(
			"Is an object or program, not a shared object (link it with cc -shared -fPIC)");
	if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0 || h->e_phoff > n ||
		h->e_phnum > (n - h->e_phoff) / sizeof(Elf64_Phdr))
		return N_("Is cut off or damaged: its program headers are outside of the file");
	return NULL;
}

static const char *add_segment(struct file *f, const Elf64_Phdr *s)
{
	const Elf64_Phdr *last = f->n_segments ? &f->segment[f->n_segments - 1] : NULL;

	if (f->n_segments == SEGMENTS_MAX)
		return N_("Has more than 64 segments");
	if (s->p_offset > f->n || s->p_filesz > f->n - s->p_offset || s->p_memsz < s->p_filesz ||
		s->p_vaddr > UINT64_MAX / 4 || s->p_memsz > UINT64_MAX / 4)
		return N_("Is cut off or damaged: a segment is outside of the file");
	if (s->p_vaddr % PAGE != s->p_offset % PAGE)
		return N_("Is damaged: a segment can't be mapped");
	if (last && s->p_vaddr / PAGE < (last->p_vaddr + last->p_memsz + PAGE - 1) / PAGE)
		return N_("Has segments that share pages or aren't in order");
	if ((s->p_flags & PF_W) && (s->p_flags & PF_X))
		return N_("Has memory that can be written and run");
	f->segment[f->n_segments++] = *s;
	return NULL;
}

static const char *read_segments(struct file *f, const Elf64_Ehdr *h)
{
	for (int i = 0; i < h->e_phnum; i++) {
		const char *why;
		Elf64_Phdr s;

		memcpy(&s, f->data + h->e_phoff + (size_t)i * sizeof(s), sizeof(s));
		if (s.p_type == PT_LOAD && (why = add_segment(f, &s)))
			return why;
		if (s.p_type == PT_GNU_STACK && (s.p_flags & PF_X))
			return N_("Wants a stack that can be run (link it with -z noexecstack)");
		if (s.p_type == PT_DYNAMIC) {
			if (f->has_dynamic)
				return N_("Has two dynamic tables");
			f->dynamic = s;
			f->has_dynamic = true;
		}
	}
	if (!f->has_dynamic)
		return N_("Has no dynamic table: it is not a shared object that can be loaded");
	return NULL;
}

/* Entries that let others in, or change code. */
static const char *entry_fault(const Elf64_Dyn *d)
{
	switch (d->d_tag) {
	case DT_RPATH:
	case DT_RUNPATH:
		return N_("Says where to look for libraries (rpath); link it without");
	case DT_AUDIT:
	case DT_DEPAUDIT:
	case DT_FILTER:
	case DT_AUXILIARY:
		return N_("Wants another library as its auditor or filter");
	case DT_TEXTREL:
		return N_("Has relocations in its code; compile it with -fPIC");
	case DT_FLAGS:
		return d->d_un.d_val & DF_TEXTREL
			       ? N_("Has relocations in its code; compile it with -fPIC")
			       : NULL;
	case DT_SYMENT:
		return d->d_un.d_val != sizeof(Elf64_Sym) ? N_("Is damaged: size of a symbol")
							  : NULL;
	case DT_RELAENT:
		return d->d_un.d_val != sizeof(Elf64_Rela) ? N_("Is damaged: size of a relocation")
							   : NULL;
	case DT_RELENT:
		return d->d_un.d_val != sizeof(Elf64_Rel) ? N_("Is damaged: size of a relocation")
							  : NULL;
	}
	return NULL;
}

static const char *take_entry(struct file *f, const Elf64_Dyn *d)
{
	switch (d->d_tag) {
	case DT_SYMTAB:
		f->symbols = d->d_un.d_ptr;
		break;
	case DT_STRTAB:
		f->strings = d->d_un.d_ptr;
		break;
	case DT_STRSZ:
		f->strings_size = d->d_un.d_val;
		break;
	case DT_RELA:
		f->rela = d->d_un.d_ptr;
		break;
	case DT_RELASZ:
		f->rela_size = d->d_un.d_val;
		break;
	case DT_REL:
		f->rel = d->d_un.d_ptr;
		break;
	case DT_RELSZ:
		f->rel_size = d->d_un.d_val;
		break;
	case DT_JMPREL:
		f->plt = d->d_un.d_ptr;
		break;
	case DT_PLTRELSZ:
		f->plt_size = d->d_un.d_val;
		break;
	case DT_PLTREL:
		f->plt_kind = d->d_un.d_val;
		break;
	case DT_NEEDED:
		if (f->n_needed == NEEDED_MAX)
			return N_("Wants more than 32 libraries");
		f->needed[f->n_needed++] = d->d_un.d_val;
		break;
	}
	return entry_fault(d);
}

static const char *read_dynamic(struct file *f)
{
	Elf64_Dyn d;

	for (size_t i = 0; i < DYNAMIC_MAX; i++) {
		const unsigned char *from =
			at(f, f->dynamic.p_vaddr + i * sizeof(d), sizeof(d), true);
		const char *why;

		if (!from)
			return N_(
				"Is cut off or damaged: its dynamic table is outside of its segments");
		memcpy(&d, from, sizeof(d));
		if (d.d_tag == DT_NULL)
			return NULL;
		if ((why = take_entry(f, &d)))
			return why;
	}
	return N_("Has a dynamic table without an end");
}

/* A name of the string table, as it may be shown; NULL = outside, too long or no plain text. */
static const char *name_at(const struct file *f, uint64_t offset)
{
	const unsigned char *strings = at(f, f->strings, f->strings_size, false), *end;
	size_t room;

	if (!strings || offset >= f->strings_size)
		return NULL;
	room = f->strings_size - offset;
	end = memchr(strings + offset, '\0', room > NAME_LEN_MAX ? NAME_LEN_MAX : room);
	if (!end || end == strings + offset)
		return NULL;
	for (const unsigned char *c = strings + offset; c < end; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			return NULL;
	return (const char *)strings + offset;
}

/* A symbol that a relocation names. */
static const char *take_symbol(struct file *f, uint64_t index, struct elf_report *ret)
{
	const unsigned char *from;
	const char *name;
	Elf64_Sym s;

	if (index == 0)
		return NULL;
	from = index < f->n_seen && f->symbols < UINT64_MAX / 2
		       ? at(f, f->symbols + index * sizeof(s), sizeof(s), false)
		       : NULL;
	if (!from)
		return N_("Is damaged: a relocation names a symbol outside of its table");
	if (f->seen[index / 8] & 1 << index % 8)
		return NULL;
	f->seen[index / 8] |= (unsigned char)(1 << index % 8);
	memcpy(&s, from, sizeof(s));
	name = name_at(f, s.st_name);
	if (!name) {
		if (ELF64_ST_TYPE(s.st_info) == STT_SECTION ||
			ELF64_ST_BIND(s.st_info) == STB_LOCAL)
			return NULL;
		return N_("Is damaged: a symbol has no readable name");
	}
	/* A symbol that it defines itself is still resolved elsewhere first, so a forbidden name
	 * counts. */
	if (s.st_shndx != SHN_UNDEF && !elf_forbidden(name))
		return NULL;
	if (ret->n_symbols == SYMBOLS_MAX)
		return N_("Imports more than 20000 symbols");
	ret->symbol[ret->n_symbols++] = name;
	return NULL;
}

/* The symbol's number is at the same offset in a relocation with and without an addend. */
static const char *read_relocations(
	struct file *f, Elf64_Addr table, uint64_t size, size_t each, struct elf_report *ret)
{
	const unsigned char *from = size ? at(f, table, size, false) : NULL;
	const char *why = NULL;
	Elf64_Rel r;

	if (size && !from)
		return N_("Is damaged: its relocations are outside of its read-only segments");
	for (uint64_t i = 0; !why && i < size / each; i++) {
		memcpy(&r, from + i * each, sizeof(r));
		why = take_symbol(f, ELF64_R_SYM(r.r_info), ret);
	}
	return why;
}

static const char *read_imports(struct file *f, struct elf_report *ret)
{
	const char *why;

	/* no file has more symbols than fit into it */
	f->n_seen = f->n / sizeof(Elf64_Sym) + 1;
	f->seen = arena_zalloc(f->arena, f->n_seen / 8 + 1);
	ret->symbol = arena_alloc(f->arena,
		(f->n_seen < SYMBOLS_MAX ? f->n_seen : SYMBOLS_MAX) * sizeof(*ret->symbol));
	if (f->rela_size % sizeof(Elf64_Rela) || f->rel_size % sizeof(Elf64_Rel) ||
		f->plt_size % (f->plt_kind == DT_REL ? sizeof(Elf64_Rel) : sizeof(Elf64_Rela)))
		return N_("Is damaged: size of its relocations");
	why = read_relocations(f, f->rela, f->rela_size, sizeof(Elf64_Rela), ret);
	if (!why)
		why = read_relocations(f, f->rel, f->rel_size, sizeof(Elf64_Rel), ret);
	if (!why)
		why = read_relocations(f, f->plt, f->plt_size,
			f->plt_kind == DT_REL ? sizeof(Elf64_Rel) : sizeof(Elf64_Rela), ret);
	return why;
}

const char *elf_read(struct arena *p, const void *data, size_t n, struct elf_report *ret)
{
	struct file *f = arena_zalloc(p, sizeof(*f));
	const char *why;
	Elf64_Ehdr h;

	memset(ret, 0, sizeof(*ret));
	f->arena = p;
	f->data = data;
	f->n = n;
	why = head_fault(p, data, n, &h);
	if (!why)
		why = read_segments(f, &h);
	if (!why)
		why = read_dynamic(f);
	if (!why)
		why = read_imports(f, ret);
	ret->needed = arena_zalloc(p, NEEDED_MAX * sizeof(*ret->needed));
	for (int i = 0; !why && i < f->n_needed; i++) {
		ret->needed[i] = name_at(f, f->needed[i]);
		if (!ret->needed[i])
			why = N_("Is damaged: a library that it wants has no readable name");
		ret->n_needed = i + 1;
	}
	return why;
}
