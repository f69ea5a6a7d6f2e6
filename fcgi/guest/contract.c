/*
 * contract.c - the tables of a library as a message. Their content is judged by the host
 * (host/contract.c); here only so much is read as it will take.
 */
#include "guest/guest.h"

#define ROUTES_READ 257 /* one more than the host takes, so that it sees them */
#define HOOKS_READ 17
#define FIELDS_READ 65

static void put_fields(struct wire_out *out, const struct mt_field *f)
{
	uint32_t n = 0;

	wire_put_u8(out, f != NULL);
	while (f && n < FIELDS_READ && f[n].name)
		n++;
	wire_put_u32(out, n);
	for (uint32_t i = 0; i < n; i++) {
		wire_put_text(out, f[i].name);
		wire_put_u32(out, (uint32_t)f[i].type);
		wire_put_u32(out, f[i].flags);
		wire_put_u64(out, (uint64_t)f[i].min);
		wire_put_u64(out, (uint64_t)f[i].max);
		wire_put_text(out, f[i].one_of);
	}
}

static void put_routes(struct wire_out *out, const struct mt_route *r)
{
	uint32_t n = 0;

	while (r && n < ROUTES_READ && (r[n].method || r[n].path || r[n].run))
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
	}
}

static void put_hooks(struct wire_out *out, const struct mt_hook *k)
{
	uint32_t n = 0;

	while (k && n < HOOKS_READ && (k[n].name || k[n].run))
		n++;
	wire_put_u32(out, n);
	for (uint32_t i = 0; i < n; i++) {
		wire_put_text(out, k[i].name);
		wire_put_u8(out, k[i].run != NULL);
	}
}

/* The head tells how to read the rest, so with a wrong head the rest isn't read. In ABI 1 and 2
 * each table's entries have one length only. */
static void write_contract(struct wire_out *out, const struct mt_plugin *p, const char *note)
{
	bool fits = p->abi >= 1 && p->abi <= MT_ABI && p->size == sizeof(*p) &&
		    p->route_size == sizeof(struct mt_route) &&
		    p->hook_size == sizeof(struct mt_hook) &&
		    p->field_size == sizeof(struct mt_field);

	wire_put_text(out, note);
	wire_put_u64(out, p->size);
	wire_put_u32(out, p->abi);
	wire_put_u32(out, p->route_size);
	wire_put_u32(out, p->hook_size);
	wire_put_u32(out, p->field_size);
	wire_put_text(out, fits ? p->key : NULL);
	wire_put_text(out, fits ? p->version : NULL);
	put_routes(out, fits ? p->routes : NULL);
	put_hooks(out, fits ? p->hooks : NULL);
}

int guest_hello(struct guest *g, const struct mt_plugin *plugin, const char *note)
{
	g->plugin = plugin;
	wire_begin(&g->out);
	write_contract(&g->out, plugin, note);
	return link_send(g, WIRE_HELLO);
}

int guest_unfit(struct guest *g, const char *why)
{
	wire_begin(&g->out);
	wire_put_text(&g->out, why);
	return link_send(g, WIRE_UNFIT);
}
