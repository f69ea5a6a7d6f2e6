/*
 * settings.c - the tenant's settings for this plugin, with secrets.
 *
 * The database returns secrets sealed; the key for this plugin in this tenant comes with the
 * request. They are opened when the plugin reads its settings, and wiped when the handler has
 * returned. Until then secret values are masked in everything that goes to the log or into an
 * error.
 */
#include "host/call.h"

#include <string.h>
#include "base/json.h"
#include "crypt/seal.h"
#include "host/settings.sql.h"

void settings_begin(struct call *c)
{
	char *s = (char *)req_env(c->r, "MT_SETTINGS_KEY"); /* envp is this request's own memory */

	c->settings_key = arena_strdup(c->r->op.arena, s ? s : "");
	if (s)
		seal_wipe(s, strlen(s));
}

/* Longest first: one that begins like another must not leave its end in the open. */
static void note_secret(struct call *c, const json_t *value)
{
	const char *s = json_string_value(value);
	int i = c->n_secrets;

	if (!s || !*s || i == HOST_SECRETS_MAX)
		return;
	for (; i > 0 && strlen(c->secret[i - 1]) < strlen(s); i--)
		c->secret[i] = c->secret[i - 1];
	c->secret[i] = s;
	c->n_secrets++;
}

static int open_secret(
	struct call *c, const unsigned char subkey[SEAL_KEY], const char *name, const char *sealed)
{
	json_t *value;
	char *plain;
	size_t n;

	if (!sealed || seal_open(c->r->op.arena, subkey, c->host->key, c->tenant, name, sealed,
			       &plain, &n) < 0) {
		op_log(&c->r->op, "the secret %s of tenant %d doesn't open", name, c->tenant);
		return call_internal(c, "a secret can't be opened");
	}
	value = json_stringn(plain, n);
	seal_wipe(plain, n);
	if (!value)
		return call_internal(c, "a secret isn't UTF-8");
	json_object_set_new(c->settings, name, value);
	note_secret(c, value);
	return 0;
}

static int open_secrets(struct call *c, json_t *secrets, int key_id)
{
	unsigned char subkey[SEAL_KEY];
	const char *name;
	json_t *sealed;
	int rc = 0;

	if (json_object_size(secrets) == 0)
		return 0;
	/* Set or sealed again during this request; the next request brings the key. */
	if (!seal_request_subkey(c->settings_key, key_id, subkey)) {
		op_log(&c->r->op, "no key %d came with the request", key_id);
		rc = call_fail(c, MT_EBUSY, "The plugin's settings are changing; try again");
		c->r->op.err.retry_after = 1;
		return rc;
	}
	json_object_foreach(secrets, name, sealed)
		if ((rc = open_secret(c, subkey, name, json_string_value(sealed))) < 0)
			break;
	seal_wipe(subkey, sizeof(subkey));
	return rc;
}

/* Hooks that judge settings are given them: {"values": {...}, "secrets": ["name", ...]}. */
static json_t *given(struct call *c)
{
	json_t *values = *c->hook ? json_object_get(c->json, "values") : NULL, *name;
	size_t i;

	if (!json_is_object(values))
		return NULL;
	json_array_foreach(json_object_get(c->json, "secrets"), i, name)
		note_secret(c, json_object_get(values, json_string_value(name)));
	return json_incref(values);
}

static int load(struct call *c)
{
	struct arena *p = c->r->op.arena;
	const char *settings, *sealed;
	json_t *plain, *secrets;
	struct rows rows;
	int rc = query_own(c, HOST_SETTINGS.sql, DB_ARGS(c->host->plugin->version), &rows);

	if (rc < 0)
		return rc;
	if (rows.n == 0) { /* just removed */
		c->settings = json_object();
		return 0;
	}
	c->network = arena_strdup(p, row_text(&rows, 0, 3) ? row_text(&rows, 0, 3) : "{}");
	c->fetch_only = arena_strdup(p, row_text(&rows, 0, 4) ? row_text(&rows, 0, 4) : "{}");
	settings = row_text(&rows, 0, 0);
	sealed = row_text(&rows, 0, 1);
	if ((rc = json_parse(p, settings, strlen(settings), &plain, &c->r->op.err)) < 0 ||
		(rc = json_parse(p, sealed, strlen(sealed), &secrets, &c->r->op.err)) < 0)
		return call_internal(c, "its settings aren't JSON");
	c->settings = json_copy(plain);
	return open_secrets(c, secrets, (int)row_int(&rows, 0, 2));
}

json_t *settings_get(struct call *c)
{
	if (!c->settings)
		c->settings = given(c);
	if (!c->settings && (c->settings_rc = load(c)) < 0) {
		/* Half of them would look like settings that are not set. */
		json_t *half = c->settings;

		for (int i = 0; i < c->n_secrets; i++)
			seal_wipe((char *)c->secret[i], strlen(c->secret[i]));
		c->n_secrets = 0;
		c->settings = NULL;
		json_decref(half);
	}
	return c->settings;
}

void settings_end(struct call *c)
{
	struct err *e = &c->r->op.err;

	if (c->n_secrets > 0) { /* PostgreSQL quotes what it doesn't understand */
		e->message = call_mask(c, e->message);
		e->log = call_mask(c, e->log);
		for (int i = 0; i < e->n_fields; i++)
			e->field[i].detail = call_mask(c, e->field[i].detail);
	}
	for (int i = 0; i < c->n_secrets; i++)
		seal_wipe((char *)c->secret[i], strlen(c->secret[i]));
	c->n_secrets = 0;
	json_decref(c->settings);
	c->settings = NULL;
	seal_wipe(c->settings_key, strlen(c->settings_key));
	if (*c->hook && c->body)
		seal_wipe(c->body, c->body_len);
}
