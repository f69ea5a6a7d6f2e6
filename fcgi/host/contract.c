/*
 * contract.c - a guest's description of its library, and everything that is wrong with it.
 *
 * It arrives as a message (guest/contract.c) that the library could have made itself, so nothing in
 * it is trusted: neither numbers nor texts, nor names that would be in the core's way.
 *
 * The guest has made its tables as long as this header has them (guest/contract.c); what it tells of the
 * library's own lengths is checked here.
 */
#include "host/host.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/id.h"
#include "guest/abi.h"
#include "guest/wire.h"

#define PATH_MAX_LEN 200
#define VERSION_MAX_LEN 64
#define TEXT_MAX_LEN 2000

_Static_assert((int)MT_STRING == (int)FIELD_STRING && (int)MT_ARRAY == (int)FIELD_ARRAY &&
		       (int)MT_DECIMAL == (int)FIELD_DECIMAL && (int)MT_TIME == (int)FIELD_TIME &&
		       (int)MT_DATE == (int)FIELD_DATE,
	"field types of plugins and of the core are the same numbers");
_Static_assert(MT_REQUIRED == FIELD_REQUIRED && MT_NULLABLE == FIELD_NULLABLE,
	"field flags of plugins and of the core are the same bits");

static const char *const METHODS[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
static const char *const HOOKS[] = {"install", "uninstall", "enable", "disable", "configure",
	"validate", "test-connection", "upgrade", "rollback"};

#define ONE_OF(s, list) one_of(s, list, sizeof(list) / sizeof(*(list)))

static bool one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, list[i]) == 0)
			return true;
	return false;
}

/* major.minor.patch of semver, with what may follow; the package's manifest is checked in full. */
static bool is_version(const char *s)
{
	if (strlen(s) > VERSION_MAX_LEN)
		return false;
	for (int part = 0; part < 3; part++) {
		if (!isdigit((unsigned char)*s) || (*s == '0' && isdigit((unsigned char)s[1])))
			return false;
		while (isdigit((unsigned char)*s))
			s++;
		if (part < 2 && *s++ != '.')
			return false;
	}
	if (*s && *s != '-' && *s != '+')
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-+.", *s))
			return false;
	return true;
}

static bool is_permission(const char *s)
{
	const char *colon = strchr(s, ':');

	if (!colon || colon == s || !colon[1] || strlen(s) > 80)
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) &&
			!strchr(":-_.", *s))
			return false;
	return true;
}

/* The fault in one segment of a route's path; NULL = it has none. */
static const char *segment_fault(const char *s, size_t n)
{
	if (n == 0)
		return "has an empty segment";
	if (s[0] == ':') {
		if (n == 1)
			return "has a parameter without a name";
		if (!isalpha((unsigned char)s[1]))
			return "has a parameter whose name doesn't begin with a letter";
		for (size_t i = 1; i < n; i++)
			if (!isalnum((unsigned char)s[i]) && s[i] != '_')
				return "has a parameter with other than letters, digits and _ in its name";
		return NULL;
	}
	if (s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.')))
		return "has a segment . or ..";
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("._~-", s[i]))
			return "may have letters, digits and . _ ~ - in its segments, nothing else";
	return NULL;
}

static const char *path_fault(const char *path)
{
	const char *s = path, *why;
	int n_params = 0;

	if (*path != '/')
		return "must begin with /";
	if (strlen(path) > PATH_MAX_LEN)
		return "is longer than 200 characters";
	if (strcmp(path, "/") == 0)
		return NULL;
	while (*s == '/') {
		size_t n = strcspn(++s, "/");

		if ((why = segment_fault(s, n)))
			return why;
		if (*s == ':') {
			if (++n_params > REQ_PARAMS_MAX)
				return "has more than 8 parameters";
			for (const char *o = path; o < s - 1; o++)
				if (o[0] == '/' && strncmp(o + 1, s, n) == 0 &&
					(o[1 + n] == '/' || o[1 + n] == '\0'))
					return "has two parameters of one name";
		}
		s += n;
	}
	return NULL;
}

enum overlap { APART, SAME, FIRST_IS_FINER, SECOND_IS_FINER, CROSSED };

