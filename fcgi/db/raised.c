/*
 * raised.c - what functions in sql/ refuse, in words: they raise or return "code" or "code: value", so
 * that psql and tests read codes, and texts for people are here. What is wrong with a plugin's tables is
 * such a value: a list of faults, [["code", value, ...], ...], where a value may be ["code", value, ...]
 * again. scripts/messages compares the two.
 */
#include "db/impl.h"

#include <string.h>
#include "base/json.h"

#define FAULT_VALUES_MAX 4

struct text {
	const char *code, *key;
};

static const struct text RAISED[] = {
	{"sign-in-unknown", N_("Nobody signs in with this address")},
	{"tenant-unknown", N_("There is no company \"{0}\"; `mortise tenant list` shows them")},
	{"organization-unknown",
		N_("There is no organization \"{0}\"; `mortise organization list` shows them")},
	{"organization-taken", N_("Another organization has the name {0}")},
	{"registration-unknown",
		N_("No registration with the code \"{0}\" waits; `mortise tenant list --state pending` shows them")},
	{"registration-decided",
		N_("This registration doesn't wait any more: somebody approved or refused it")},
	{"user-unknown", N_("Nobody signs in with {0}; `mortise user list` shows who does")},
	{"email-taken",
		N_("Somebody signs in with {0} already: an address belongs to one person of one company")},
	{"email-member", N_("{0} is a member of your company already")},
	{"email-twice", N_("{0} is in this file twice: keep one of the lines")},
	{"work-takers",
		N_("Nobody there can be given tickets: choose somebody else who is active, or a team with somebody")},
	{"work-active", N_("Tickets are handed over when an account is deactivated")},
	{"team-unknown", N_("There is no team \"{0}\": make it first, or leave it out")},
	{"team-member", N_("Members of a team must be active users of your company")},
	{"user-inactive", N_("This person is deactivated: activate the account first")},
	{"provider-only",
		N_("Your company signs in by {0} only: use its button on the sign-in page")},
	{"second-factor-set",
		N_("Two-step sign-in is on already: turn it off first to set up another app")},
	{"passkeys-many", N_("You have {0} passkeys: remove one first")},
	{"passkey-known",
		N_("This passkey is somebody's already: use another device, or make a new one")},
	{"second-factor-required", N_("Your role needs two-step sign-in: it can't be turned off")},
	{"mail-waits", N_("The same mail to this person waits already: it is sent soon")},
	{"system-admin-fixed",
		N_("System admins are made and changed by the operator alone: mortise user")},
	{"role-not-own",
		N_("The role {0} has permissions that you don't have: an administrator can give and take it")},
	{"permission-not-own",
		N_("You don't have the permission {0} yourself: an administrator can give and take it")},
	{"permission-needed", N_("This needs the permission {0}")},
	{"administrator-needed",
		N_("This needs all permissions of the company: an administrator can do it")},
	{"role-unknown",
		N_("There is no role \"{0}\": give Technician, Dispatcher, Admin or one that the company made")},
	{"role-name-taken", N_("Another role has the name {0}")},
	{"role-in-use",
		N_("The role still has people ({0}): choose the role that they get instead (reassign)")},
	{"roles-many", N_("A company can make {0} roles (roles_max): delete one first")},
	{"tokens-many", N_("You have {0} API tokens (tokens_per_person): revoke one first")},
	{"tokens-many-company",
		N_("The company has {0} API tokens (tokens_per_company): revoke one first")},
	{"limit-people",
		N_("The company has its {0} people, with those who are invited: deactivate somebody, or ask "
		   "the operator of this server for a higher limit (people_max)")},
	{"limit-plugins",
		N_("The company has its {0} plugins: uninstall one, or ask the operator of this server for a "
		   "higher limit (plugins_max)")},
	{"limit-storage",
		N_("The company stores its {0} MB: delete something, or ask the operator of this server for a "
		   "higher limit (storage_mb)")},
	{"files-many", N_("A ticket can have {0} files: delete one first")},
	{"own-account", N_("You can't deactivate yourself: another administrator can")},
	{"own-removal", N_("You can't remove yourself: another administrator can")},
	{"last-admin",
		N_("This is the last administrator of the company: make somebody else one first")},
	{"ticket-closed", N_("The ticket is closed; it can only be reopened")},
	{"assignee-inactive", N_("The assignee must be an active user of the company")},
	{"custom-fields-many",
		N_("A company has at most {0} custom fields of tickets: delete one first")},
	{"custom-columns-many",
		N_("The list shows at most {0} custom fields as columns: take one out first")},
	{"custom-field-of-plugin",
		N_("This field comes from the plugin {0}: the company decides whether it is required and a "
		   "column of the list, everything else is the plugin's")},
	{"webhooks-many", N_("A company has at most {0} webhooks: delete one first")},
	{"webhook-unknown", N_("There is no such webhook")},
	{"webhook-off", N_("The webhook is switched off: switch it on first")},
	{"webhook-tests", N_("Tests of this webhook wait already: look at its log")},
	{"delivery-unknown", N_("There is no such delivery")},
	{"delivery-waits", N_("This delivery waits already: it is sent soon")},
	{"comment-author", N_("Only its author or an administrator can change a comment")},
	{"fetch-log", N_("Only the platform writes the log of calls to other servers")},
	{"comment-archived", N_("This comment was deleted")},
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
	{"notice-permission", N_("There is no permission \"{0}\" of the core or of this plugin")},
	{"notice-many",
		N_("{0} people have this permission: notify at most 1,000, or the whole company")},
	{"notice-kind", N_("The kind must be user, role, permission or company")},
	{"notices-too-many",
		N_("More than {0} notifications in a minute (notifications_per_minute): wait for the "
		   "next one")},
	{"job-undeclared",
		N_("This version of the plugin declares no job \"{0}\": name it in jobs of the manifest")},
	{"job-long", N_("The job {0} has more than 64 kB of arguments")},
	{"job-when",
		N_("The job {0} must begin within a year, and its key have at most 100 characters")},
	{"job-many", N_("{0} jobs of this plugin wait already: try again when some are done")},
	{"event-undeclared",
		N_("This version of the plugin declares no event \"{0}\": name it in emits of the manifest")},
	{"event-payload", N_("The payload of an event must be an object")},
	{"event-long",
		N_("The event {0} is too long: its payload may have 4096 bytes, its entity 100")},
	{"event-field",
		N_("The event's field {0} isn't as emits of the manifest declares it: send that type, or declare it")},
	{"events-many-transaction",
		N_("More than {0} events in a transaction: send one for all of them")},
	{"events-many",
		N_("The plugin sends more than {0} live updates a minute (plugin_events_max): send fewer")},
	{"storage-none",
		N_("The plugin {0} has no storage here: its manifest has to request the permission")},
	{"storage-namespace",
		N_("This version of the plugin declares no namespace \"{0}\": name it in storage of the manifest")},
	{"storage-key",
		N_("The key \"{0}\" can't be used: keys have 1 to 400 bytes without control characters")},
	{"storage-value", N_("The key \"{0}\" needs a value")},
	{"storage-object",
		N_("The value of \"{0}\" must be an object, as storage of the manifest declares it")},
	{"storage-field",
		N_("The value's member {0} isn't as storage of the manifest declares it")},
	{"storage-large", N_("The value of \"{0}\" is larger than 1 MB")},
	{"storage-many", N_("Give at most {0} keys at once, and bytes or a version for one alone")},
	{"storage-ttl", N_("A value lives for 1 second to 10 years: give its time in seconds")},
	{"storage-number",
		N_("\"{0}\" isn't a number that can be added to: it needs at most 18 digits")},
	{"storage-pattern",
		N_("Give a pattern of at most 400 bytes and a text of at most 200 bytes")},
	{"storage-changed", N_("Somebody else has changed \"{0}\": read it again, and try again")},
	{"storage-version", N_("The key \"{0}\" has no such version")},
	{"storage-full",
		N_("The plugin's {0} MB for your company are in use (plugin_storage_mb): delete something")},
	{"storage-full-namespace",
		N_("The namespace \"{0}\" has what its manifest allows (quota): delete some of it")},
	{"plugin-files-none",
		N_("The plugin {0} keeps no files here: its manifest has to request the permission")},
	{"plugin-files-many",
		N_("The plugin has {0} files for your company, and no more are kept: delete some")},
	{"plugin-files-full",
		N_("The plugin's {0} MB of files for your company are in use (plugin_files_mb): delete some")},
	{"presence-none",
		N_("There is no presence in {0}: it isn't enabled here, or its manifest doesn't offer it")},
	{"presence-places",
		N_("You are at {0} places of this plugin: close some of its pages first")},
	{"presence-many",
		N_("More than {0} changes of presence in a minute: wait for the next one")},
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
	{"export-runs", N_("An export of this company is being made already")},
	{"exports-kept", N_("Three exports of this company are kept: remove one first")},
	{"deletion-waits",
		N_("The company {0} is going to be deleted: take the deletion back first (mortise tenant keep)")},
	{"deletion-began", N_("The deletion of {0} has begun: it can't be taken back any more")},
	{"deletion-none", N_("The company {0} isn't going to be deleted")},
	{"last-system-admins",
		N_("All system admins are people of {0}: make one of another company first (mortise user)")},
	{"audit-fixed", N_("The audit log is only added to")},
	{"sessions-open", N_("The sessions of {0} do not end")},
	{NULL, NULL},
};

