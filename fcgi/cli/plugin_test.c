/*
 * plugin_test.c - `mortise plugin test`: the plugin's own tests against the fake host, without a server.
 */
#include <stdio.h>
#include "base/clock.h"
#include "cli/plugin.h"

static int plugin_test_run(struct plugin_args *a)
{
	int64_t start = clock_ms();
	struct plugin_build b;
	int n, rc = plugin_build_open(a->arena, a->n > 0 ? a->word[0] : ".", &b, a->err);

	if (rc == 0)
		rc = plugin_build_tests(&b, &n, a->err);
	if (rc < 0)
		return plugin_fail(a);
	printf("%s: the tests passed (%d program%s, %.1f s)\n", b.key, n, n == 1 ? "" : "s",
		(double)(clock_ms() - start) / 1000);
	return 0;
}

const struct plugin_command plugin_test = {
	.name = "test",
	.usage = "[DIR]",
	.summary = "compile and run the tests in t/ against the fake host, under ASan and UBSan",
	.help = "Needs gcc and libcmocka-dev, no server. Each t/NAME.c is a program with a main() that\n"
		"includes mt_fake.h and the source it tests.\n",
	.most = 1,
	.run = plugin_test_run,
};
