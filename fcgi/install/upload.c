/* upload.c - POST /api/plugins/upload: see upload.h. */
#include <string.h>
#include "auth/app.h"
#include "auth/ident.h"
#include "base/buf.h"
#include "http/multipart.h"
#include "install/routes.h"
#include "install/upload.h"
#include "package/fault.h"
#include "registry/store.h"
#include "base/temp.h"
#include "registry/trial.h"
#include "registry/trust.h"

static int to_file(void *arg, const void *data, size_t n, struct err *e)
{
	return temp_write(arg, data, n, e);
}

static int to_text(void *arg, const void *data, size_t n, struct err *e)
{
	(void)e;
	return buf_add(arg, data, n);
}

static void release_text(void *arg)
{
	buf_release(arg);
}

/* Sends the checks made since the last call. Stop when the client has disconnected. */
static int send_checks(struct req *r, const json_t *checks, size_t *sent)
{
	for (; *sent < json_array_size(checks); ++*sent)
		if (reply_progress(r, json_array_get(checks, *sent)) < 0)
			return op_fail(
				&r->op, MT_EINVAL, "The client left while the package was checked");
	return 0;
}

/* The whole check, from the first byte to a trial load, before anything but the temporary file is
 * written. */
static int check(struct req *r, const struct upload_order *o, struct package *ret)
{
	struct op *op = &r->op;
	struct trust_store *store;
	struct trust trust;
	const char *so;
	size_t sent = 0;
	int rc;

	if ((rc = trust_load(op, &store)) < 0 ||
		(rc = package_read(op->arena, o->file, ret, &op->err)) < 0 ||
		(o->compare && (rc = o->compare(r, ret, o->wanted)) < 0) ||
		(rc = send_checks(r, ret->checks, &sent)) < 0 ||
		(rc = trust_package(store, ret, o->signature, &trust)) < 0 ||
		(rc = send_checks(r, ret->checks, &sent)) < 0 ||
		(rc = store_trial_file(op, ret, &so)) < 0 ||
		(rc = trial_by_master(op, so, ret)) < 0)
		return rc;
	return send_checks(r, ret->checks, &sent);
}

int upload_admit(struct req *r, const struct upload_order *o, struct catalog_package *ret,
	json_t **ret_checks, bool *ret_new)
{
	struct package pkg;
	int rc = check(r, o, &pkg);

	if (rc < 0)
		return rc;
	pkg.source = o->source;
	*ret_checks = pkg.checks;
	rc = catalog_add(&r->op, &pkg, r->op.who->user, ret_new);
	return rc < 0 ? rc : catalog_by_hash(&r->op, NULL, pkg.sha256, ret);
}

static int reply(struct req *r, const struct catalog_package *stored, json_t *checks, bool is_new)
{
	json_t *json = catalog_package_json(&r->op, stored);

	json_object_set(json, "checks", checks);
	return routes_reply(r, is_new ? 201 : 200, json);
}

int upload_run(struct req *r)
{
	const struct conf *conf = &r->op.app->conf;
	struct buf *signature = arena_zalloc(r->op.arena, sizeof(*signature));
	struct multipart_field form[] = {
		{.name = "package", .max = (size_t)conf->upload_max_mb << 20, .sink = to_file},
		{.name = "signature",
			.max = MINISIGN_FILE_MAX,
			.sink = to_text,
			.arg = signature,
			.optional = true},
		{.name = NULL},
	};
	struct upload_order order = {.source = "upload"};
	struct catalog_package stored;
	json_t *checks;
	struct temp *zip;
	bool is_new;
	int rc;

	buf_init(signature, MINISIGN_FILE_MAX + 1);
	arena_cleanup(r->op.arena, release_text, signature);
	if ((rc = temp_file(&r->op, conf->store_dir, 0600, &zip)) < 0)
		return rc;
	form[0].arg = zip;
	if ((rc = multipart_read(r, form)) < 0)
		return rc;
	if (strlen(signature->data) != signature->len)
		return fault_add(
			&r->op.err, "/signature", "Must be the text of a signature of minisign");
	order.file = zip->path;
	order.signature = form[1].found ? signature->data : NULL;
	rc = upload_admit(r, &order, &stored, &checks, &is_new);
	return rc < 0 ? rc : reply(r, &stored, checks, is_new);
}
