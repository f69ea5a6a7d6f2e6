/*
 * landlock.c - the numbers are the kernel's user-space ABI (Documentation/userspace-api/landlock.rst);
 * they are written out because installed headers are often older than the running kernel.
 */
#include "os/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_ABI1 ((UINT64_C(1) << 13) - 1) /* execute .. make_sym */
#define FS_REFER (UINT64_C(1) << 13)	  /* ABI 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14)	  /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15)  /* ABI 5 */
#define NET_TCP UINT64_C(3)		  /* ABI 4: bind, connect */
#define NET_CONNECT UINT64_C(2)
#define SCOPED UINT64_C(3) /* ABI 6: abstract unix sockets, signals */

struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

struct net_port {
	uint64_t allowed;
	uint64_t port;
};

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	return abi < 0 ? 0 : (int)abi;
}

static int allow_open(int ruleset, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -1;
	struct path_beneath rule = {
		.allowed = FS_READ_FILE | (S_ISDIR(st.st_mode) ? FS_READ_DIR : 0),
		.parent_fd = fd,
	};
	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

static int allow_reading(int ruleset, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -1;
	int rc = allow_open(ruleset, fd), cause = errno;
	close(fd);
	errno = cause;
	return rc;
}

static int allow_port(int ruleset, unsigned short port)
{
	struct net_port rule = {.allowed = NET_CONNECT, .port = port};
	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
}

int landlock_enter(int abi, const char *const *read_only)
{
	return landlock_enter_tcp(abi, read_only, NULL);
}

static int restrict_to(int ruleset, const char *const *read_only, const unsigned short *ports)
{
	for (int i = 0; read_only && read_only[i]; i++)
		if (allow_reading(ruleset, read_only[i]) < 0)
			return -1;
	for (int i = 0; ports && ports[i]; i++)
		if (allow_port(ruleset, ports[i]) < 0)
			return -1;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -1 : 0;
}

int landlock_enter_tcp(int abi, const char *const *read_only, const unsigned short *ports)
{
	struct ruleset r = {.handled_fs = FS_ABI1};
	/* An older kernel refuses a longer struct only if the part it doesn't know is not zero. */
	if (abi >= 2)
		r.handled_fs |= FS_REFER;
	if (abi >= 3)
		r.handled_fs |= FS_TRUNCATE;
	if (abi >= 4)
		r.handled_net = NET_TCP;
	if (abi >= 5)
		r.handled_fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = SCOPED;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	if (fd < 0)
		return -1;
	int rc = restrict_to(fd, read_only, abi >= 4 ? ports : NULL), cause = errno;
	close(fd);
	errno = cause;
	return rc;
}
