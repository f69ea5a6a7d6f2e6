/*
 * configure_check.c - validates values against a manifest's settings: see configure_impl.h.
 *
 * One table tells how each type is checked. A value that is null or missing is not set: then the
 * default applies. All faults are reported, each at its own setting.
 */
#include "install/configure_impl.h"

#include <math.h>
#include <regex.h>
#include <string.h>
#include "base/perm.h"
#include "base/valid.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "package/manifest_value.h"

#define POINTER_MAX 120
#define LIST_MAX 200
/* Settings that the manifest doesn't declare, of a company. */
#define FREE_MAX 100
#define FREE_BYTES_MAX (64 * 1024)
#define FREE_TEXT_MAX 10000
#define FREE_LIST_MAX 200
#define FREE_NAME_MAX 40
#define GENERATED_HELP "The server makes it: POST .../configuration/generate"

/* Everything that a check needs beside the value. */
struct check {
	struct arena *p;
	const json_t *setting;
	const json_t *known; /* ids of people and roles that may be chosen */
	char at[POINTER_MAX];
	struct err *e;
};

struct type {
	const char *name;
	long max; /* characters, unless the setting limits them itself; 0 = not a text */
	bool lines, secret;
	int (*check)(struct check *c, const json_t *v);
	const char *wanted; /* "a text" */
	bool (*is_kind)(const json_t *v);
};

static bool is_string(const json_t *v)
{
	return json_is_string(v);
}

static bool is_number(const json_t *v)
{
	return json_is_number(v);
}

static bool is_boolean(const json_t *v)
{
	return json_is_boolean(v);
}

static bool is_array(const json_t *v)
{
	return json_is_array(v);
}

#define setting_fault(c, ...) err_addfield((c)->e, (c)->at, __VA_ARGS__)

static double limit(const json_t *setting, const char *name, double fallback)
{
	const json_t *v = json_object_get(setting, name);

	return json_is_number(v) ? json_number_value(v) : fallback;
}

static int check_number(struct check *c, const json_t *v)
{
	double n = json_number_value(v), least = limit(c->setting, "min", -INFINITY),
	       most = limit(c->setting, "max", INFINITY);

	if (n >= least && n <= most)
		return 0;
	if (isinf(most))
		return err_addfield(c->e, c->at, "Found %.15g; at least %.15g is needed", n, least);
	if (isinf(least))
		return err_addfield(c->e, c->at, "Found %.15g; at most %.15g is allowed", n, most);
	return err_addfield(
		c->e, c->at, "Found %.15g; a number from %.15g to %.15g is needed", n, least, most);
}

static int check_boolean(struct check *c, const json_t *v)
{
	(void)c;
	(void)v;
	return 0;
}

/* A secret's own text is in no message. */
static int check_text(struct check *c, const json_t *v)
{
	(void)c;
	(void)v;
	return 0;
}

static bool is_url(const char *s)
{
	const char *host;

	if (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0)
		return false;
	host = strstr(s, "://") + 3;
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '\\' || *c == '"' ||
			*c == '<' || *c == '>')
			return false;
	return *host && !strchr("/?#:@", *host);
}

static int check_url(struct check *c, const json_t *v)
{
	const char *s = json_string_value(v);

	return is_url(s)
		       ? 0
		       : setting_fault(c,
				 "Found \"%.80s\"; an address that starts with https:// or http:// is "
				 "needed",
				 s);
}

static int check_email(struct check *c, const json_t *v)
{
	const char *s = json_string_value(v);

	return valid_email(s)
		       ? 0
		       : setting_fault(c,
				 "Found \"%.80s\"; an address such as name@example.com is needed",
				 s);
}

static bool is_option(const json_t *setting, const char *value)
{
	const json_t *o;
	size_t i;

	json_array_foreach(json_object_get(setting, "options"), i, o)
		if (!strcmp(json_string_value(json_object_get(o, "value"))
				    ? json_string_value(json_object_get(o, "value"))
				    : "",
			    value))
			return true;
	return false;
}

static const char *options(struct check *c)
{
	const json_t *o;
	struct buf b;
	char *ret;
	size_t i;

	buf_init(&b, 64 * 1024);
	json_array_foreach(json_object_get(c->setting, "options"), i, o)
		buf_addf(&b, "%s%s", i ? ", " : "",
			json_string_value(json_object_get(o, "value"))
				? json_string_value(json_object_get(o, "value"))
				: "");
	ret = arena_strndup(c->p, b.data ? b.data : "", b.len < LIST_MAX ? b.len : LIST_MAX);
	buf_release(&b);
	return ret;
}

