/*
 * service.c - what a plugin calls beside its own statements: storage, jobs, events and so on, each a row
 * here and a file of its own. One message carries them all (guest/wire.h), so a new service is a
 * number in mortise.h, a row, and a function.
 *
 * A service works as the plugin's database role in the request's transaction, through functions of
 * sql/ that the plugin's permissions grant: what it does is undone with the plugin's own rows, and
 * a guest gains nothing by sending such a statement itself.
 */
#include "host/call.h"

struct service {
	int what; /* enum mt_service */
	int args; /* as many as it takes */
	int (*run)(struct call *c, const struct message_service *m, struct service_answer *ret);
};

static const struct service SERVICES[] = {
	{MT_SERVICE_FILE_LIST, 1, files_list},
	{MT_SERVICE_FILE_DELETE, 1, files_delete},
	{MT_SERVICE_STORAGE_GET, 3, storage_guest},
	{MT_SERVICE_STORAGE_SET, 3, storage_guest},
	{MT_SERVICE_STORAGE_INCREMENT, 4, storage_guest},
	{MT_SERVICE_STORAGE_DELETE, 3, storage_guest},
	{MT_SERVICE_STORAGE_LIST, 6, storage_guest},
	{MT_SERVICE_STORAGE_SIZE, 1, storage_guest},
	{MT_SERVICE_STORAGE_CLEAR, 1, storage_guest},
	{MT_SERVICE_STORAGE_VERSIONS, 2, storage_guest},
	{MT_SERVICE_STORAGE_RESTORE, 3, storage_guest},
	{MT_SERVICE_JOB_START, 4, jobs_start},
	{MT_SERVICE_PROGRESS, 2, jobs_progress},
	{MT_SERVICE_EMIT, 5, events_emit},
	{MT_SERVICE_FETCH, 5, fetch_guest},
	{MT_SERVICE_FETCH_MORE, 0, fetch_guest_more},
	{0},
};

int service_guest(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	const struct service *s = SERVICES;
	char what[64];
	int rc;

	c->sqlstate[0] = '\0';
	while (s->run && s->what != m->what)
		s++;
	if (!s->run || s->args != m->n) {
		snprintf(what, sizeof(what), "service %d with %d arguments isn't one of this host",
			m->what, m->n);
		return call_internal(c, what);
	}
	rc = query_count(c);
	return rc < 0 ? rc : s->run(c, m, ret);
}

static void put_cells(struct wire_out *out, const struct service_answer *a)
{
	wire_put_u64(out, 0);
	wire_put_u32(out, (uint32_t)a->n);
	wire_put_u32(out, (uint32_t)a->columns);
	for (int i = 0; i < a->columns; i++) {
		wire_put_text(out, a->names[i]);
		wire_put_u32(out, 0); /* text */
	}
	for (int i = 0; i < a->n * a->columns; i++)
		wire_put_text(out, a->cells[i]);
}

void service_put(struct wire_out *out, const struct service_answer *a)
{
	wire_put_bytes(out, a->data, a->len);
	if (a->cells)
		put_cells(out, a);
	else
		query_put(out, &a->rows);
}
