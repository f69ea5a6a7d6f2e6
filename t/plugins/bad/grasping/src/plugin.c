/* Takes what no plugin may have from the C library: refused by its import table, before it is loaded. */
#include "mortise.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

static int grasp(struct mt_req *req)
{
	const char *home = getenv("HOME");
	char *const none[] = {NULL};
	long n = 0;

	n += fork();
	n += execve("/bin/true", none, none);
	n += socket(AF_INET, SOCK_STREAM, 0);
	n += ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	n += syscall(0);
	n += dlopen("libc.so.6", RTLD_NOW) != NULL;
	n += mprotect(NULL, 4096, PROT_EXEC);
	return mt_reply_json(req, 200, json_pack("{sI ss?}", "n", (json_int_t)n, "home", home));
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/grasp", .run = grasp},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "grasping", .version = "1.0.0", .routes = ROUTES};
