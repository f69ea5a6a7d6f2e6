/*
 * mortise-inspect - what type a file has by its bytes, and a thumbnail of a picture.
 *
 * The file is descriptor 3. Prints a line, "image/jpeg 4000 3000" (0 0 = it has no pixels, or nobody knows),
 * and behind it a JPEG, if one can be made. The line comes first: when a decoder fails, or meets a bound of
 * time or memory, the type is known.
 *
 * Started for each file and ended by its parent. Before it reads the first byte it gives everything away
 * that a decoder doesn't need: it can open no file and no socket, start and signal no process.
 */
#include <ctype.h>
#include <magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/files.h"
#include "inspect/thumbnail.h"
#include "os/landlock.h"
#include "os/syscalls.h"
#include "package/picture.h"

#define FILE_FD 3
#define SECONDS 3
#define MEMORY_MAX (384UL << 20)
#define MAGIC_BYTES (1L << 20) /* of the file's beginning: what types are known by */
#define UNKNOWN "application/octet-stream"

/* LeakSanitizer starts a thread and traces, which is forbidden here. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

/* clang-format off */
static const int ALWAYS[] = {
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
#ifdef __SANITIZE_ADDRESS__
	SCMP_SYS(readlink), SCMP_SYS(getuid), SCMP_SYS(sysinfo), SCMP_SYS(uname),
#endif
};
/* clang-format on */

static const struct syscall_rule RULES[] = {
	RULE(mmap, 2, PROT_EXEC, 0),
	RULE(mprotect, 2, PROT_EXEC, 0),
	RULE(ioctl, 1, UINT32_MAX, TCGETS),
	RULE(prctl, 0, UINT32_MAX, PR_SET_VMA),
};

#ifdef __SANITIZE_ADDRESS__ /* a report reads the process's map */
static const char *const FILES[] = {"/proc/self", NULL};
static const bool READS_FILES = true;
#else
static const char *const FILES[] = {NULL};
static const bool READS_FILES = false;
#endif

#define N(list) (sizeof(list) / sizeof((list)[0]))

static int limit(int what, unsigned long most)
{
	struct rlimit l = {.rlim_cur = most, .rlim_max = most};

	return setrlimit((__rlimit_resource_t)what, &l);
}

static int confine(void)
{
	int abi = landlock_abi();

	alarm(SECONDS);
	if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_CPU, SECONDS) < 0 ||
		limit(RLIMIT_FSIZE, 0) < 0)
		return -1;
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory takes terabytes of address space */
	if (limit(RLIMIT_AS, MEMORY_MAX) < 0 || limit(RLIMIT_NPROC, 0) < 0)
		return -1;
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -1;
	/* Without it the list below refuses all paths as well. */
	if (abi > 0 && landlock_enter(abi, FILES) < 0)
		return -1;
	return syscalls_enter(&(struct syscall_list){
		.always = ALWAYS,
		.n_always = N(ALWAYS),
		.rules = RULES,
		.n_rules = N(RULES),
		.files = READS_FILES,
	});
}

/* 0, and a GIF's size; other formats' come from package/picture.h. */
static bool read_gif(const unsigned char *d, size_t len, struct picture *ret)
{
	if (len < 10 || (memcmp(d, "GIF87a", 6) != 0 && memcmp(d, "GIF89a", 6) != 0))
		return false;
	*ret = (struct picture){
		"image/gif", d[6] | (unsigned)d[7] << 8, d[8] | (unsigned)d[9] << 8};
	return true;
}

static void print_type(const char *type, const struct picture *p)
{
	printf("%s %u %u\n", type, p->width, p->height);
	fflush(stdout);
}

static int inspect(magic_t magic, const unsigned char *data, size_t len)
{
	struct picture p = {0};
	struct thumbnail t;
	const char *type;

	if (picture_read(data, len, &p) < 0 && !read_gif(data, len, &p))
		p = (struct picture){0};
	if (p.type) {
		print_type(p.type, &p);
		if (thumbnail_make(p.type, data, len, FILES_THUMBNAIL_SIDE, &t) == 0)
			fwrite(t.data, 1, t.len, stdout);
		return 0;
	}
	type = magic ? magic_buffer(magic, data, len < MAGIC_BYTES ? len : MAGIC_BYTES) : NULL;
	print_type(type && strchr(type, '/') ? type : UNKNOWN, &p);
	return 0;
}

int main(void)
{
	magic_t magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF);
	struct stat st;
	void *data;

	/* Its database is read while files can be opened. */
	if (magic && magic_load(magic, NULL) < 0)
		magic = NULL;
	if (confine() < 0 || fstat(FILE_FD, &st) < 0 || st.st_size == 0)
		return 1;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, FILE_FD, 0);
	return data == MAP_FAILED ? 1 : inspect(magic, data, (size_t)st.st_size);
}
