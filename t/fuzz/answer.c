/* A FastCGI answer of a process that may be hostile: records, then its head. */
#include "fuzz.h"

#include "http/fcgi_client.h"

#define OUT_MAX 5000

/* In pieces and at once it is the same. */
static int feed(const uint8_t *data, size_t n, size_t piece, struct buf *out)
{
	struct buf in;
	int rc = 0;

	buf_init(&in, n + 1);
	buf_init(out, OUT_MAX);
	for (size_t at = 0; at < n && rc == 0; at += piece) {
		size_t left = n - at;

		buf_add(&in, data + at, left < piece ? left : piece);
		rc = fcgi_take(&in, out);
	}
	buf_release(&in);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole, pieces;
	int rc = feed(data, n, n + 1, &whole), rc2 = feed(data, n, 3, &pieces);
	const char *body;
	size_t len;

	fuzz_check((rc == 1) == (rc2 == 1));
	if (rc == 1) {
		int status = fcgi_status(&whole, &body, &len);

		fuzz_check(
			whole.len == pieces.len && memcmp(whole.data, pieces.data, whole.len) == 0);
		fuzz_check(status >= 100 && status <= 999);
		fuzz_check(len == 0 || body + len == whole.data + whole.len);
	}
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
