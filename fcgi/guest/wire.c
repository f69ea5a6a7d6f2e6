/* wire.c - see wire.h. */
#include "guest/wire.h"

#include <stdlib.h>
#include <string.h>

#define NULL_TEXT UINT32_MAX
#define KEEP (256u * 1024) /* a larger buffer is freed when its message is sent */

static const struct {
	const char *name;
	uint32_t limit;
} TYPES[WIRE_TYPES] = {
	[WIRE_CALL] = {"CALL", 0},
	[WIRE_ANSWER] = {"ANSWER", 0},
	[WIRE_HELLO] = {"HELLO", 1024 * 1024},
	[WIRE_UNFIT] = {"UNFIT", 16 * 1024},
	[WIRE_QUERY] = {"QUERY", 16 * 1024 * 1024},
	[WIRE_BEGIN] = {"BEGIN", 0},
	[WIRE_COMMIT] = {"COMMIT", 0},
	[WIRE_ROLLBACK] = {"ROLLBACK", 0},
	[WIRE_NOTIFY] = {"NOTIFY", 64 * 1024},
	[WIRE_SETTINGS] = {"SETTINGS", 0},
	[WIRE_SERVICE] = {"SERVICE", 16 * 1024 * 1024},
	[WIRE_BODY] = {"BODY", 8},
	[WIRE_LOG] = {"LOG", 4096},
	[WIRE_REFUSE] = {"REFUSE", 4096},
	[WIRE_FIELD] = {"FIELD", 4096},
	[WIRE_MISUSE] = {"MISUSE", 4096},
	[WIRE_DONE] = {"DONE", 0},
	[WIRE_CRASH] = {"CRASH", 256},
};

const char *wire_name(uint32_t type)
{
	return type < WIRE_TYPES && TYPES[type].name ? TYPES[type].name : "?";
}

uint32_t wire_limit(uint32_t type)
{
	return type < WIRE_TYPES ? TYPES[type].limit : 0;
}

int wire_take(struct wire_message *m, const struct wire_head *h, size_t n, uint32_t limit,
	const char **ret_why)
{
	if (m->type == WIRE_NONE) {
		*m = (struct wire_message){.type = h->type, .seq = h->seq, .total = h->total};
		*ret_why = "has no type of this protocol";
		if (h->type == WIRE_NONE || h->type >= WIRE_TYPES)
			return -1;
		*ret_why = "is longer than it may be";
		if (h->total > limit)
			return -1;
	}
	*ret_why = "has packets that don't belong together";
	if (h->type != m->type || h->seq != m->seq || h->total != m->total || h->at != m->have)
		return -1;
	*ret_why = "has a length that isn't its own";
	if (n > WIRE_PACKET || n > m->total - m->have || (n == 0 && m->total > 0))
		return -1;
	m->have += (uint32_t)n;
	return m->have == m->total;
}

struct wire_in wire_in(const void *data, size_t n)
{
	const unsigned char *p = data;

	return (struct wire_in){.p = p, .end = p + n};
}

static const unsigned char *take_bytes(struct wire_in *in, size_t n)
{
	const unsigned char *p = in->p;

	if (in->bad || n > (size_t)(in->end - p)) {
		in->bad = true;
		return NULL;
	}
	in->p += n;
	return p;
}

uint8_t wire_u8(struct wire_in *in)
{
	const unsigned char *p = take_bytes(in, 1);

	return p ? *p : 0;
}

uint32_t wire_u32(struct wire_in *in)
{
	const unsigned char *p = take_bytes(in, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

uint64_t wire_u64(struct wire_in *in)
{
	const unsigned char *p = take_bytes(in, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

const char *wire_text_null(struct wire_in *in)
{
	uint32_t n = wire_u32(in);
	const unsigned char *p;

	if (in->bad || n == NULL_TEXT)
		return NULL;
	p = take_bytes(in, (size_t)n + 1);
	if (p && !memchr(p, '\0', n) && p[n] == '\0')
		return (const char *)p;
	in->bad = true;
	return NULL;
}

const char *wire_text(struct wire_in *in)
{
	const char *s = wire_text_null(in);

	if (s)
		return s;
	in->bad = true;
	return "";
}

const void *wire_bytes(struct wire_in *in, size_t *ret_n)
{
	uint32_t n = wire_u32(in);
	const unsigned char *p = take_bytes(in, n);

	*ret_n = p ? n : 0;
	return p;
}

bool wire_end(struct wire_in *in)
{
	return !in->bad && in->p == in->end;
}

/* Room for n more bytes, or NULL. */
static unsigned char *room(struct wire_out *out, size_t n)
{
	size_t cap = out->cap ? out->cap : 4096;
	unsigned char *p;

	if (out->failed || n > UINT32_MAX - WIRE_HEAD - out->len) {
		out->failed = true;
		return NULL;
	}
	while (cap < out->len + n)
		cap *= 2;
	if (cap != out->cap) {
		p = realloc(out->data, cap);
		if (!p) {
			out->failed = true;
			return NULL;
		}
		out->data = p;
		out->cap = cap;
	}
	p = out->data + out->len;
	out->len += n;
	return p;
}

void wire_begin(struct wire_out *out)
{
	if (out->cap > KEEP)
		wire_release(out);
	out->len = 0;
	out->failed = false;
	room(out, WIRE_HEAD);
}

void wire_release(struct wire_out *out)
{
	free(out->data);
	*out = (struct wire_out){0};
}

static void put(struct wire_out *out, const void *data, size_t n)
{
	unsigned char *p = room(out, n);

	if (p && n > 0)
		memcpy(p, data, n);
}

void wire_put_u8(struct wire_out *out, uint8_t v)
{
	put(out, &v, sizeof(v));
}

void wire_put_u32(struct wire_out *out, uint32_t v)
{
	put(out, &v, sizeof(v));
}

void wire_put_u64(struct wire_out *out, uint64_t v)
{
	put(out, &v, sizeof(v));
}

void wire_put_text(struct wire_out *out, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n >= NULL_TEXT) {
		out->failed = true;
		return;
	}
	wire_put_u32(out, s ? (uint32_t)n : NULL_TEXT);
	if (s)
		put(out, s, n + 1);
}

void wire_put_bytes(struct wire_out *out, const void *data, size_t n)
{
	if (n >= UINT32_MAX) {
		out->failed = true;
		return;
	}
	wire_put_u32(out, (uint32_t)n);
	put(out, data, n);
}

/* The head is written over bytes that are sent already, or over the room before the first. */
bool wire_next(struct wire_out *out, uint32_t type, uint32_t seq, size_t *at, const void **ret,
	size_t *ret_n)
{
	size_t total = out->len - WIRE_HEAD, n = total - *at;
	struct wire_head h = {
		.type = type, .seq = seq, .total = (uint32_t)total, .at = (uint32_t)*at};

	if (out->failed || *at > total || (*at == total && total > 0))
		return false;
	if (n > WIRE_PACKET)
		n = WIRE_PACKET;
	memcpy(out->data + *at, &h, sizeof(h));
	*ret = out->data + *at;
	*ret_n = WIRE_HEAD + n;
	*at += total == 0 ? 1 : n;
	return true;
}
