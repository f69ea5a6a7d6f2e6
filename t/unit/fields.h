/* fields.h - frees what contract.c made of a plugin's routes, which a host keeps as long as it runs. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdlib.h>
#include "host/host.h"

static void fields_free(const struct field *list)
{
	for (const struct field *f = list; f && f->type != FIELD_END; f++) {
		fields_free(f->of);
		fields_free(f->entry);
	}
	free((void *)list);
}

static void routes_free(struct host *h)
{
	for (struct route *r = h->routes; r && r->path; r++) {
		fields_free(r->fields);
		fields_free(r->query);
	}
	free(h->routes);
	free(h->mt_routes);
}

#endif
