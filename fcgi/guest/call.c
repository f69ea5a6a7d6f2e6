/* call.c - a request from its message to the handler, and what it made of it back to the host. */
#include "guest/guest.h"

#include <string.h>
#include "base/json.h"

static struct pair *read_pairs(struct arena *p, struct wire_in *in, uint32_t *ret_n)
{
	uint32_t n = wire_u32(in);
	struct pair *list;

	if (in->bad || n > (size_t)(in->end - in->p))
		n = 0;
	list = arena_alloc(p, sizeof(*list) * ((size_t)n + 1));
	for (uint32_t i = 0; i < n; i++) {
		list[i].name = wire_text(in);
		list[i].value = wire_text(in);
	}
	*ret_n = n;
	return list;
}

static struct guest_call *read_call(struct guest *g)
{
	struct guest_call *c = arena_zalloc(g->arena, sizeof(*c));
	char *copy = arena_strndup(g->arena, (char *)g->in + WIRE_HEAD, g->in_len);
	struct wire_in in = wire_in(copy, g->in_len);
	struct err e;
	const char *body;
	size_t n;

	c->pub.host = &guest_table;
	c->guest = g;
	c->is_hook = wire_u8(&in);
	c->index = wire_u32(&in);
	c->tenant = (int)wire_u32(&in);
	c->deadline = (int64_t)wire_u64(&in);
	c->reply_max = wire_u64(&in);
	c->raw_body = wire_u8(&in);
	c->content_length = (long)wire_u64(&in);
	c->method = wire_text(&in);
	c->path = wire_text(&in);
	c->id = wire_text(&in);
	c->user = wire_text(&in);
	c->user_name = wire_text(&in);
	c->roles = wire_text(&in);
	c->tenant_code = wire_text(&in);
	c->hook = wire_text(&in);
	c->previous = wire_text(&in);
	c->permissions = wire_text(&in);
	c->param = read_pairs(g->arena, &in, &c->n_params);
	c->query = read_pairs(g->arena, &in, &c->n_query);
	c->header = read_pairs(g->arena, &in, &c->n_headers);
	body = wire_bytes(&in, &n);
	if (!wire_end(&in))
		return NULL;
	err_init(&e, g->arena);
	if (n > 0 && json_parse(g->arena, body, n, &c->body, &e) < 0)
		return NULL;
	if (*c->hook) /* settings may be in it */
		explicit_bzero(g->in + WIRE_HEAD, g->in_len);
	return c;
}

int guest_wait(struct guest *g)
{
	g->call = NULL;
	arena_clear(g->arena);
	if (link_receive(g, WIRE_CALL) < 0)
		return -1;
	g->call = read_call(g);
	if (!g->call)
		g->gone = true;
	return g->gone ? -1 : 0;
}

/* Memory that held a secret doesn't keep it for the next request. */
static void wipe(json_t *v)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(v))
		explicit_bzero((char *)json_string_value(v), json_string_length(v));
	json_array_foreach(v, i, member)
		wipe(member);
	json_object_foreach(v, key, member)
		wipe(member);
}

int guest_done(struct guest *g, int rc)
{
	struct guest_call *c = g->call;
	struct wire_out *out = &g->out;

	wire_begin(out);
	wire_put_u32(out, (uint32_t)rc);
	wire_put_u32(out, rc == 0 ? (uint32_t)c->n_reply : 0);
	for (int i = 0; rc == 0 && i < c->n_reply; i++) {
		wire_put_text(out, c->reply[i].name);
		wire_put_text(out, c->reply[i].value);
	}
	wire_put_u8(out, rc == 0 && c->replied);
	if (rc == 0 && c->replied) {
		wire_put_u32(out, (uint32_t)c->status);
		wire_put_text(out, c->type);
		wire_put_text(out, c->file_name);
		wire_put_bytes(out, c->out, c->out_len);
	}
	if (c->settings) {
		wipe(c->settings);
		json_decref(c->settings);
		c->settings = NULL;
	}
	if (*c->hook && c->body)
		wipe(c->body);
	return link_send(g, WIRE_DONE);
}

static int (*handler(const struct guest *g))(struct mt_req *)
{
	const struct guest_call *c = g->call;

	return c->is_hook ? g->plugin->hooks[c->index].run : g->plugin->routes[c->index].run;
}

void guest_run(struct guest *g)
{
	while (guest_wait(g) == 0) {
		int rc = handler(g)(&g->call->pub);

		fflush(stdout);
		fflush(stderr);
		if (guest_done(g, rc) < 0)
			return;
	}
}
