/* upload.c - POST /api/plugins/upload: see upload.h. */
#include "auth/app.h"
#include "auth/ident.h"
#include "install/multipart.h"
#include "install/upload.h"
#include "registry/catalog.h"
#include "registry/store.h"
#include "registry/temp.h"
#include "registry/trial.h"

static int to_file(void *arg, const void *data, size_t n, struct err *e)
{
	return temp_write(arg, data, n, e);
}

static int reply(struct req *r, struct catalog *c, const struct package *pkg, bool is_new)
{
	struct catalog_package stored;
	json_t *json;
	int rc = catalog_by_hash(c, pkg->sha256, &stored);

	if (rc < 0)
		return rc;
	json = catalog_package_json(&stored);
	json_object_set(json, "checks", pkg->checks);
	rc = reply_json(r, is_new ? 201 : 200, json);
	json_decref(json);
	return rc;
}

/* The whole check, from the first byte to a trial load, before anything but the temporary file is
 * written. */
static int check(struct req *r, const char *file, struct package *ret)
{
	const struct conf *c = &r->app->conf;
	const char *so;
	int rc = package_read(r->pool, file, ret, &r->err);

	if (rc == 0)
		rc = store_trial_file(r->pool, c, ret, &so, &r->err);
	return rc < 0 ? rc : trial_by_master(r->pool, c, so, ret, &r->err);
}

int upload_run(struct req *r)
{
	struct catalog c = {
		.app = r->app, .pool = r->pool, .deadline = r->deadline, .err = &r->err};
	const struct conf *conf = &r->app->conf;
	struct package pkg;
	struct temp *zip;
	bool is_new;
	int rc = temp_file(r->pool, conf->store_dir, 0600, &zip, &r->err);

	if (rc == 0)
		rc = multipart_read(r, "package", (size_t)conf->upload_max_mb << 20, to_file, zip);
	if (rc == 0)
		rc = check(r, zip->path, &pkg);
	if (rc == 0)
		rc = catalog_add(&c, &pkg, r->who->user, &is_new);
	return rc < 0 ? rc : reply(r, &c, &pkg, is_new);
}
