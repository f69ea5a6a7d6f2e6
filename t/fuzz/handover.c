/* A hand-over: the text, then a line for each field that was signed. */
#include "fuzz.h"

#include "crypt/handover.h"

#define FIELDS 15

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const unsigned char key[HANDOVER_KEY] = "a plugin's key", other[HANDOVER_KEY] = "b";
	const long now = 1790000000;
	char *text = fuzz_until(&data, &n, '\n'), *f[FIELDS], made[HANDOVER_MAX];
	struct handover h, moved;

	for (int i = 0; i < FIELDS; i++)
		f[i] = fuzz_until(&data, &n, '\n');
	h = (struct handover){f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10],
		f[11], f[12], f[13], f[14]};
	/* Nobody without the key makes one. */
	fuzz_check(handover_verify(key, text, &h, now) != HANDOVER_GOOD);
	handover_sign(made, key, &h, now);
	fuzz_check(strlen(made) < HANDOVER_MAX);
	fuzz_check(handover_verify(key, made, &h, now) == HANDOVER_GOOD);
	fuzz_check(handover_verify(other, made, &h, now) == HANDOVER_FOREIGN);
	fuzz_check(handover_verify(key, made, &h, now + HANDOVER_SECONDS + 1) == HANDOVER_EXPIRED);
	/* A byte that moves from a field to its neighbour breaks it. */
	moved = h;
	if (f[0][0]) {
		char *longer = malloc(strlen(f[1]) + 2);
		size_t len = strlen(f[0]);

		sprintf(longer, "%c%s", f[0][len - 1], f[1]);
		f[0][len - 1] = '\0';
		moved.request_id = longer;
		fuzz_check(handover_verify(key, made, &moved, now) == HANDOVER_FOREIGN);
		free(longer);
	}
	/* So does a changed byte. */
	made[strlen(made) - 1 - strlen(text) % 60] ^= 1;
	fuzz_check(handover_verify(key, made, &h, now) != HANDOVER_GOOD);
	for (int i = 0; i < FIELDS; i++)
		free(f[i]);
	free(text);
	return 0;
}
