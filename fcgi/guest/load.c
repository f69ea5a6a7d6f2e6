/* load.c - the plugin's library, from the descriptor that this process was started with. */
#include "guest/guest.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(WIRE_LIBRARY_FD == 3, "GUEST_LIBRARY_WEAK has the number");

/* Those of package/elf_imports.c that this program has not mapped itself. A library that needs none
 * of them costs no guest their memory. */
static const char *const ALLOWED[] = {
	"libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libpthread.so.0"};

/* The name alone decides, wherever it is in the file: loading one too many does no harm. */
void guest_preload(void)
{
	struct stat st;
	void *bytes;

	if (fstat(WIRE_LIBRARY_FD, &st) < 0 || st.st_size <= 0)
		return;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, WIRE_LIBRARY_FD, 0);
	if (bytes == MAP_FAILED)
		return;
	for (size_t i = 0; i < sizeof(ALLOWED) / sizeof(ALLOWED[0]); i++)
		if (memmem(bytes, (size_t)st.st_size, ALLOWED[i], strlen(ALLOWED[i]) + 1))
			dlopen(ALLOWED[i], RTLD_NOW | RTLD_GLOBAL);
	munmap(bytes, (size_t)st.st_size);
}

/* The text of dlerror() without the file name before it: authors know their file. */
static const char *reason(const char *name)
{
	const char *s = dlerror();
	size_t n = strlen(name);

	if (!s)
		return "unknown reason";
	if (strncmp(s, name, n) == 0 && s[n] == ':') {
		s += n + 1;
		while (*s == ' ')
			s++;
	}
	return s;
}

/* Without a filter nobody answers to our name for it (confine.c): then it is the kernel's. */
const struct mt_plugin *guest_load(bool filtered, struct buf *faults)
{
	const char *name = filtered ? GUEST_LIBRARY : GUEST_LIBRARY_WEAK;
	const struct mt_plugin *plugin;
	void *lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	close(WIRE_LIBRARY_FD); /* the loader has done so, unless it failed */
	if (!lib) {
		buf_addf(faults, "can't be loaded: %s\n", reason(name));
		return NULL;
	}
	plugin = dlsym(lib, "mt_plugin");
	if (!plugin)
		buf_adds(faults, "exports no symbol mt_plugin: define `const struct mt_plugin "
				 "mt_plugin = {MT_PLUGIN, ...};`\n");
	return plugin;
}
