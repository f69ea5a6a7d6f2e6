/*
 * syscalls.h - a seccomp filter out of tables: listed calls are allowed, all others return EPERM.
 *
 * An error and not a kill: a library that tries something harmless and can do without it continues.
 * A call of another architecture ends the process.
 */
#ifndef SYSCALLS_H
#define SYSCALLS_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41 /* glibc and the sanitizers name their mappings */
#endif
#define TMPFILE_BIT 020000000 /* O_TMPFILE without O_DIRECTORY */
#define OPEN_WRITES (O_ACCMODE | O_CREAT | O_TRUNC | TMPFILE_BIT)

/* Allowed when (argument & mask) == value, for each of n arguments. */
struct syscall_rule {
	int call;
	unsigned n;
	struct {
		unsigned arg;
		uint64_t mask, value;
	} when[2];
};

#define RULE(name, arg, mask, value)                                                               \
	{                                                                                          \
		SCMP_SYS(name), 1,                                                                 \
		{                                                                                  \
			{                                                                          \
				arg, (uint64_t)(mask), (uint64_t)(value)                           \
			}                                                                          \
		}                                                                                  \
	}
#define RULE_2(name, arg, mask, value, arg_2, mask_2, value_2)                                     \
	{                                                                                          \
		SCMP_SYS(name), 2,                                                                 \
		{                                                                                  \
			{arg, (uint64_t)(mask), (uint64_t)(value)},                                \
			{                                                                          \
				arg_2, (uint64_t)(mask_2), (uint64_t)(value_2)                     \
			}                                                                          \
		}                                                                                  \
	}

struct syscall_list {
	const int *always; /* whatever the arguments */
	size_t n_always;
	const struct syscall_rule *rules;
	size_t n_rules;
	bool files;   /* may open existing files for reading; Landlock restricts which */
	bool threads; /* a rule allows clone(): clone3(), whose flags a filter can't see, is ENOSYS */
};

/* Also allows what every process needs of itself: abort(), raise(), reading its limits. 0 or -1
 * with errno. */
int syscalls_enter(const struct syscall_list *list);

#endif
