/* JSON in and out. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"

/* Written values are read as the same values. */
static void round_trip(struct arena *p, const json_t *v, bool nul)
{
	struct err e;
	json_t *again;
	size_t len;
	char *text = json_text(p, v, &len);

	err_init(&e, p);
	fuzz_check(text && strlen(text) == len);
	if (nul)
		fuzz_check(json_parse_nul(p, text, len, &again, &e) == 0);
	else
		fuzz_check(json_parse(p, text, len, &again, &e) == 0);
	fuzz_check(json_equal(v, again));
}

/* Whatever the bytes are, the quoted text is JSON; of UTF-8 it is the same text. */
static void quote(struct arena *p, const char *s, size_t n)
{
	struct buf b;
	struct err e;
	json_t *list;

	err_init(&e, p);
	buf_init(&b, 8 * n + 100);
	buf_adds(&b, "[");
	buf_add_json(&b, s, n);
	buf_adds(&b, "]");
	fuzz_check(!b.full);
	fuzz_check(json_parse_nul(p, b.data, b.len, &list, &e) == 0);
	if (utf8_length(s, n) >= 0) {
		const json_t *text = json_array_get(list, 0);

		fuzz_check(json_string_length(text) == n);
		fuzz_check(memcmp(json_string_value(text), s, n) == 0);
	}
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *p = arena_new();
	char *text = fuzz_text(data, n);
	json_t *v;
	struct err e;

	err_init(&e, p);
	if (json_parse(p, text, n, &v, &e) == 0)
		round_trip(p, v, false);
	else
		fuzz_check(e.code == MT_EINVAL && e.message[0]);
	err_init(&e, p);
	if (json_parse_nul(p, text, n, &v, &e) == 0)
		round_trip(p, v, true);
	quote(p, text, n);
	arena_free(p);
	free(text);
	return 0;
}
