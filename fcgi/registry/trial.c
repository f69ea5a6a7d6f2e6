/* trial.c - the trial load: see trial.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "os/control.h"
#include "package/fault.h"
#include "registry/trial.h"

#define OUTPUT_MAX 65536
#define LIBRARY "/" PACKAGE_SO

/* Every line that the child printed is a fault. */
static int faults(struct arena *p, const char *text, struct err *e)
{
	char *copy = arena_strdup(p, text), *save = NULL;
	char *line = strtok_r(copy, "\n", &save);

	for (int i = 0; line && i < 20; i++, line = strtok_r(NULL, "\n", &save)) {
		for (char *c = line; *c; c++)
			if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
				*c = '?';
		fault_verbatim(e, LIBRARY, line);
	}
	if (!fault_any(e))
		fault_add(e, LIBRARY, "Can't be loaded, and its process said nothing");
	return MT_EFIELDS;
}

static void compare_text(const json_t *said, const char *name, const char *manifest, struct err *e)
{
	const char *found = json_str(said, name, "");

	if (strcmp(found, manifest) == 0)
		return;
	e->type = TRIAL_IDENTITY;
	fault_add(e, LIBRARY, "Says its %s is \"%.60s\", the manifest says \"%.60s\"", name, found,
		manifest);
}

static void compare_routes(const json_t *manifest, const json_t *routes, struct err *e)
{
	size_t i;
	json_t *r;

	json_array_foreach(routes, i, r) {
		const char *permission = json_str(r, "permission", NULL);

		if (permission && *permission && !manifest_has_permission(manifest, permission))
			fault_add(e, LIBRARY,
				"Route %s %.80s wants the permission \"%.60s\", which nobody can "
				"have: it is neither the core's nor in definesPermissions",
				json_str(r, "method", ""), json_str(r, "path", ""), permission);
	}
}

static bool has_get(const json_t *routes, const char *path)
{
	size_t i;
	json_t *r;

	json_array_foreach(routes, i, r)
		if (!strcmp(json_str(r, "method", ""), "GET") &&
			!strcmp(json_str(r, "path", ""), path))
			return true;
	return false;
}

static void compare_reports(struct arena *p, const struct package *pkg, struct err *e)
{
	size_t i;
	json_t *r;

	json_array_foreach(json_object_get(pkg->manifest.json, "reportComponents"), i, r)
		if (!has_get(pkg->routes, json_str(r, "endpoint", "")))
			fault_add(e,
				arena_printf(
					p, MANIFEST_POINTER "/reportComponents/%zu/endpoint", i),
				"Found \"%.100s\", but plugin.so has no route GET of that path",
				json_str(r, "endpoint", ""));
}

static bool has_hook(const json_t *hooks, const char *name)
{
	size_t i;
	json_t *v;

	json_array_foreach(hooks, i, v)
		if (json_is_string(v) && !strcmp(json_string_value(v), name))
			return true;
	return false;
}

/* Jobs of the manifest and of the library are the same. */
static void compare_jobs(struct arena *p, const struct package *pkg, struct err *e)
{
	const json_t *jobs = json_object_get(pkg->manifest.json, "jobs");
	size_t i, k;
	json_t *job, *hook;

	json_array_foreach(jobs, i, job) {
		const char *name = json_str(job, "name", "");

		if (!has_hook(pkg->hooks, arena_printf(p, "job:%s", name)))
			fault_add(e, arena_printf(p, MANIFEST_POINTER "/jobs/%zu/name", i),
				"Found \"%.60s\", but plugin.so has no function for it in .jobs",
				name);
	}
	json_array_foreach(pkg->hooks, i, hook) {
		const char *name = json_string_value(hook);
		bool found = false;

		if (!name || strncmp(name, "job:", 4) != 0)
			continue;
		json_array_foreach(jobs, k, job)
			found = found || !strcmp(json_str(job, "name", ""), name + 4);
		if (!found)
			fault_add(e, LIBRARY,
				"Has a job \"%.60s\", which jobs of the manifest doesn't name",
				name + 4);
	}
}

/* As event_permission() of sql/046-event-subscriptions.sql. */
static const char *event_permission(const char *type)
{
	if (strchr(type, '.'))
		return NULL;
	return strncmp(type, "Ticket", 6) == 0 ? "tickets:read" : "users:read";
}

