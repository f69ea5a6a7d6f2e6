/* answers.c - what the routes of plugins answer, for their description: see routes.h. */
#include "install/routes.h"

static const struct field TRUST[] = {ANSWER("status", TEXT), ANSWER_NULL("keyId", TEXT),
	ANSWER_NULL("keyName", TEXT), ANSWER_NULL("comment", TEXT), ANSWER_NULL("reason", TEXT),
	ANSWER_NULL("reasonText", OBJECT), ANSWER("allowed", BOOL), ANSWER_END};
static const struct field FILE_OF[] = {
	ANSWER("path", TEXT), ANSWER("size", INT), ANSWER("sha256", TEXT), ANSWER_END};
static const struct field COMPATIBLE[] = {ANSWER("ok", BOOL), ANSWER_NULL("reason", TEXT),
	ANSWER_NULL("reasonText", OBJECT), ANSWER_END};
static const struct field CHECK[] = {ANSWER("name", TEXT), ANSWER("ok", BOOL),
	ANSWER("detail", TEXT), ANSWER_NULL("detailText", OBJECT), ANSWER_END};
const struct field answer_installed[] = {
	ANSWER("id", UUID), ANSWER("version", TEXT), ANSWER("state", TEXT), ANSWER_END};

const struct field answer_package[] = {ANSWER("key", TEXT), ANSWER("version", TEXT),
	ANSWER("displayName", TEXT), ANSWER("description", TEXT), ANSWER("sha256", TEXT),
	ANSWER("size", INT), ANSWER("status", TEXT), ANSWER_OF("files", ARRAY, FILE_OF),
	ANSWER("permissions", ARRAY), ANSWER("manifest", OBJECT), ANSWER("quarantined", BOOL),
	ANSWER_NULL("quarantineReason", TEXT), ANSWER_NULL("quarantineReasonText", OBJECT),
	ANSWER("approved", BOOL), ANSWER_NULL("approvedAt", TIME), ANSWER("source", TEXT),
	ANSWER_OF("trust", OBJECT, TRUST), ANSWER("imports", OBJECT), ANSWER("hooks", ARRAY),
	ANSWER("settings", ARRAY), ANSWER("definesPermissions", ARRAY),
	ANSWER_OF("compatible", OBJECT, COMPATIBLE), ANSWER("unserved", ARRAY),
	/* of an upload and of the list */
	{"checks", FIELD_ARRAY, .of = CHECK},
	{"installation", FIELD_OBJECT, FIELD_NULLABLE, .of = answer_installed}, ANSWER_END};

static const struct field UI[] = {ANSWER("bundleUrl", TEXT), ANSWER("integrity", TEXT),
	ANSWER("globalName", TEXT), ANSWER("slots", ARRAY), ANSWER("navigation", ARRAY),
	ANSWER_END};

const struct field answer_installation[] = {ANSWER("id", UUID), ANSWER("pluginKey", TEXT),
	ANSWER("version", TEXT), ANSWER("displayName", TEXT), ANSWER("description", TEXT),
	ANSWER("state", TEXT), ANSWER("status", TEXT), ANSWER_OF("trust", OBJECT, TRUST),
	ANSWER_NULL("icon", TEXT), ANSWER("installedAt", TIME), ANSWER_NULL("installedBy", TEXT),
	ANSWER("quarantined", BOOL), ANSWER_NULL("quarantineReason", TEXT),
	ANSWER_NULL("quarantineReasonText", OBJECT), ANSWER("permissions", ARRAY),
	{"ui", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = UI},
	ANSWER("reportComponents", ARRAY), ANSWER("dependencies", ARRAY), ANSWER("sha256", TEXT),
	ANSWER_NULL("previousVersion", TEXT), ANSWER_NULL("availableVersion", TEXT),
	ANSWER("canRollback", BOOL), ANSWER_NULL("consented", ARRAY),
	ANSWER("requiresConfiguration", BOOL), ANSWER("configured", BOOL),
	ANSWER_NULL("unfit", TEXT), ANSWER_NULL("unfitText", OBJECT),
	ANSWER_NULL("errorMessage", TEXT), ANSWER("metadata", OBJECT),
	ANSWER("settingsSchema", ARRAY), ANSWER("definesPermissions", ARRAY), ANSWER_END};

const struct field answer_export[] = {ANSWER("exportId", UUID), ANSWER("url", TEXT),
	ANSWER("size", INT), ANSWER("expiresAt", TIME), ANSWER_END};
