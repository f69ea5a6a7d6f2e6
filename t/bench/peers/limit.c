/*
 * limit.c - what nginx, libfcgi, libpq, a plain policy and C can do: one statement a request, in one round
 * trip with its tenant, and JSON from its columns. No leases, no pools, no plugins. Names of states and people
 * are read once for each tenant and never again: this is a yardstick and not a system. That a tenant has more than
 * 1,000 tickets is known for half a second, as in Mortise (resource/total.c), or the ratio would count less work.
 *
 * limit SOCKET WORKERS STATEMENTS; PEER_KEY has the key of the tokens, PG... the way to PostgreSQL.
 */
#include <fcgiapp.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 50
#define ANSWER_MAX (8 << 20)
#define BODY_MAX 65536
#define STATEMENTS_MAX 16384
#define TENANTS_MAX 1000
#define MORE 1001 /* a total that stands for more than 1,000 */
#define MORE_MS 500
#define HEAD "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." /* {"alg":"HS256","typ":"JWT"} */

enum { T_BOOL = 16, T_INT8 = 20, T_INT4 = 23, T_JSON = 114, T_FLOAT8 = 701, T_TIME = 1184 };

static char answer[ANSWER_MAX];
static size_t len;
static PGconn *db;

static void add(const char *data, size_t n)
{
	if (n > ANSWER_MAX - len)
		abort();
	memcpy(answer + len, data, n);
	len += n;
}

static void adds(const char *s)
{
	add(s, strlen(s));
}

/* Stretches that need no escape are copied whole. */
static void add_string(const char *s)
{
	char escape[12];

	adds("\"");
	for (;;) {
		size_t n = 0;

		while ((unsigned char)s[n] >= 0x20 && s[n] != '"' && s[n] != '\\')
			n++;
		add(s, n);
		if (!s[n])
			break;
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)s[n]);
		adds(escape);
		s += n + 1;
	}
	adds("\"");
}

/* "2026-11-21 22:50:00.5+00" -> "2026-11-21T22:50:00.500Z" */
static void add_time(const char *s)
{
	char ms[] = "000";

	if (s[19] == '.')
		for (int i = 0; i < 3 && s[20 + i] >= '0' && s[20 + i] <= '9'; i++)
			ms[i] = s[20 + i];
	adds("\"");
	add(s, 10);
	adds("T");
	add(s + 11, 8);
	adds(".");
	add(ms, 3);
	adds("Z\"");
}

static void add_value(const PGresult *rows, int row, int col)
{
	const char *s = PQgetvalue(rows, row, col);

	if (PQgetisnull(rows, row, col)) {
		adds("null");
		return;
	}
	switch (PQftype(rows, col)) {
	case T_INT4:
	case T_INT8:
	case T_FLOAT8:
	case T_JSON:
		adds(s);
		break;
	case T_BOOL:
		adds(*s == 't' ? "true" : "false");
		break;
	case T_TIME:
		add_time(s);
		break;
	default:
		add_string(s);
	}
}

/* What stands beside the key of a state or a person. */
static const char *shown_beside(const char *column)
{
	static const char *const BESIDE[][2] = {
		{"state", "stateLabel"},
		{"assigneeId", "assigneeName"},
		{"createdBy", "createdByName"},
	};

	for (size_t i = 0; i < sizeof(BESIDE) / sizeof(*BESIDE); i++)
		if (!strcmp(column, BESIDE[i][0]))
			return BESIDE[i][1];
	return NULL;
}

/* Of a key in what `names` answered; NULL = there is none. */
static const char *name_of(const PGresult *names, const char *key)
{
	for (int i = 0; i < PQntuples(names); i++)
		if (!strcmp(PQgetvalue(names, i, 0), key))
			return PQgetvalue(names, i, 1);
	return NULL;
}

static void add_member(const char *name, bool first)
{
	adds(first ? "{\"" : ",\"");
	adds(name);
	adds("\":");
}

/* names: NULL where the columns are all that is shown. */
static void add_row(const PGresult *rows, int row, int columns, const PGresult *names)
{
	for (int i = 0; i < columns; i++) {
		const char *beside = names ? shown_beside(PQfname(rows, i)) : NULL, *name;

		add_member(PQfname(rows, i), i == 0);
		add_value(rows, row, i);
		if (!beside)
			continue;
		add_member(beside, false);
		if (!PQgetisnull(rows, row, i) && (name = name_of(names, PQgetvalue(rows, row, i))))
			add_string(name);
		else
			adds("null");
	}
	adds("}");
}

