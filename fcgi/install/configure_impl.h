/*
 * configure_impl.h - what the files of configure.h share.
 */
#ifndef CONFIGURE_IMPL_H
#define CONFIGURE_IMPL_H

#include "install/configure.h"

/* The tenant's row; an empty one of version 0 when there is none. */
struct settings_row {
	json_t *settings; /* name -> value */
	json_t *secrets;  /* name -> sealed text */
	int key_id;	  /* that sealed them; 0 = none are there */
	long version;
	const char *changed_at, *changed_by; /* RFC 3339, name; NULL */
};

/* --- configure_check.c --- */

bool setting_is_secret(const json_t *setting); /* secret or generated-secret */
bool setting_is_generated(const json_t *setting);
const char *setting_key(const json_t *setting);
/* The setting of this name, or NULL. */
const json_t *schema_find(const json_t *schema, const char *key);

/*
 * Checks values against the schema and splits them: *ret_plain is stored as it is, *ret_secrets is
 * name -> text, or null for one to remove. Every fault is a field fault "/values/<key>". known:
 * those of the values of types user and role that are active users and roles of the tenant. had:
 * sealed secrets that stay unless they are mentioned. panel: the plugin has a panel of its own,
 * which may store settings that the schema doesn't have; null removes one.
 */
int settings_check(struct arena *p, const json_t *schema, const json_t *values, bool panel,
	const json_t *known, const json_t *had, json_t **ret_plain, json_t **ret_secrets,
	struct err *e);
/* Adds the stored ones of these that plain doesn't name; a fault when they are too many or too large. */
int settings_add_free(
	struct arena *p, const json_t *schema, const json_t *stored, json_t *plain, struct err *e);
void settings_drop_nulls(json_t *values);
/* Texts given for settings of types user and role that are ids, as PostgreSQL reads a text[]. */
const char *settings_chosen(struct arena *p, const json_t *schema, const json_t *values);
/* Is a stored value still valid by the schema? It isn't when another version had another type. */
bool setting_fits(const json_t *setting, const json_t *value);
/* Has every required setting a value, a default or a secret? */
bool settings_complete(const json_t *schema, const json_t *plain, const json_t *secrets);

/* --- configure_store.c --- */

int settings_read(struct target *t, struct settings_row *ret);
/* Opens those of the schema that `changes` doesn't name into `values`. */
int settings_open(struct target *t, const struct settings_row *row, const json_t *schema,
	const json_t *changes, json_t *values);
/*
 * In a transaction: stores plain settings and changes of secrets (name -> text, null = remove it)
 * over the row; what the schema doesn't name stays. MT_ECONFLICT when another change was faster.
 */
int settings_store(struct target *t, const struct settings_row *row, const json_t *schema,
	const json_t *plain, const json_t *changes);
/* A new generated secret, length characters of A-Z a-z 0-9 - _; memory of the arena. */
char *settings_generate(struct arena *p, const json_t *setting);
/* Wipes every text in an object of secrets. */
void settings_wipe(json_t *secrets);

#endif