/*
 * Can one request match both paths, and which is more specific? The api pool and the plugin's pool
 * both search routes: if they could choose differently between two, the permission of one
 * might be checked and the other run.
 */
static enum overlap compare(const char *a, const char *b)
{
	bool first = false, second = false;

	while (*a == '/' && *b == '/') {
		size_t na = strcspn(++a, "/"), nb = strcspn(++b, "/");
		bool pa = *a == ':', pb = *b == ':';

		if ((na == 0) != (nb == 0)) /* a parameter is never empty */
			return APART;
		if (!pa && !pb && (na != nb || strncmp(a, b, na) != 0))
			return APART;
		first = first || (pb && !pa);
		second = second || (pa && !pb);
		a += na;
		b += nb;
	}
	if (*a || *b)
		return APART;
	if (first && second)
		return CROSSED;
	return first ? FIRST_IS_FINER : second ? SECOND_IS_FINER : SAME;
}

static void check_pair(const struct mt_route *a, const struct mt_route *b, struct buf *faults)
{
	if (!a->path || !b->path || !a->method || !b->method || strcmp(a->method, b->method) != 0)
		return;
	switch (compare(a->path, b->path)) {
	case SAME:
		buf_addf(faults, "route %s %s is there before, as %s\n", b->method, b->path,
			a->path);
		break;
	case SECOND_IS_FINER:
		buf_addf(faults,
			"route %s %s must stand before %s, which would take its requests\n",
			b->method, b->path, a->path);
		break;
	case CROSSED:
		buf_addf(faults, "routes %s %s and %s can match the same request: change one\n",
			b->method, a->path, b->path);
		break;
	default:
		break;
	}
}

static void check_overlaps(const struct host *h, int n, struct buf *faults)
{
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
			check_pair(&h->mt_routes[i], &h->mt_routes[j], faults);
}

static void check_field(const struct mt_route *r, const struct mt_field *f, struct buf *faults)
{
	if ((int)f->type <= MT_END || (int)f->type > MT_DATE)
		buf_addf(faults, "field %s of %s %s has no type of this ABI\n", f->name, r->method,
			r->path);
	else if (f->type == MT_ENUM && (!f->one_of || !*f->one_of))
		buf_addf(faults, "field %s of %s %s is an enum without one_of\n", f->name,
			r->method, r->path);
	else if (f->of && f->type != MT_OBJECT && f->type != MT_ARRAY)
		buf_addf(faults, "field %s of %s %s has .of, which objects and arrays have\n",
			f->name, r->method, r->path);
	if (f->min > f->max && (f->max != 0 || f->type == MT_INTEGER || f->type == MT_DECIMAL))
		buf_addf(faults, "field %s of %s %s has min %ld above max %ld\n", f->name,
			r->method, r->path, f->min, f->max);
	if (f->flags & ~(MT_REQUIRED | MT_NULLABLE))
		buf_addf(faults, "field %s of %s %s has flags that this ABI doesn't know\n",
			f->name, r->method, r->path);
}

static void check_fields(const struct mt_route *r, const struct mt_field *f, struct buf *faults)
{
	int n = 0;

	for (; f && f->name; f++) {
		if (++n > HOST_FIELDS_MAX) {
			buf_addf(faults,
				"route %s %s has more than %d fields, or its list doesn't end "
				"with {0}\n",
				r->method, r->path, HOST_FIELDS_MAX);
			return;
		}
		check_field(r, f, faults);
		check_fields(r, f->of, faults);
	}
}

static void check_query(const struct mt_route *r, struct buf *faults)
{
	check_fields(r, r->query, faults);
	for (const struct mt_field *f = r->query; f && f->name; f++)
		if (f->type == MT_OBJECT || f->type == MT_ARRAY)
			buf_addf(faults, "parameter %s of %s %s can't be an object or array\n",
				f->name, r->method, r->path);
}

/* Addresses under /api/plugins/<key> that are the core's: a plugin's route would never be called. */
static const char *core_has(const char *path)
{
	if (strcmp(path, "/test-connection") == 0)
		return "the core's own, which runs the hook test-connection";
	if (compare(path, "/ui/dist/:file") != APART)
		return "where the plugin's interface is served from";
	return NULL;
}

