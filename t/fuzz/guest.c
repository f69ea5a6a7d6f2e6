/* A guest's messages, the pure half: packets of a message, the messages' bodies, the library's
 * tables. */
#include "fuzz.h"

#include <ctype.h>
#include "guest/head.h"
#include "guest/messages.h"
#include "host/call.h"

/* --- the library's tables ---------------------------------------------------------------------------- */

/* In a worker they live as long as the process; the message's texts go with the next message. */
static void drop_tables(struct host *h)
{
	for (const struct route *r = h->routes; r && r->path; r++)
		free((void *)(uintptr_t)r->fields);
	free(h->routes);
	free(h->mt_routes);
}

static void read_tables(const void *data, size_t n)
{
	static struct host h;
	struct buf faults;

	memset(&h, 0, sizeof(h));
	buf_init(&faults, 1 << 20);
	if (contract_take(&h, data, n, NULL, &faults) == 0) {
		json_t *said = contract_json(&h);

		fuzz_check(said && h.key && h.routes);
		for (const struct route *r = h.routes; r->path; r++)
			fuzz_check(r->path[0] == '/' && r->method && strcmp(r->method, "*"));
		json_decref(said);
	} else {
		fuzz_check(faults.len > 0);
	}
	drop_tables(&h);
	buf_release(&faults);
}

/* --- bodies ------------------------------------------------------------------------------------------ */

static void inside(const void *p, size_t n, const void *data, size_t len)
{
	const char *a = p, *b = data;

	fuzz_check(!p || n == 0 || (a >= b && a + n <= b + len));
}

static void text_inside(const char *s, const void *data, size_t len)
{
	if (s && *s)
		inside(s, strlen(s) + 1, data, len);
}

static void read_query(const void *data, size_t n)
{
	static struct message_query q;

	if (!message_read_query(data, n, &q))
		return;
	text_inside(q.sql, data, n);
	fuzz_check(q.n >= 0 && q.n <= WIRE_ARGS_MAX);
	for (int i = 0; i < q.n; i++)
		text_inside(q.args[i], data, n);
	if (query_is_allowed(q.sql))
		fuzz_check(strcasestr(q.sql, "select") || strcasestr(q.sql, "insert") ||
			   strcasestr(q.sql, "update") || strcasestr(q.sql, "delete") ||
			   strcasestr(q.sql, "merge") || strcasestr(q.sql, "values") ||
			   strcasestr(q.sql, "with"));
}

static void read_done(const void *data, size_t n)
{
	struct arena *p;
	struct req *r;
	struct host h = {.key = "a"};
	struct message_done d;
	struct call c = {.host = &h};

	if (!message_read_done(data, n, &d))
		return;
	inside(d.body, d.len, data, n);
	fuzz_check(d.n_headers <= WIRE_HEADERS_MAX);
	p = arena_new();
	r = malloc(sizeof(*r));
	fuzz_req(r, p, NULL, NULL);
	c.r = r;
	if (reply_take(&c, &d) == 0) {
		fuzz_check(r->status == 0 || (r->status >= 200 && r->status < 300));
		for (int i = 0; i < r->n_headers; i++) {
			const char *name = r->header[i].name;

			for (const char *s = name; *s; s++)
				fuzz_check(isalnum((unsigned char)*s) || *s == '-');
			fuzz_check(!strpbrk(r->header[i].value, "\r\n"));
			fuzz_check(strcasecmp(name, "Status") && strcasecmp(name, "Set-Cookie") &&
				   strncasecmp(name, "X-Accel-", 8) && strcasecmp(name, "Refresh"));
		}
		fuzz_check(!r->content_type || !strpbrk(r->content_type, "\r\n"));
	}
	free(r);
	arena_free(p);
}

static void read_others(uint32_t type, const void *data, size_t n)
{
	struct message_service service;
	struct message_notify notify;
	struct message_text text;
	size_t wanted;

	if (message_read_service(data, n, &service)) {
		inside(service.data, service.len, data, n);
		for (int i = 0; i < service.n; i++)
			text_inside(service.args[i], data, n);
	}
	if (message_read_notify(data, n, &notify)) {
		text_inside(notify.target, data, n);
		text_inside(notify.url, data, n);
		text_inside(notify.priority, data, n);
	}
	if (message_read_text(type, data, n, &text)) {
		text_inside(text.text, data, n);
		text_inside(text.pointer, data, n);
	}
	message_read_body(data, n, &wanted);
}

/* --- packets: 16 bytes of head, one of length ------------------------------------------------------- */

static void read_packets(const uint8_t *data, size_t n)
{
	struct wire_message m = {0};
	const char *why;

	while (n > sizeof(struct wire_head)) {
		struct wire_head h;
		size_t len = data[sizeof(h)];
		uint32_t limit;
		int rc;

		memcpy(&h, data, sizeof(h));
		data += sizeof(h) + 1;
		n -= sizeof(h) + 1;
		len = len > n ? n : len;
		limit = wire_limit(h.type);
		rc = wire_take(&m, &h, len, limit, &why);
		if (rc < 0)
			return;
		fuzz_check(m.have <= m.total && m.type < WIRE_TYPES);
		fuzz_check(rc == (m.have == m.total));
		if (rc == 1)
			m = (struct wire_message){0};
		data += len;
		n -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *copy;
	uint32_t type;

	if (n == 0)
		return 0;
	type = data[0] % WIRE_TYPES;
	n--;
	copy = malloc(n ? n : 1);
	memcpy(copy, data + 1, n);
	switch (type) {
	case WIRE_NONE:
		read_packets(copy, n);
		break;
	case WIRE_HELLO:
		read_tables(copy, n);
		break;
	case WIRE_QUERY:
		read_query(copy, n);
		break;
	case WIRE_DONE:
		read_done(copy, n);
		break;
	default:
		read_others(type, copy, n);
	}
	free(copy);
	return 0;
}