static int check_select(struct check *c, const json_t *v)
{
	const char *s = json_string_value(v);

	if (is_option(c->setting, s))
		return 0;
	return err_addfield(c->e, c->at, "Found \"%.60s\"; one of %s is needed", s, options(c));
}

static int check_multi(struct check *c, const json_t *v)
{
	const json_t *one, *other;
	size_t i, j;

	json_array_foreach((json_t *)v, i, one) {
		if (!json_is_string(one))
			return setting_fault(c, "Found %s in the list; texts are needed",
				value_shown(c->p, one));
		if (!is_option(c->setting, json_string_value(one)))
			return err_addfield(c->e, c->at,
				"Found \"%.60s\" in the list; of %s any are allowed",
				json_string_value(one), options(c));
		json_array_foreach((json_t *)v, j, other)
			if (j < i && json_equal(one, other))
				return setting_fault(
					c, "Has \"%.60s\" twice", json_string_value(one));
	}
	return 0;
}

static bool is_known(const struct check *c, const char *id)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)c->known, i, one)
		if (!strcasecmp(json_string_value(one), id))
			return true;
	return false;
}

static int check_user(struct check *c, const json_t *v)
{
	const char *s = json_string_value(v);
	if (id_is_uuid(s) && is_known(c, s))
		return 0;
	return setting_fault(
		c, "Found \"%.40s\"; the id of an active user of your company is needed", s);
}

static int check_role(struct check *c, const json_t *v)
{
	const char *s = json_string_value(v);

	if (perm_is_role(s) || (perm_is_own_role(s) && is_known(c, s)))
		return 0;
	return setting_fault(c,
		"Found \"%.40s\"; " PERM_ROLES " is needed, or the id of a role of the company", s);
}

static const struct type TYPES[] = {
	{"text", 1000, false, false, check_text, P_("a text"), is_string},
	{"textarea", 10000, true, false, check_text, P_("a text"), is_string},
	{"number", 0, false, false, check_number, P_("a number"), is_number},
	{"boolean", 0, false, false, check_boolean, P_("true or false"), is_boolean},
	{"select", 200, false, false, check_select, P_("one of the options"), is_string},
	{"multi-select", 0, false, false, check_multi, P_("a list of options"), is_array},
	{"url", 2000, false, false, check_url, P_("an address"), is_string},
	{"email", 254, false, false, check_email, P_("an address"), is_string},
	{"user", 36, false, false, check_user, P_("a user's id"), is_string},
	{"role", 40, false, false, check_role, P_("a role"), is_string},
	{"secret", 4096, true, true, check_text, P_("a text"), is_string},
	{"generated-secret", 128, false, true, check_text, P_("a text"), is_string},
};

static const struct type *type_of(const json_t *setting)
{
	const char *name = json_string_value(json_object_get(setting, "type"));

	for (size_t i = 0; name && i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (!strcmp(TYPES[i].name, name))
			return &TYPES[i];
	return NULL;
}

bool setting_is_secret(const json_t *setting)
{
	const struct type *t = type_of(setting);

	return t && t->secret;
}

bool setting_is_generated(const json_t *setting)
{
	const struct type *t = type_of(setting);

	return t && !strcmp(t->name, "generated-secret");
}

const char *setting_key(const json_t *setting)
{
	const char *s = json_string_value(json_object_get(setting, "key"));

	return s ? s : "";
}

const json_t *schema_find(const json_t *schema, const char *key)
{
	const json_t *s;
	size_t i;

	json_array_foreach((json_t *)schema, i, s)
		if (!strcmp(setting_key(s), key))
			return s;
	return NULL;
}

static bool is_required(const json_t *setting)
{
	return json_is_true(json_object_get(setting, "required"));
}

static bool has_default(const json_t *setting)
{
	const json_t *d = json_object_get(setting, "default");

	return d && !json_is_null(d);
}

static bool has_control(const char *s, bool lines)
{
	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;

		if ((ch < 0x20 && !(lines && strchr("\n\r\t", ch))) || ch == 0x7f)
			return true;
	}
	return false;
}

static int check_length(struct check *c, const struct type *t, const char *s, size_t len)
{
	/* A text's limits are the setting's; of other types they belong to the type. */
	bool own = t->check == check_text;
	double least = own ? limit(c->setting, "min", 0) : 0;
	double most = own ? limit(c->setting, "max", (double)t->max) : (double)t->max;
	long n = utf8_length(s, len);

	if (most > (double)t->max)
		most = (double)t->max;
	if (n >= (long)least && n <= (long)most)
		return 0;
	if (least > 0)
		return setting_fault(
			c, "Found %ld characters; %.0f to %.0f are needed", n, least, most);
	return setting_fault(c, "Found %ld characters; at most %.0f are allowed", n, most);
}