static void check_route(const struct mt_route *r, int number, struct buf *faults)
{
	const char *why;

	if (!r->method || !ONE_OF(r->method, METHODS)) {
		buf_addf(faults,
			"route number %d: method is %s, one of GET POST PUT PATCH DELETE is needed\n",
			number, r->method ? r->method : "missing");
		return;
	}
	if (!r->path) {
		buf_addf(faults, "route number %d (%s) has no path\n", number, r->method);
		return;
	}
	if ((why = path_fault(r->path)))
		buf_addf(faults, "route %s %.200s: the path %s\n", r->method, r->path, why);
	else if ((why = core_has(r->path)))
		buf_addf(faults, "route %s %.200s: this address is %s: choose another\n", r->method,
			r->path, why);
	if (!r->run)
		buf_addf(faults, "route %s %.200s has no function in .run\n", r->method, r->path);
	if (r->permission && !is_permission(r->permission))
		buf_addf(faults,
			"route %s %.200s: permission \"%.80s\" isn't like \"tickets:read\"\n",
			r->method, r->path, r->permission);
	if (r->flags & ~MT_ROUTE_RAW)
		buf_addf(faults, "route %s %.200s has flags that this ABI doesn't know\n",
			r->method, r->path);
	if ((r->flags & MT_ROUTE_RAW) && r->fields)
		buf_addf(faults, "route %s %.200s is MT_ROUTE_RAW and has fields: one of both\n",
			r->method, r->path);
	check_fields(r, r->fields, faults);
	check_query(r, faults);
}

/* The same list as the core's, for the life of the process. */
static struct field *core_fields(const struct mt_field *from)
{
	struct field *fields;
	int n = 0;

	if (!from)
		return NULL;
	while (from[n].name)
		n++;
	fields = calloc((size_t)n + 1, sizeof(*fields));
	if (!fields)
		abort();
	for (int i = 0; i < n; i++) {
		const struct mt_field *f = &from[i];
		const struct field *of = core_fields(f->of);

		fields[i] = (struct field){.name = f->name,
			.type = (enum field_type)f->type,
			.flags = f->flags,
			.min = f->min,
			.max = f->max,
			.one_of = f->one_of,
			.of = f->type == MT_ARRAY ? NULL : of,
			.entry = f->type == MT_ARRAY ? of : NULL};
	}
	return fields;
}

/* Core's own view of a plugin's route, so that http/route.h finds and checks it. */
static struct route core_route(const struct mt_route *r)
{
	return (struct route){.method = r->method,
		.path = r->path,
		.permission = r->permission,
		.fields = core_fields(r->fields),
		.query = core_fields(r->query),
		.flags = r->flags & MT_ROUTE_RAW ? ROUTE_RAW_BODY : 0,
		.body_max = r->body_max};
}

static void read_routes(struct host *h, struct buf *faults)
{
	const struct mt_route *p = h->plugin->routes;
	int n = 0;

	h->mt_routes = calloc(HOST_ROUTES_MAX + 1, sizeof(*h->mt_routes));
	if (!h->mt_routes)
		abort();
	for (; p; p++) {
		struct mt_route *r = &h->mt_routes[n];

		*r = *p;
		if (!r->method && !r->path && !r->run)
			break;
		if (n == HOST_ROUTES_MAX) {
			buf_addf(faults, "more than %d routes, or the table doesn't end with {0}\n",
				HOST_ROUTES_MAX);
			return;
		}
		check_route(r, ++n, faults);
	}
	memset(&h->mt_routes[n], 0, sizeof(*h->mt_routes));
	check_overlaps(h, n, faults);
	if (faults->len)
		return;
	h->routes = calloc((size_t)n + 1, sizeof(*h->routes));
	if (!h->routes)
		abort();
	for (int i = 0; i < n; i++)
		h->routes[i] = core_route(&h->mt_routes[i]);
	h->table = (struct route_table){.name = "plugin", .routes = h->routes};
	h->tables[0] = &h->table;
}

