/* syscalls.c - see syscalls.h. */
#include "os/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define N(list) (sizeof(list) / sizeof((list)[0]))

static int add_rules(scmp_filter_ctx f, const struct syscall_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct scmp_arg_cmp cmp[2];
		for (unsigned k = 0; k < rules[i].n; k++)
			cmp[k] = SCMP_CMP64(rules[i].when[k].arg, SCMP_CMP_MASKED_EQ,
				rules[i].when[k].mask, rules[i].when[k].value);
		int rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, rules[i].call, rules[i].n, cmp);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_all(scmp_filter_ctx f, const struct syscall_list *list)
{
	static const struct syscall_rule files[] = {
		RULE(openat, 2, OPEN_WRITES, 0),
		RULE(open, 1, OPEN_WRITES, 0),
	};
	const struct syscall_rule own[] = {
		RULE(kill, 0, UINT32_MAX, getpid()),
		RULE(tgkill, 0, UINT32_MAX, getpid()),
		RULE_2(prlimit64, 0, UINT32_MAX, 0, 2, UINT64_MAX, 0),
	};
	int rc;
	if ((rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) < 0)
		return rc;
	for (size_t i = 0; i < list->n_always; i++)
		if ((rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, list->always[i], 0)) < 0)
			return rc;
	if (list->threads &&
		(rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)) < 0)
		return rc;
	if ((rc = add_rules(f, list->rules, list->n_rules)) < 0 ||
		(rc = add_rules(f, own, N(own))) < 0)
		return rc;
	return list->files ? add_rules(f, files, N(files)) : 0;
}

int syscalls_enter(const struct syscall_list *list)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!f) {
		errno = ENOMEM;
		return -1;
	}
	int rc = add_all(f, list);
	if (rc >= 0)
		rc = seccomp_load(f);
	seccomp_release(f);
	errno = -rc;
	return rc < 0 ? -1 : 0;
}
