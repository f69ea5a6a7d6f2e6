/* plugin_types.c - see plugin_types.h. */
#include "cli/plugin_types.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_FAULTS 1 /* as build-plugin-ui.mjs ends; others: it can't be started here */

void plugin_types_stop(struct plugin_types *t)
{
	if (t->pid <= 0)
		return;
	/* it may not have made its group yet */
	if (kill(-t->pid, SIGKILL) < 0)
		kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	close(t->output);
	t->pid = 0;
}

void plugin_types_start(struct plugin_types *t, const struct plugin_home *home, const char *dir)
{
	const char *const argv[] = {"node", home->ui_builder, dir, "--types", NULL};

	plugin_types_stop(t);
	if (!home->ui_builder)
		return;
	t->output = memfd_create("types", MFD_CLOEXEC);
	if (t->output < 0)
		return;
	t->pid = plugin_spawn(dir, argv, t->output, true);
	if (t->pid < 0) {
		close(t->output);
		t->pid = 0;
	}
}

bool plugin_types_failed(struct plugin_types *t, struct buf *out)
{
	char chunk[4096];
	ssize_t n;
	int status;

	if (t->pid <= 0 || waitpid(t->pid, &status, WNOHANG) != t->pid)
		return false;
	t->pid = 0;
	lseek(t->output, 0, SEEK_SET);
	while ((n = read(t->output, chunk, sizeof(chunk))) > 0)
		(void)!buf_add(out, chunk, (size_t)n);
	close(t->output);
	return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_FAULTS;
}
