/* A plugin's library, read without running it. */
#include "fuzz.h"

#include "package/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	char *copy = fuzz_text(data, n);
	struct elf_report r = {0};
	const char *fault = elf_read(p, copy, n, &r);

	if (!fault) {
		struct err e;
		json_t *said = NULL;

		err_init(&e, p);
		for (int i = 0; i < r.n_symbols; i++) {
			fuzz_check(r.symbol[i][0]);
			for (const char *c = r.symbol[i]; *c; c++)
				fuzz_check(*c >= ' ' && *c < 0x7f);
		}
		elf_judge(&r, "/plugin.so", &said, &e);
		fuzz_check(json_is_object(said));
		json_decref(said);
	} else {
		fuzz_check(fault[0]);
	}
	arena_free(p);
	free(copy);
	return 0;
}
