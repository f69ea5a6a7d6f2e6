/* mortise.conf. */
#include "fuzz.h"

#include "base/conf.h"

static char folder[] = "/tmp/mortise-fuzz-XXXXXX", path[60];

static void remove_folder(void)
{
	rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf *c = malloc(sizeof(*c));
	struct err e;
	FILE *f;

	if (!path[0]) {
		fuzz_check(mkdtemp(folder));
		atexit(remove_folder);
		snprintf(path, sizeof(path), "%s/mortise.conf", folder);
	}
	f = fopen(path, "w");
	fuzz_check(f && fwrite(data, 1, n, f) == n && fclose(f) == 0);
	err_init(&e, NULL);
	if (conf_read(c, path, &e) == 0) {
		fuzz_check(c->run_dir[0] == '/' && c->store_dir[0] == '/' && c->key_dir[0] == '/');
		fuzz_check(c->api_workers > 0 && c->api_deadline_ms > 0 && c->db_port > 0);
	} else {
		fuzz_check(e.code == MT_EINVAL && strstr(e.message, "mortise.conf"));
	}
	unlink(path);
	free(c);
	return 0;
}
