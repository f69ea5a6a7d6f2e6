/* The import table of a library as the loader sees it: what is taken from whom, and every way to lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <link.h>
#include "base/json.h"
#include "base/arena.h"
#include "elfmaker.h"
#include "package/elf.h"
#include "seed.h"

static struct arena *P;
static struct err E;
static struct em_file F;
static struct elf_report R;

static int setup(void **state)
{
	(void)state;
	P = arena_new();
	err_init(&E, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(P);
	return 0;
}

/* From a buffer of its own size, so that the sanitizer sees a byte too far. */
static const char *read_bytes(const void *data, size_t n)
{
	void *copy = malloc(n ? n : 1);
	const char *why;

	memcpy(copy, data, n);
	why = elf_read(P, copy, n, &R);
	why = arena_strdup(P, why);
	for (int i = 0; !why && i < R.n_symbols; i++)
		R.symbol[i] = arena_strdup(P, R.symbol[i]);
	for (int i = 0; !why && i < R.n_needed; i++)
		R.needed[i] = arena_strdup(P, R.needed[i]);
	free(copy);
	return why;
}

static void good_one(void **state)
{
	json_t *json;

	(void)state;
	em_make(&F, EM_OURS, "json_pack malloc getenv cosf memcpy open json_pack __stack_chk_fail");
	assert_null(read_bytes(&F, sizeof(F)));
	assert_int_equal(R.n_symbols, 8);
	assert_int_equal(R.n_needed, 1);
	assert_string_equal(R.needed[0], "libc.so.6");
	elf_judge(&R, "/plugin.so", &json, &E);
	json_own(P, json);
	assert_string_equal(json_text(P, json, NULL),
		"{\"allowed\":5,\"notable\":[\"getenv\",\"open\"],\"forbidden\":[]}");
	assert_int_equal(E.n_fields, 0);
}

static void forbidden_ones(void **state)
{
	static const char *const T[] = {"execve", "execl", "fork", "vfork", "clone", "clone3",
		"ptrace", "socket", "connect", "syscall", "dlopen", "dlmopen", "dlsym", "mprotect",
		"memfd_create", "system", "popen", "posix_spawn", "setuid", "unshare",
		"process_vm_readv"};
	const char *all = "";
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++)
		all = arena_printf(P, "%s %s", all, T[i]);
	em_make(&F, EM_OURS, all);
	assert_null(read_bytes(&F, sizeof(F)));
	elf_judge(&R, "/plugin.so", &json, &E);
	json_own(P, json);
	assert_int_equal(E.n_fields, sizeof(T) / sizeof(*T));
	for (size_t i = 0; i < sizeof(T) / sizeof(*T); i++) {
		bool named = false;

		for (int j = 0; j < E.n_fields; j++)
			named = named ||
				strstr(E.field[j].detail, arena_printf(P, "Imports %s,", T[i]));
		if (!named)
			fail_msg("%s was let through", T[i]);
	}
}

static void libraries_of_others(void **state)
{
	struct em_maker m;
	json_t *json;

	(void)state;
	em_begin(&m, &F, EM_OURS);
	em_entry(&m, DT_NEEDED, em_string(&m, "libcurl.so.4"));
	em_entry(&m, DT_NEEDED, em_string(&m, "/tmp/libc.so.6"));
	em_entry(&m, DT_NEEDED, em_string(&m, "libm.so.6"));
	em_end(&m);
	assert_null(read_bytes(&F, sizeof(F)));
	elf_judge(&R, "/plugin.so", &json, &E);
	json_decref(json);
	assert_int_equal(E.n_fields, 2);
	assert_non_null(strstr(E.field[0].detail, "libcurl.so.4"));
	assert_non_null(strstr(E.field[1].detail, "/tmp/libc.so.6"));
}

/* The loader searches the C library before the plugin's own symbols. */
static void own_symbol_with_a_forbidden_name(void **state)
{
	(void)state;
	em_make(&F, EM_OURS, "malloc execve");
	F.symbol[1].st_shndx = 5;
	F.symbol[2].st_shndx = 5;
	assert_null(read_bytes(&F, sizeof(F)));
	assert_int_equal(R.n_symbols, 1);
	assert_string_equal(R.symbol[0], "execve");
}

static void assert_refused(const char *words)
{
	const char *why = read_bytes(&F, sizeof(F));

	if (!why || !strstr(why, words))
		fail_msg("wanted \"%s\", found \"%s\"", words, why ? why : "nothing wrong");
	em_make(&F, EM_OURS, "json_pack open");
}

static Elf64_Dyn *entry(long tag)
{
	for (Elf64_Dyn *d = F.dynamic;; d++)
		if (d->d_tag == tag || d->d_tag == DT_NULL)
			return d;
}

static void add(long tag, unsigned long value)
{
	Elf64_Dyn *end = entry(DT_NULL);

	*end = (Elf64_Dyn){.d_tag = tag, .d_un.d_val = value};
}

