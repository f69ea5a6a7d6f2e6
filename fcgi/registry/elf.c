/* elf.c - is this a shared object for our machine: see elf.h. */
#include <elf.h>
#include <string.h>
#include "registry/elf.h"

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
#error "say in registry/elf.c how ELF names this machine"
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

static const char *machine_name(struct pool *p, unsigned id)
{
	for (size_t i = 0; i < sizeof(MACHINES) / sizeof(MACHINES[0]); i++)
		if (MACHINES[i].id == id)
			return MACHINES[i].name;
	return pool_printf(p, "machine number %u", id);
}

const char *elf_fault(struct pool *p, const void *head, size_t n)
{
	Elf64_Ehdr h;

	_Static_assert(sizeof(h) == ELF_HEAD, "an ELF64 header has 64 bytes");
	if (n < EI_NIDENT || memcmp(head, ELFMAG, SELFMAG) != 0)
		return "is not an ELF file; a shared object for Linux is wanted (cc -shared -fPIC)";
	memset(&h, 0, sizeof(h));
	memcpy(&h, head, n < sizeof(h) ? n : sizeof(h));
	if (h.e_ident[EI_CLASS] != ELFCLASS64)
		return pool_printf(p, "is a 32-bit ELF file; this server runs %s, 64 bit",
			machine_name(p, OUR_MACHINE));
	if (h.e_ident[EI_DATA] != OUR_ORDER)
		return "is for a machine with another byte order than this server's";
	if (n < sizeof(h))
		return "ends within its ELF header";
	if (h.e_machine != OUR_MACHINE)
		return pool_printf(p,
			"is built for %s; this server is %s: build it there or cross-compile",
			machine_name(p, h.e_machine), machine_name(p, OUR_MACHINE));
	if (h.e_type != ET_DYN)
		return "is an object or program, not a shared object (link it with cc -shared -fPIC)";
	return NULL;
}
