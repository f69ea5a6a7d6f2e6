/* A package's ZIP: raw bytes, and ZIPs put together from the input whose headers lie. */
#include "fuzz.h"

#include "../unit/zipmaker.h"
#include "package/archive.h"

static size_t GOT;

static int count(void *arg, const void *data, size_t n, struct err *e)
{
	(void)arg;
	(void)e;
	for (size_t i = 0; i < n; i += 64)
		GOT += ((const volatile char *)data)[i] != 0; /* every page is there */
	return 0;
}

static int add_up(void *arg, const void *data, size_t n, struct err *e)
{
	*(size_t *)arg += n;
	return count(NULL, data, n, e);
}

static void check_path(const char *path)
{
	fuzz_check(path[0] && path[0] != '/' && strlen(path) <= ARCHIVE_PATH_MAX);
	fuzz_check(!archive_name_fault(path));
	fuzz_check(strncmp(path, "../", 3) != 0 && !strstr(path, "/../") && strcmp(path, ".."));
	for (const char *c = path; *c; c++)
		fuzz_check(*c > ' ' && *c < 0x7f && *c != '\\');
}

static void read_it(const void *zip, size_t n)
{
	struct arena *p = arena_new();
	struct err e;
	struct archive *a;
	size_t total = 0;

	err_init(&e, p);
	if (archive_open(p, fuzz_file(zip, n), &a, &e) == 0) {
		fuzz_check(a->n <= ARCHIVE_ENTRIES_MAX);
		for (int i = 0; i < a->n; i++) {
			size_t got = 0;

			check_path(a->entry[i].path);
			fuzz_check(archive_find(a, a->entry[i].path) == &a->entry[i]);
			if (archive_read(a, &a->entry[i], add_up, &got, &e) == 0) {
				fuzz_check(got == a->entry[i].size);
				fuzz_check(strlen(a->entry[i].sha256) == 64);
			}
			fuzz_check(got <= ARCHIVE_FILE_MAX);
			total += got;
			if (a->entry[i].size < 4096) {
				char *text;
				size_t len;

				if (archive_load(a, &a->entry[i], 4096, &text, &len, &e) == 0)
					fuzz_check(text[len] == '\0');
			}
		}
		fuzz_check(total <= ARCHIVE_TOTAL_MAX);
	} else {
		fuzz_check(e.code == MT_EINVAL || e.code == MT_EFIELDS);
	}
	arena_free(p);
}

static unsigned take(const uint8_t **data, size_t *n)
{
	if (*n == 0)
		return 0;
	(*n)--;
	return *(*data)++;
}

/* Each entry: its odd parts as bits, a name, its bytes. */
static void make(const uint8_t *data, size_t n)
{
	struct zm z = {0};
	struct arena *p = arena_new();
	size_t len;

	while (n > 0 && z.n < 20) {
		unsigned odd = take(&data, &n), name_len = take(&data, &n);
		struct zm_entry en = {.method = odd & 1 ? 8 : 0};
		size_t want;

		name_len = name_len > n ? (unsigned)n : name_len;
		en.name = arena_strndup(p, (const char *)data, name_len);
		data += name_len;
		n -= name_len;
		want = take(&data, &n);
		if (odd & 2)
			want *= 64;
		en.len = want > n ? n : want;
		if (odd & 4)
			en.mode = take(&data, &n) << 12 | 0644;
		if (odd & 8)
			en.flags = take(&data, &n);
		if (odd & 16)
			en.claim_size = (int64_t)take(&data, &n) << (take(&data, &n) % 32);
		if (odd & 32)
			en.claim_packed = (int64_t)take(&data, &n) << (take(&data, &n) % 32);
		if (odd & 64)
			en.method = (int)take(&data, &n);
		if (en.len > n)
			en.len = n;
		en.data = en.len ? (const void *)data : "";
		zm_add(&z, en);
		data += en.len;
		n -= en.len;
	}
	len = z.len;
	zm_put(&z.buf, &z.len, z.dir ? z.dir : (const void *)"", z.dir_len);
	zm_num(&z.buf, &z.len, 0x06054b50, 4);
	zm_num(&z.buf, &z.len, 0, 4);
	zm_num(&z.buf, &z.len, z.n, 2);
	zm_num(&z.buf, &z.len, z.n, 2);
	zm_num(&z.buf, &z.len, z.dir_len, 4);
	zm_num(&z.buf, &z.len, len, 4);
	zm_num(&z.buf, &z.len, 0, 2);
	read_it(z.buf, z.len);
	free(z.buf);
	free(z.dir);
	arena_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 0 && data[0] == 'M')
		make(data + 1, n - 1);
	else
		read_it(data, n);
	return 0;
}
