/*
 * hello.c - the least that a FastCGI worker can do: the yardstick of scripts/bench.
 * hello SOCKET WORKERS [TARGET]: answers a fixed body, or an X-Accel-Redirect to TARGET.
 */
#include <fcgiapp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int sock, const char *target)
{
	FCGX_Request r;

	FCGX_Init();
	FCGX_InitRequest(&r, sock, 0);
	while (FCGX_Accept_r(&r) >= 0) {
		if (target != NULL)
			FCGX_FPrintF(r.out, "X-Accel-Redirect: %s\r\n\r\n", target);
		else
			FCGX_FPrintF(r.out,
				"Content-Type: application/json\r\n\r\n{\"hello\":\"world\"}");
		FCGX_Finish_r(&r);
	}
}

int main(int argc, char **argv)
{
	int sock, i, n;

	if (argc < 3)
		return 2;
	unlink(argv[1]);
	sock = FCGX_OpenSocket(argv[1], 512);
	if (sock < 0 || chmod(argv[1], 0666) < 0)
		return 1;
	n = (int)strtol(argv[2], NULL, 10);
	for (i = 0; i < n; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(sock, argc > 3 ? argv[3] : NULL);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
