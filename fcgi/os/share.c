/*
 * share.c - see share.h. A place on the scoreboard has its request's holders and start; the order
 * of (since, place) decides which request gives way, the same for all workers, so that two that
 * check at the same moment never both stay or both give way.
 */
#include "os/share.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "os/revoked.h"
#include "os/score.h"

#define SLICE_MS 50	 /* between two checks while a request is held */
#define GRACE_LEAST_MS 8 /* what a quick request needs */
#define MEMORY_MS 1000	 /* how long a request that gave way counts */

static struct {
	struct score *page;
	int slot;
	bool (*waiting)(void);
	int held_ms, percent;
	bool inside;
	int64_t check_at; /* clock_ms() of the next check */
	bool by_all;	  /* which bound was met */
} s;

void share_open(struct score *page, int slot, bool (*waiting)(void))
{
	s.page = page;
	s.slot = slot;
	s.waiting = waiting;
}

void share_limits(int held_ms, int held_percent)
{
	s.held_ms = held_ms;
	s.percent = held_percent;
}

uint64_t share_name(char kind, const char *name)
{
	uint64_t h = 14695981039346656037ULL; /* FNV-1a */

	h = (h ^ (unsigned char)kind) * 1099511628211ULL;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211ULL;
	return h ? h : 1;
}

static struct score_late *late_of(uint64_t holder)
{
	return &s.page->late[holder % SCORE_LATE];
}

/* How long this holder's request may wait before the first check. Two holders that share a place in
 * the table share its times, for a second. */
static int64_t grace(uint64_t holder)
{
	struct score_late *l = late_of(holder);
	int halvings = atomic_load(&l->n);
	int64_t ms = s.held_ms;

	if (halvings == 0 || clock_ms() - atomic_load(&l->at) > MEMORY_MS)
		return ms;
	ms >>= halvings < 16 ? halvings : 16;
	return ms < GRACE_LEAST_MS ? GRACE_LEAST_MS : ms;
}

static void gave_way(uint64_t holder)
{
	struct score_late *l = late_of(holder);
	int64_t now = clock_ms();

	if (now - atomic_exchange(&l->at, now) > MEMORY_MS)
		atomic_store(&l->n, 1);
	else if (atomic_load(&l->n) < 16)
		atomic_fetch_add(&l->n, 1);
}

void share_enter(uint64_t holder, uint64_t second, int64_t since)
{
	if (!s.page || s.held_ms <= 0)
		return;
	struct score_slot *own = &s.page->slot[s.slot];
	int64_t first = grace(holder), other = second ? grace(second) : first;

	atomic_store(&own->holder[0], holder);
	atomic_store(&own->holder[1], second);
	atomic_store(&own->held_since, since);
	s.inside = true;
	s.check_at = since + (first < other ? first : other);
}

void share_leave(void)
{
	if (!s.inside)
		return;
	s.inside = false;
	atomic_store(&s.page->slot[s.slot].held_since, 0);
	atomic_store(&s.page->slot[s.slot].holder[0], 0);
	atomic_store(&s.page->slot[s.slot].holder[1], 0);
}

/* Requests that are held and began before this one: of a holder, or (0) of all. */
static int older(uint64_t holder)
{
	int64_t own = atomic_load(&s.page->slot[s.slot].held_since);
	int64_t now = clock_ms();
	int n = 0;

	for (int i = 0; i < SCORE_SLOTS; i++) {
		struct score_slot *slot = &s.page->slot[i];
		int64_t since = atomic_load(&slot->held_since);

		if (i == s.slot || since == 0 || now - since < s.held_ms)
			continue;
		if (since > own || (since == own && i > s.slot))
			continue;
		n += holder == 0 || atomic_load(&slot->holder[0]) == holder ||
		     atomic_load(&slot->holder[1]) == holder;
	}
	return n;
}

static bool must_give_way(void)
{
	struct score_slot *own = &s.page->slot[s.slot];
	int size = atomic_load(&s.page->size);
	uint64_t a = atomic_load(&own->holder[0]), b = atomic_load(&own->holder[1]);
	bool over;

	/* A pool that has a free worker is nobody's loss: one company may use all of a server. */
	if (size < 2 || !s.waiting || !s.waiting())
		return false;
	over = older(a) * 100 >= size * s.percent || (b && older(b) * 100 >= size * s.percent);
	s.by_all = !over;
	if (!over && older(0) < size - 1)
		return false;
	gave_way(a);
	if (b)
		gave_way(b);
	return true;
}

/* A request whose right may end wakes up now and then. */
static int64_t wake_at(int64_t until)
{
	int64_t slice = revoked_watches() ? clock_ms() + SLICE_MS : until;

	return slice < until ? slice : until;
}

int share_poll(struct pollfd *fds, nfds_t n, int64_t deadline)
{
	for (;;) {
		bool looks = s.inside && s.check_at < deadline;
		int ready = poll(fds, n, clock_left(wake_at(looks ? s.check_at : deadline)));

		if (ready > 0)
			return ready;
		if (ready < 0 && errno != EINTR)
			return -1;
		if (revoked_check()) {
			errno = EACCES;
			return -1;
		}
		if (clock_left(deadline) == 0)
			return 0;
		if (!looks || clock_left(s.check_at) > 0)
			continue;
		s.check_at = clock_ms() + SLICE_MS;
		if (must_give_way()) {
			errno = EBUSY;
			return -1;
		}
	}
}

int share_error(struct err *e)
{
	int size = s.page ? atomic_load(&s.page->size) : 0;

	if (e->code == 0) {
		e->retry_after = 1;
		e->type = "share-used-up";
	}
	if (s.by_all)
		return err_set(e, MT_EBUSY,
			"Requests that take longer than %d ms hold all of this pool's %d workers but"
			" one (held_ms), and others wait: try again in a second",
			s.held_ms, size);
	return err_set(e, MT_EBUSY,
		"Your requests that take longer than %d ms hold %d %% of this pool's %d workers"
		" (held_ms, held_percent), and others wait: try again in a second",
		s.held_ms, s.percent, size);
}
