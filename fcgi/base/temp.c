/* temp.c - temporary files: see temp.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/id.h"
#include "base/temp.h"

int temp_errno(struct err *e, const char *what, const char *path)
{
	int cause = errno;

	err_log(e, "%s %s: %s", what, path, strerror(cause));
	if (cause == ENOSPC || cause == EDQUOT)
		return err_set(e, MT_EFULL, "There is no room left on the server's disk");
	return err_set(e, MT_EINTERNAL, "The package store can't be written");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

int temp_remove_tree(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT ? 0 : -1;
}

static void drop(void *arg)
{
	struct temp *t = arg;

	if (t->path)
		(void)!temp_remove_tree(t->path);
	if (t->fd >= 0)
		close(t->fd);
	t->path = NULL;
	t->fd = -1;
}

void temp_keep(struct temp *t)
{
	t->path = NULL;
}

/* Makes one name; 1 = somebody's sweep took it before it was locked, try again. */
static int make(const char *path, bool folder, mode_t mode, int *ret_fd)
{
	struct stat st;
	int fd;

	if (folder && mkdir(path, 0700) < 0)
		return -1;
	fd = folder ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
		    : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return folder && errno == ENOENT ? 1 : -1;
	if (flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0 || (!folder && fchmod(fd, mode) < 0)) {
		int cause = errno;

		close(fd);
		(void)!temp_remove_tree(path);
		errno = cause;
		return -1;
	}
	*ret_fd = fd;
	if (st.st_nlink > 0)
		return 0;
	close(fd);
	return 1;
}

static int make_any(struct op *op, const char *dir, bool folder, mode_t mode, struct temp **ret)
{
	struct arena *p = op->arena;
	const char *in = arena_printf(p, "%s/tmp", dir), *path;
	struct temp *t = arena_zalloc(p, sizeof(*t));
	char name[ID_TOKEN_LEN + 1];
	int rc;

	/* 0711: a plugin's user may open a library whose name it was given, but list nothing. */
	if (mkdir(in, 0711) == 0)
		(void)!chmod(in, 0711);
	else if (errno != EEXIST)
		return temp_errno(&op->err, "mkdir", in);
	do {
		id_token(name);
		path = arena_printf(p, "%s/%s", in, name);
		rc = make(path, folder, mode, &t->fd);
	} while (rc > 0);
	if (rc < 0)
		return temp_errno(&op->err, "make", path);
	t->path = path;
	arena_cleanup(p, drop, t);
	*ret = t;
	return 0;
}

int temp_file(struct op *op, const char *dir, mode_t mode, struct temp **ret)
{
	return make_any(op, dir, false, mode, ret);
}

int temp_folder(struct op *op, const char *dir, struct temp **ret)
{
	return make_any(op, dir, true, 0700, ret);
}

int temp_write(struct temp *t, const void *data, size_t n, struct err *e)
{
	const char *at = data;

	while (n > 0) {
		ssize_t w = write(t->fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return temp_errno(e, "write", t->path);
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

void temp_sweep(const char *dir)
{
	struct arena *p = arena_new();
	const char *in = arena_printf(p, "%s/tmp", dir);
	DIR *d = opendir(in);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		const char *path = arena_printf(p, "%s/%s", in, de->d_name);
		int fd;

		if (de->d_name[0] == '.')
			continue;
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)!temp_remove_tree(path);
		close(fd);
	}
	if (d)
		closedir(d);
	arena_free(p);
}
