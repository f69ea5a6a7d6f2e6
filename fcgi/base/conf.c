/*
 * conf.c - the table below is the whole truth about names, kinds, defaults and bounds.
 */
#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/origin.h"

enum kind {
	NUMBER, /* least..most */
	TEXT,	/* any text; least = 0: may be empty */
	URL,	/* http:// or https://, no final slash */
	PATH,	/* absolute, or relative to the file's folder */
	CHOICE, /* one of the words of `words` */
	SMTP,	/* smtp://host or smtps://host, with a port or not; may be empty */
	SERVER, /* a socket's path when it has a slash, else a name or host:port; least = 0 may be empty */
};

struct setting {
	const char *name;
	enum kind kind;
	size_t offset, size;
	const char *fallback;
	long least, most;  /* NUMBER: the value; others: length */
	const char *words; /* CHOICE: "this|that" */
};

#define AT(member) offsetof(struct conf, member), sizeof(((struct conf *)0)->member)

/* run_dir is short because a unix socket's path has at most 107 bytes. PREFIX/ is conf_prefix(). */
static const struct setting settings[] = {
	{"public_url", URL, AT(public_url), "http://127.0.0.1:8080", 1, 255, NULL},
	{"system_url", URL, AT(system_url), "", 0, 255, NULL},
	{"run_dir", PATH, AT(run_dir), "/run/mortise", 1, 90, NULL},
	{"store_dir", PATH, AT(store_dir), "/var/lib/mortise/store", 1, 255, NULL},
	{"asset_dir", PATH, AT(asset_dir), "/var/lib/mortise/assets", 1, 255, NULL},
	{"export_dir", PATH, AT(export_dir), "/var/lib/mortise/exports", 1, 255, NULL},
	{"files_dir", PATH, AT(files_dir), "/var/lib/mortise/files", 1, 255, NULL},
	{"log_dir", PATH, AT(log_dir), "/var/log/mortise", 1, 255, NULL},
	{"key_dir", PATH, AT(key_dir), "/etc/mortise/keys", 1, 255, NULL},
	{"lib_dir", PATH, AT(lib_dir), "PREFIX/libexec/mortise", 1, 255, NULL},
	{"sql_dir", PATH, AT(sql_dir), "PREFIX/share/mortise/sql", 1, 255, NULL},
	{"db_host", SERVER, AT(db_host), "/run/postgresql", 1, 255, NULL},
	{"db_port", NUMBER, AT(db_port), "5432", 1, 65535, NULL},
	{"db_name", TEXT, AT(db_name), "mortise", 1, 63, NULL},
	{"memcached", SERVER, AT(memcached), "", 0, 255, NULL},
	{"user", TEXT, AT(user), "mortise", 0, 63, NULL},
	{"plugin_uid_first", NUMBER, AT(plugin_uid_first), "70000", 1000, 2000000000, NULL},
	{"api_workers", NUMBER, AT(api_workers), "4", 1, 64, NULL},
	{"admin_workers", NUMBER, AT(admin_workers), "4", 1, 64, NULL},
	{"auth_workers", NUMBER, AT(auth_workers), "0", 0, 64, NULL},
	{"auth_queue", NUMBER, AT(auth_queue), "16", 1, 1024, NULL},
	{"auth_deadline_ms", NUMBER, AT(auth_deadline_ms), "5000", 1000, 60000, NULL},
	{"oidc_workers", NUMBER, AT(oidc_workers), "2", 1, 64, NULL},
	{"oidc_deadline_ms", NUMBER, AT(oidc_deadline_ms), "8000", 3000, 60000, NULL},
	{"oidc_allow", TEXT, AT(oidc_allow), "", 0, 255, NULL},
	{"job_workers", NUMBER, AT(job_workers), "2", 1, 16, NULL},
	{"job_deadline_ms", NUMBER, AT(job_deadline_ms), "300000", 10000, 3600000, NULL},
	{"api_deadline_ms", NUMBER, AT(api_deadline_ms), "10000", 100, 600000, NULL},
	{"admin_deadline_ms", NUMBER, AT(admin_deadline_ms), "120000", 1000, 3600000, NULL},
	{"plugin_workers_max", NUMBER, AT(plugin_workers_max), "4", 1, 64, NULL},
	{"plugin_idle_ms", NUMBER, AT(plugin_idle_ms), "60000", 100, 86400000, NULL},
	{"plugin_deadline_ms", NUMBER, AT(plugin_deadline_ms), "5000", 100, 600000, NULL},
	{"plugin_memory_mb", NUMBER, AT(plugin_memory_mb), "256", 32, 65536, NULL},
	{"plugin_guests_max", NUMBER, AT(plugin_guests_max), "32", 2, 128, NULL},
	{"plugin_shared", TEXT, AT(plugin_shared), "", 0, 1023, NULL},
	{"plugin_reply_max_mb", NUMBER, AT(plugin_reply_max_mb), "32", 1, 1024, NULL},
	{"plugin_rows_max_mb", NUMBER, AT(plugin_rows_max_mb), "16", 1, 1024, NULL},
	{"plugin_statements_max", NUMBER, AT(plugin_statements_max), "1000", 1, 1000000, NULL},
	{"plugin_notifications_max", NUMBER, AT(plugin_notifications_max), "20", 1, 10000, NULL},
	{"plugin_events_max", NUMBER, AT(plugin_events_max), "50", 1, 10000, NULL},
	{"plugin_storage_mb", NUMBER, AT(plugin_storage_mb), "64", 1, 100000, NULL},
	{"plugin_files_mb", NUMBER, AT(plugin_files_mb), "256", 1, 1000000, NULL},
	{"plugin_statements_per_second", NUMBER, AT(plugin_statements_per_second), "20000", 1,
		10000000, NULL},
	{"plugin_mb_per_second", NUMBER, AT(plugin_mb_per_second), "256", 1, 100000, NULL},
	{"plugin_fetch_allow", TEXT, AT(plugin_fetch_allow), "", 0, 1023, NULL},
	{"webhook_allow", TEXT, AT(webhook_allow), "", 0, 1023, NULL},
	{"plugin_fetch_ca", PATH, AT(plugin_fetch_ca), "", 0, 255, NULL},
	{"plugin_fetch_proxy", TEXT, AT(plugin_fetch_proxy), "", 0, 255, NULL},
	{"plugin_fetch_max", NUMBER, AT(plugin_fetch_max), "32", 4, 1024, NULL},
	{"plugin_fetch_mb", NUMBER, AT(plugin_fetch_mb), "16", 1, 1024, NULL},
	{"plugin_sandbox", CHOICE, AT(plugin_sandbox), "strict", 1, 7, "strict|weak"},
	{"plugin_debug", CHOICE, AT(plugin_debug), "off", 1, 3, "on|off"},
	{"held_ms", NUMBER, AT(held_ms), "250", 0, 600000, NULL},
	{"held_percent", NUMBER, AT(held_percent), "50", 1, 100, NULL},
	{"plugin_tables_mb", NUMBER, AT(plugin_tables_mb), "1024", 1, 1048576, NULL},
	{"plugin_tenant_tables_mb", NUMBER, AT(plugin_tenant_tables_mb), "256", 1, 1048576, NULL},
	{"lock_timeout_ms", NUMBER, AT(lock_timeout_ms), "1000", 50, 60000, NULL},
	{"search_timeout_ms", NUMBER, AT(search_timeout_ms), "1500", 50, 60000, NULL},
	{"csv_export_rows", NUMBER, AT(csv_export_rows), "10000", 1, 1000000, NULL},
	{"csv_import_rows", NUMBER, AT(csv_import_rows), "1000", 1, 10000, NULL},
	{"crash_limit", NUMBER, AT(crash_limit), "5", 1, 1000, NULL},
	{"crash_window_s", NUMBER, AT(crash_window_s), "60", 1, 86400, NULL},
	{"session_hours", NUMBER, AT(session_hours), "12", 1, 8760, NULL},
	{"system_second_factor", CHOICE, AT(system_second_factor), "optional", 1, 15,
		"required|optional"},
	{"login_tries", NUMBER, AT(login_tries), "5", 2, 100, NULL},
	{"login_tries_account", NUMBER, AT(login_tries_account), "20", 2, 10000, NULL},
	{"login_tries_address", NUMBER, AT(login_tries_address), "100", 2, 1000000, NULL},
	{"registration", CHOICE, AT(registration), "closed", 1, 15, "closed|invitation|open"},
	{"registration_limit", NUMBER, AT(registration_limit), "5", 1, 1000000, NULL},
	{"registration_waiting", NUMBER, AT(registration_waiting), "200", 1, 100000, NULL},
	{"people_max", NUMBER, AT(people_max), "0", 0, 10000000, NULL},
	{"storage_mb", NUMBER, AT(storage_mb), "0", 0, 1000000000, NULL},
	{"plugins_max", NUMBER, AT(plugins_max), "0", 0, 100000, NULL},
	{"invitation_days", NUMBER, AT(invitation_days), "7", 1, 90, NULL},
	{"reset_minutes", NUMBER, AT(reset_minutes), "60", 5, 10080, NULL},
	{"smtp_url", SMTP, AT(smtp_url), "", 0, 255, NULL},
	{"smtp_tls", CHOICE, AT(smtp_tls), "required", 1, 15, "required|none"},
	{"smtp_ca", PATH, AT(smtp_ca), "", 0, 255, NULL},
	{"smtp_user", TEXT, AT(smtp_user), "", 0, 253, NULL},
	{"smtp_from", TEXT, AT(smtp_from), "", 0, 253, NULL},
	{"mail_dir", PATH, AT(mail_dir), "PREFIX/share/mortise/mail", 1, 255, NULL},
	{"confirm_minutes", NUMBER, AT(confirm_minutes), "60", 1, 1440, NULL},
	{"roles_max", NUMBER, AT(roles_max), "50", 1, 500, NULL},
	{"tokens_per_person", NUMBER, AT(tokens_per_person), "20", 1, 1000, NULL},
	{"tokens_per_company", NUMBER, AT(tokens_per_company), "500", 1, 100000, NULL},
	{"notifications_per_minute", NUMBER, AT(notifications_per_minute), "600", 1, 1000000, NULL},
	{"events_streams_per_user", NUMBER, AT(events_streams_per_user), "20", 1, 10000, NULL},
	{"events_streams_per_tenant", NUMBER, AT(events_streams_per_tenant), "1000", 1, 100000,
		NULL},
	{"events_per_second", NUMBER, AT(events_per_second), "100", 1, 100000, NULL},
	{"events_percent", NUMBER, AT(events_percent), "25", 1, 100, NULL},
	{"events_memory_mb", NUMBER, AT(events_memory_mb), "384", 32, 65536, NULL},
	{"upload_max_mb", NUMBER, AT(upload_max_mb), "64", 1, 1024, NULL},
	{"attachment_max_mb", NUMBER, AT(attachment_max_mb), "25", 1, 200, NULL},
	{"trust_policy", CHOICE, AT(trust_policy), "warn", 1, 15, "required|warn|off"},
	{"marketplace", TEXT, AT(marketplace), "PREFIX/share/mortise/marketplace", 0, 1023, NULL},
	{"marketplace_ca", PATH, AT(marketplace_ca), "", 0, 255, NULL},
	{"marketplace_allow", TEXT, AT(marketplace_allow), "", 0, 255, NULL},
	{"marketplace_approval", CHOICE, AT(marketplace_approval), "automatic", 1, 15,
		"automatic|manual"},
	{"marketplace_hours", NUMBER, AT(marketplace_hours), "120", 1, 8760, NULL},
	{"marketplace_images_mb", NUMBER, AT(marketplace_images_mb), "256", 1, 100000, NULL},
	{"install_limit", NUMBER, AT(install_limit), "20", 1, 1000000, NULL},
	{"install_limit_exempt", TEXT, AT(install_limit_exempt), "", 0, 255, NULL},
	{"exports_mb", NUMBER, AT(exports_mb), "20480", 1, 100000000, NULL},
	{"export_minutes", NUMBER, AT(export_minutes), "120", 1, 1440, NULL},
	{"deletion_days", NUMBER, AT(deletion_days), "30", 0, 3650, NULL},
	{"contract_hours", NUMBER, AT(contract_hours), "24", 0, 8760, NULL},
};
#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int set_number(
	int *ret, const struct setting *s, const char *value, const char *where, struct err *e)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < s->least || n > s->most)
		return err_set(e, MT_EINVAL,
			"%s: %s must be a whole number from %ld to %ld, not \"%.60s\"", where,
			s->name, s->least, s->most, value);
	*ret = (int)n;
	return 0;
}

