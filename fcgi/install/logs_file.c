/* logs_file.c - lines of a file from its end: see logs_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "install/logs_file.h"

#define CHUNK (256 * 1024) /* far more than a line has */

struct file {
	int fd;
	struct logs_place at; /* inode; offset = where reading backwards begins */
	int64_t from;	      /* and ends */
};

struct reader {
	struct file file[2]; /* the newer one first */
	int n;
	char *chunk;
	int64_t left; /* bytes that may be read still */
	int64_t deadline;
	bool (*take)(void *arg, char *line, size_t n);
	void *arg;
};

bool logs_place_parse(struct logs_place *ret, const char *s)
{
	char *end;

	if (!s || strspn(s, "0123456789abcdef.") != strlen(s) || strlen(s) >= LOGS_PLACE_MAX)
		return false;
	errno = 0;
	ret->inode = strtoull(s, &end, 16);
	if (end == s || *end != '.' || ret->inode == 0)
		return false;
	s = end + 1;
	ret->offset = (int64_t)strtoull(s, &end, 16);
	return end != s && *end == '\0' && ret->offset >= 0 && errno == 0;
}

void logs_place_text(char ret[LOGS_PLACE_MAX], const struct logs_place *p)
{
	snprintf(ret, LOGS_PLACE_MAX, "%" PRIx64 ".%" PRIx64, p->inode, (uint64_t)p->offset);
}

static void open_one(struct reader *r, const char *log_dir, const char *name)
{
	struct file *f = &r->file[r->n];
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", log_dir, name);
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (f->fd < 0)
		return;
	if (fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(f->fd);
		return;
	}
	f->at = (struct logs_place){st.st_ino, st.st_size};
	f->from = 0;
	r->n++;
}

static void drop_first(struct reader *r)
{
	close(r->file[0].fd);
	r->file[0] = r->file[1];
	r->n--;
}

/* Selects what is between the two places. A place that is in no file any more selects nothing. */
static void narrow(struct reader *r, const struct logs_range *range)
{
	for (int i = 0; i < r->n; i++) {
		struct file *f = &r->file[i];

		if (f->at.inode == range->after.inode && range->after.offset <= f->at.offset) {
			f->from = range->after.offset;
			while (r->n > i + 1)
				close(r->file[--r->n].fd);
		}
		if (f->at.inode == range->before.inode && range->before.offset <= f->at.offset) {
			f->at.offset = range->before.offset;
			if (i == 1)
				drop_first(r);
		}
	}
}

/* Lines of the chunk that begins at the file's `start`, the last first. Returns where the first
 * complete one begins, or -1 when the taker has enough (*ret_at: where it stopped). */
static int64_t take_lines(struct reader *r, int64_t start, size_t n, bool whole, int64_t *ret_at)
{
	char *end = r->chunk + n, *first = r->chunk;

	if (!whole) {
		first = memchr(r->chunk, '\n', n);
		if (!first) /* a line longer than the chunk is nobody's */
			return start;
		first++;
	}
	while (end > first) {
		char *stop = end - 1; /* the line's own end */
		char *line = memrchr(first, '\n', (size_t)(stop - first));

		line = line ? line + 1 : first;
		*stop = '\0';
		*ret_at = start + (line - r->chunk);
		if (stop > line && !r->take(r->arg, line, (size_t)(stop - line)))
			return -1;
		end = line;
	}
	return start + (first - r->chunk);
}

/* The offset behind the last line break before `end`; only complete lines count. */
static int64_t last_end(struct reader *r, const struct file *f)
{
	int64_t start = f->at.offset > CHUNK ? f->at.offset - CHUNK : 0;
	ssize_t n;
	char *nl;

	if (start < f->from)
		start = f->from;
	n = pread(f->fd, r->chunk, (size_t)(f->at.offset - start), start);
	nl = n > 0 ? memrchr(r->chunk, '\n', (size_t)n) : NULL;
	return nl ? start + (nl - r->chunk) + 1 : f->from;
}

/* false when it is enough; *ret_at: the place of the last line read. */
static bool read_file(struct reader *r, struct file *f, int64_t *ret_at)
{
	int64_t end = f->at.offset;

	*ret_at = end;
	while (end > f->from) {
		int64_t start = end - f->from > CHUNK ? end - CHUNK : f->from;
		ssize_t n;

		if (r->left <= 0 || clock_ms() > r->deadline)
			return false;
		n = pread(f->fd, r->chunk, (size_t)(end - start), start);
		if (n != end - start)
			return false;
		r->left -= n;
		end = take_lines(r, start, (size_t)n, start == f->from, ret_at);
		if (end < 0)
			return false;
		if (end == start + n) /* no line break in the whole chunk */
			end = start;
		*ret_at = end;
	}
	return true;
}

int logs_read(const char *log_dir, const struct logs_range *range, int64_t deadline,
	bool (*take)(void *arg, char *line, size_t n), void *arg, struct logs_place *ret_end,
	struct logs_place *ret_from, struct err *e)
{
	struct reader r = {.left = LOGS_SCAN_MAX, .deadline = deadline, .take = take, .arg = arg};
	bool more = true;

	*ret_from = (struct logs_place){0, 0};
	open_one(&r, log_dir, "mortised.log");
	if (r.n == 0)
		return err_set(e, MT_ENOENT,
			"The log is not a file here: look where the master's standard error goes");
	open_one(&r, log_dir, "mortised.log.1");
	r.chunk = malloc(CHUNK + 1);
	if (!r.chunk)
		abort();
	*ret_end = (struct logs_place){r.file[0].at.inode, last_end(&r, &r.file[0])};
	r.file[0].at.offset = ret_end->offset;
	narrow(&r, range);
	for (int i = 0; i < r.n && more; i++) {
		int64_t at;

		more = read_file(&r, &r.file[i], &at);
		if (!more)
			*ret_from = (struct logs_place){r.file[i].at.inode, at};
	}
	for (int i = 0; i < r.n; i++)
		close(r.file[i].fd);
	free(r.chunk);
	return 0;
}
