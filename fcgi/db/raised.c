/*
 * raised.c - what functions in sql/ refuse, in words: they raise or return "code" or "code: value", so
 * that psql and tests read codes, and texts for people are here. scripts/messages compares the two.
 */
#include "db/impl.h"

#include <string.h>

static const struct {
	const char *code, *key;
} TEXTS[] = {
	{"sign-in-unknown", N_("Nobody signs in with this address")},
	{"ticket-closed", N_("The ticket is closed; it can only be reopened")},
	{"assignee-inactive", N_("The assignee must be an active user of the company")},
	{"channel-unknown", N_("There is no channel \"{0}\"")},
	{"channel-foreign", N_("The channel \"{0}\" belongs to another")},
	{"system-admins-only", N_("Only system admins see other companies")},
	{"notice-title", N_("The title must have 1 to 120 characters")},
	{"notice-message", N_("The message must have 1 to 1000 characters")},
	{"notice-icon", N_("The icon must have at most 16 characters")},
	{"notice-priority", N_("The priority must be low, normal or high")},
	{"notice-url", N_("The url must begin with one /, http:// or https://")},
	{"notice-tenant", N_("A notification needs a tenant")},
	{"notice-user", N_("There is no such user")},
	{"notice-role", N_("There is no role \"{0}\"")},
	{"notice-kind", N_("The kind must be user, role or company")},
	{"notices-too-many",
		N_("More than {0} notifications in a minute (notifications_per_minute): wait for the "
		   "next one")},
	{"move-unknown", N_("No rows are being moved")},
	{"worker-statement", N_("A plugin's worker may not run {0}")},
	{"migration-statement",
		N_("Plugin migrations may not run {0}, only what makes and changes tables, indexes, "
		   "sequences and comments")},
	{"migration-expands",
		N_("A migration that expands may not run {0}, as older versions use these tables: "
		   "write it into NNN-name.contract.sql")},
	{"migration-rewrite",
		N_("Plugin migrations may not rewrite a table that is in use: add a new column and "
		   "leave the old one")},
	{"migration-closed", N_("No migration of this plugin is open")},
	{"migration-object", N_("Plugin migrations may not touch {0}")},
	{"migration-schema", N_("Plugin migrations may not touch schema {0}")},
	{"migration-fault", N_("Not allowed in a plugin: {0}")},
	{"migration-older", N_("Not allowed while older versions use the tables: {0}")},
	{"migration-relations",
		N_("A plugin may have {0} tables, indexes and sequences: rows of many kinds can share a table")},
	{"migration-left", N_("The plugin's migrations left what is not allowed: {0}")},
	{"migration-list", N_("Migrations are a list")},
	{"migration-phase", N_("A migration expands or contracts")},
	{"migration-waits", N_("A migration of {0} waits for its hand-over")},
	{"plugin-schema", N_("The plugin {0} has no schema")},
	{"plugin-password", N_("The password of a plugin's role is too short")},
	{"plugin-permission", N_("A plugin can't have the permission \"{0}\"")},
	{"plugin-key", N_("\"{0}\" is not a plugin's key")},
	{"fit-not-run", N_("{0} has not run")},
	{"fit-other", N_("{0} ran with other content")},
	{"fit-taken", N_("{0} took away what this version needs")},
	{"fit-no-package", N_("There is no such package")},
	{"role-foreign", N_("The role {0} exists and does not belong to Mortise")},
	{"sessions-open", N_("The sessions of {0} do not end")},
};

const char *db_words(struct arena *p, const char *code)
{
	struct err e;
	const char *value, *key = raised_key(code, &value);

	err_init(&e, p);
	if (key)
		err_keyed(&e, MT_ECONFLICT, key, value);
	else
		err_verbatim(&e, MT_ECONFLICT, code);
	return err_part(p, &e);
}

const char *raised_key(const char *text, const char **ret_value)
{
	size_t n = strcspn(text, ":");

	*ret_value = text[n] == ':' ? text + n + 1 + strspn(text + n + 1, " ") : "";
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(*TEXTS); i++)
		if (strlen(TEXTS[i].code) == n && strncmp(TEXTS[i].code, text, n) == 0)
			return TEXTS[i].key;
	return NULL;
}
