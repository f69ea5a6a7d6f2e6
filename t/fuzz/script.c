/* A migration's SQL, cut into statements. */
#include "fuzz.h"

#include "package/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum migration_phase phase = n > 0 ? data[0] % 3 : 0;
	struct arena *p = arena_new();
	char *text = n > 0 ? fuzz_text(data + 1, n - 1) : fuzz_text(data, 0);
	struct script s, again;
	struct err e;

	err_init(&e, p);
	if (script_read(p, "migrations/001-a.sql", phase, text, n > 0 ? n - 1 : 0, &s, &e) == 0) {
		for (int i = 0; i < s.n; i++) {
			const char *sql = s.statement[i].sql;

			/* Cut once more, a statement stays one. */
			fuzz_check(
				script_read(p, "x.sql", phase, sql, strlen(sql), &again, &e) == 0);
			fuzz_check(again.n == 1 && strcmp(again.statement[0].sql, sql) == 0);
		}
	} else {
		fuzz_check(e.code == MT_EFIELDS && e.n_fields > 0);
	}
	free(text);
	arena_free(p);
	return 0;
}