static void begin(const char *status, const char *type)
{
	len = 0;
	adds("Status: ");
	adds(status);
	adds("\r\nContent-Type: ");
	adds(type);
	adds("\r\n\r\n");
}

static void problem(int status, const char *type, const char *title, const char *detail)
{
	char text[512], code[8];

	snprintf(code, sizeof(code), "%d", status);
	snprintf(text, sizeof(text),
		"{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}",
		type, title, status, detail);
	begin(code, "application/problem+json");
	adds(text);
}

static void not_found(const char *detail)
{
	problem(404, "not-found", "Not found", detail);
}

struct who {
	json_t *claims;
	const char *user, *name;
	char tenant[16];
};

/* Checks the token's code before anything in it is read; false = nobody. */
static bool identify(const char *header, const char *key, struct who *ret)
{
	crypto_auth_hmacsha256_state st;
	unsigned char code[crypto_auth_hmacsha256_BYTES], sent[crypto_auth_hmacsha256_BYTES];
	char text[2048];
	const char *token, *claims, *end;
	size_t n;

	if (!header || strncmp(header, "Bearer " HEAD, sizeof("Bearer " HEAD) - 1))
		return false;
	token = header + sizeof("Bearer ") - 1;
	claims = token + sizeof(HEAD) - 1;
	end = strchr(claims, '.');
	if (!end ||
		sodium_base642bin(sent, sizeof(sent), end + 1, strlen(end + 1), NULL, &n, NULL,
			sodium_base64_VARIANT_URLSAFE_NO_PADDING) ||
		n != sizeof(sent))
		return false;
	crypto_auth_hmacsha256_init(&st, (const unsigned char *)key, strlen(key));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)token, (size_t)(end - token));
	crypto_auth_hmacsha256_final(&st, code);
	if (sodium_memcmp(code, sent, sizeof(code)) ||
		sodium_base642bin((unsigned char *)text, sizeof(text), claims,
			(size_t)(end - claims), NULL, &n, NULL,
			sodium_base64_VARIANT_URLSAFE_NO_PADDING))
		return false;
	ret->claims = json_loadb(text, n, 0, NULL);
	if (json_integer_value(json_object_get(ret->claims, "exp")) < time(NULL))
		return false;
	ret->user = json_string_value(json_object_get(ret->claims, "sub"));
	ret->name = json_string_value(json_object_get(ret->claims, "name"));
	snprintf(ret->tenant, sizeof(ret->tenant), "%d",
		(int)json_integer_value(json_object_get(ret->claims, "tenant")));
	return ret->user && ret->name;
}

/* The results of one pipeline, up to its end; the caller clears what it answers. NULL = it failed. */
static PGresult *ask(const struct who *who, const char *name, int n, const char *const *args)
{
	const char *const tenant[] = {who->tenant};
	PGresult *rows = NULL, *one;
	bool failed = !PQsendQueryPrepared(db, "tenant", 1, tenant, NULL, NULL, 0) ||
		      !PQsendQueryPrepared(db, name, n, args, NULL, NULL, 0) || !PQpipelineSync(db);

	if (failed)
		abort();
	for (int statement = 0; statement < 2; statement++) {
		PQclear(rows);
		rows = PQgetResult(db);
		if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
			fprintf(stderr, "limit: %s: %s", name, PQerrorMessage(db));
			failed = true;
		}
		PQclear(PQgetResult(db)); /* NULL: the end of this statement */
	}
	one = PQgetResult(db);
	if (PQresultStatus(one) != PGRES_PIPELINE_SYNC)
		abort();
	PQclear(one);
	if (!failed)
		return rows;
	PQclear(rows);
	problem(500, "internal", "Internal error", "see the log");
	return NULL;
}

/* Of the caller's tenant. */
static const PGresult *names_of(const struct who *who)
{
	static PGresult *known[TENANTS_MAX];
	int tenant = (int)strtol(who->tenant, NULL, 10);

	if (tenant < 0 || tenant >= TENANTS_MAX)
		abort();
	if (!known[tenant])
		known[tenant] = ask(who, "names", 0, NULL);
	return known[tenant];
}

static void answer_row(const struct who *who, const char *status, const char *missing,
	const char *name, int n, const char *const *args)
{
	const PGresult *names = strncmp(name, "plain_", 6) ? NULL : names_of(who);
	PGresult *rows = ask(who, name, n, args);

	if (!rows)
		return;
	if (PQntuples(rows)) {
		begin(status, "application/json");
		add_row(rows, 0, PQnfields(rows), names);
	} else {
		not_found(missing);
	}
	PQclear(rows);
}

