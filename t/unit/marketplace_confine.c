/* The confinement of mortise-fetch: each attempt from a confined process is refused, and names
 * resolve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "marketplace/confine.h"
#include "os/landlock.h"
#include "os/sock.h"

static char FOLDER[] = "/tmp/mortise-confine-XXXXXX", CONTROL[100], KEY[100];
static int CONTROL_FD, TCP_FD;
static unsigned short TCP_PORT;

static int setup(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd;

	(void)state;
	assert_non_null(mkdtemp(FOLDER));
	snprintf(CONTROL, sizeof(CONTROL), "%s/control.sock", FOLDER);
	snprintf(KEY, sizeof(KEY), "%s/role.key", FOLDER);
	CONTROL_FD = sock_listen(CONTROL, SOCK_SEQPACKET, 8, NULL);
	assert_true(CONTROL_FD >= 0);
	fd = open(KEY, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	close(fd);
	TCP_FD = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(TCP_FD, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(TCP_FD, 8), 0);
	assert_int_equal(getsockname(TCP_FD, (struct sockaddr *)&a, &n), 0);
	TCP_PORT = ntohs(a.sin_port);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(CONTROL);
	unlink(KEY);
	rmdir(FOLDER);
	close(CONTROL_FD);
	close(TCP_FD);
	return 0;
}

/* Runs try() in a confined child: its errno, 0 when it worked. */
static int confined(int try(void), unsigned short port)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		unsigned short ports[] = {53, port, 0};
		struct confine c = {.bytes = 1000, .seconds = 20, .ports = ports};
		const char *why;

		if (confine_enter(&c, &why) < 0)
			_exit(255);
		errno = 0;
		_exit(try() < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

static int connect_control(void)
{
	return sock_connect(CONTROL, SOCK_SEQPACKET);
}
static int make_datagrams(void)
{
	int fd[2];
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, fd);
}
static int send_from_pair(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd[2];

	strcpy(a.sun_path, CONTROL); /* NOLINT: it fits */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		return 0;
	return (int)sendto(fd[0], "x", 1, 0, (struct sockaddr *)&a, sizeof(a));
}
static int kill_parent(void)
{
	return kill(getppid(), 0);
}
static int tgkill_parent(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}
static int queue_parent(void)
{
	siginfo_t si = {.si_code = SI_QUEUE};
	return (int)syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &si);
}
static int pidfd_parent(void)
{
	return (int)syscall(SYS_pidfd_open, getppid(), 0);
}
static int trace_parent(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static int open_key(void)
{
	return open(KEY, O_RDONLY);
}
static int open_passwd(void)
{
	return open("/etc/passwd", O_RDONLY);
}
static int write_hosts(void)
{
	return open("/etc/hosts", O_WRONLY);
}
static int make_file(void)
{
	return open("/tmp/mortise-confine-made", O_RDWR | O_CREAT, 0600);
}
static int execute(void)
{
	char *argv[] = {(char *)"/bin/true", NULL};
	return execve(argv[0], argv, argv + 1);
}
static int fork_again(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}
static int executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}
static int listen_here(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}
static int raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}
static int packet_socket(void)
{
	return socket(AF_PACKET, SOCK_DGRAM, 0);
}

static void what_could_leave_is_refused(void **state)
{
	static const struct {
		const char *name;
		int (*try)(void);
	} tries[] = {
		{"connect to the master's control socket", connect_control},
		{"make a pair of datagram sockets", make_datagrams},
		{"signal the parent", kill_parent},
		{"tgkill the parent", tgkill_parent},
		{"sigqueue to the parent", queue_parent},
		{"open a pidfd of the parent", pidfd_parent},
		{"trace the parent", trace_parent},
		{"write /etc/hosts", write_hosts},
		{"make a file", make_file},
		{"execute a program", execute},
		{"make a process", fork_again},
		{"map executable memory", executable_memory},
		{"listen", listen_here},
		{"open a raw socket", raw_socket},
		{"open a packet socket", packet_socket},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int e = confined(tries[i].try, 443);

		if (e != EPERM && e != EACCES)
			fail_msg("%s: %s", tries[i].name, e ? strerror(e) : "it worked");
	}
	/* A connected pair sends nowhere else, whatever address is given. */
	assert_int_not_equal(confined(send_from_pair, 443), 0);
}

static void no_file_but_those_of_names_and_tls(void **state)
{
	(void)state;
	if (landlock_abi() == 0)
		skip();
	assert_int_equal(confined(open_key, 443), EACCES);
	assert_int_equal(confined(open_passwd, 443), EACCES);
}

static int connect_tcp(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(TCP_PORT)};

	return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a));
}

static void tcp_to_the_ports_of_the_order_alone(void **state)
{
	(void)state;
	assert_int_equal(confined(connect_tcp, TCP_PORT), 0);
	if (landlock_abi() < 4)
		skip();
	assert_int_equal(confined(connect_tcp, 443), EACCES);
}

static int resolve(void)
{
	struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
	int rc = getaddrinfo("localhost", "443", &hints, &list);

	errno = rc;
	return rc == 0 ? 0 : -1;
}

static void names_are_resolved(void **state)
{
	(void)state;
	assert_int_equal(confined(resolve, 443), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_could_leave_is_refused),
		cmocka_unit_test(no_file_but_those_of_names_and_tls),
		cmocka_unit_test(tcp_to_the_ports_of_the_order_alone),
		cmocka_unit_test(names_are_resolved),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
