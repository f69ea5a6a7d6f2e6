/*
 * mortise-steward - publishes committed events, keeps the master's set of plugin pools right, and clears
 * away what has expired. One process, one loop; started and watched by mortised.
 *
 *	mortise-steward -c FILE
 *	mortise-steward -c FILE --fill SHA256 | --upkeep | --shares | --mail |
 *	--webhooks | --company-export
 *								a helper of it (relay/helper.h)
 *
 * It holds nothing that must not be lost: all of it is in the database, and a new steward begins with
 * what it finds there. So SIGTERM ends it at once, wherever it is.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/worker.h"
#include "relay/beat.h"
#include "relay/bounds.h"
#include "relay/chains.h"
#include "relay/closer.h"
#include "relay/company_export.h"
#include "relay/feed.h"
#include "relay/guard.h"
#include "relay/mail.h"
#include "relay/memory.h"
#include "relay/wakeups.h"
#include "relay/work.h"
#include "relay/pools.h"
#include "relay/pushes.h"
#include "relay/maintain.h"
#include "relay/upkeep.h"
#include "relay/usage.h"
#include "relay/webhooks.h"

#define CHECK_MS 1000  /* without being woken */
#define PACE_MS 4      /* of a check for events: so many a second however often it is woken, ... */
#define BURST_MS 100   /* ... but the first ones at once */
#define RETRY_MS 50    /* a page that nchan did not take */
#define STUCK_MS 90000 /* a turn that takes longer hangs: the master ends us */

struct steward {
	struct relay relay;
	struct feed feed;
	struct pushes pushes;
	struct beat beat;
	struct bounds bounds;
	struct chains chains;
	struct closer closer;
	struct pools pools;
	struct upkeep upkeep;
	struct guard guard;
	struct usage usage;
	struct mail mail;
	struct webhooks webhooks;
	struct company_export company_export;
	struct memory memory;
	struct maintain maintain;
	struct work work;
	int wakeups_fd;
	int64_t feed_due; /* the feed's next turn */
	int64_t paced_to; /* its turns so far, PACE_MS each, reach to here */
};

static void leave(int sig)
{
	(void)sig;
	_exit(0);
}

