/* archive.c - reading ZIPs: see archive.h. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>
#include "base/id.h"
#include "package/archive.h"
#include "package/fault.h"

#define CHUNK 65536

/* For messages: everything odd as \xNN. */
static const char *name_shown(struct arena *p, const char *name)
{
	size_t n = strlen(name), at = 0;
	char *out;

	if (n > 80)
		n = 80;
	out = arena_alloc(p, 4 * n + 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c >= 0x20 && c < 0x7f)
			out[at++] = (char)c;
		else
			at += (size_t)snprintf(out + at, 5, "\\x%02x", c);
	}
	out[at] = '\0';
	return out;
}

static const char *segment_fault(const char *s, size_t n)
{
	if (n == 0)
		return N_("Has an empty segment (\"//\")");
	if (n == 2 && s[0] == '.' && s[1] == '.')
		return N_("Contains \"..\": a package may not point outside its own folder");
	if (s[0] == '.')
		return N_("Has a segment that starts with a dot");
	if (s[n - 1] == '.')
		return N_("Has a segment that ends with a dot");
	return NULL;
}

const char *archive_name_fault(const char *name)
{
	const char *s = name;
	size_t n = strlen(name);
	int depth = 0;

	if (n == 0)
		return N_("Has an empty name");
	if (n > ARCHIVE_PATH_MAX)
		return N_("Is longer than 200 characters");
	if (name[0] == '/')
		return N_("Is an absolute name: names are relative to the package");
	if (strchr(name, '\\'))
		return N_("Contains a backslash: the separator is \"/\"");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return N_("Contains a control character");
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("._-+/", name[i]))
			return N_("Contains a character other than A-Z a-z 0-9 . _ - + /");
	for (;;) {
		size_t len = strcspn(s, "/");
		const char *why = segment_fault(s, len);

		if (why)
			return why;
		if (++depth > ARCHIVE_DEPTH_MAX)
			return N_("Is nested deeper than 8 folders");
		s += len;
		if (*s == '\0' || *++s == '\0') /* a folder's own entry ends with "/" */
			return NULL;
	}
}

static void close_zip(void *arg)
{
	zip_discard(arg);
}

/* An archive that contradicts itself is opened nevertheless, to name the reason if possible; then
 * *ret_odd is set, and nothing is read from it. */
static int open_zip(
	struct arena *p, const char *file, zip_t **ret, const char **ret_odd, struct err *e)
{
	zip_error_t ze;
	int code = 0;

	*ret = zip_open(file, ZIP_RDONLY | ZIP_CHECKCONS, &code);
	zip_error_init_with_code(&ze, code);
	*ret_odd = *ret ? NULL : arena_strdup(p, zip_error_strerror(&ze));
	zip_error_fini(&ze);
	if (!*ret && code == ZIP_ER_INCONS)
		*ret = zip_open(file, ZIP_RDONLY, NULL);
	if (code == ZIP_ER_EXISTS) /* libzip doesn't tell which */
		return fault_add(e, "/", "Two entries have the same name");
	if (!*ret)
		return fault_add(e, "/", "The file is not a ZIP that can be read: %s", *ret_odd);
	arena_cleanup(p, close_zip, *ret);
	return 0;
}

/* How the entry is stored. Returns what is wrong, or NULL. */
static const char *storage_fault(zip_t *zip, const zip_stat_t *st, bool is_dir)
{
	zip_uint8_t os = 0;
	zip_uint32_t attr = 0;
	unsigned mode;

	if ((st->valid & ZIP_STAT_ENCRYPTION_METHOD) && st->encryption_method != ZIP_EM_NONE)
		return N_("Is encrypted: a package must be readable");
	if (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE)
		return N_("Is packed with another method than \"stored\" or \"deflated\"");
	if (zip_file_get_external_attributes(zip, st->index, 0, &os, &attr) < 0)
		return N_("Has attributes that can't be read");
	/* Upper half = st_mode, whatever system made the archive; readers differ in whether they
	 * respect the "made by" byte, so it is ignored. */
	mode = attr >> 16;
	if (S_ISLNK(mode))
		return N_("Is a symbolic link: a package holds plain files only");
	if ((mode & S_IFMT) && !S_ISREG(mode) && !S_ISDIR(mode))
		return N_("Is a device, pipe or socket: a package holds plain files only");
	if ((mode & S_IFMT) && (S_ISDIR(mode) != 0) != is_dir)
		return N_("Is a folder by its mode but a file by its name, or the other way round");
	if (mode & (S_ISUID | S_ISGID | S_ISVTX))
		return N_("Has a set-user-id, set-group-id or sticky bit");
	return NULL;
}

