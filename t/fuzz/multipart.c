/* A form with files: whatever the pieces are in which it arrives, the outcome is the same. */
#include "fuzz.h"

#include "base/buf.h"
#include "http/multipart.h"

struct outcome {
	int rc;
	struct buf package, signature;
};

static int take(void *arg, const void *data, size_t n, struct err *e)
{
	(void)e;
	buf_add(arg, data, n);
	return 0;
}

static void parse(char *type, const uint8_t *body, size_t n, size_t piece, struct outcome *ret)
{
	struct arena *p = arena_new();
	struct fuzz_body b = {.at = body, .left = n, .piece = piece};
	char *envp[] = {type, NULL};
	struct multipart_field form[] = {
		{.name = "package", .max = 2000, .sink = take, .arg = &ret->package},
		{.name = "signature",
			.max = 100,
			.sink = take,
			.arg = &ret->signature,
			.optional = true},
		{0},
	};
	struct req *r = malloc(sizeof(*r));

	buf_init(&ret->package, 1 << 20);
	buf_init(&ret->signature, 1 << 20);
	fuzz_req(r, p, envp, &b);
	ret->rc = multipart_read(r, form);
	fuzz_check(ret->rc <= 0 && (ret->rc == 0) == (r->op.err.code == 0));
	fuzz_check(ret->package.len <= 2000 && ret->signature.len <= 100);
	if (ret->rc == 0)
		fuzz_check(form[0].found && form[0].got == ret->package.len && b.left == 0);
	free(r);
	arena_free(p);
}

static void release(struct outcome *o)
{
	buf_release(&o->package);
	buf_release(&o->signature);
}

/* A line with the Content-Type, then the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *line = fuzz_until(&data, &n, '\n'), *type = malloc(strlen(line) + 20);
	struct outcome whole, pieces;

	sprintf(type, "CONTENT_TYPE=%s", line);
	parse(type, data, n, 1 << 16, &whole);
	parse(type, data, n, 1 + n % 5, &pieces);
	fuzz_check(whole.rc == pieces.rc);
	if (whole.rc == 0) {
		fuzz_check(whole.package.len == pieces.package.len &&
			   memcmp(whole.package.data, pieces.package.data, whole.package.len) == 0);
		fuzz_check(whole.signature.len == pieces.signature.len);
	}
	release(&whole);
	release(&pieces);
	free(type);
	free(line);
	return 0;
}