/* Where the next page begins: "u:" the time in microseconds ":" the id. */
static void add_cursor(const PGresult *rows, int row)
{
	char text[128], code[256];
	const char *at = PQgetvalue(rows, row, PQfnumber(rows, "\"updatedAt\""));
	struct tm tm = {0};
	const char *rest = strptime(at, "%Y-%m-%d %H:%M:%S", &tm);
	double fraction = rest && *rest == '.' ? strtod(rest, NULL) : 0;
	int n = snprintf(text, sizeof(text), "u:%lld:%s",
		timegm(&tm) * 1000000LL + (long long)(fraction * 1e6 + 0.5),
		PQgetvalue(rows, row, 0));

	sodium_bin2base64(code, sizeof(code), (unsigned char *)text, (size_t)n,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	adds("\"");
	adds(code);
	adds("\"");
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* When the caller's tenant was last seen to have more than 1,000 tickets; names_of() has checked its number. */
static long *more_at(const struct who *who)
{
	static long at[TENANTS_MAX];

	return &at[strtol(who->tenant, NULL, 10)];
}

static void answer_list(const struct who *who, const char *name, int n, const char *const *args)
{
	long asked = now_ms();
	const PGresult *names = names_of(who);
	PGresult *rows = ask(who, name, n, args);
	int found, total;

	if (!rows)
		return;
	found = PQntuples(rows);
	total = PQnfields(rows) - 1;
	begin("200", "application/json");
	adds("{\"items\":[");
	for (int i = 0; i < found && i < PAGE; i++) {
		if (i)
			adds(",");
		add_row(rows, i, total, names);
	}
	adds("],\"nextCursor\":");
	if (found > PAGE)
		add_cursor(rows, PAGE - 1);
	else
		adds("null");
	adds(",\"total\":");
	adds(found ? PQgetvalue(rows, 0, total) : "0");
	adds("}");
	if (found && !strcmp(name, "plain_list") && atoi(PQgetvalue(rows, 0, total)) == MORE)
		*more_at(who) = asked;
	PQclear(rows);
}

/* A value of the query in a buffer of the caller's; the bench sends nothing that is encoded. */
static const char *param(FCGX_Request *r, const char *name, char *buf, size_t size)
{
	const char *at = FCGX_GetParam("QUERY_STRING", r->envp);
	size_t n = strlen(name);

	while (at && *at) {
		size_t all = strcspn(at, "&");

		if (all > n && !strncmp(at, name, n) && at[n] == '=' && all - n <= size) {
			memcpy(buf, at + n + 1, all - n - 1);
			buf[all - n - 1] = '\0';
			return buf;
		}
		at += all + (at[all] == '&');
	}
	return NULL;
}

static void get_tickets(FCGX_Request *r, const struct who *who)
{
	char word[128], state[128], like[160], states[160];
	const char *const args[] = {states, like};

	if (!param(r, "q", word, sizeof(word))) {
		names_of(who);
		answer_list(who, now_ms() - *more_at(who) < MORE_MS ? "plain_more" : "plain_list",
			0, NULL);
		return;
	}
	snprintf(like, sizeof(like), "%%%s%%", word);
	snprintf(states, sizeof(states), "{%s}",
		param(r, "state", state, sizeof(state)) ? state : "open,closed");
	answer_list(who, "plain_search", 2, args);
}

static json_t *read_body(FCGX_Request *r)
{
	static char body[BODY_MAX];
	int n = FCGX_GetStr(body, sizeof(body), r->in);

	return json_loadb(body, n > 0 ? (size_t)n : 0, 0, NULL);
}

static void post_ticket(FCGX_Request *r, const struct who *who)
{
	json_t *body = read_body(r);
	const char *title = json_string_value(json_object_get(body, "title"));
	const char *priority = json_string_value(json_object_get(body, "priority"));
	const char *const args[] = {who->user, title, priority ? priority : "normal"};

	if (title && *title)
		answer_row(who, "201", "no such person", "create", 3, args);
	else
		problem(422, "invalid", "Not valid", "title is missing");
	json_decref(body);
}

static void post_comment(FCGX_Request *r, const struct who *who, const char *ticket)
{
	json_t *body = read_body(r);
	const char *text = json_string_value(json_object_get(body, "body"));
	const char *const args[] = {who->user, ticket, text};

	if (text && *text)
		answer_row(who, "201", "no such ticket", "comment", 3, args);
	else
		problem(422, "invalid", "Not valid", "body is missing");
	json_decref(body);
}

static void get_status(FCGX_Request *r, const struct who *who, const char *technician)
{
	char ticket[64];
	const char *const args[] = {technician, param(r, "ticketId", ticket, sizeof(ticket))};

	answer_row(who, "200", "there is no such technician", "status", 2, args);
}

static bool is_uuid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(s) != sizeof(form) - 1)
		return false;
	for (int i = 0; form[i]; i++)
		if (form[i] == '-' ? s[i] != '-' : !strchr("0123456789abcdefABCDEF", s[i]))
			return false;
	return true;
}