static void lies(void **state)
{
	(void)state;
	em_make(&F, EM_OURS, "json_pack open");
	F.head.e_machine = EM_SPARCV9;
	assert_refused("built for machine number 43");
	F.head.e_phnum = 60000;
	assert_refused("program headers");
	F.head.e_phoff = UINT64_MAX - 8;
	assert_refused("program headers");
	F.head.e_phnum = 0;
	assert_refused("program headers");
	F.segment[2].p_type = PT_NULL;
	assert_refused("no dynamic table");
	F.segment[0].p_type = PT_DYNAMIC;
	assert_refused("two dynamic tables");
	F.segment[0].p_filesz = F.segment[0].p_memsz = UINT64_MAX - 10;
	assert_refused("a segment is outside");
	F.segment[0].p_offset = 8000;
	assert_refused("a segment is outside");
	F.segment[1].p_vaddr = 0;
	assert_refused("share pages");
	F.segment[0].p_memsz = 4097;
	assert_refused("share pages");
	F.segment[1].p_vaddr = 5000;
	assert_refused("can't be mapped");
	F.segment[1].p_flags |= PF_X;
	assert_refused("written and run");
	F.segment[2].p_vaddr = UINT64_MAX - 7;
	assert_refused("dynamic table is outside");
	entry(DT_SYMTAB)->d_un.d_ptr = UINT64_MAX - 20;
	assert_refused("a symbol outside");
	entry(DT_SYMTAB)->d_un.d_ptr = 4096; /* in writable memory */
	assert_refused("a symbol outside");
	entry(DT_STRTAB)->d_un.d_ptr = 4096;
	assert_refused("no readable name");
	entry(DT_STRSZ)->d_un.d_val = UINT64_MAX;
	assert_refused("no readable name");
	entry(DT_STRSZ)->d_un.d_val = 3;
	assert_refused("no readable name");
	entry(DT_RELA)->d_un.d_ptr = 4096;
	assert_refused("relocations are outside");
	entry(DT_RELASZ)->d_un.d_val = 24UL << 55;
	assert_refused("relocations are outside");
	entry(DT_RELASZ)->d_un.d_val = 25;
	assert_refused("size of its relocations");
	entry(DT_RELAENT)->d_un.d_val = 1;
	assert_refused("size of a relocation");
	entry(DT_SYMENT)->d_un.d_val = 1;
	assert_refused("size of a symbol");
	F.rela[0].r_info = ELF64_R_INFO(0xffffffffUL, 6);
	assert_refused("a symbol outside");
	F.symbol[1].st_name = 0xffffffffu;
	assert_refused("no readable name");
	F.strings[F.symbol[1].st_name] = '\n';
	assert_refused("no readable name");
	add(DT_RUNPATH, 1);
	assert_refused("rpath");
	add(DT_AUDIT, 1);
	assert_refused("auditor");
	add(DT_TEXTREL, 0);
	assert_refused("-fPIC");
	add(DT_FLAGS, DF_TEXTREL);
	assert_refused("-fPIC");
	add(DT_NEEDED, 5000);
	assert_refused("no readable name");
	assert_null(read_bytes(&F, sizeof(F)));
}

/* A dynamic table of one value until the end of the file, and relocations of the same value. */
static void endless_tables(void **state)
{
	(void)state;
	em_make(&F, EM_OURS, "json_pack");
	for (int i = 0; i < 32; i++)
		F.dynamic[i].d_tag = DT_NEEDED;
	assert_non_null(read_bytes(&F, sizeof(F)));
	em_make(&F, EM_OURS, "json_pack");
	for (char *c = F.rest2; c + sizeof(Elf64_Dyn) <= F.rest2 + sizeof(F.rest2); c++)
		*c = 6;
	F.dynamic[31].d_tag = 6;
	assert_null(read_bytes(&F, sizeof(F)));
}

static int find_library(struct dl_phdr_info *info, size_t n, void *arg)
{
	(void)n;
	if (!strstr(info->dlpi_name, "libjansson"))
		return 0;
	snprintf(arg, 300, "%s", info->dlpi_name);
	return 1;
}

/* A real library, cut at many places and with bytes changed: never more than a fault. */
static void real_one_whole_cut_and_changed(void **state)
{
	char path[300] = "";
	unsigned char *data;
	long n;
	FILE *f;
	int cuts = 0;

	(void)state;
	if (!dl_iterate_phdr(find_library, path))
		skip();
	f = fopen(path, "r");
	assert_non_null(f);
	data = malloc(1 << 20);
	n = (long)fread(data, 1, 1 << 20, f);
	fclose(f);
	assert_null(read_bytes(data, (size_t)n));
	assert_true(R.n_symbols > 10);
	for (long cut = 0; cut < n - 4096; cut += cut < 2000 ? 7 : 997)
		cuts += read_bytes(data, (size_t)cut) != NULL;
	assert_true(cuts > 200);
	srandom(test_seed());
	for (int i = 0; i < 3000; i++) {
		long where = i % 2 ? random() % 1024 : random() % n;
		unsigned char old = data[where];

		data[where] = (unsigned char)random();
		(void)read_bytes(data, (size_t)n);
		data[where] = old;
		arena_clear(P);
	}
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_one, setup, teardown),
		cmocka_unit_test_setup_teardown(forbidden_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(libraries_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(own_symbol_with_a_forbidden_name, setup, teardown),
		cmocka_unit_test_setup_teardown(lies, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_tables, setup, teardown),
		cmocka_unit_test_setup_teardown(real_one_whole_cut_and_changed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
