/*
 * plugin_life.c - what the commands that change a running Mortise share: finding what is installed,
 * and consent to permissions, which are shown in words before anything is granted.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/id.h"
#include "base/json.h"
#include "base/perm.h"
#include "cli/plugin.h"

int plugin_find(struct plugin_remote *r, const char *key, json_t **ret, struct err *e)
{
	json_t *list, *one;
	size_t i;
	int rc = plugin_remote_call(r, "GET", "/api/plugins/installations", NULL, &list, e);

	*ret = NULL;
	json_array_foreach(json_object_get(list, "items"), i, one)
		if (rc == 0 && strcmp(json_str(one, "pluginKey", ""), key) == 0)
			*ret = one;
	return rc;
}

int plugin_versions(struct plugin_remote *r, const char *key, json_t **ret, struct err *e)
{
	const char *path = arena_printf(r->arena, "/api/plugins/catalog/%s", key);
	json_t *answer;
	int rc = plugin_remote_call(r, "GET", path, NULL, &answer, e);

	*ret = rc == 0 ? json_object_get(answer, "items") : NULL;
	if (rc == MT_ENOENT) {
		err_init(e, e->arena);
		rc = 0;
	}
	if (rc == 0 && !*ret) {
		*ret = json_array();
		json_own(r->arena, *ret);
	}
	return rc;
}

static void show(const json_t *permissions)
{
	const json_t *p;
	size_t i;

	printf("It asks for these permissions:\n");
	json_array_foreach(permissions, i, p)
		printf("  %-22s %s\n", json_string_value(p), perm_plugin_use(json_string_value(p)));
}

/* A bundle can do more than a list of permissions tells. */
static void show_interface(void)
{
	printf("Its interface, if it has one, runs in the browser of whoever looks at it, as that"
	       " person:\nit can do what that person can do in their company.\n");
}

static int ask_consent(struct err *e)
{
	char line[16] = "";

	if (!isatty(STDIN_FILENO))
		return err_set(e, MT_EPERM,
			"nobody is there to agree to these permissions: add --yes when you do");
	printf("Grant them? [y/N] ");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || (line[0] != 'y' && line[0] != 'Y'))
		return err_set(e, MT_EPERM, "nothing was changed");
	return 0;
}

static int agree(const json_t *permissions, bool agreed, struct err *e)
{
	if (json_array_size(permissions) == 0)
		return 0;
	if (!agreed) {
		show(permissions);
		show_interface();
	}
	return agreed ? 0 : ask_consent(e);
}

int plugin_post_agreed(struct plugin_remote *r, const char *path, json_t *body, bool agreed,
	json_t **ret, struct err *e)
{
	const json_t *wanted;
	json_t *again = json_deep_copy(body);
	int rc = plugin_remote_call(r, "POST", path, body, ret, e);

	if (rc == MT_ECONFLICT && strcmp(e->type, "consent-required") == 0 &&
		(wanted = json_object_get(r->problem, "permissions"))) {
		err_init(e, e->arena);
		rc = agree(wanted, agreed, e);
		if (rc == 0) {
			json_object_set(again, "permissions", (json_t *)wanted);
			return plugin_remote_call(r, "POST", path, again, ret, e);
		}
	}
	json_decref(again);
	return rc;
}

int plugin_approve(struct plugin_remote *r, const json_t *package, bool agreed, struct err *e)
{
	const json_t *approved = json_object_get(package, "approved");
	json_t *wanted = json_object_get(package, "permissions");
	const char *path = arena_printf(r->arena, "/api/plugins/catalog/%s/%s/approve",
		json_str(package, "key", ""), json_str(package, "version", ""));
	int rc;

	if (json_is_true(approved))
		return 0;
	if (json_array_size(wanted) == 0 &&
		json_object_get(json_object_get(package, "manifest"), "ui"))
		show_interface();
	if ((rc = agree(wanted, agreed, e)) < 0)
		return rc;
	return plugin_remote_call(r, "POST", path,
		json_pack("{s:O}", "permissions", wanted ? wanted : json_null()), NULL, e);
}
