/*
 * plugin_life.c - what the commands that change a running Mortise share: finding an installation, and the
 * agreement to permissions, which are shown before anything is granted.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "base/perm.h"
#include "cli/plugin.h"

int plugin_find(struct plugin_remote *r, const char *key, json_t **ret)
{
	json_t *list, *one;
	size_t i;
	int rc = plugin_remote_call(r, "GET", "/api/plugins/installations", NULL, &list);

	*ret = NULL;
	if (rc < 0)
		return rc;
	json_array_foreach(json_object_get(list, "items"), i, one)
		if (strcmp(json_str(one, "pluginKey", ""), key) == 0)
			*ret = one;
	return 0;
}

int plugin_find_id(struct plugin_remote *r, const char *key, const char **ret_id)
{
	json_t *found;
	int rc = plugin_find(r, key, &found);

	if (rc < 0)
		return rc;
	if (!found)
		return op_fail(r->op, MT_ENOENT,
			"%s is not installed in this company: `mortise plugin install %s` installs it",
			key, key);
	*ret_id = json_str(found, "id", "");
	return 0;
}

int plugin_versions(struct plugin_remote *r, const char *key, json_t **ret)
{
	const char *path = arena_printf(r->op->arena, "/api/plugins/catalog/%s", key);
	json_t *answer;
	int rc = plugin_remote_call(r, "GET", path, NULL, &answer);

	if (rc < 0 && rc != MT_ENOENT)
		return rc;
	op_clear(r->op);
	*ret = rc == 0 ? json_object_get(answer, "items") : NULL;
	if (!*ret) {
		*ret = json_array();
		json_own(r->op->arena, *ret);
	}
	return 0;
}

/* No list of permissions describes what a bundle can do. */
static void print_interface(void)
{
	printf("Its interface, if it has one, runs in its users' browsers with their rights:\n"
	       "it can do whatever they can do in their company.\n");
}

static int agree(struct op *op, const json_t *permissions, bool agreed)
{
	char line[16] = "";
	const json_t *p;
	size_t i;

	if (agreed || json_array_size(permissions) == 0)
		return 0;
	printf("It requests these permissions:\n");
	json_array_foreach(permissions, i, p)
		printf("  %-22s %s\n", json_string_value(p), perm_plugin_use(json_string_value(p)));
	print_interface();
	if (!isatty(STDIN_FILENO))
		return op_fail(op, MT_EPERM,
			"Nothing was changed: add --yes to grant these permissions without a terminal");
	printf("Grant them? [y/N] ");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || (line[0] != 'y' && line[0] != 'Y'))
		return op_fail(op, MT_EPERM, "Nothing was changed");
	return 0;
}

int plugin_post_agreed(
	struct plugin_remote *r, const char *path, json_t *body, bool agreed, json_t **ret)
{
	json_t *wanted;
	int rc = plugin_remote_call(r, "POST", path, body, ret);

	if (rc != MT_ECONFLICT || strcmp(r->op->err.type, "consent-required") != 0 ||
		!(wanted = json_object_get(r->problem, "permissions")))
		return rc;
	op_clear(r->op);
	if ((rc = agree(r->op, wanted, agreed)) < 0)
		return rc;
	json_object_set(body, "permissions", wanted);
	return plugin_remote_call(r, "POST", path, json_incref(body), ret);
}

int plugin_approve(struct plugin_remote *r, const json_t *package, bool agreed)
{
	json_t *wanted = json_object_get(package, "permissions");
	int rc;

	if (json_is_true(json_object_get(package, "approved")))
		return 0;
	if (json_array_size(wanted) == 0 &&
		json_object_get(json_object_get(package, "manifest"), "ui"))
		print_interface();
	if ((rc = agree(r->op, wanted, agreed)) < 0)
		return rc;
	return plugin_remote_call(r, "POST",
		arena_printf(r->op->arena, "/api/plugins/catalog/%s/%s/approve",
			json_str(package, "key", ""), json_str(package, "version", "")),
		json_pack("{s:O}", "permissions", wanted ? wanted : json_null()), NULL);
}