/* What follows the prefix; NULL = the path is another one. */
static const char *after(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) ? NULL : path + n;
}

static void serve(FCGX_Request *r, const struct who *who)
{
	const char *path = FCGX_GetParam("DOCUMENT_URI", r->envp), *rest;
	bool post = !strcmp(FCGX_GetParam("REQUEST_METHOD", r->envp), "POST");
	char id[64];

	if (!strcmp(path, "/api/tickets")) {
		if (post)
			post_ticket(r, who);
		else
			get_tickets(r, who);
	} else if ((rest = after(path, "/api/tickets/"))) {
		snprintf(id, sizeof(id), "%.*s", (int)strcspn(rest, "/"), rest);
		if (!is_uuid(id))
			not_found("no such ticket");
		else if (post)
			post_comment(r, who, id);
		else
			answer_row(who, "200", "no such ticket", "plain_ticket", 1,
				(const char *const[]){id});
	} else if (!strcmp(path, "/api/me")) {
		answer_row(who, "200", "no such person", "me", 1, &who->user);
	} else if ((rest = after(path, "/api/plugins/hello-world/hello/"))) {
		begin("200", "application/json");
		adds("{\"hello\":");
		add_string(rest);
		adds(",\"from\":");
		add_string(who->name);
		adds("}");
	} else if ((rest = after(path, "/api/plugins/time-clock/status/"))) {
		get_status(r, who, rest);
	} else {
		not_found("there is nothing at this address");
	}
}

static bool prepare(const char *file)
{
	static char text[STATEMENTS_MAX];
	FILE *f = fopen(file, "r");
	char *at, *next;

	if (!f || !fread(text, 1, sizeof(text) - 1, f))
		return false;
	fclose(f);
	for (at = strstr(text, "-- name: "); at; at = next) {
		char *name = at + strlen("-- name: "), *sql = strchr(name, '\n');
		PGresult *done;

		next = strstr(sql, "-- name: ");
		*sql++ = '\0';
		if (next)
			next[-1] = '\0';
		done = PQprepare(db, name, sql, 0, NULL);
		if (PQresultStatus(done) != PGRES_COMMAND_OK)
			return false;
		PQclear(done);
	}
	return true;
}

static int work(int sock, const char *statements)
{
	const char *key = getenv("PEER_KEY");
	FCGX_Request r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	db = PQconnectdb("");
	if (!key || PQstatus(db) != CONNECTION_OK || !prepare(statements) ||
		!PQenterPipelineMode(db)) {
		fprintf(stderr, "limit: %s", key ? PQerrorMessage(db) : "no PEER_KEY\n");
		return 1;
	}
	FCGX_InitRequest(&r, sock, 0);
	while (FCGX_Accept_r(&r) >= 0) {
		struct who who = {0};

		if (identify(FCGX_GetParam("HTTP_AUTHORIZATION", r.envp), key, &who))
			serve(&r, &who);
		else
			problem(401, "sign-in", "Sign in", "sign in first");
		json_decref(who.claims);
		FCGX_PutStr(answer, (int)len, r.out);
		FCGX_Finish_r(&r);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int sock, n;

	if (argc < 4 || sodium_init() < 0 || FCGX_Init())
		return 2;
	unlink(argv[1]);
	sock = FCGX_OpenSocket(argv[1], 512);
	if (sock < 0 || chmod(argv[1], 0666) < 0)
		return 1;
	n = (int)strtol(argv[2], NULL, 10);
	for (int i = 0; i < n; i++)
		if (fork() == 0)
			_exit(work(sock, argv[3]));
	while (wait(NULL) > 0)
		;
	return 0;
}
