/*
 * Writes its own table to its host while it is loaded, before the real one is read. The test changes the
 * word behind "liar-how=".
 */
#include "mortise.h"
#include "../../raw.h"

#define NONE 0xffffffffu

static const volatile char how[] = "liar-how=method";

static char packet[60 * 1024 + 16];
static size_t n;

static void put(const void *data, size_t len)
{
	memcpy(packet + n, data, len);
	n += len;
}

static void put_number(unsigned v)
{
	put(&v, sizeof(v));
}

static void put_long(unsigned long v)
{
	put(&v, sizeof(v));
}

static void put_text(const char *s)
{
	put_number((unsigned)strlen(s));
	put(s, strlen(s) + 1);
}

static void put_route(const char *method, const char *path)
{
	put_text(method);
	put_text(path);
	put_number(NONE); /* permission */
	put("\1", 1);
	put_long(0);
	put_number(0);
	for (int i = 0; i < 2; i++) { /* fields, and those of the query */
		put("\0", 1);
		put_number(0);
	}
}

static void put_hook(const char *name)
{
	put_text(name);
	put("\1", 1);
}

__attribute__((constructor)) static void lie(void)
{
	const char word = how[strlen("liar-how=")];
	unsigned routes = word == 'r' ? 1000 : 1, head[4] = {3, 0, 0, 0};
	char path[16];

	n = sizeof(head);
	put_text("trust me");
	put_long(sizeof(struct mt_plugin));
	put_number(MT_ABI);
	put_number(sizeof(struct mt_route));
	put_number(sizeof(struct mt_hook));
	put_number(sizeof(struct mt_field));
	put_text("liar");
	put_text("1.0.0");
	put_number(routes);
	for (unsigned i = 0; i < routes; i++) {
		snprintf(path, sizeof(path), "/r%u", i);
		put_route(word == 'm' ? "*" : "GET", word == 'p' ? "//evil.example" : path);
	}
	put_number(word == 'h' ? 3 : 0);
	for (int i = 0; word == 'h' && i < 3; i++)
		put_hook("anything");
	head[2] = (unsigned)(n - sizeof(head));
	memcpy(packet, head, sizeof(head));
	RAW(write, 0, packet, n, 0, 0, 0);
}

static int ok(struct mt_req *req)
{
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static const struct mt_route ROUTES[] = {{.method = "GET", .path = "/ok", .run = ok}, {0}};

const struct mt_plugin mt_plugin = {MT_PLUGIN, .key = "liar", .version = "1.0.0", .routes = ROUTES};
