/*
 * pool_end.c - a plugin was disabled or removed for one tenant: what runs for that tenant ends, and nobody
 * else's call does.
 *
 * Which worker serves whom stands in the page that workers write, so it decides only which of our own
 * processes end, and one that lies gains a call or loses itself.
 */
#include "os/pool.h"

#include "os/master.h"
#include "os/score.h"

static bool is_busy_for(const struct score_slot *s, int tenant)
{
	return atomic_load(&s->busy) && atomic_load(&s->tenant) == tenant;
}

static bool has_guest_of(const struct score_slot *s, int tenant)
{
	for (int i = 0; i < SCORE_GUESTS; i++)
		if (atomic_load(&s->guest[i].pid) && atomic_load(&s->guest[i].tenant) == tenant)
			return true;
	return false;
}

int pool_end_tenant(struct pool *c, int tenant, int64_t before, bool at_once)
{
	int left = 0;

	for (int i = 0; i < SCORE_SLOTS; i++) {
		struct pool_worker *w = &c->worker[i];
		const struct score_slot *s = &c->score->slot[i];
		bool busy = is_busy_for(s, tenant);

		if (!w->pid || w->started > before || (!busy && !has_guest_of(s, tenant)))
			continue;
		left++;
		w->no_crash = true;
		if (!w->told_at)
			pool_retire(c, w);
		/* Another tenant's call may finish: the guest of this one is idle and asked nothing any more. */
		if (at_once && busy && !w->killed_for)
			pool_kill_worker(
				c, w, "killed: the plugin was disabled for the tenant of its call");
		else if (at_once && atomic_load(&s->busy) && !busy)
			left--;
	}
	return left;
}
