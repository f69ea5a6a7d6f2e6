/*
 * configure_store.c - a tenant's settings of a plugin as a row, and the sealing of its secrets: see
 * configure_impl.h.
 *
 * All secrets of a row are sealed by one key, key_id. A changed row keeps its key, so that running
 * requests to the plugin can still open it; `mortise secrets rotate` seals it again. The lock below
 * is that of the ring: `mortise secrets prune` removes no key while it is used to seal.
 */
#include "install/configure_impl.h"

#include <string.h>
#include <sodium.h>
#include "auth/ring.h"
#include "base/json.h"
#include "install/configure_store.sql.h"

#define GENERATED 32

/* Of a row that is there; else it has nothing. */
static int read_values(struct target *t, const struct rows *rows, struct settings_row *ret)
{
	int rc;

	if (rows->n == 0) {
		ret->settings = json_own(t->op->arena, json_object());
		ret->secrets = json_own(t->op->arena, json_object());
		return 0;
	}
	ret->key_id = (int)row_int(rows, 0, 2);
	ret->version = row_int(rows, 0, 3);
	rc = row_json(t->op, rows, 0, 0, &ret->settings);
	return rc < 0 ? rc : row_json(t->op, rows, 0, 1, &ret->secrets);
}

int settings_read(struct target *t, struct settings_row *ret)
{
	struct rows rows;
	int rc = op_read(t->op, target_as(t), &CONFIGURE_READ, DB_ARGS(t->key), &rows);

	memset(ret, 0, sizeof(*ret));
	if (rc < 0)
		return rc;
	ret->changed_at = row_text(&rows, 0, 4);
	ret->changed_by = row_text(&rows, 0, 5);
	return read_values(t, &rows, ret);
}

static int no_key(struct target *t, int key_id)
{
	op_log(t->op, "settings.key has no key %d: restore it from a backup", key_id);
	return op_fail(t->op, MT_EINTERNAL, "The secrets of this plugin can't be opened");
}

/* Is this sealed one left as it is, and of use to the version that the schema belongs to? NULL = all
 * are. */
static bool stays(const char *name, const json_t *schema, const json_t *changes)
{
	return !json_object_get(changes, name) && (!schema || schema_find(schema, name));
}

static bool some_stay(const struct settings_row *row, const json_t *schema, const json_t *changes)
{
	const char *name;
	json_t *sealed;

	json_object_foreach(row->secrets, name, sealed)
		if (stays(name, schema, changes))
			return true;
	return false;
}

int settings_open(struct target *t, const struct settings_row *row, const json_t *schema,
	const json_t *changes, json_t *values)
{
	unsigned char subkey[SEAL_KEY];
	const struct seal_ring *ring;
	const struct seal_key *key;
	const char *name;
	json_t *sealed;
	int rc;

	if (!some_stay(row, schema, changes))
		return 0;
	if ((rc = ring_get(&t->op->app->conf, &ring, &t->op->err)) < 0)
		return rc;
	if (!(key = seal_ring_find(ring, row->key_id)))
		return no_key(t, row->key_id);
	seal_subkey(subkey, key, t->key, t->tenant);
	json_object_foreach(row->secrets, name, sealed) {
		char *plain;
		size_t n;

		if (!stays(name, schema, changes))
			continue;
		if (seal_open(t->op->arena, subkey, t->key, t->tenant, name,
			    json_string_value(sealed), &plain, &n) < 0) {
			rc = no_key(t, row->key_id);
			break;
		}
		json_object_set_new(values, name, json_stringn(plain, n));
		seal_wipe(plain, n);
	}
	seal_wipe(subkey, sizeof(subkey));
	return rc;
}

/* The row's secrets with the changes, new ones sealed by its key; *ret_key is 0 when none is left. */
static int merge_secrets(struct target *t, const struct settings_row *row, const json_t *schema,
	const json_t *changes, json_t **ret, int *ret_key)
{
	unsigned char subkey[SEAL_KEY];
	const struct seal_ring *ring;
	const struct seal_key *key;
	const char *name;
	json_t *value;
	int rc;

	*ret = json_copy(row->secrets);
	json_own(t->op->arena, *ret);
	*ret_key = row->key_id;
	if (json_object_size(changes) == 0)
		return 0;
	if ((rc = ring_get(&t->op->app->conf, &ring, &t->op->err)) < 0)
		return rc;
	key = row->key_id ? seal_ring_find(ring, row->key_id) : seal_ring_newest(ring);
	if (!key && !some_stay(row, schema, changes)) { /* lost, and nobody needs it any more */
		json_object_clear(*ret);
		key = seal_ring_newest(ring);
	}
	if (!key)
		return no_key(t, row->key_id);
	seal_subkey(subkey, key, t->key, t->tenant);
	json_object_foreach((json_t *)changes, name, value) {
		if (json_is_null(value))
			json_object_del(*ret, name);
		else
			json_object_set_new(*ret, name,
				json_string(seal_value(t->op->arena, subkey, t->key, t->tenant,
					name, json_string_value(value),
					json_string_length(value))));
	}
	seal_wipe(subkey, sizeof(subkey));
	*ret_key = json_object_size(*ret) > 0 ? key->id : 0;
	return 0;
}

