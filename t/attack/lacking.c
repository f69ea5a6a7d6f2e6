/*
 * lacking - runs a program as a kernel without Landlock or without seccomp would.
 *
 *	lacking landlock|seccomp|both|nothing PROGRAM ARGS...
 *
 * A filter around the program answers what such a kernel answers: ENOSYS for the calls of Landlock, EINVAL
 * for prctl() about seccomp and ENOSYS for seccomp().
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define ANSWER(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter landlock[] = {
	LOAD(nr),
	IF(SYS_landlock_create_ruleset, 2, 0),
	IF(SYS_landlock_restrict_self, 1, 0),
	ALLOW,
	ANSWER(ENOSYS),
};

static struct sock_filter seccomp[] = {
	LOAD(nr),
	IF(SYS_seccomp, 5, 0),
	IF(SYS_prctl, 0, 3),
	LOAD(args[0]),
	IF(PR_GET_SECCOMP, 3, 0),
	IF(PR_SET_SECCOMP, 2, 0),
	ALLOW,
	ANSWER(ENOSYS),
	ANSWER(EINVAL),
};

static int enter(struct sock_filter *filter, size_t n)
{
	struct sock_fprog prog = {.len = (unsigned short)n, .filter = filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	int both = strcmp(what, "both") == 0, rc = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (argc < 3) {
		fprintf(stderr, "usage: lacking landlock|seccomp|both|nothing PROGRAM ARGS...\n");
		return 125;
	}
	if (rc == 0 && (both || strcmp(what, "landlock") == 0))
		rc = enter(landlock, sizeof(landlock) / sizeof(landlock[0]));
	if (rc == 0 && (both || strcmp(what, "seccomp") == 0))
		rc = enter(seccomp, sizeof(seccomp) / sizeof(seccomp[0]));
	if (rc == 0)
		execv(argv[2], &argv[2]);
	perror("lacking");
	return 125;
}
