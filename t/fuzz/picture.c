/* A picture's format and size out of its first bytes. */
#include "fuzz.h"

#include "package/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct picture p;

	if (picture_read(data, n, &p) == 0)
		fuzz_check(p.type && !strncmp(p.type, "image/", 6));
	fuzz_check((picture_type(data, n) != NULL) == (p.type != NULL));
	return 0;
}
