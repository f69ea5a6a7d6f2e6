/* Made for an ABI that doesn't exist. */
#include "mortise.h"

const struct mt_plugin mt_plugin = {.size = sizeof(struct mt_plugin),
	.abi = 99,
	.route_size = sizeof(struct mt_route),
	.hook_size = sizeof(struct mt_hook),
	.field_size = sizeof(struct mt_field),
	.key = "badabi",
	.version = "1.0.0"};
