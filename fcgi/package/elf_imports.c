/* elf_imports.c - what a plugin's library may take from others: see elf.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "package/elf.h"
#include "package/fault.h"

static const char *const LIBRARIES[] = {"libc.so.6", "libm.so.6", "libjansson.so.4",
	"libgcc_s.so.1", "libstdc++.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2",
	"ld-linux-aarch64.so.1", "ld-linux-riscv64-lp64d.so.1", "ld64.so.1", "ld64.so.2", NULL};

/* Nothing that a plugin is for needs these, and the sandbox refuses them anyway. */
static const struct {
	const char *why;
	const char *symbol[32];
} FORBIDDEN[] = {
	{"it starts programs", {"execl", "execle", "execlp", "execv", "execve", "execveat",
				       "execvp", "execvpe", "fexecve", "system", "popen",
				       "posix_spawn", "posix_spawnp", "wordexp", NULL}},
	{"it starts processes",
		{"fork", "_Fork", "__fork", "__libc_fork", "vfork", "__vfork", "clone", "__clone",
			"clone3", "__clone2", "daemon", "forkpty", NULL}},
	{"it reaches into other processes",
		{"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd",
			"pidfd_send_signal", "process_madvise", NULL}},
	{"it opens connections of its own",
		{"socket", "__socket", "socketpair", "connect", "__connect", "bind", "listen",
			"accept", "accept4", "getaddrinfo", "gethostbyname", "gethostbyname2",
			"gethostbyaddr", "gethostbyname_r", "gethostbyname2_r", "getnameinfo",
			"rcmd", "rexec", NULL}},
	{"it makes system calls past the C library", {"syscall", NULL}},
	{"it loads or finds code past the linker",
		{"dlopen", "dlmopen", "dlsym", "dlvsym", "__libc_dlopen_mode", "__libc_dlsym",
			"dladdr1", "dlinfo", NULL}},
	{"it makes memory that can be run", {"mprotect", "__mprotect", "pkey_mprotect",
						    "remap_file_pages", "memfd_create", NULL}},
	{"it changes users, rights or namespaces",
		{"setuid", "seteuid", "setreuid", "setresuid", "setgid", "setegid", "setregid",
			"setresgid", "setgroups", "initgroups", "setfsuid", "setfsgid", "capset",
			"unshare", "setns", "chroot", "pivot_root", "mount", "umount", "umount2",
			NULL}},
	{"it reaches into the kernel",
		{"bpf", "perf_event_open", "init_module", "finit_module", "delete_module",
			"kexec_load", "reboot", "iopl", "ioperm", "swapon", "swapoff",
			"sethostname", "settimeofday", "clock_settime", "adjtimex", NULL}},
};

/* Beginnings of names that need no word: computing, texts, memory, time. In no order. */
static const char *const FINE_PREFIXES[] = {"json_", "mem", "str", "wcs", "wmem", "is", "to",
	"__ctype_", "__isoc", "_ITM_", "__cxa_", "_Z", "__gxx_", "_Unwind_", "__mem", "__str",
	"__wcs", "div", "ldiv", "abs", "labs", "rand", "srand", "drand48", "random", "srandom",
	NULL};
