/*
 * revoked.c - see revoked.h. A worker writes its request's owners and then reads what ended; the
 * master writes what ended and then reads who runs: at least one of the two sees the other.
 */
#include "os/revoked.h"

#include <string.h>

#include "base/arena.h"
#include "base/perm.h"

static struct {
	struct score *page;
	int slot;
	int n;
	uint64_t whose[SCORE_WHOSE];
	char kind[SCORE_WHOSE];
	int64_t decided_at;
	uint32_t seen;	 /* the page's count when it was last compared */
	char ended_kind; /* 0 = nothing ended */
	void (*news)(void);
	uint32_t reported; /* the count at the last news */
} s;

/* FNV-1a, as share.c's names. */
static uint64_t name_of(const char *text)
{
	uint64_t h = 14695981039346656037ULL;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211ULL;
	return h ? h : 1;
}

void revoked_open(struct score *page, int slot)
{
	s.page = page;
	s.slot = slot;
}

/* When it ended, 0 = it didn't, or the page has dropped it. */
static int64_t ended_at(uint64_t whose)
{
	for (int i = 0; i < SCORE_ENDED; i++)
		if (atomic_load(&s.page->ended[i].whose) == whose)
			return atomic_load(&s.page->ended[i].at);
	return 0;
}

static bool compare(void)
{
	s.seen = atomic_load(&s.page->n_ended);
	for (int i = 0; i < s.n && !s.ended_kind; i++)
		if (ended_at(s.whose[i]) >= s.decided_at)
			s.ended_kind = s.kind[i];
	return s.ended_kind != 0;
}

bool revoked_enter(const char *const *whose, int n, int64_t decided_at)
{
	struct score_slot *own;

	if (!s.page)
		return false;
	own = &s.page->slot[s.slot];
	s.n = n < SCORE_WHOSE ? n : SCORE_WHOSE;
	s.decided_at = decided_at;
	s.ended_kind = 0;
	for (int i = 0; i < s.n; i++) {
		s.whose[i] = name_of(whose[i]);
		s.kind[i] = whose[i][0];
		atomic_store(&own->whose[i], s.whose[i]);
	}
	for (int i = s.n; i < SCORE_WHOSE; i++) /* of the request before */
		atomic_store(&own->whose[i], 0);
	atomic_store(&own->decided_at, decided_at);
	return compare();
}

int revoked_add_roles(struct arena *p, int tenant, const char *roles, const char **whose, int n)
{
	for (const char *at = roles; *at && n < SCORE_WHOSE;) {
		size_t len = strcspn(at, ",");
		const char *role = arena_strndup(p, at, len);

		if (perm_is_own_role(role))
			whose[n++] = arena_printf(p, "r.%d.%s", tenant, role);
		at += len + (at[len] == ',');
	}
	return n;
}

void revoked_leave(void)
{
	if (s.n == 0)
		return;
	atomic_store(&s.page->slot[s.slot].decided_at, 0);
	s.n = 0;
	s.ended_kind = 0;
}

bool revoked(void)
{
	if (s.n == 0)
		return false;
	return s.ended_kind || (atomic_load(&s.page->n_ended) != s.seen && compare());
}

int revoked_error(struct err *e)
{
	switch (s.ended_kind) {
	case 'p':
		return err_typed(e, MT_EPERM, "plugin-disabled",
			"The plugin was disabled or removed while this ran");
	case 'k':
		return err_typed(e, MT_EPERM, "plugin-refused",
			"The plugin's signature is not trusted any more, so this was stopped");
	case 'g':
	case 'r':
	case 'u':
		return err_typed(e, MT_EPERM, "rights-changed",
			"Your rights were changed while this ran, and it was stopped: try again");
	default:
		return err_set(e, MT_EAUTH,
			"You were signed out while this ran, and it was stopped: sign in again");
	}
}

bool revoked_since(const char *whose, int64_t moment)
{
	return s.page && ended_at(name_of(whose)) >= moment;
}

void revoked_on_news(void (*news)(void))
{
	s.news = news;
	s.reported = s.page ? atomic_load(&s.page->n_ended) : 0;
}

bool revoked_watches(void)
{
	return s.page && (s.n > 0 || s.news);
}

bool revoked_check(void)
{
	uint32_t n = s.page ? atomic_load(&s.page->n_ended) : 0;

	if (s.news && n != s.reported) {
		s.reported = n;
		s.news();
	}
	return revoked();
}

/* --- the master ----------------------------------------------------------------------------------- */

static struct score_ended *place_of(struct score *page, uint64_t whose)
{
	struct score_ended *oldest = &page->ended[0];

	for (int i = 0; i < SCORE_ENDED; i++) {
		struct score_ended *e = &page->ended[i];

		if (atomic_load(&e->whose) == whose)
			return e;
		if (atomic_load(&e->at) < atomic_load(&oldest->at))
			oldest = e;
	}
	return oldest;
}

void revoked_write(struct score *page, const char *whose, int64_t moment)
{
	uint64_t name = name_of(whose);
	struct score_ended *e = place_of(page, name);

	if (atomic_load(&e->whose) == name && atomic_load(&e->at) >= moment)
		return;
	/* A reader between these lines finds the name with its moment, or not yet. */
	if (atomic_load(&e->whose) != name)
		atomic_store(&e->whose, 0);
	atomic_store(&e->at, moment);
	atomic_store(&e->whose, name);
	atomic_fetch_add(&page->n_ended, 1);
}

bool revoked_runs(const struct score_slot *slot, const char *whose, int64_t moment)
{
	int64_t decided_at = atomic_load(&slot->decided_at);
	uint64_t name = name_of(whose);

	if (!atomic_load(&slot->busy) || decided_at == 0 || decided_at > moment)
		return false;
	for (int i = 0; i < SCORE_WHOSE; i++)
		if (atomic_load(&slot->whose[i]) == name)
			return true;
	return false;
}
