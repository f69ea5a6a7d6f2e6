/*
 * mortise-guest - a plugin's library and nothing else. Started by a host's spawner (host/README.md),
 * with the socket to its host as descriptor 0 and the library's sealed memory as 3.
 *
 *	mortise-guest NAME FLAGS	NAME for `ps`; FLAGS: w = weak, d = debug (guest.h)
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest/guest.h"

/* LeakSanitizer starts a thread and traces, which the filter forbids; a symbolizer is a program. A
 * signal is the plugin's crash, which crash.c reports. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:"
	       "handle_sigill=0:handle_abort=0";
}
#endif

int main(int argc, char **argv)
{
	const char *flags = argc > 2 ? argv[2] : "";
	struct confine c = {
		.weak = strchr(flags, 'w') != NULL, .debug = strchr(flags, 'd') != NULL};
	const struct mt_plugin *plugin;
	static struct guest g;
	struct buf faults;
	char note[96] = "";

	if (argc < 2)
		_exit(2);
	guest_open(&g, STDIN_FILENO);
	buf_init(&faults, 8192);
	tzset();	     /* reads a file: not any more later */
	json_object_seed(0); /* the same */
	guest_preload();
	guest_watch(&g, c.debug);
	if (guest_confine(&c, note) < 0) {
		buf_addf(&faults, "can't be loaded: the guest can't be confined (%s)%s\n", note,
			c.lacking ? "; plugin_sandbox = weak runs it all the same" : "");
		guest_unfit(&g, faults.data);
		_exit(1);
	}
	plugin = guest_load(c.filtered, &faults);
	if (!plugin) {
		guest_unfit(&g, faults.data);
		_exit(1);
	}
	g.library = c.filtered ? GUEST_LIBRARY : GUEST_LIBRARY_WEAK;
	if (guest_hello(&g, plugin, note) == 0)
		guest_run(&g);
	_exit(0);
}