/* Keys that the schema names are replaced. The others are another version's, or a panel's, and stay unless
 * they are named. */
static json_t *merge_plain(
	struct target *t, const json_t *old, const json_t *schema, const json_t *plain)
{
	json_t *ret = json_copy((json_t *)old), *setting;
	size_t i;

	json_own(t->op->arena, ret);
	json_array_foreach((json_t *)schema, i, setting)
		json_object_del(ret, setting_key(setting));
	json_object_update(ret, (json_t *)plain);
	settings_drop_nulls(ret);
	return ret;
}

static int changed(struct target *t)
{
	return op_refuse(t->op, MT_ECONFLICT, "version-conflict",
		"The settings were changed meanwhile: look at them again");
}

/* The row as it is, and nobody changes it before we are through. */
static int lock_row(struct target *t, struct settings_row *ret)
{
	struct rows rows;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if ((rc = op_queue(t->op, &CONFIGURE_LOCK, DB_ARGS(t->key))) < 0 ||
		(rc = op_query(t->op, &CONFIGURE_READ, DB_ARGS(t->key), &rows)) < 0)
		return rc;
	return read_values(t, &rows, ret);
}

int settings_store(struct target *t, const struct settings_row *row, const json_t *schema,
	const json_t *plain, const json_t *changes)
{
	struct settings_row now;
	struct rows rows;
	struct arena *p = t->op->arena;
	json_t *secrets;
	int key = 0, rc;

	/* its secrets may have been sealed again since it was read */
	if ((rc = op_queue(t->op, &CONFIGURE_RING, DB_NOARGS)) < 0 || (rc = lock_row(t, &now)) < 0)
		return rc;
	if (now.version != row->version)
		return changed(t);
	if ((rc = merge_secrets(t, &now, schema, changes, &secrets, &key)) < 0)
		return rc;
	rc = op_query(t->op, &CONFIGURE_STORE,
		DB_ARGS(t->key, json_text(p, merge_plain(t, now.settings, schema, plain), NULL),
			json_text(p, secrets, NULL), key ? arena_printf(p, "%d", key) : NULL,
			arena_printf(p, "%ld", row->version)),
		&rows);
	return rc == 0 && rows.changed != 1 ? changed(t) : rc;
}

char *settings_generate(struct arena *p, const json_t *setting)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	json_int_t n = json_integer_value(json_object_get(setting, "length"));
	size_t len = n >= 16 && n <= 128 ? (size_t)n : GENERATED;
	char *ret = arena_alloc(p, len + 1);

	for (size_t i = 0; i < len; i++)
		ret[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
	ret[len] = '\0';
	return ret;
}

void settings_wipe(json_t *secrets)
{
	const char *name;
	json_t *value;

	json_object_foreach(secrets, name, value)
		if (json_is_string(value))
			seal_wipe((char *)json_string_value(value), json_string_length(value));
}

int configure_begin(struct target *t, const json_t *manifest)
{
	const json_t *schema = json_object_get(manifest, "settings"), *setting;
	json_t *fresh = json_object();
	struct settings_row row;
	size_t i;
	int rc = lock_row(t, &row);

	json_own(t->op->arena, fresh);
	if (rc < 0)
		return rc;
	json_array_foreach((json_t *)schema, i, setting)
		if (setting_is_generated(setting) &&
			!json_object_get(row.secrets, setting_key(setting)))
			json_object_set_new(fresh, setting_key(setting),
				json_string(settings_generate(t->op->arena, setting)));
	if (json_object_size(fresh) == 0)
		return 0;
	/* No schema: plain values stay as they are. */
	rc = settings_store(t, &row, NULL, NULL, fresh);
	settings_wipe(fresh);
	return rc;
}

int configure_prepare(struct target *t, const json_t *manifest)
{
	int rc;

	if ((rc = target_transaction(t)) < 0)
		return rc;
	if ((rc = configure_begin(t, manifest)) == 0)
		return op_commit(t->op);
	op_rollback(t->op);
	return rc;
}

int configure_key(struct target *t, const char **ret)
{
	struct rows rows;
	int rc = op_read(t->op, target_as(t), &CONFIGURE_READ, DB_ARGS(t->key), &rows);

	*ret = NULL;
	if (rc < 0 || rows.n == 0)
		return rc;
	*ret = ring_request_key(
		&t->op->app->conf, t->op->arena, t->key, t->tenant, (int)row_int(&rows, 0, 2));
	return 0;
}