/* The pattern describes the whole value, as in HTML. */
static int check_pattern(struct check *c, const char *s)
{
	const char *pattern = json_string_value(json_object_get(c->setting, "pattern"));
	const char *help = json_string_value(json_object_get(c->setting, "patternHelp"));
	regex_t re;
	int rc;

	if (!pattern)
		return 0;
	if (regcomp(&re, arena_printf(c->p, "^(%s)$", pattern), REG_EXTENDED | REG_NOSUB) != 0)
		return 0; /* the check of the package refuses those */
	rc = regexec(&re, s, 0, NULL, 0);
	regfree(&re);
	if (rc == 0)
		return 0;
	return help ? err_addfield_verbatim(c->e, c->at, help)
		    : setting_fault(c, "Doesn't match the pattern %.150s", pattern);
}

static int check_value(struct check *c, const struct type *t, const json_t *v)
{
	const char *s = json_string_value(v);
	int rc;

	if (!t->is_kind(v))
		return t->secret
			       ? setting_fault(
					 c, "%s is needed", message_part_plain(c->p, t->wanted))
			       : err_addfield(c->e, c->at, "Found %s; %s is needed",
					 value_shown(c->p, v), message_part_plain(c->p, t->wanted));
	if (s) {
		if ((rc = check_length(c, t, s, json_string_length(v))) < 0)
			return rc;
		if (has_control(s, t->lines))
			return t->lines ? setting_fault(c, "Has a control character")
					: setting_fault(
						  c, "Has a control character or a line break");
	}
	if ((rc = t->check(c, v)) < 0)
		return rc;
	return s ? check_pattern(c, s) : 0;
}

/* A form sends an empty field as "", an empty list as []. */
static bool is_nothing(const json_t *v)
{
	if (!v || json_is_null(v))
		return true;
	if (json_is_array(v))
		return json_array_size(v) == 0;
	return json_is_string(v) && json_string_length(v) == 0;
}

static int check_required(struct check *c, bool there)
{
	return !is_required(c->setting) || there ? 0 : setting_fault(c, "Is needed");
}

static int check_secret(
	struct check *c, const struct type *t, const json_t *v, bool had, json_t *secrets)
{
	const char *key = setting_key(c->setting);
	int rc;

	if (!v)
		return check_required(c, had);
	if (json_is_null(v)) {
		json_object_set_new(secrets, key, json_null());
		return check_required(c, false);
	}
	if (setting_is_generated(c->setting))
		return setting_fault(c, GENERATED_HELP);
	if (is_nothing(v))
		return setting_fault(
			c, "Is empty: leave it out to keep it, or send null to remove it");
	if ((rc = check_value(c, t, v)) < 0)
		return rc;
	/* A text of our own: the caller wipes it. */
	json_object_set_new(
		secrets, key, json_stringn(json_string_value(v), json_string_length(v)));
	return 0;
}

static int check_plain(struct check *c, const struct type *t, const json_t *v, json_t *plain)
{
	bool empty_list = json_is_array(v) && json_array_size(v) == 0;
	int rc;

	/* "" of a text with a default is a choice, and so is an empty list. */
	if (is_nothing(v) && (!empty_list || is_required(c->setting)) &&
		!(json_is_string(v) && has_default(c->setting) && !is_required(c->setting) &&
			t->check == check_text))
		return check_required(c, has_default(c->setting) && !empty_list);
	if ((rc = check_value(c, t, v)) < 0)
		return rc;
	json_object_set(plain, setting_key(c->setting), (json_t *)v);
	return 0;
}

static void place(struct check *c, const char *key)
{
	snprintf(c->at, sizeof(c->at), "/values/%.100s", value_pointer_escape(c->p, key));
}

/* A text, short enough and without control characters. */
static bool is_free_text(const json_t *v)
{
	const char *s = json_string_value(v);

	return s && utf8_length(s, json_string_length(v)) <= FREE_TEXT_MAX && !has_control(s, true);
}

static bool is_free_value(const json_t *v)
{
	const json_t *one;
	size_t i;

	if (json_is_null(v) || json_is_boolean(v) || json_is_number(v))
		return true;
	if (!json_is_array(v))
		return is_free_text(v);
	json_array_foreach((json_t *)v, i, one)
		if (!is_free_text(one))
			return false;
	return json_array_size(v) <= FREE_LIST_MAX;
}

