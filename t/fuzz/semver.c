/* Versions and ranges; three lines: two versions and a range. */
#include "fuzz.h"

#include "package/semver.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *a = fuzz_until(&data, &n, '\n'), *b = fuzz_until(&data, &n, '\n');
	char *c = fuzz_until(&data, &n, '\n'), *range = fuzz_text(data, n);
	struct semver va, vb;
	bool is_a = semver_parse(&va, a) == 0, is_b = semver_parse(&vb, b) == 0;

	fuzz_check(sign(semver_compare(a, b)) == -sign(semver_compare(b, a)));
	fuzz_check(semver_compare(a, a) == 0);
	if (semver_compare(a, b) <= 0 && semver_compare(b, c) <= 0)
		fuzz_check(semver_compare(a, c) <= 0);
	if (is_a)
		fuzz_check(va.major >= 0 && va.minor >= 0 && va.patch >= 0);
	if (is_a && !is_b)
		fuzz_check(semver_compare(a, b) > 0);
	if (!semver_range_valid(range) || !is_a)
		fuzz_check(!semver_in_range(a, range));
	if (is_a && strlen(a) < SEMVER_MAX - 1) {
		char exact[SEMVER_MAX + 2];

		snprintf(exact, sizeof(exact), "=%s", a);
		if (semver_range_valid(exact))
			fuzz_check(semver_in_range(a, exact));
	}
	free(a);
	free(b);
	free(c);
	free(range);
	return 0;
}