/* worker_init() keeps SIGTERM for a moment between two requests; we have no request to finish. */
static void leave_on_signals(void)
{
	struct sigaction a = {.sa_handler = leave};
	sigset_t set;

#if defined(__SANITIZE_ADDRESS__) || defined(MORTISE_COVERAGE)
	return; /* leaks are checked, and counters written, at the end of main() */
#endif
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGINT, &a, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void drop_privileges(void)
{
	umask(022); /* nginx reads what store_fill() writes */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer traces the process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static int start(struct steward *s, const char *conf_file)
{
	struct err e;

	err_init(&e, NULL);
	if (app_init(&s->relay.app, conf_file, "mortise_steward", &e) < 0) {
		log_error("can't start: %s", e.message);
		return -1;
	}
	s->relay.scratch = arena_new();
	s->relay.db_backoff = (struct backoff){.least_ms = 100, .most_ms = 3000};
	pub_init(&s->relay.pub, s->relay.app.conf.run_dir);
	feed_init(&s->feed);
	beat_init(&s->beat);
	pools_init(&s->pools);
	if (closer_init(&s->closer, &s->pools, s->relay.app.conf.run_dir) < 0) {
		log_error(
			"can't start: %s/host.id: %s", s->relay.app.conf.run_dir, strerror(errno));
		return -1;
	}
	upkeep_init(&s->upkeep);
	guard_init(&s->guard);
	maintain_init(&s->maintain);
	work_init(&s->work);
	mail_init(&s->mail);
	webhooks_init(&s->webhooks);
	company_export_init(&s->company_export);
	s->wakeups_fd = wakeups_open(s->relay.app.conf.run_dir);
	if (s->wakeups_fd < 0) {
		log_error("can't start: %s/steward.sock: %s", s->relay.app.conf.run_dir,
			strerror(errno));
		return -1;
	}
	if (usage_open(&s->usage, s->relay.app.conf.run_dir) < 0) {
		log_error("can't start: %s/usage.sock: %s", s->relay.app.conf.run_dir,
			strerror(errno));
		return -1;
	}
	return 0;
}

/* The feed's turn; when it should come again. */
static int64_t publish(struct steward *s)
{
	int64_t now = clock_ms();

	if (now < s->feed_due)
		return s->feed_due;
	s->paced_to = (s->paced_to > now ? s->paced_to : now) + PACE_MS;
	if (feed_tick(&s->feed, &s->relay))
		return s->feed_due = now;
	s->feed_due = clock_ms() + (s->relay.pub_is_down ? RETRY_MS : CHECK_MS);
	if (s->feed.n_behind > 0 && s->feed.heads_due < s->feed_due && !s->relay.pub_is_down)
		s->feed_due = s->feed.heads_due;
	if (s->feed.let_go && !s->relay.pub_is_down) {
		s->feed.let_go = false;
		beat_hurry(&s->beat);
	}
	return s->feed_due;
}

static void write_note(struct steward *s)
{
	char text[64];

	snprintf(text, sizeof(text), "published %llu, nchan %s, database %s, %d pools",
		(unsigned long long)s->relay.pub.published, s->relay.pub_is_down ? "down" : "up",
		s->relay.db_backoff.pause_ms ? "down" : "up",
		s->pools.wanted < 0 ? 0 : s->pools.wanted);
	worker_note(text);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* One piece of everything that is due; clock_ms() of the next. */
static int64_t run_due(struct steward *s)
{
	int64_t next = closer_tick(&s->closer, &s->relay);

	next = earlier(next, bounds_tick(&s->bounds, &s->relay));
	next = earlier(next, publish(s));
	next = earlier(next, pushes_tick(&s->pushes, &s->relay));
	next = earlier(next, chains_tick(&s->chains, &s->relay));
	next = earlier(next, pools_tick(&s->pools, &s->relay));
	next = earlier(next, beat_tick(&s->beat, &s->relay));
	next = earlier(next, memory_tick(&s->memory, &s->relay));
	next = earlier(next, upkeep_tick(&s->upkeep, &s->relay));
	next = earlier(next, guard_tick(&s->guard, &s->relay));
	next = earlier(next, maintain_tick(&s->maintain, &s->relay));
	next = earlier(next, work_tick(&s->work, &s->relay));
	next = earlier(next, mail_tick(&s->mail, &s->relay));
	next = earlier(next, webhooks_tick(&s->webhooks, &s->relay));
	next = earlier(next, company_export_tick(&s->company_export, &s->relay));
	next = earlier(next, usage_tick(&s->usage, &s->relay));
	write_note(s);
	return next;
}

static void listen_until(struct steward *s, int64_t next)
{
	struct pollfd fds[11 + WORK_WORKERS_MAX] = {
		{.fd = s->wakeups_fd, .events = POLLIN},
		{.fd = s->pools.control.fd, .events = POLLIN},
		{.fd = s->usage.fd, .events = POLLIN},
		{.fd = s->maintain.ask.fd, .events = POLLIN},
		{.fd = worker_stop_fd(), .events = POLLIN},
		/* Their next turn sees to it. */
		{.fd = s->pools.filler.fd, .events = POLLIN},
		{.fd = s->upkeep.helper.fd, .events = POLLIN},
		{.fd = s->guard.helper.fd, .events = POLLIN},
		{.fd = s->mail.helper.fd, .events = POLLIN},
		{.fd = s->company_export.helper.fd, .events = POLLIN},
		{.fd = s->webhooks.helper.fd, .events = POLLIN},
	};
	struct pollfd *work = &fds[11];
	struct wakeups wakeups = {0};

	for (int i = 0; i < WORK_WORKERS_MAX; i++)
		work[i] = (struct pollfd){.fd = s->work.ask[i].fd, .events = POLLIN};
	if (poll(fds, sizeof(fds) / sizeof(*fds), clock_left(next)) <= 0)
		return;
	if (fds[0].revents)
		wakeups_take(s->wakeups_fd, &wakeups);
	if (fds[1].revents)
		pools_news(&s->pools, &s->relay);
	if (fds[2].revents)
		usage_take(&s->usage);
	if (fds[3].revents)
		maintain_news(&s->maintain);
	for (int i = 0; i < WORK_WORKERS_MAX; i++)
		if (work[i].revents)
			work_news(&s->work, i);
	/* Not while nchan is down: being woken doesn't make it come back sooner. */
	if (wakeups.events && !s->relay.pub_is_down)
		s->feed_due = earlier(s->feed_due, s->paced_to - BURST_MS);
	/* Jobs are queued like events, and events are delivered to plugins and webhooks. */
	if (wakeups.events) {
		work_hurry(&s->work);
		webhooks_hurry(&s->webhooks);
	}
	if (wakeups.pushes && !s->relay.pub_is_down)
		pushes_hurry(&s->pushes);
	if (wakeups.close)
		closer_hurry(&s->closer);
	if (wakeups.registry)
		pools_hurry(&s->pools);
	if (wakeups.mail)
		mail_hurry(&s->mail);
	if (wakeups.rollout)
		maintain_hurry(&s->maintain);
}

static int usage(FILE *to)
{
	fputs("usage: mortise-steward -c FILE [--fill SHA256 | --upkeep | --shares | --mail | "
	      "--webhooks | --company-export] | "
	      "--version\n",
		to);
	return to == stdout ? 0 : 2;
}

/* One thing, in a process that the steward started; the exit status. */
static int help(const char *conf_file, int what, const char *fill)
{
	static struct app app;
	struct conf conf;
	struct err e;

	err_init(&e, NULL);
	helper_begin(what == 'f'   ? POOLS_FILL_SECONDS
		     : what == 's' ? GUARD_SHARES_SECONDS
		     : what == 'm' ? MAIL_SECONDS
		     : what == 'w' ? WEBHOOKS_SECONDS
		     : what == 'x' && conf_read(&conf, conf_file, &e) == 0
			     ? company_export_seconds(&conf)
			     : UPKEEP_SECONDS);
	drop_privileges();
	err_init(&e, NULL);
	if (app_init(&app, conf_file, "mortise_steward", &e) < 0) {
		log_error("can't start: %s", e.message);
		return 1;
	}
	return (what == 'f'	     ? pools_fill(&app, fill)
		       : what == 's' ? guard_shares(&app)
		       : what == 'm' ? mail_round(&app)
		       : what == 'w' ? webhooks_round(&app)
		       : what == 'x' ? company_export_round(&app)
				     : upkeep_round(&app)) < 0;
}

int main(int argc, char **argv)
{
	static const struct option OPTIONS[] = {
		{"fill", required_argument, NULL, 'f'},
		{"upkeep", no_argument, NULL, 'u'},
		{"shares", no_argument, NULL, 's'},
		{"mail", no_argument, NULL, 'm'},
		{"webhooks", no_argument, NULL, 'w'},
		{"company-export", no_argument, NULL, 'x'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	static struct steward s;
	const char *conf_file = NULL, *fill = NULL;
	int helps = 0; /* which helper it is */

	for (int opt; (opt = getopt_long(argc, argv, "c:h", OPTIONS, NULL)) != -1;) {
		switch (opt) {
		case 'c':
			conf_file = optarg;
			break;
		case 'f':
			fill = optarg;
			helps = opt;
			break;
		case 'u':
		case 's':
		case 'm':
		case 'w':
		case 'x':
			helps = opt;
			break;
		case 'V':
			return puts("mortise-steward " MORTISE_VERSION) < 0;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (optind != argc)
		return usage(stderr);
	log_init("steward", LOG_LV_INFO);
	if (!conf_file)
		conf_file = conf_find(argc, argv);
	if (helps)
		return help(conf_file, helps, fill);
	if (worker_init() < 0) {
		log_error("can't start: no scoreboard: %s", strerror(errno));
		return 1;
	}
	leave_on_signals();
	drop_privileges();
	if (start(&s, conf_file) < 0)
		return 1;
	worker_ready();
	while (!worker_stopping()) {
		worker_busy("", STUCK_MS);
		int64_t next = run_due(&s);

		worker_idle();
		listen_until(&s, next);
	}
	return 0;
}
