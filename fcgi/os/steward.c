/* steward.c - see steward.h. */
#include "os/steward.h"

#include <stdio.h>

#include "os/sock.h"

void steward_wake(int fd, const char *run_dir, enum wake why)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/steward.sock", run_dir);
	sock_send(fd, path, (const char[]){(char)why, '\0'});
}