static const char *size_fault(const zip_stat_t *st)
{
	if (st->size > ARCHIVE_FILE_MAX)
		return N_("Is larger than 32 MB unpacked");
	if (st->size > ARCHIVE_RATIO_FROM && st->size / ARCHIVE_RATIO_MAX > st->comp_size)
		return N_("Unpacks to more than 200 times its packed size");
	return NULL;
}

static void lower(char *ret, const char *s)
{
	for (; *s; s++)
		*ret++ = (char)tolower((unsigned char)*s);
	*ret = '\0';
}

/* One entry of the directory; faults go to e. seen: folded path -> true for files. */
static void check_entry(struct archive *a, zip_uint64_t i, json_t *seen, uint64_t *packed,
	uint64_t *unpacked, struct err *e)
{
	char fold[ARCHIVE_PATH_MAX + 2];
	const char *name, *shown, *why;
	zip_stat_t st;
	bool is_dir;

	if (zip_stat_index(a->zip, i, 0, &st) < 0 ||
		!(name = zip_get_name(a->zip, i, ZIP_FL_ENC_RAW))) {
		fault_add(e, "/", "Entry %llu can't be read", (unsigned long long)i);
		return;
	}
	shown = arena_printf(a->arena, "/%s", name_shown(a->arena, name));
	if ((why = archive_name_fault(name))) {
		fault_plain(e, shown, why);
		return;
	}
	is_dir = name[strlen(name) - 1] == '/';
	if ((why = storage_fault(a->zip, &st, is_dir)) || (why = size_fault(&st)))
		fault_plain(e, shown, why);
	*packed += st.comp_size;
	*unpacked += st.size;
	if (is_dir)
		return;
	lower(fold, name);
	if (json_object_get(seen, fold)) {
		fault_add(
			e, shown, "The entry is there twice (upper and lower case count as equal)");
		return;
	}
	json_object_set_new(seen, fold, json_true());
	a->entry[a->n++] = (struct archive_entry){
		.path = arena_strdup(a->arena, name),
		.size = st.size,
		.packed = st.comp_size,
		.index = i,
	};
}

/* "ui" as a file and "ui/x" as another can't both be unpacked. */
static void check_parents(const struct archive *a, const json_t *seen, struct err *e)
{
	for (int i = 0; i < a->n; i++) {
		char fold[ARCHIVE_PATH_MAX + 2], *slash;

		lower(fold, a->entry[i].path);
		for (slash = strchr(fold, '/'); slash; slash = strchr(slash + 1, '/')) {
			*slash = '\0';
			if (json_object_get(seen, fold))
				fault_add(e, arena_printf(a->arena, "/%s", a->entry[i].path),
					"Lies below \"%s\", which is a file", fold);
			*slash = '/';
		}
	}
}

static int check_sums(const char *file, uint64_t packed, uint64_t unpacked, struct err *e)
{
	struct stat st;

	if (stat(file, &st) < 0) {
		err_log(e, "stat %s: %s", file, strerror(errno));
		return err_set(e, MT_EINTERNAL, "The package can't be read");
	}
	if (packed > (uint64_t)st.st_size)
		fault_add(e, "/", "Entries overlap: they claim %llu packed bytes in a file of %lld",
			(unsigned long long)packed, (long long)st.st_size);
	if (unpacked > ARCHIVE_TOTAL_MAX)
		fault_add(e, "/", "Unpacks to %llu bytes; at most %ld are allowed",
			(unsigned long long)unpacked, ARCHIVE_TOTAL_MAX);
	return fault_any(e);
}