/* Jobs and events run as hooks. */
static bool is_of_work(const char *hook)
{
	return strncmp(hook, "job:", 4) == 0 || strncmp(hook, "event:", 6) == 0;
}

static bool work_name_fits(const char *s)
{
	size_t n = strlen(s);

	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(".:_-", *p))
			return false;
	return n >= 1 && n <= 80;
}

static void read_hooks(struct host *h, struct buf *faults)
{
	const struct mt_hook *p = h->plugin->hooks;
	int n = 0;

	for (; p; p++) {
		struct mt_hook *k = &h->hooks[n];

		*k = *p;
		if (!k->name && !k->run)
			break;
		if (n++ == HOST_HOOKS_MAX) {
			buf_adds(faults, "the table of hooks doesn't end with {0}\n");
			break;
		}
		if (k->name && is_of_work(k->name)) {
			if (!work_name_fits(strchr(k->name, ':') + 1))
				buf_addf(faults,
					"\"%.80s\": a name has 1 to 80 of a-z, A-Z, 0-9 and . : _ -\n",
					k->name);
		} else if (!k->name || !ONE_OF(k->name, HOOKS)) {
			buf_addf(faults,
				"hook \"%.40s\" isn't one of install uninstall enable disable "
				"configure validate test-connection upgrade rollback\n",
				k->name ? k->name : "");
			continue;
		}
		if (!k->run)
			buf_addf(faults, "hook %s has no function in .run\n", k->name);
		for (int i = 0; i < n - 1; i++)
			if (h->hooks[i].name && strcmp(h->hooks[i].name, k->name) == 0)
				buf_addf(faults, "hook %s is there twice\n", k->name);
	}
	memset(&h->hooks[n < HOST_HOOKS_MAX ? n : HOST_HOOKS_MAX], 0, sizeof(h->hooks[0]));
}

/* The head tells how to read the rest, so with a wrong head nothing else can be read. */
static int check_head(const struct mt_plugin *p, struct buf *faults)
{
	if (!abi_is_known(p->abi)) {
		buf_addf(faults, "is made for ABI %u; this host knows 1 to %d%s\n", p->abi, MT_ABI,
			p->abi > MT_ABI ? ": the host must be upgraded first" : "");
		return -1;
	}
	if (!abi_fits(p)) {
		buf_addf(faults,
			"has %zu, %u, %u, %u bytes for mt_plugin, routes, hooks and fields; %zu to "
			"%zu, %zu to %zu, %zu and %zu to %zu are known: begin mt_plugin with MT_PLUGIN "
			"and compile it with this host's mortise.h\n",
			p->size, p->route_size, p->hook_size, p->field_size, ABI_PLUGIN_1,
			sizeof(struct mt_plugin), ABI_ROUTE_1, sizeof(struct mt_route), ABI_HOOK_1,
			ABI_FIELD_1, sizeof(struct mt_field));
		return -1;
	}
	return 0;
}

int contract_read(struct host *h, const char *key, struct buf *faults)
{
	const struct mt_plugin *p = h->plugin;
	size_t before = faults->len;

	if (check_head(p, faults) < 0)
		return -1;
	if (!p->key || !id_is_plugin_key(p->key))
		buf_addf(faults,
			"key \"%.60s\" isn't 2 to 40 of a-z, 0-9 and -, beginning with a letter\n",
			p->key ? p->key : "");
	else if (key && strcmp(key, p->key) != 0)
		buf_addf(faults, "says that it is \"%s\", but \"%s\" is expected\n", p->key, key);
	if (!p->version || !is_version(p->version))
		buf_addf(faults, "version \"%.64s\" isn't like 1.0.0 (semver)\n",
			p->version ? p->version : "");
	read_routes(h, faults);
	read_hooks(h, faults);
	h->key = p->key;
	return faults->len == before ? 0 : -1;
}

/* --- from a guest's message ------------------------------------------------------------------------ */

static int there(struct mt_req *req) /* a placeholder for a function that the guest has */
{
	(void)req;
	return MT_EINTERNAL;
}

static struct arena *memory; /* of the tables that were taken last: as long as the process, as the
			     * library's own would live */