const struct field answer_exports[] = {ANSWER("id", UUID), ANSWER("pluginKey", TEXT),
	ANSWER("version", TEXT), ANSWER("size", INT), ANSWER("createdAt", TIME),
	ANSWER("expiresAt", TIME), ANSWER_NULL("createdBy", TEXT), ANSWER("url", TEXT), ANSWER_END};

const struct field answer_rollout[] = {ANSWER("id", UUID), ANSWER("pluginKey", TEXT),
	ANSWER("version", TEXT), ANSWER("percent", INT), ANSWER("state", TEXT),
	ANSWER("total", INT), ANSWER("done", INT), ANSWER("failures", ARRAY),
	ANSWER("startedBy", TEXT), ANSWER("startedAt", TIME), ANSWER("changedAt", TIME),
	ANSWER_END};

const struct field answer_activity[] = {ANSWER("id", INT), ANSWER("at", TIME), ANSWER("op", TEXT),
	ANSWER_NULL("fromVersion", TEXT), ANSWER_NULL("version", TEXT), ANSWER_NULL("userId", UUID),
	ANSWER_NULL("userName", TEXT), ANSWER("outcome", TEXT), ANSWER_NULL("detail", TEXT),
	ANSWER_NULL("detailText", OBJECT), ANSWER_END};
const struct field answer_fetch[] = {ANSWER("id", INT), ANSWER("at", TIME),
	ANSWER("requestId", TEXT), ANSWER("method", TEXT), ANSWER("host", TEXT),
	ANSWER("path", TEXT), ANSWER_NULL("status", INT), ANSWER("bytesSent", INT),
	ANSWER("bytes", INT), ANSWER("ms", INT), ANSWER_NULL("error", TEXT), ANSWER_END};
const struct field answer_step[] = {ANSWER("id", TEXT), ANSWER("pluginKey", TEXT),
	ANSWER("op", TEXT), ANSWER("step", INT), ANSWER("of", INT), ANSWER("label", TEXT),
	ANSWER("startedAt", TIME), ANSWER("cancellable", BOOL), ANSWER("cancelled", BOOL),
	ANSWER_NULL("tenant", TEXT), ANSWER_NULL("userName", TEXT),
	ANSWER_NULL("fromVersion", TEXT), ANSWER_NULL("version", TEXT), ANSWER_END};

static const struct field VERSION[] = {ANSWER("version", TEXT), ANSWER("tenants", INT),
	ANSWER("status", TEXT), ANSWER_OF("trust", OBJECT, TRUST), ANSWER("approved", BOOL),
	ANSWER("quarantined", BOOL), ANSWER("sha256", TEXT), ANSWER_NULL("unfit", TEXT),
	ANSWER_NULL("unfitText", OBJECT), ANSWER_END};
static const struct field TENANT[] = {ANSWER("code", TEXT), ANSWER("name", TEXT),
	ANSWER("version", TEXT), ANSWER("state", TEXT), ANSWER_END};
const struct field answer_overview[] = {ANSWER("pluginKey", TEXT), ANSWER("displayName", TEXT),
	ANSWER_OF("versions", ARRAY, VERSION), ANSWER_OF("tenants", ARRAY, TENANT), ANSWER_END};

static const struct field COMPANY[] = {ANSWER("code", TEXT), ANSWER("name", TEXT), ANSWER_END};
const struct field answer_guest[] = {ANSWER("pid", INT), ANSWER("host", INT),
	ANSWER_NULL("version", TEXT),
	{"company", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = COMPANY},
	ANSWER("isolation", TEXT), ANSWER_NULL("requests", INT), ANSWER_NULL("idleSeconds", INT),
	ANSWER("rssKb", INT), ANSWER("sandbox", TEXT), ANSWER_END};

static const struct field LINE[] = {
	ANSWER("message", TEXT), ANSWER_NULL("version", TEXT), ANSWER_END};
const struct field answer_logs[] = {ANSWER_OF("items", ARRAY, LINE), ANSWER_NULL("before", TEXT),
	ANSWER_NULL("after", TEXT), ANSWER_END};

const struct field answer_configuration[] = {ANSWER("schema", ARRAY), ANSWER("values", OBJECT),
	ANSWER("version", INT), ANSWER("configured", BOOL), ANSWER("testable", BOOL),
	ANSWER_NULL("changedAt", TIME), ANSWER_NULL("changedBy", TEXT), {"message", FIELD_TEXT},
	ANSWER_END};