int archive_open(struct arena *p, const char *file, struct archive **ret, struct err *e)
{
	struct archive *a = arena_zalloc(p, sizeof(*a));
	uint64_t packed = 0, unpacked = 0;
	zip_int64_t n;
	const char *odd;
	json_t *seen;
	int rc;

	a->arena = p;
	a->chunk = arena_alloc(p, CHUNK);
	rc = open_zip(p, file, (zip_t **)&a->zip, &odd, e);
	if (rc < 0)
		return rc;
	n = zip_get_num_entries(a->zip, 0);
	if (n <= 0 || n > ARCHIVE_ENTRIES_MAX)
		return fault_add(e, "/", "The ZIP has %lld entries; 1 to %d are allowed",
			(long long)n, ARCHIVE_ENTRIES_MAX);
	a->entry = arena_zalloc(p, (size_t)n * sizeof(*a->entry));
	seen = json_object();
	for (zip_int64_t i = 0; i < n; i++)
		check_entry(a, (zip_uint64_t)i, seen, &packed, &unpacked, e);
	check_parents(a, seen, e);
	json_decref(seen);
	if (odd && !e->n_fields)
		fault_add(e, "/", "The ZIP contradicts itself: %s", odd);
	rc = check_sums(file, packed, unpacked, e);
	if (rc < 0)
		return rc;
	*ret = a;
	return 0;
}

static int read_fault(
	struct archive *a, const struct archive_entry *en, struct err *e, const char *why)
{
	return fault_plain(e, arena_printf(a->arena, "/%s", en->path), why);
}

/* The header's size is a promise; more than it, the limits or a fair ratio is a lie. */
static const char *grown_too_far(
	const struct archive *a, const struct archive_entry *en, uint64_t got)
{
	if (got > en->size)
		return N_("Holds more bytes than its header says");
	if (got > ARCHIVE_FILE_MAX)
		return N_("Is larger than 32 MB unpacked");
	if (a->unpacked > ARCHIVE_TOTAL_MAX)
		return N_("Makes the package larger than 256 MB unpacked");
	if (got > ARCHIVE_RATIO_FROM && got / ARCHIVE_RATIO_MAX > en->packed)
		return N_("Unpacks to more than 200 times its packed size");
	return NULL;
}

int archive_read(struct archive *a, struct archive_entry *en,
	int (*sink)(void *arg, const void *data, size_t n, struct err *e), void *arg, struct err *e)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state sha;
	char *chunk = a->chunk;
	const char *why = NULL;
	zip_file_t *f;
	uint64_t got = 0;
	zip_int64_t n = 0;
	int rc = 0;

	f = zip_fopen_index(a->zip, en->index, 0);
	if (!f)
		return fault_verbatim(
			e, arena_printf(a->arena, "/%s", en->path), zip_strerror(a->zip));
	crypto_hash_sha256_init(&sha);
	while (rc == 0 && (n = zip_fread(f, chunk, CHUNK)) > 0) {
		got += (uint64_t)n;
		a->unpacked += (uint64_t)n;
		if ((why = grown_too_far(a, en, got)))
			break;
		crypto_hash_sha256_update(&sha, (unsigned char *)chunk, (size_t)n);
		if (sink)
			rc = sink(arg, chunk, (size_t)n, e);
	}
	/* libzip compares the checksum when the last byte was read: that is an n < 0 */
	if (!why && n < 0)
		why = N_("Is damaged: its bytes don't match its checksum");
	if (!why && rc == 0 && got != en->size)
		why = N_("Holds fewer bytes than its header says");
	zip_fclose(f);
	if (why)
		return read_fault(a, en, e, why);
	if (rc < 0)
		return rc;
	crypto_hash_sha256_final(&sha, hash);
	id_hex(en->sha256, hash, sizeof(hash));
	return 0;
}

struct loading {
	char *data;
	size_t len, max;
};

static int load_sink(void *arg, const void *data, size_t n, struct err *e)
{
	struct loading *l = arg;

	if (n > l->max - l->len)
		return err_set(
			e, MT_EINTERNAL, "An entry of the package changed while it was read");
	memcpy(l->data + l->len, data, n);
	l->len += n;
	return 0;
}

int archive_load(struct archive *a, struct archive_entry *en, size_t max, char **ret,
	size_t *ret_len, struct err *e)
{
	struct loading l = {.max = en->size};
	int rc;

	if (en->size > max)
		return fault_add(e, arena_printf(a->arena, "/%s", en->path),
			"Is larger than %zu kB, the most for this file", max / 1024);
	l.data = arena_alloc(a->arena, en->size + 1);
	rc = archive_read(a, en, load_sink, &l, e);
	if (rc < 0)
		return rc;
	l.data[l.len] = '\0';
	*ret = l.data;
	*ret_len = l.len;
	return 0;
}

struct archive_entry *archive_find(struct archive *a, const char *path)
{
	for (int i = 0; i < a->n; i++)
		if (!strcmp(a->entry[i].path, path))
			return &a->entry[i];
	return NULL;
}
