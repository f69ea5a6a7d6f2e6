/* link.c - a guest's one descriptor. */
#include "guest/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEEP (256u * 1024)

void guest_open(struct guest *g, int fd)
{
	*g = (struct guest){.fd = fd, .arena = arena_new()};
}

void guest_close(struct guest *g)
{
	wire_release(&g->out);
	free(g->in);
	arena_free(g->arena);
}

int link_send(struct guest *g, uint32_t type)
{
	const void *packet;
	size_t at = 0, n;

	if (g->out.failed)
		g->gone = true; /* out of memory: half a message is none */
	while (!g->gone && wire_next(&g->out, type, g->seq, &at, &packet, &n)) {
		ssize_t k;

		do
			k = write(g->fd, packet, n);
		while (k < 0 && errno == EINTR);
		g->gone = k != (ssize_t)n;
	}
	return g->gone ? -1 : 0;
}

static void make_room(struct guest *g, size_t n)
{
	if (g->in_cap >= n)
		return;
	g->in = realloc(g->in, n);
	if (!g->in)
		abort();
	g->in_cap = n;
}

/* Reads a packet behind the bytes of its message. The head overwrites bytes of the packet before,
 * which are restored. */
static ssize_t read_packet(struct guest *g, size_t have, struct wire_head *h)
{
	unsigned char before[WIRE_HEAD];
	ssize_t n;

	memcpy(before, g->in + have, WIRE_HEAD);
	do
		n = read(g->fd, g->in + have, WIRE_HEAD + WIRE_PACKET);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)WIRE_HEAD)
		return -1;
	memcpy(h, g->in + have, WIRE_HEAD);
	memcpy(g->in + have, before, WIRE_HEAD);
	return n - (ssize_t)WIRE_HEAD;
}

int link_receive(struct guest *g, uint32_t want)
{
	struct wire_message m = {0};
	struct wire_head h;
	const char *why;
	int rc = 0;

	if (g->in_cap > KEEP) {
		free(g->in);
		g->in = NULL;
		g->in_cap = 0;
	}
	if (!g->in) {
		make_room(g, WIRE_HEAD + WIRE_PACKET);
		memset(g->in, 0, WIRE_HEAD);
	}
	while (!g->gone && rc == 0) {
		ssize_t n = read_packet(g, m.have, &h);

		rc = n < 0 ? -1 : wire_take(&m, &h, (size_t)n, UINT32_MAX, &why);
		if (rc == 0)
			make_room(g, (size_t)m.total + 2 * WIRE_HEAD + WIRE_PACKET);
		g->gone = rc < 0 || (rc == 1 && m.type != want);
	}
	g->in_len = m.total;
	if (rc == 1 && m.type == WIRE_CALL)
		g->seq = m.seq;
	return g->gone ? -1 : 0;
}

int link_ask(struct guest *g, uint32_t type, struct wire_in *in)
{
	*in = wire_in(NULL, 0);
	if (link_send(g, type) < 0 || link_receive(g, WIRE_ANSWER) < 0)
		return MT_EINTERNAL; /* nobody is there to read it */
	*in = wire_in(g->in + WIRE_HEAD, g->in_len);
	return (int)wire_u32(in);
}