static void *table(uint32_t n, size_t size)
{
	return arena_zalloc(memory, ((size_t)n + 1) * size);
}

/* Texts of a contract are short; a longer one isn't repeated to anybody. */
static const char *text(struct wire_in *in)
{
	const char *s = wire_text_null(in);

	if (s && strlen(s) > TEXT_MAX_LEN)
		in->bad = true;
	return s && !in->bad ? arena_strdup(memory, s) : NULL;
}

static const struct mt_field *take_fields(struct wire_in *in, int depth)
{
	bool any = wire_u8(in);
	uint32_t n = wire_u32(in);
	struct mt_field *f;

	if (n > HOST_FIELDS_MAX + 1 || (any && depth == 0))
		in->bad = true;
	if (!any || in->bad)
		return NULL;
	f = table(n, sizeof(*f));
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		f[i].name = text(in);
		if (!f[i].name)
			in->bad = true;
		f[i].type = (enum mt_type)wire_u32(in);
		f[i].flags = wire_u32(in);
		f[i].min = (long)wire_u64(in);
		f[i].max = (long)wire_u64(in);
		f[i].one_of = text(in);
		f[i].of = take_fields(in, depth - 1);
		if (f[i].of && f[i].type == MT_ARRAY && (!f[i].of[0].name || f[i].of[1].name))
			in->bad = true; /* an array has one */
	}
	return f;
}

static const struct mt_route *take_routes(struct wire_in *in)
{
	uint32_t n = wire_u32(in);
	struct mt_route *r;

	if (n > HOST_ROUTES_MAX + 1)
		in->bad = true;
	if (in->bad)
		return NULL;
	r = table(n, sizeof(*r));
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		r[i].method = text(in);
		r[i].path = text(in);
		r[i].permission = text(in);
		r[i].run = wire_u8(in) ? there : NULL;
		r[i].body_max = wire_u64(in);
		r[i].flags = wire_u32(in);
		r[i].fields = take_fields(in, HOST_FIELDS_DEEP);
		r[i].query = take_fields(in, 1);
	}
	return r;
}

static const struct mt_hook *take_hooks(struct wire_in *in)
{
	uint32_t n = wire_u32(in);
	struct mt_hook *k;

	if (n > HOST_HOOKS_MAX + 1)
		in->bad = true;
	if (in->bad)
		return NULL;
	k = table(n, sizeof(*k));
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		k[i].name = text(in);
		k[i].run = wire_u8(in) ? there : NULL;
	}
	return k;
}

int contract_take(struct host *h, const void *data, size_t n, const char *key, struct buf *faults)
{
	static struct mt_plugin p;
	struct wire_in in = wire_in(data, n);

	arena_free(memory);
	memory = arena_new();
	wire_text(&in); /* what is in force, for guests.c */
	p.size = wire_u64(&in);
	p.abi = wire_u32(&in);
	p.route_size = wire_u32(&in);
	p.hook_size = wire_u32(&in);
	p.field_size = wire_u32(&in);
	p.key = text(&in);
	p.version = text(&in);
	p.routes = take_routes(&in);
	p.hooks = take_hooks(&in);
	if (!wire_end(&in)) {
		buf_adds(faults, "describes itself with more or longer entries than there may be: "
				 "256 routes, 64 fields each, 144 hooks, jobs and events, texts of "
				 "2,000 bytes\n");
		return -1;
	}
	h->plugin = &p;
	if (contract_read(h, key, faults) == 0)
		return 0;
	h->plugin = NULL;
	return -1;
}

json_t *contract_json(const struct host *h)
{
	json_t *routes = json_array(), *hooks = json_array();

	for (const struct mt_route *r = h->mt_routes; r->method; r++)
		json_array_append_new(routes, json_pack("{ss ss ss?}", "method", r->method, "path",
						      r->path, "permission", r->permission));
	for (const struct mt_hook *k = h->hooks; k->name; k++)
		json_array_append_new(hooks, json_string(k->name));
	return json_pack("{ss ss si so so}", "key", h->plugin->key, "version", h->plugin->version,
		"abi", (int)h->plugin->abi, "routes", routes, "hooks", hooks);
}