/* Those by which programs act: the code is the type of the problem, too. */
static const struct text TYPES[] = {{"provider-only", NULL}, {NULL, NULL}};

/* Faults of a plugin's tables, and what they are about. */
static const struct text FAULTS[] = {
	{"table", P_("table {0}")},
	{"index", P_("index {0}")},
	{"sequence", P_("sequence {0}")},
	{"relation", P_("relation {0}")},
	{"column", P_("column {0}")},
	{"constraint", P_("constraint {0}")},
	{"constraint-of", P_("constraint {0} of table {1}")},
	{"check", P_("check {0}")},
	{"policy", P_("policy {0} of table {1}")},
	{"default", P_("a default or generated column")},
	{"not-relation", P_("{0} is neither a table, an index nor a sequence")},
	{"not-permanent", P_("{0} is temporary or unlogged")},
	{"own-tablespace", P_("{0} is in a tablespace of its own")},
	{"index-uses", P_("index {0} uses {1}")},
	{"index-exclusion", P_("{0} is an exclusion constraint")},
	{"index-tenant", P_("index {0} does not begin with tenant_id")},
	{"table-inherits", P_("table {0} inherits, is a partition or has a type")},
	{"table-method", P_("table {0} uses another access method than heap")},
	{"table-trigger", P_("table {0} has a trigger")},
	{"table-rule", P_("table {0} has a rule")},
	{"table-statistics", P_("table {0} has extended statistics")},
	{"table-uses", P_("{0} of table {1} uses {2}")},
	{"table-tenant", P_("table {0} has no plain column tenant_id int not null")},
	{"column-type", P_("column {0} has a type that is not built in")},
	{"column-statistics", P_("column {0} asks for statistics")},
	{"constraint-kind", P_("constraint {0} on table {1} is of a kind that is not allowed")},
	{"reference-schema", P_("foreign key {0} leaves the plugin's schema")},
	{"reference-tenant", P_("foreign key {0} does not begin with tenant_id on both sides")},
	{"row-security-off", P_("row-level security of table {0} was taken off")},
	{"policies-changed", P_("policies of table {0} were changed")},
	{"tenant-replaced", P_("tenant_id of table {0} was replaced")},
	{"owner-foreign", P_("{0} does not belong to a plugin")},
	{"schema-foreign", P_("{0} does not belong in a plugin's schema")},
	{"relations-many", P_("there are {0} tables, indexes and sequences, {1} are allowed")},
	{"relation-owner", P_("{0} belongs to another role")},
	{"taken", P_("{0} was taken away")},
	{"changed", P_("{0} was changed ({1})")},
	{"column-generated", P_("column {0} of a table in use is numbered or generated")},
	{"column-default",
		P_("column {0} of a table in use has a default that differs from row to row")},
	{"column-unfilled", P_("column {0} of a table in use is NOT NULL without a default: older "
			       "versions don't fill it")},
	{"reference-from", P_("foreign key {0} has no new column that older versions leave NULL")},
	{"reference-to",
		P_("foreign key {0} to a table in use needs ON UPDATE CASCADE and ON DELETE "
		   "CASCADE or SET NULL (column): older versions know nothing of it")},
	{"may-refuse",
		P_("{0} of table {1}, which is in use, may refuse what older versions write")},
	{"policy-new", P_("policy {0} of table {1} is new")},
	{"more", P_("and {0} more")},
	{NULL, NULL},
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

int db_words_field(struct err *e, const char *pointer, const char *code)
{
	struct err why;
	const char *value, *key = raised_key(code, &value);

	err_init(&why, e->arena);
	if (key)
		err_keyed(&why, MT_ECONFLICT, key, value);
	else
		err_plain(
			&why, MT_ECONFLICT, N_("The database refused this line: check its values"));
	return err_takefield(e, pointer, &why);
}

static const struct text *text_of(const struct text *in, const char *code, size_t n)
{
	while (in->code != NULL && (strlen(in->code) != n || strncmp(in->code, code, n) != 0))
		in++;
	return in;
}

const char *raised_key(const char *text, const char **ret_value)
{
	size_t n = strcspn(text, ":");

	*ret_value = text[n] == ':' ? text + n + 1 + strspn(text + n + 1, " ") : "";
	return text_of(RAISED, text, n)->key;
}

const char *raised_type(const char *text)
{
	return text_of(TYPES, text, strcspn(text, ":"))->code;
}

/* A message is one line. */
static const char *one_line(struct arena *p, const char *text)
{
	char *ret = arena_strdup(p, text);

	for (char *c = ret; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return ret;
}

/* A value of a fault, or a fault; json_parse() bounds the levels. */
static const char *fault_words(struct arena *p, const json_t *fault)
{
	const char *values[FAULT_VALUES_MAX];
	const char *code = json_string_value(json_array_get(fault, 0));
	const char *key = code != NULL ? text_of(FAULTS, code, strlen(code))->key : NULL;
	size_t n = json_array_size(fault);

	if (json_is_string(fault))
		return one_line(p, json_string_value(fault));
	if (key == NULL || n - 1 > FAULT_VALUES_MAX)
		return message_part_plain(p, P_("something that isn't known here"));
	for (size_t i = 1; i < n; i++)
		values[i - 1] = fault_words(p, json_array_get(fault, i));
	return message_part_keyed(p, key, values, (int)n - 1);
}

const char *raised_faults(struct arena *p, const char *value)
{
	struct err why;
	json_t *faults;
	const char *ret;

	err_init(&why, p);
	if (p == NULL || json_parse(p, value, strlen(value), &faults, &why) < 0 ||
		json_array_size(faults) == 0)
		return NULL;
	ret = fault_words(p, json_array_get(faults, 0));
	for (size_t i = 1; i < json_array_size(faults); i++)
		ret = message_part(p, "%s; %s", ret, fault_words(p, json_array_get(faults, i)));
	return ret;
}