/* So are events, which the plugin must be permitted to receive as well. */
static void compare_events(struct arena *p, const struct package *pkg, struct err *e)
{
	const json_t *events = json_object_get(pkg->manifest.json, "events");
	size_t i, k;
	json_t *event, *hook;

	json_array_foreach(events, i, event) {
		const char *type = json_str(event, "type", "");
		const char *at = arena_printf(p, MANIFEST_POINTER "/events/%zu/type", i);
		const char *needs = event_permission(type);

		if (!has_hook(pkg->hooks, arena_printf(p, "event:%s", type)))
			fault_add(e, at,
				"Found \"%.80s\", but plugin.so has no function for it in .events",
				type);
		if (needs && !has_hook(json_object_get(pkg->manifest.json, "permissions"), needs))
			fault_add(e, at, "Found \"%.80s\", which needs the permission %s", type,
				needs);
	}
	json_array_foreach(pkg->hooks, i, hook) {
		const char *name = json_string_value(hook);
		bool found = false;

		if (!name || strncmp(name, "event:", 6) != 0)
			continue;
		json_array_foreach(events, k, event)
			found = found || !strcmp(json_str(event, "type", ""), name + 6);
		if (!found)
			fault_add(e, LIBRARY,
				"Has a function for \"%.80s\", which events of the manifest doesn't name",
				name + 6);
	}
}

int trial_compare(struct op *op, const char *json, struct package *pkg)
{
	struct err *e = &op->err, *why = err_new(op->arena);
	json_t *said;
	json_int_t abi;

	if (json_parse(op->arena, json, strlen(json), &said, why) < 0) {
		err_log(e, "%s", why->message);
		return fault_add(e, LIBRARY, "Its process did not print JSON");
	}
	pkg->routes = json_object_get(said, "routes");
	pkg->hooks = json_object_get(said, "hooks");
	if (!json_is_array(pkg->routes) || !json_is_array(pkg->hooks))
		return fault_add(e, LIBRARY, "Its process printed neither routes nor hooks");
	compare_text(said, "key", pkg->manifest.key, e);
	compare_text(said, "version", pkg->manifest.version, e);
	abi = json_integer_value(json_object_get(said, "abi"));
	if (abi != pkg->manifest.abi)
		fault_add(e, LIBRARY, "Is built for plugin ABI %lld, the manifest says %d",
			(long long)abi, pkg->manifest.abi);
	compare_routes(pkg->manifest.json, pkg->routes, e);
	compare_reports(op->arena, pkg, e);
	compare_jobs(op->arena, pkg, e);
	compare_events(op->arena, pkg, e);
	if (fault_any(e))
		return MT_EFIELDS;
	package_checked(pkg, "trial load",
		message_part(pkg->archive->arena,
			"loads in a sandboxed process; %zu routes, %zu hooks",
			json_array_size(pkg->routes), json_array_size(pkg->hooks)));
	return 0;
}

static int no_master(struct op *op)
{
	op_log(op, "control socket: %s", strerror(errno));
	op->err.retry_after = 2;
	return op_fail(op, MT_EBUSY, "The package can't be tried now: the master is not running");
}

int trial_by_master(struct op *op, const char *so, struct package *pkg)
{
	struct control ctl;
	const char *text;
	char *answer = NULL;
	int rc;

	if (control_open(&ctl, op->app->conf.run_dir) < 0)
		return no_master(op);
	if (control_ask(&ctl, clock_ms() + TRIAL_MS, &answer, "trial\t%s", so) < 0) {
		rc = no_master(op);
	} else if ((text = control_is(answer, "ok"))) {
		rc = trial_compare(op, text, pkg);
	} else if ((text = control_is(answer, "fail"))) {
		rc = faults(op->arena, text, &op->err);
	} else {
		op_log(op, "trial: %s", answer);
		rc = op_fail(op, MT_EINTERNAL, "The package can't be tried");
	}
	free(answer);
	control_close(&ctl);
	return rc;
}

int trial_by_self(struct op *op, const char *program, const char *so, struct package *pkg)
{
	char *const argv[] = {(char *)program, (char *)"--check", (char *)so, NULL};
	struct buf out;
	int rc;

	buf_init(&out, OUTPUT_MAX);
	if (child_read(argv, -1, clock_ms() + TRIAL_MS, &out, NULL, NULL) < 0)
		rc = op_fail(op, MT_EINTERNAL, "%s can't be started: %s", program, strerror(errno));
	else
		rc = out.len > 0 && out.data[0] == '{' ? trial_compare(op, out.data, pkg)
						       : faults(op->arena, out.data, &op->err);
	buf_release(&out);
	return rc;
}