/* folder of the file that names a relative path, without the final slash */
static int set_path(char *ret, const struct setting *s, const char *folder, const char *value,
	const char *where, struct err *e)
{
	size_t n;
	int len;

	while (value[0] == '.' && value[1] == '/')
		value += 2;
	if (value[0] == '/')
		len = snprintf(ret, s->size, "%s", value);
	else if (strcmp(value, ".") == 0)
		len = snprintf(ret, s->size, "%s", folder);
	else
		len = snprintf(ret, s->size, "%s/%s", folder, value);
	if (len < 0 || len > s->most)
		return err_set(e, MT_EINVAL,
			"%s: %s is too long as a path (%d bytes; at most %ld): %.200s", where,
			s->name, len, s->most, ret);
	for (n = (size_t)len; n > 1 && ret[n - 1] == '/'; n--)
		ret[n - 1] = '\0';
	return 0;
}

static int set_url(
	char *ret, const struct setting *s, const char *value, const char *where, struct err *e)
{
	const char *host = NULL;
	size_t n;

	if (strncmp(value, "http://", 7) == 0)
		host = value + 7;
	else if (strncmp(value, "https://", 8) == 0)
		host = value + 8;
	if (host == NULL || host[0] == '\0' || host[0] == '/' ||
		strpbrk(value, " \t?#\"'<>") != NULL)
		return err_set(e, MT_EINVAL,
			"%s: %s must be like https://example.org, not \"%.100s\"", where, s->name,
			value);
	snprintf(ret, s->size, "%s", value);
	for (n = strlen(ret); ret[n - 1] == '/'; n--)
		ret[n - 1] = '\0';
	return 0;
}

