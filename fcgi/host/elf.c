/* elf.c - is a file a library for this machine, and whole? */
#include "host/host.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OWN_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define OWN_MACHINE EM_PPC64
#elif defined(__s390x__)
#define OWN_MACHINE EM_S390
#elif defined(__i386__)
#define OWN_MACHINE EM_386
#elif defined(__arm__)
#define OWN_MACHINE EM_ARM
#else
#error "add this machine to OWN_MACHINE"
#endif

#define OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define OWN_DATA (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

static const struct {
	int machine;
	const char *name;
} MACHINES[] = {
	{EM_X86_64, "x86-64"},
	{EM_AARCH64, "arm64"},
	{EM_RISCV, "RISC-V"},
	{EM_PPC64, "POWER"},
	{EM_S390, "s390"},
	{EM_386, "32-bit x86"},
	{EM_ARM, "32-bit arm"},
};

static const char *machine_name(int machine)
{
	for (size_t i = 0; i < sizeof(MACHINES) / sizeof(MACHINES[0]); i++)
		if (MACHINES[i].machine == machine)
			return MACHINES[i].name;
	return "an unknown machine";
}

/* A file that ends before its segments do is mapped all the same, and the loader dies of SIGBUS. */
static int check_whole(int fd, const ElfW(Ehdr) * h, struct buf *faults)
{
	struct stat st;
	ElfW(Phdr) p;

	if (fstat(fd, &st) < 0 || h->e_phentsize != sizeof(p))
		goto cut_off;
	for (int i = 0; i < h->e_phnum; i++) {
		off_t at = (off_t)h->e_phoff + (off_t)i * (off_t)sizeof(p);

		if (pread(fd, &p, sizeof(p), at) != (ssize_t)sizeof(p))
			goto cut_off;
		if (p.p_filesz > (size_t)st.st_size || p.p_offset > (size_t)st.st_size - p.p_filesz)
			goto cut_off;
	}
	return 0;
cut_off:
	buf_adds(faults, "is damaged or cut off: its segments aren't all in the file\n");
	return -1;
}

/* dlopen's own words for these are "invalid ELF header" and "cannot open shared object file". */
int host_check_elf(int fd, struct buf *faults)
{
	ElfW(Ehdr)
		h; /* machine, class and type are at the same offset in 32-bit and 64-bit files */
	ssize_t n = pread(fd, &h, sizeof(h), 0);

	if (n < 0) {
		buf_addf(faults, "can't be read: %s\n", strerror(errno));
		return -1;
	}
	if (n < (ssize_t)sizeof(Elf32_Ehdr) || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0) {
		buf_adds(faults, "is no ELF file: a shared object is needed (cc -shared -fPIC)\n");
		return -1;
	}
	if (h.e_ident[EI_DATA] != OWN_DATA || h.e_ident[EI_CLASS] != OWN_CLASS ||
		h.e_machine != OWN_MACHINE) {
		buf_addf(faults, "is made for %s, but this machine is %s\n",
			h.e_ident[EI_DATA] == OWN_DATA ? machine_name(h.e_machine)
						       : "another byte order",
			machine_name(OWN_MACHINE));
		return -1;
	}
	if (h.e_type != ET_DYN) {
		buf_adds(faults, "is no shared object: link it with -shared\n");
		return -1;
	}
	return check_whole(fd, &h, faults);
}
