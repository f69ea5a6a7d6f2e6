/*
 * mortise-fetch - downloads one file of a marketplace and ends. Started by the admin pool:
 *
 *	mortise-fetch --url URL --max BYTES --seconds N [--base URL] [--allow "HOST:PORT ..."]
 *		[--ca FILE] [--etag TEXT]
 *
 * The bytes go to descriptor 3. Lines of JSON on standard output say how far it is, {"got": 100}, the last
 * one how it went: {"status": 200, "bytes": 123, "etag": "..."} or {"status": 0, "reason": "...",
 * "message": "..."}.
 *
 * What talks to foreign servers reads nothing here but what resolving names and TLS need (Landlock), starts
 * no program (seccomp), and ends by itself: with its parent, at its time, at its limits.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "market/get.h"
#include "os/landlock.h"

#define OUT_FD 3
#define FS_ONLY_ABI 3 /* of Landlock's: later ones would take TCP away as well */
#define MEMORY_MAX (512UL << 20)

/* LeakSanitizer starts a thread and traces, which is forbidden below. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static void limit(int what, unsigned long most)
{
	struct rlimit l = {.rlim_cur = most, .rlim_max = most};

	if (setrlimit(what, &l) < 0)
		_exit(2);
}

static int forbid_calls(void)
{
	static const int calls[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
		SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(listen),
		SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(kill), SCMP_SYS(mount),
		SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(userfaultfd),
		SCMP_SYS(perf_event_open), SCMP_SYS(io_uring_setup), SCMP_SYS(keyctl),
		SCMP_SYS(pidfd_getfd)};
	/* What getaddrinfo() needs beside the two that are meant. */
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int rc = f ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
	for (int family = 0; rc == 0 && family < AF_MAX; family++) {
		bool needed = false;

		for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
			needed = needed || family == families[i];
		if (!needed)
			rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
				SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
	}
	if (rc == 0)
		rc = seccomp_load(f);
	if (f)
		seccomp_release(f);
	return rc;
}

static int close_doors(const struct get_order *o)
{
	const char *const paths[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",
		"/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/ssl",
		"/etc/ca-certificates", "/usr/share/ca-certificates",
		"/usr/local/share/ca-certificates", "/usr/lib", "/lib", "/lib64",
		"/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/dev/urandom",
		"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
#ifdef __SANITIZE_ADDRESS__
		"/proc/self", /* a sanitizer's report reads the process's map */
#endif
		o->ca[0] ? o->ca : NULL, NULL};
	int abi = landlock_abi();

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -1;
	if (abi > 0 && landlock_enter(abi > FS_ONLY_ABI ? FS_ONLY_ABI : abi, paths) < 0)
		return -1;
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 ? 0 : forbid_calls();
}

static void confine(const struct get_order *o)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	close_range(OUT_FD + 1, ~0U, 0);
	alarm((unsigned)o->seconds + 2);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, (unsigned long)o->seconds + 2);
	limit(RLIMIT_FSIZE, (unsigned long)o->max);
	limit(RLIMIT_NOFILE, 64);
#ifndef __SANITIZE_ADDRESS__
	limit(RLIMIT_AS, MEMORY_MAX);
#endif
	if (close_doors(o) < 0) {
		perror("mortise-fetch: can't close the doors");
		_exit(2);
	}
}

static long number(const char *text, long most)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	return errno || end == text || *end || n < 1 || n > most ? 0 : n;
}

static void progress(long bytes)
{
	printf("{\"got\":%ld}\n", bytes);
	fflush(stdout);
}

static int usage(void)
{
	fputs("usage: mortise-fetch --url URL --max BYTES --seconds N [--base URL] [--allow LIST]"
	      " [--ca FILE] [--etag TEXT] 3>FILE\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option OPTIONS[] = {
		{"url", required_argument, NULL, 'u'},
		{"base", required_argument, NULL, 'b'},
		{"allow", required_argument, NULL, 'a'},
		{"ca", required_argument, NULL, 'c'},
		{"etag", required_argument, NULL, 'e'},
		{"max", required_argument, NULL, 'm'},
		{"seconds", required_argument, NULL, 's'},
		{0},
	};
	struct get_order o = {
		.allow = "", .ca = "", .etag = "", .fd = OUT_FD, .progress = progress};
	struct get_answer answer;
	json_t *said;
	char *text;

	for (int c; (c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		switch (c) {
		case 'u':
			o.url = optarg;
			break;
		case 'b':
			o.base = optarg;
			break;
		case 'a':
			o.allow = optarg;
			break;
		case 'c':
			o.ca = optarg;
			break;
		case 'e':
			o.etag = optarg;
			break;
		case 'm':
			o.max = number(optarg, 1L << 31);
			break;
		case 's':
			o.seconds = (int)number(optarg, 3600);
			break;
		default:
			return usage();
		}
	}
	if (!o.url || !o.max || !o.seconds || optind != argc)
		return usage();
	confine(&o);
	get_url(&o, &answer);
	said = json_pack("{ss sI si ss* ss*}", "etag", answer.etag, "bytes",
		(json_int_t)answer.bytes, "status", answer.status, "reason",
		answer.status ? NULL : answer.reason, "message",
		answer.status ? NULL : answer.message);
	text = said ? json_dumps(said, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	/* A header that is no UTF-8 can't be said as JSON: then only that it failed. */
	puts(text ? text
		  : "{\"status\":0,\"reason\":\"broken\",\"message\":\"its answer is no text\"}");
	free(text);
	json_decref(said);
	return answer.status ? 0 : 1;
}