static int set_smtp(
	char *ret, const struct setting *s, const char *value, const char *where, struct err *e)
{
	const char *host = strncmp(value, "smtp://", 7) == 0	? value + 7
			   : strncmp(value, "smtps://", 8) == 0 ? value + 8
								: "";

	if (*host == '\0' || strpbrk(host, " \t/?#\"'<>@") != NULL)
		return err_set(e, MT_EINVAL,
			"%s: %s must be like smtp://mail.example.org:587 or smtps://mail.example.org:465, "
			"not \"%.100s\"",
			where, s->name, value);
	snprintf(ret, s->size, "%s", value);
	return 0;
}

static bool is_choice(const char *words, const char *value)
{
	size_t n = strlen(value);

	for (const char *at = words; *at; at += strcspn(at, "|"), at += *at == '|')
		if (strcspn(at, "|") == n && strncmp(at, value, n) == 0)
			return true;
	return false;
}

static int set_value(struct conf *c, const struct setting *s, const char *folder, const char *value,
	const char *where, struct err *e)
{
	char *text = (char *)c + s->offset;
	size_t n = strlen(value);

	if (s->kind == NUMBER)
		return set_number((int *)(void *)text, s, value, where, e);
	if (n == 0 && s->least > 0)
		return err_set(e, MT_EINVAL, "%s: %s must not be empty", where, s->name);
	if (n > (size_t)s->most || n >= s->size)
		return err_set(e, MT_EINVAL, "%s: %s is too long (%zu bytes; at most %ld)", where,
			s->name, n, s->most);
	if (s->kind == CHOICE && !is_choice(s->words, value))
		return err_set(e, MT_EINVAL, "%s: %s must be one of %s, not \"%.60s\"", where,
			s->name, s->words, value);
	if (n == 0) {
		*text = '\0';
		return 0;
	}
	if (s->kind == URL)
		return set_url(text, s, value, where, e);
	if (s->kind == SMTP)
		return set_smtp(text, s, value, where, e);
	if (s->kind == PATH || (s->kind == SERVER && strchr(value, '/') != NULL))
		return set_path(text, s, folder, value, where, e);
	snprintf(text, s->size, "%s", value);
	return 0;
}

