/* maintain.c - see maintain.h. */
#include "relay/maintain.h"

#include "base/clock.h"
#include "base/log.h"

#define FIRST_MS 3000 /* after the start: there is more urgent work then */
#define AGAIN_MS 50
#define BROKEN_MS                                                                                  \
	1000 /* after an answer that was cut off: its worker died, and what it did waits */

void maintain_init(struct maintain *t)
{
	*t = (struct maintain){.due = clock_ms() + FIRST_MS};
	ask_init(&t->ask);
}

void maintain_hurry(struct maintain *t)
{
	t->again = true;
	if (t->ask.fd < 0)
		t->due = 0;
}

static void over(struct maintain *t, bool more)
{
	ask_end(&t->ask);
	t->due = clock_ms() + (more || t->again ? AGAIN_MS : MAINTAIN_MS);
	t->again = false;
}

void maintain_news(struct maintain *t)
{
	switch (ask_news(&t->ask)) {
	case ASK_WAITING:
		return;
	case ASK_ANSWERED:
		over(t, ask_wants_more(&t->ask, "maintenance by the admin pool"));
		return;
	case ASK_BROKEN:
		over(t, false);
		t->due = clock_ms() + BROKEN_MS;
	}
}

int64_t maintain_tick(struct maintain *t, struct relay *r)
{
	int64_t now = clock_ms(), deadline = now + r->app.conf.admin_deadline_ms + 1000;

	if (t->ask.fd >= 0) {
		if (now < t->ask.deadline)
			return t->ask.deadline;
		log_warn("the admin pool gives no answer");
		over(t, false);
	}
	if (now < t->due)
		return t->due;
	t->again = false;
	t->due = now + MAINTAIN_MS;
	return ask_send(&t->ask, r->app.conf.run_dir, "admin", "/-/maintain", deadline) ? deadline
											: t->due;
}
