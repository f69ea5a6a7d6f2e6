/*
 * pictures.c - the photos of people and the logo of a company: one of each, small, and checked by
 * their bytes.
 *
 * A picture's address has its hash, so browsers keep it for good and a new one has another address.
 * Pages learn the hashes of the people that they show in one request (GET /api/photos); who has no
 * photo costs nothing more.
 */
#include "api/api.h"

#include <sodium.h>
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "package/picture.h"
#include "api/pictures.sql.h"

#define BYTES_MAX (256 * 1024)
#define SIDE_MAX 1024
#define IDS_MAX 100

static int read_picture(struct req *r, char **ret_data, size_t *ret_len, struct picture *ret)
{
	int rc = req_body(r, BYTES_MAX, ret_data, ret_len);

	if (rc < 0)
		return rc;
	if (picture_read(*ret_data, *ret_len, ret) < 0)
		return op_fail(&r->op, MT_EMEDIA, "The body must be a PNG, JPEG or WebP image");
	if (!ret->width || !ret->height || ret->width > SIDE_MAX || ret->height > SIDE_MAX)
		return op_fail(&r->op, MT_EINVAL,
			"The image must have 1 to %d pixels in each direction, not %u x %u",
			SIDE_MAX, ret->width, ret->height);
	return 0;
}

/* Of this person, or the logo. */
static int put(struct req *r, const char *user, char ret_hash[65])
{
	struct picture p;
	struct rows rows;
	size_t len, max;
	char *data, *text;
	int rc = read_picture(r, &data, &len, &p);

	if (rc < 0)
		return rc;
	id_sha256_hex(ret_hash, data, len);
	max = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	text = arena_alloc(r->op.arena, max);
	sodium_bin2base64(
		text, max, (const unsigned char *)data, len, sodium_base64_VARIANT_ORIGINAL);
	rc = op_write(
		&r->op, op_as(&r->op), &PICTURE_PUT, DB_ARGS(user, ret_hash, p.type, text), &rows);
	if (rc == 0)
		app_wake_steward(r->op.app, WAKE_EVENTS);
	return rc;
}

static int drop(struct req *r, const char *user)
{
	struct rows rows;
	int rc = op_write(&r->op, op_as(&r->op), &PICTURE_DROP, DB_ARGS(user), &rows);

	if (rc < 0)
		return rc;
	app_wake_steward(r->op.app, WAKE_EVENTS);
	return reply_empty(r);
}

static int reply_hash(struct req *r, const char *hash)
{
	return reply_json(r, 200, api_json(r, json_pack("{ss}", "hash", hash)));
}

static int photo_put(struct req *r)
{
	char hash[65];
	int rc = put(r, r->op.who->user, hash);

	return rc < 0 ? rc : reply_hash(r, hash);
}

static int photo_delete(struct req *r)
{
	return drop(r, r->op.who->user);
}

static int logo_put(struct req *r)
{
	char hash[65];
	int rc = put(r, NULL, hash);

	return rc < 0 ? rc : reply_hash(r, hash);
}

static int logo_delete(struct req *r)
{
	return drop(r, NULL);
}

static int none(struct req *r)
{
	return op_fail(&r->op, MT_ENOENT, "There is no such image");
}

static int get(struct req *r, const char *user)
{
	struct rows rows;
	unsigned char *data;
	const char *text;
	size_t len;
	int rc = op_read(
		&r->op, op_as(&r->op), &PICTURE_GET, DB_ARGS(user, req_param(r, "hash")), &rows);

	if (rc < 0)
		return rc;
	if (!rows.n)
		return none(r);
	text = row_text(&rows, 0, 1);
	data = arena_alloc(r->op.arena, strlen(text) + 1);
	if (sodium_base642bin(data, strlen(text) + 1, text, strlen(text), "\n", &len, NULL,
		    sodium_base64_VARIANT_ORIGINAL) != 0)
		return op_fail(&r->op, MT_EINTERNAL, "The image can't be read");
	reply_header(r, "Cache-Control", "private, max-age=31536000, immutable");
	reply_header(r, "Content-Security-Policy", "default-src 'none'; sandbox");
	return reply_data(r, 200, row_text(&rows, 0, 0), data, len);
}

static int photo_get(struct req *r)
{
	const char *id = api_lower(r, req_param(r, "id"));

	return id_is_uuid(id) ? get(r, id) : none(r);
}

static int logo_get(struct req *r)
{
	return get(r, NULL);
}

/* Ids with commas between them. */
static int check_ids(struct req *r, const char *ids)
{
	const char *at = ids;
	int n = 0;

	do {
		size_t len = strcspn(at, ",");

		if (!id_is_uuid(arena_strndup(r->op.arena, at, len)) || n == IDS_MAX)
			return op_fault(&r->op, "?ids",
				"Must be up to %d ids with commas between them", IDS_MAX);
		at += len + (at[len] == ',');
		n++;
	} while (*at);
	return 0;
}

static int photos_get(struct req *r)
{
	const char *ids = req_query(r, "ids");
	struct rows rows;
	int rc = check_ids(r, ids);

	if (rc < 0 || (rc = op_read(&r->op, op_as(&r->op), &PICTURE_LIST, DB_ARGS(ids), &rows)) < 0)
		return rc;
	return reply_text_json(
		r, 200, arena_printf(r->op.arena, "{\"items\":%s}", row_text(&rows, 0, 0)));
}

static const struct field IDS[] = {
	{"ids", FIELD_STRING, FIELD_REQUIRED, 36, 3800},
	{.type = FIELD_END},
};

static const struct field HASH[] = {
	ANSWER("hash", TEXT),
	ANSWER_END,
};

static const struct field PHOTO[] = {
	ANSWER("userId", UUID),
	ANSWER("hash", TEXT),
	ANSWER_END,
};

#define IMAGE "image/*"

static const struct route ROUTES[] = {
	{"PUT", "/api/me/photo", NULL, NULL, ROUTE_RAW_BODY, BYTES_MAX, photo_put, .answer = HASH},
	{"DELETE", "/api/me/photo", .run = photo_delete, .answer = answer_none},
	{"GET", "/api/photos", .run = photos_get, .query = IDS, .answer = ANSWER_ITEMS(PHOTO),
		.flags = ROUTE_SYSTEM, .scope = "users:read"},
	{"GET", "/api/photos/:id/:hash", .run = photo_get, .type = IMAGE, .flags = ROUTE_SYSTEM,
		.scope = "users:read"},
	{"PUT", "/api/company/logo", "company:manage", NULL, ROUTE_RAW_BODY, BYTES_MAX, logo_put,
		.answer = HASH},
	{"DELETE", "/api/company/logo", "company:manage", .run = logo_delete,
		.answer = answer_none},
	{"GET", "/api/company/logo/:hash", .run = logo_get, .type = IMAGE, .scope = SCOPE_NONE},
	{.path = NULL},
};

const struct route_table picture_routes = {"pictures", ROUTES};
