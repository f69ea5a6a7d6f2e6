/*
 * contract.c - the tables of a library, as this host has them and as a message. Their content is judged
 * by the host (host/contract.c); here only so much is read as it will take.
 *
 * Entries are as long as the header that the plugin was built with defines them. They are copied into
 * this header's, whose further members are 0, so that no other file can read past an older entry.
 * Jobs and events run as hooks do, and become hooks named "job:low-stock" and "event:TicketCreated".
 */
#include "guest/guest.h"

#include <string.h>
#include "guest/abi.h"

#define ROUTES_READ 257 /* one more than the host takes, so that it sees them */
#define HOOKS_READ 145
#define FIELDS_READ 65
#define FIELDS_DEEP 3 /* levels below the first */

#define ENTRY "entry" /* of an array, whose field needs no name */

/* All tables live as long as the process. */
static struct arena *memory;

static const struct mt_field *whole_of(const struct mt_field *f, size_t size, int depth);

/* depth: levels that are read below this one. */
static const struct mt_field *all_fields(const struct mt_field *from, size_t size, int depth)
{
	const char *p = (const char *)from;
	struct mt_field *list;
	int n = 0;

	while (n < FIELDS_READ && ((const struct mt_field *)(p + (size_t)n * size))->name)
		n++;
	list = arena_zalloc(memory, ((size_t)n + 1) * sizeof(*list));
	for (int i = 0; i < n; i++, p += size) {
		memcpy(&list[i], p, size);
		list[i].of = whole_of(&list[i], size, depth);
	}
	return list;
}

/* An array has one field, an object a list of them. */
static const struct mt_field *whole_of(const struct mt_field *f, size_t size, int depth)
{
	struct mt_field *one;

	if (!f->of || depth == 0)
		return NULL;
	if (f->type != MT_ARRAY)
		return all_fields(f->of, size, depth - 1);
	one = arena_zalloc(memory, 2 * sizeof(*one));
	memcpy(one, f->of, size);
	one->name = ENTRY;
	one->of = whole_of(one, size, depth - 1);
	return one;
}

static const struct mt_route *all_routes(const struct mt_plugin *p)
{
	const char *from = (const char *)p->routes;
	struct mt_route *list;
	int n = 0;

	for (const char *r = from; r && n < ROUTES_READ; r += p->route_size, n++) {
		const struct mt_route *at = (const struct mt_route *)r;

		if (!at->method && !at->path && !at->run)
			break;
	}
	list = arena_zalloc(memory, ((size_t)n + 1) * sizeof(*list));
	for (int i = 0; i < n; i++, from += p->route_size) {
		memcpy(&list[i], from, p->route_size);
		if (list[i].fields)
			list[i].fields = all_fields(list[i].fields, p->field_size, FIELDS_DEEP);
		if (list[i].query)
			list[i].query = all_fields(list[i].query, p->field_size, 0);
	}
	return list;
}

static int count_hooks(const struct mt_hook *from, size_t size)
{
	const char *p = (const char *)from;
	int n = 0;

	for (; p && n < HOOKS_READ; p += size, n++)
		if (!((const struct mt_hook *)p)->name && !((const struct mt_hook *)p)->run)
			break;
	return n;
}

static struct mt_hook *add_hooks(
	struct mt_hook *to, const struct mt_hook *from, size_t size, const char *prefix)
{
	const char *p = (const char *)from;

	for (int n = count_hooks(from, size); n > 0; n--, p += size, to++) {
		memcpy(to, p, size);
		if (*prefix)
			to->name =
				arena_printf(memory, "%s%.200s", prefix, to->name ? to->name : "");
	}
	return to;
}

static const struct mt_hook *all_hooks(const struct mt_plugin *p)
{
	size_t size = p->hook_size;
	int n = count_hooks(p->hooks, size) + count_hooks(p->jobs, size) +
		count_hooks(p->events, size);
	struct mt_hook *list = arena_zalloc(memory, ((size_t)n + 1) * sizeof(*list)), *to = list;

	to = add_hooks(to, p->hooks, size, "");
	to = add_hooks(to, p->jobs, size, "job:");
	add_hooks(to, p->events, size, "event:");
	return list;
}

const struct mt_plugin *guest_whole(const struct mt_plugin *p)
{
	struct mt_plugin *ret;

	arena_free(memory);
	memory = arena_new();
	ret = arena_zalloc(memory, sizeof(*ret));
	memcpy(ret, p, p->size);
	ret->routes = all_routes(ret);
	ret->hooks = all_hooks(ret);
	return ret;
}

static void put_fields(struct wire_out *out, const struct mt_field *f)
{
	uint32_t n = 0;

	wire_put_u8(out, f != NULL);
	while (f && f[n].name)
		n++;
	wire_put_u32(out, n);
	for (uint32_t i = 0; i < n; i++) {
		wire_put_text(out, f[i].name);
		wire_put_u32(out, (uint32_t)f[i].type);
		wire_put_u32(out, f[i].flags);
		wire_put_u64(out, (uint64_t)f[i].min);
		wire_put_u64(out, (uint64_t)f[i].max);
		wire_put_text(out, f[i].one_of);
		put_fields(out, f[i].of);
	}
}

static void put_routes(struct wire_out *out, const struct mt_route *r)
{
	uint32_t n = 0;

	while (r && (r[n].method || r[n].path || r[n].run))
		n++;
	wire_put_u32(out, n);
	for (uint32_t i = 0; i < n; i++) {
		wire_put_text(out, r[i].method);
		wire_put_text(out, r[i].path);
		wire_put_text(out, r[i].permission);
		wire_put_u8(out, r[i].run != NULL);
		wire_put_u64(out, r[i].body_max);
		wire_put_u32(out, r[i].flags);
		put_fields(out, r[i].fields);
		put_fields(out, r[i].query);
	}
}

static void put_hooks(struct wire_out *out, const struct mt_hook *k)
{
	uint32_t n = 0;

	while (k && (k[n].name || k[n].run))
		n++;
	wire_put_u32(out, n);
	for (uint32_t i = 0; i < n; i++) {
		wire_put_text(out, k[i].name);
		wire_put_u8(out, k[i].run != NULL);
	}
}

/* The head tells how to read the rest, so with a wrong head the rest isn't read. */
static void write_contract(struct wire_out *out, const struct mt_plugin *head,
	const struct mt_plugin *whole, const char *note)
{
	wire_put_text(out, note);
	wire_put_u64(out, head->size);
	wire_put_u32(out, head->abi);
	wire_put_u32(out, head->route_size);
	wire_put_u32(out, head->hook_size);
	wire_put_u32(out, head->field_size);
	wire_put_text(out, whole ? whole->key : NULL);
	wire_put_text(out, whole ? whole->version : NULL);
	put_routes(out, whole ? whole->routes : NULL);
	put_hooks(out, whole ? whole->hooks : NULL);
}

int guest_hello(struct guest *g, const struct mt_plugin *plugin, const char *note)
{
	g->plugin = abi_is_known(plugin->abi) && abi_fits(plugin) ? guest_whole(plugin) : NULL;
	wire_begin(&g->out);
	write_contract(&g->out, plugin, g->plugin, note);
	return link_send(g, WIRE_HELLO);
}

int guest_unfit(struct guest *g, const char *why)
{
	wire_begin(&g->out);
	wire_put_text(&g->out, why);
	return link_send(g, WIRE_UNFIT);
}
