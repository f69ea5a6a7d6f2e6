/*
 * total.c - how many rows a list has. They are counted up to TOTAL_MAX; one more means "more than that".
 * ?total=exact counts all, as long as search_timeout_ms allows.
 *
 * The rows of a first page that isn't full are the total. "More than" is kept in this worker's memory
 * under a lease, by tenant, resource, conditions and values; totals up to TOTAL_MAX are counted each
 * time, so nobody who has just added a row sees a list that lacks it.
 */
#include "resource/impl.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "auth/lease.h"
#include "base/clock.h"

static void add_text(crypto_generichash_state *h, const char *s)
{
	/* with its NUL, so that no two lists of texts are the same bytes */
	crypto_generichash_update(h, (const unsigned char *)(s ? s : ""), s ? strlen(s) + 1 : 0);
}

static const char *name_of(
	struct op *op, const struct model *m, const char *where, const struct sql *s)
{
	unsigned char hash[16];
	char hex[2 * sizeof(hash) + 1];
	crypto_generichash_state h;

	crypto_generichash_init(&h, NULL, 0, sizeof(hash));
	add_text(&h, where);
	for (int i = 0; i < s->n; i++)
		add_text(&h, s->arg[i]);
	crypto_generichash_final(&h, hash, sizeof(hash));
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	return arena_printf(op->arena, "total %d %.60s %s", op->who->tenant, m->res->name, hex);
}

void total_find(struct req *r, const struct model *m, struct query *q, const char *where,
	const struct sql *s)
{
	size_t n;

	if (q->found && q->found_total)
		q->total = TOTAL_FOUND;
	if (q->exact || q->found) /* what an index found is counted quickly */
		return;
	/* An index found too many to be counted within the time of a search; filters may leave fewer. */
	if (q->patterns && !page_needs_sets(m, q)) {
		q->total = TOTAL_MORE;
		return;
	}
	q->total_at = clock_ms();
	q->total_name = name_of(&r->op, m, where, s);
	if (lease_get(r->op.app->lease, r->op.arena, q->total_name, &n))
		q->total = TOTAL_MORE;
}

const char *total_text(struct arena *p, const struct model *m, const struct query *q,
	const char *where, const char *rest)
{
	if (q->own)
		return arena_printf(p, "(SELECT count(*) FROM (%s%s) f)",
			page_own_rows(p, m, q, where),
			q->exact ? "" : arena_printf(p, " LIMIT %d + 1", TOTAL_MAX));
	if (q->exact)
		return arena_printf(p, "(SELECT count(*) FROM %s t WHERE %s)", q->from, where);
	if (q->sets)
		return arena_printf(p,
			"(SELECT CASE WHEN fewest IS NULL THEN %d + 1 ELSE (SELECT count(*) FROM"
			" (SELECT FROM few LIMIT %d + 1) f) END FROM n)",
			TOTAL_MAX, TOTAL_MAX);
	if (q->indexed) /* each value by its index, as the page */
		return arena_printf(p,
			"(SELECT count(*) FROM (SELECT FROM (SELECT DISTINCT unnest(%s)) w (value)"
			" CROSS JOIN LATERAL (SELECT FROM %s t WHERE t.%s = w.value AND %s"
			" LIMIT %d + 1) t LIMIT %d + 1) f)",
			q->indexed->wanted, q->from, column_sql(p, q->indexed->column), rest,
			TOTAL_MAX, TOTAL_MAX);
	return arena_printf(p, "(SELECT count(*) FROM (SELECT FROM %s t WHERE %s LIMIT %d + 1) f)",
		q->from, where, TOTAL_MAX);
}

long total_of(struct req *r, const struct query *q, const char *counted)
{
	long n;

	if (q->total == TOTAL_MORE)
		return TOTAL_MAX + 1;
	if (q->total == TOTAL_FOUND) {
		n = strtol(q->found_total, NULL, 10);
		return n > TOTAL_MAX ? TOTAL_MAX + 1 : n;
	}
	n = strtol(counted, NULL, 10);
	if (n > TOTAL_MAX && q->total_name)
		lease_put(r->op.app->lease, q->total_name, "", 0, q->total_at);
	return n;
}
