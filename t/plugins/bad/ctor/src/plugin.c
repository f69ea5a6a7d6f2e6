/* The constructor runs at the trial load: it tries to run a program, leaves a file behind if it can,
 * and hangs. */
#include "mortise.h"
#include "../../raw.h"

#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void at_load(void)
{
	char *const argv[] = {(char *)"touch", (char *)"/tmp/mortise-ctor-ran", NULL};
	int fd;

	RAW(execve, "/usr/bin/touch", argv, 0, 0, 0, 0);
	fd = open("/tmp/mortise-ctor-ran", O_CREAT | O_WRONLY, 0600);
	if (fd >= 0)
		close(fd);
	for (;;)
		pause();
}

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = "ctor", .version = "1.0.0"};