/* One that no manifest declares: what a plugin's own panel stores. */
static void check_free(struct check *c, const char *key, const json_t *v, json_t *plain)
{
	if (strlen(key) > FREE_NAME_MAX || !value_is_slug(key))
		setting_fault(c, "A name of up to %d of a-z A-Z 0-9 - _ is needed", FREE_NAME_MAX);
	else if (!is_free_value(v))
		setting_fault(c,
			"A number, true, false, a text of up to %d characters or a list of up to %d "
			"texts is needed",
			FREE_TEXT_MAX, FREE_LIST_MAX);
	else
		json_object_set(plain, key, (json_t *)v);
}

static void check_unknown(
	struct check *c, const json_t *schema, const json_t *values, bool panel, json_t *plain)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)values, key, v) {
		if (schema_find(schema, key))
			continue;
		place(c, key);
		if (panel)
			check_free(c, key, v, plain);
		else
			setting_fault(c, "The plugin has no setting of this name");
	}
}

int settings_check(struct arena *p, const json_t *schema, const json_t *values, bool panel,
	const json_t *known, const json_t *had, json_t **ret_plain, json_t **ret_secrets,
	struct err *e)
{
	struct check c = {.p = p, .known = known, .e = e};
	size_t i;

	*ret_plain = json_object();
	*ret_secrets = json_object();
	check_unknown(&c, schema, values, panel, *ret_plain);
	json_array_foreach((json_t *)schema, i, c.setting) {
		const char *key = setting_key(c.setting);
		const json_t *v = json_object_get(values, key);
		const struct type *t = type_of(c.setting);

		place(&c, key);
		if (t && t->secret)
			check_secret(&c, t, v, json_object_get(had, key) != NULL, *ret_secrets);
		else if (t)
			check_plain(&c, t, v, *ret_plain);
	}
	return e->n_fields > 0 ? MT_EFIELDS : 0;
}

int settings_add_free(
	struct arena *p, const json_t *schema, const json_t *stored, json_t *plain, struct err *e)
{
	json_t *all = json_object(), *v;
	const char *key;
	size_t n = 0, len = 0;

	json_own(p, all);
	json_object_foreach((json_t *)stored, key, v)
		if (!schema_find(schema, key) && !json_object_get(plain, key))
			json_object_set(plain, key, v);
	json_object_foreach(plain, key, v)
		if (!schema_find(schema, key) && !json_is_null(v))
			json_object_set(all, key, v);
	json_text(p, all, &len);
	if ((n = json_object_size(all)) > FREE_MAX)
		return err_addfield(e, "/values",
			"Would have %zu settings that the plugin doesn't declare; at most %d are stored",
			n, FREE_MAX);
	if (len > FREE_BYTES_MAX)
		return err_addfield(e, "/values",
			"Settings that the plugin doesn't declare would take %zu bytes; at most %d are "
			"stored",
			len, FREE_BYTES_MAX);
	return 0;
}

void settings_drop_nulls(json_t *values)
{
	const char *key;
	json_t *v;
	void *next;

	json_object_foreach_safe(values, next, key, v) if (json_is_null(v))
		json_object_del(values, key);
}

const char *settings_chosen(struct arena *p, const json_t *schema, const json_t *values)
{
	const json_t *s;
	struct buf b;
	char *ret;
	size_t i;

	buf_init(&b, 8192);
	buf_adds(&b, "{");
	json_array_foreach((json_t *)schema, i, s) {
		const struct type *t = type_of(s);
		const char *id = json_string_value(json_object_get(values, setting_key(s)));

		if (t && id &&
			((t->check == check_user && id_is_uuid(id)) ||
				(t->check == check_role && perm_is_own_role(id))))
			buf_addf(&b, "%s%s", b.len > 1 ? "," : "", id);
	}
	buf_adds(&b, "}");
	ret = arena_strndup(p, b.data, b.len);
	buf_release(&b);
	return ret;
}

bool setting_fits(const json_t *setting, const json_t *value)
{
	const struct type *t = type_of(setting);

	return t && !t->secret && value && t->is_kind(value);
}

bool settings_complete(const json_t *schema, const json_t *plain, const json_t *secrets)
{
	const json_t *s;
	size_t i;

	json_array_foreach((json_t *)schema, i, s) {
		const char *key = setting_key(s);

		if (!is_required(s))
			continue;
		if (setting_is_secret(s)
				? !json_object_get(secrets, key)
				: !has_default(s) && !setting_fits(s, json_object_get(plain, key)))
			return false;
	}
	return true;
}