static const char *const FINE[] = {"__gmon_start__", "__stack_chk_fail", "__errno_location",
	"__assert_fail", "__tls_get_addr", "malloc", "calloc", "realloc", "reallocarray", "free",
	"aligned_alloc", "posix_memalign", "malloc_usable_size", "abort", "atoi", "atol", "atoll",
	"atof", "qsort", "qsort_r", "bsearch", "lfind", "snprintf", "vsnprintf", "sprintf",
	"vsprintf", "asprintf", "vasprintf", "sscanf", "vsscanf", "swprintf", "__snprintf_chk",
	"__vsnprintf_chk", "__sprintf_chk", "__vsprintf_chk", "__asprintf_chk", "__vasprintf_chk",
	"time", "gmtime", "gmtime_r", "localtime", "localtime_r", "mktime", "timegm", "difftime",
	"clock", "clock_gettime", "gettimeofday", "asctime", "asctime_r", "ctime", "ctime_r",
	"nanosleep", "clock_nanosleep", "usleep", "sleep", "tzset", "timespec_get", "setjmp",
	"_setjmp", "__sigsetjmp", "longjmp", "__longjmp_chk", "regcomp", "regexec", "regfree",
	"regerror", "fnmatch", "iconv", "iconv_open", "iconv_close", "mbstowcs", "wcstombs",
	"mbrtowc", "wcrtomb", "mblen", "btowc", "wctob", "ffs", "ffsl", "ffsll", "bcmp", "bcopy",
	"bzero", "explicit_bzero", "__explicit_bzero_chk", "index", "rindex", "a64l", "l64a",
	"hcreate_r", "hsearch_r", "hdestroy_r", "tsearch", "tfind", "tdelete", "twalk", "insque",
	"remque", "getrandom", "getentropy", "arc4random", "arc4random_buf", "arc4random_uniform",
	"localeconv", "nl_langinfo", "htonl", "htons", "ntohl", "ntohs", "inet_pton", "inet_ntop",
	"program_invocation_short_name", "__libc_start_main", "atexit", "__register_atfork",
	"__libc_single_threaded", "_dl_find_object", "gettext", "pthread_once",
	"pthread_mutex_lock", "pthread_mutex_unlock", "__pthread_key_create", "pthread_getspecific",
	"pthread_setspecific", "printf", "__printf_chk", "puts", "putchar", "fprintf",
	"__fprintf_chk", "vfprintf", "__vfprintf_chk", "fputs", "fputc", "putc", "fwrite", "fflush",
	"stdout", "stderr", "open_memstream", "fmemopen", "fclose", "perror", NULL};
/* libm: a name, and with f or l behind it */
static const char *const MATH[] = {"acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh",
	"cbrt", "ceil", "copysign", "cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1", "fabs",
	"fdim", "floor", "fma", "fmax", "fmin", "fmod", "frexp", "hypot", "ilogb", "ldexp",
	"lgamma", "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround",
	"modf", "nan", "nearbyint", "nextafter", "pow", "remainder", "remquo", "rint", "round",
	"scalbln", "scalbn", "sin", "sincos", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc",
	NULL};

static bool listed(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

static bool begins(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strncmp(s, *list, strlen(*list)))
			return true;
	return false;
}

static bool is_math(const char *s)
{
	for (int i = 0; MATH[i]; i++) {
		size_t n = strlen(MATH[i]);

		if (!strncmp(s, MATH[i], n) &&
			(!s[n] || ((s[n] == 'f' || s[n] == 'l') && !s[n + 1])))
			return true;
	}
	return false;
}

const char *elf_forbidden(const char *symbol)
{
	for (size_t i = 0; i < sizeof(FORBIDDEN) / sizeof(*FORBIDDEN); i++)
		if (listed(symbol, FORBIDDEN[i].symbol))
			return FORBIDDEN[i].why;
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void elf_judge(const struct elf_report *r, const char *pointer, json_t **ret, struct err *e)
{
	json_t *notable = json_array(), *forbidden = json_array();
	const char *why;
	int n = 0;

	qsort(r->symbol, (size_t)r->n_symbols, sizeof(*r->symbol), by_name);
	for (int i = 0; i < r->n_symbols; i++) {
		const char *s = r->symbol[i];

		if (i > 0 && !strcmp(s, r->symbol[i - 1]))
			continue;
		if ((why = elf_forbidden(s))) {
			json_array_append_new(forbidden, json_string(s));
			fault_add(e, pointer, "Imports %.100s, which no plugin may have: %s", s,
				message_part_plain(e->arena, why));
		} else if (begins(s, FINE_PREFIXES) || listed(s, FINE) || is_math(s)) {
			n++;
		} else {
			json_array_append_new(notable, json_string(s));
		}
	}
	for (int i = 0; i < r->n_needed; i++)
		if (!listed(r->needed[i], LIBRARIES))
			fault_add(e, pointer,
				"Wants the library %.100s; wanted: only libc, libm, libjansson and "
				"the compiler's own, others linked into plugin.so (-l:libx.a)",
				r->needed[i]);
	*ret = json_pack(
		"{s:i, s:o, s:o}", "allowed", n, "notable", notable, "forbidden", forbidden);
}
