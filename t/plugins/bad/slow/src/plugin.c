/* A good plugin whose library takes two seconds to load. */
#include "mortise.h"

#include <time.h>

__attribute__((constructor)) static void at_load(void)
{
	nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
}

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = "slow", .version = "1.0.0"};
