/*
 * pool_end.c - a right has ended: ends what runs by it in every pool, and nobody else's request.
 *
 * Each pool's page lists what ended (revoked.h), and workers stop themselves. The same page tells
 * which worker serves whom. That part is written by workers, so it only decides which of our own
 * processes are killed: a lying one gains a call or loses itself.
 */
#include "os/pool_impl.h"

#include "base/clock.h"
#include "os/revoked.h"

#define PATIENCE_MS 450 /* for a worker to see it, have its statement cancelled and answer */

static bool has_guest_of(const struct score_slot *s, int tenant)
{
	for (int i = 0; tenant > 0 && i < SCORE_GUESTS; i++)
		if (atomic_load(&s->guest[i].pid) && atomic_load(&s->guest[i].tenant) == tenant)
			return true;
	return false;
}

/* Has this request, or the guest beside it, been there for too long? The first check starts the
 * clock. */
static bool is_overdue(struct pool_worker *w, const struct score_slot *s)
{
	uint64_t requests = atomic_load(&s->requests);
	int64_t now = clock_ms();

	if (w->end_since == 0 || w->end_requests != requests)
		w->end_since = now;
	w->end_requests = requests;
	return now - w->end_since >= PATIENCE_MS;
}

static void retire(struct pool *c, struct pool_worker *w)
{
	w->no_crash = true;
	if (!w->stopped_at)
		pool_retire(c, w);
}

/* Is something of it left in this worker? */
static bool end_in(
	struct pool *c, struct pool_worker *w, const char *whose, int tenant, int64_t moment)
{
	const struct score_slot *s = pool_slot(c, w);
	bool runs = revoked_runs(s, whose, moment);
	bool overdue;

	if (!runs && (w->started > moment || !has_guest_of(s, tenant)))
		return false;
	overdue = is_overdue(w, s);
	if (runs) {
		if (overdue && c->spec.kind == POOL_PLUGIN && !w->killed_for) {
			w->no_crash = true;
			pool_kill_worker(w, "killed-revoked");
		}
		return true;
	}
	/* Another tenant's call may finish: while it waits its host drops the guest of this one. */
	if (!atomic_load(&s->busy) || overdue)
		retire(c, w);
	return !atomic_load(&s->busy) || !overdue;
}

int pool_end(struct pool *c, const char *whose, int tenant, int64_t moment)
{
	int left = 0;

	revoked_write(c->score, whose, moment);
	for (int i = 0; i < SCORE_SLOTS; i++)
		left += c->worker[i].pid && end_in(c, &c->worker[i], whose, tenant, moment);
	return left;
}
