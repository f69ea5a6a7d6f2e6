/*
 * stmt.c - the statements that the server has prepared. They are found by their text, so that two
 * with the same name (or a plugin's, whose memory is reused) can't be mistaken for one another.
 */
#include "db/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_text(const char *s)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

struct prepared *stmt_find(struct db *db, const struct stmt *s)
{
	uint64_t h = hash_text(s->sql);
	struct prepared **slot = &db->bucket[h % BUCKETS];
	struct prepared *p;

	for (p = *slot; p != NULL; p = p->next)
		if (p->hash == h && strcmp(p->sql, s->sql) == 0)
			return p;
	if (db->n_prepared >=
		PREPARED_MAX) /* text made at run time: don't fill the server with it */
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL || (p->sql = strdup(s->sql)) == NULL)
		abort();
	p->hash = h;
	snprintf(p->server_name, sizeof(p->server_name), "%.48s_%d",
		s->name == NULL ? "s" : s->name, ++db->n_prepared);
	p->next = *slot;
	*slot = p;
	return p;
}

void stmt_free_all(struct db *db)
{
	for (int i = 0; i < BUCKETS; i++) {
		while (db->bucket[i] != NULL) {
			struct prepared *p = db->bucket[i];

			db->bucket[i] = p->next;
			free(p->sql);
			free(p);
		}
	}
	db->n_prepared = 0;
}