/* Levenshtein distance, enough for a name of the table. */
static int distance(const char *a, const char *b)
{
	int row[64];
	int nb = (int)strlen(b);

	if (nb > 62 || strlen(a) > 62)
		return 99;
	for (int j = 0; j <= nb; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++) {
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= nb; j++) {
			int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

static int unknown_name(const char *name, const char *where, struct err *e)
{
	const char *near = NULL;
	int best = 4;

	for (size_t i = 0; i < N_SETTINGS; i++) {
		int d = distance(name, settings[i].name);

		if (d < best) {
			best = d;
			near = settings[i].name;
		}
	}
	if (near != NULL)
		return err_set(e, MT_EINVAL, "%s: there is no setting \"%.60s\"; did you mean %s?",
			where, name, near);
	return err_set(e, MT_EINVAL, "%s: there is no setting \"%.60s\"", where, name);
}

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

/* `#` starts a comment at the beginning or behind a blank, so that a value may contain one. */
static void cut_comment(char *line)
{
	for (char *s = line; *s != '\0'; s++) {
		if (*s == '#' && (s == line || isspace((unsigned char)s[-1]))) {
			*s = '\0';
			return;
		}
	}
}

static int read_line(struct conf *c, bool *seen, const char *folder, char *line, const char *where,
	struct err *e)
{
	char *name, *value;
	size_t i;

	cut_comment(line);
	name = trim(line);
	if (name[0] == '\0')
		return 0;
	value = strchr(name, '=');
	if (value == NULL)
		return err_set(
			e, MT_EINVAL, "%s: expected `name = value`, found \"%.60s\"", where, name);
	*value++ = '\0';
	name = trim(name);
	value = trim(value);
	for (i = 0; i < N_SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			break;
	if (i == N_SETTINGS)
		return unknown_name(name, where, e);
	if (seen[i])
		return err_set(e, MT_EINVAL, "%s: %s is set twice", where, name);
	seen[i] = true;
	return set_value(c, &settings[i], folder, value, where, e);
}

static int read_lines(struct conf *c, bool *seen, FILE *f, const char *folder, struct err *e)
{
	char where[560];
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int number = 0, ret = 0;

	while (ret == 0 && (n = getline(&line, &cap, f)) >= 0) {
		snprintf(where, sizeof(where), "%.400s line %d", c->file, ++number);
		if (strlen(line) != (size_t)n)
			ret = err_set(e, MT_EINVAL, "%s is not a text file", where);
		else
			ret = read_line(c, seen, folder, line, where, e);
	}
	if (ret == 0 && ferror(f))
		ret = err_set(e, MT_EINVAL, "%.400s can't be read: %s", c->file, strerror(errno));
	free(line);
	return ret;
}

/* Plugins' code runs on pages of public_url; what it must not reach needs another origin, with at
 * least the same protection of its traffic. */
static int check_system_url(const struct conf *c, struct err *e)
{
	const char *host;

	if (!c->system_url[0])
		return 0;
	host = strstr(c->system_url, "://") + 3;
	if (strchr(host, '/') != NULL)
		return err_set(e, MT_EINVAL,
			"%.300s: system_url must be an origin, without a path: %.100s", c->file,
			c->system_url);
	if (origin_same(c->system_url, c->public_url))
		return err_set(e, MT_EINVAL,
			"%.300s: system_url must have another host name or port than public_url:"
			" what plugins show runs there",
			c->file);
	if (strncmp(c->public_url, "https:", 6) == 0 && strncmp(c->system_url, "https:", 6) != 0)
		return err_set(
			e, MT_EINVAL, "%.300s: system_url must be https like public_url", c->file);
	return 0;
}

/* Cuts `end` off the end of `path`. */
static bool cut_end(char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);
	bool has = n >= k && strcmp(path + n - k, end) == 0;

	if (has)
		path[n - k] = '\0';
	return has;
}

const char *conf_prefix(void)
{
	static char ret[256];
	char share[300];
	ssize_t n;

	/* Kept from the first call, because an upgrade replaces the file of a running program. */
	if (ret[0])
		return ret;
	n = readlink("/proc/self/exe", ret, sizeof(ret) - 1);
	ret[n > 0 ? n : 0] = '\0';
	cut_end(ret, " (deleted)");
	if (strrchr(ret, '/'))
		*strrchr(ret, '/') = '\0';
	if (!cut_end(ret, "/bin") && !cut_end(ret, "/sbin"))
		cut_end(ret, "/libexec/mortise");
	snprintf(share, sizeof(share), "%s/share/mortise", ret);
	if (access(share, F_OK) < 0)
		snprintf(ret, sizeof(ret), "/usr/local");
	return ret;
}

static int set_fallback(struct conf *c, const struct setting *s, struct err *e)
{
	char path[512];
	const char *value = s->fallback;

	if (strncmp(value, "PREFIX/", 7) == 0) {
		snprintf(path, sizeof(path), "%s%s", conf_prefix(), value + 6);
		value = path;
	}
	return set_value(c, s, "", value, "default", e);
}

static int read_settings(struct conf *ret, FILE *f, const char *folder, struct err *e)
{
	bool seen[N_SETTINGS] = {false};
	int rc = 0;

	for (size_t i = 0; i < N_SETTINGS && rc == 0; i++)
		rc = set_fallback(ret, &settings[i], e);
	if (rc < 0 || (rc = read_lines(ret, seen, f, folder, e)) < 0)
		return rc;
	for (size_t i = 0; i < N_SETTINGS; i++)
		if (settings[i].offset == offsetof(struct conf, db_port))
			ret->db_port_given = seen[i];
	return check_system_url(ret, e);
}

int conf_read(struct conf *ret, const char *file, struct err *e)
{
	char *real = realpath(file, NULL);
	char folder[512];
	FILE *f;
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	f = real == NULL ? NULL : fopen(real, "re");
	if (f == NULL) {
		rc = err_set(e, MT_EINVAL, "%.400s can't be read: %s", file, strerror(errno));
		free(real);
		return rc;
	}
	snprintf(ret->file, sizeof(ret->file), "%s", real);
	snprintf(folder, sizeof(folder), "%s", real);
	*strrchr(folder, '/') = '\0';
	rc = strlen(real) >= sizeof(ret->file)
		     ? err_set(e, MT_EINVAL, "The path %.400s is too long", file)
		     : read_settings(ret, f, folder, e);
	fclose(f);
	free(real);
	return rc;
}

const char *conf_find(int argc, char **argv)
{
	const char *env = getenv("MORTISE_CONF");

	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "-c") == 0)
			return argv[i + 1];
	return env != NULL && env[0] != '\0' ? env : CONF_FILE;
}
