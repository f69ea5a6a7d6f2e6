/*
 * mortise-api - a worker of the api pool, or with --pool of another one: the same program with
 * another route table and database role. Started by mortised, which has set its user.
 *
 *	mortise-api -c FILE [--pool api|auth|oidc|jobs|admin]
 *	mortise-api --routes		every route of all pools, as JSON lines
 *	mortise-api --tables		the resources' tables, as JSON lines
 *	mortise-api --types		TypeScript types of their answers
 *
 * The auth pool checks passwords, which is slow on purpose: few workers, a short queue, and the
 * scheduler prefers everybody else. The oidc pool waits for other servers, so nobody else waits there.
 * The jobs pool waits for plugins: the steward alone calls it (install/work.h).
 */
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>

#include "api/api.h"
#include "api/passkeys.h"
#include "api/second_factor.h"
#include "api/serve.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypt/passkey.h"
#include "http/loop.h"
#include "install/configure.h"
#include "install/export.h"
#include "install/install.h"
#include "marketplace/marketplace.h"
#include "oidc/oidc.h"
#include "install/logs.h"
#include "install/rollout.h"
#include "install/work.h"
#include "os/share.h"
#include "os/worker.h"

/* And the resources before them: resource_tables(). */
static const struct route_table *const API[] = {&auth_routes, &me_routes, &company_routes,
	&company_export_routes, &oidc_company_routes, &profile_routes, &picture_routes,
	&preference_routes, &dashboard_routes, &session_routes, &factor_state_routes,
	&own_passkey_routes, &event_routes, &presence_routes, &storage_routes, &plugin_file_routes,
	&plugin_show_routes, &plugin_routes, &limit_routes, &registration_routes, &openapi_routes,
	&health_routes, NULL};
static const struct route_table *const AUTH[] = {&sign_in_routes, &password_routes, &factor_routes,
	&passkey_routes, &first_run_routes, NULL};
static const struct route_table *const OIDC[] = {&oidc_flow_routes, NULL};
static const struct route_table *const JOBS[] = {&work_routes, NULL};
static const struct route_table *const ADMIN[] = {&marketplace_routes, &trust_routes,
	&configure_routes, &install_routes, &catalog_routes, &watch_routes, &guests_routes,
	&rollout_routes, &job_routes, &logs_routes, &export_routes, &tenant_routes,
	&tenant_export_routes, &registrations_routes, &organization_routes, &mail_routes,
	&announcement_routes, &health_routes, NULL};

#define AUTH_NICE 10

static void auth_start(struct app *app)
{
	(void)app;
	if (setpriority(PRIO_PROCESS, 0, AUTH_NICE) < 0)
		log_warn("can't lower the priority of sign-ins: %s", strerror(errno));
	passkey_init();
	if (totp_init() < 0)
		log_error("the library liboath doesn't start: codes of apps are all wrong");
}

static void jobs_start(struct app *app)
{
	(void)app;
	srandom((unsigned)clock_us() ^ (unsigned)getpid());
}

static struct proc {
	const char *name;
	const char *db_role;
	const struct route_table *const *tables;
	size_t deadline_ms; /* where struct conf has it */
	void (*start)(struct app *);
} PROCS[] = {
	{"api", "mortise_api", API, offsetof(struct conf, api_deadline_ms), NULL},
	{"auth", "mortise_api", AUTH, offsetof(struct conf, auth_deadline_ms), auth_start},
	{"oidc", "mortise_api", OIDC, offsetof(struct conf, oidc_deadline_ms), NULL},
	{"jobs", "mortise_admin", JOBS, offsetof(struct conf, job_deadline_ms), jobs_start},
	{"admin", "mortise_admin", ADMIN, offsetof(struct conf, admin_deadline_ms), install_start},
};

#define N_PROCS (sizeof(PROCS) / sizeof(*PROCS))

static void make_tables(void)
{
	static struct resource_api all[N_PROCS + 1];

	PROCS[0].tables = resource_tables(api_resources, API);
	for (size_t i = 0; i < N_PROCS; i++)
		all[i] = (struct resource_api){PROCS[i].name, PROCS[i].tables};
	openapi_describe(all);
}

static int print_routes(void)
{
	for (size_t p = 0; p < N_PROCS; p++) {
		for (size_t t = 0; PROCS[p].tables[t]; t++) {
			for (const struct route *r = PROCS[p].tables[t]->routes; r->path; r++) {
				json_t *o = json_pack("{ss ss ss ss ss? sb sb}", "pool",
					PROCS[p].name, "table", PROCS[p].tables[t]->name, "method",
					r->method, "path", r->path, "permission", r->permission,
					"public", !!(r->flags & ROUTE_PUBLIC), "prefix",
					!!(r->flags & ROUTE_PREFIX));

				json_dumpf(o, stdout, JSON_COMPACT);
				putchar('\n');
				json_decref(o);
			}
		}
	}
	return 0;
}

/* The master has set user and group; the remaining rights are dropped here. */
static void drop_privileges(void)
{
	umask(022);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer traces the process */
	/* Keys are in memory: no core file, and no tracing by others of the same user. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static struct proc *find_proc(const char *name)
{
	for (size_t i = 0; i < N_PROCS; i++)
		if (!strcmp(PROCS[i].name, name))
			return &PROCS[i];
	return NULL;
}

static int serve(const struct proc *p, const char *conf_file)
{
	static struct app app;
	struct loop loop = {.process = p->name, .app = &app, .serve = serve_request};
	struct err e;

	err_init(&e, NULL);
	if (app_init(&app, conf_file, p->db_role, &e) < 0 || worker_init() < 0) {
		log_error("can't start: %s", e.code ? e.message : "no scoreboard");
		return 1;
	}
	app.tables = p->tables;
	app.counts_held = p->start != install_start;
	share_limits(app.conf.held_ms, app.conf.held_percent);
	loop.deadline_ms = *(const int *)((const char *)&app.conf + p->deadline_ms);
	drop_privileges();
	if (p->start)
		p->start(&app);
	return loop_run(&loop);
}

static int usage(FILE *to)
{
	fputs("usage: mortise-api -c FILE [--pool api|auth|oidc|jobs|admin] | --routes | --tables | --types | "
	      "--version\n",
		to);
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option OPTIONS[] = {
		{"pool", required_argument, NULL, 'p'},
		{"routes", no_argument, NULL, 'r'},
		{"tables", no_argument, NULL, 'T'},
		{"types", no_argument, NULL, 't'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct proc *p = &PROCS[0];
	const char *conf_file = NULL;

	make_tables();
	for (int c; (c = getopt_long(argc, argv, "c:h", OPTIONS, NULL)) != -1;) {
		switch (c) {
		case 'c':
			conf_file = optarg;
			break;
		case 'p':
			p = find_proc(optarg);
			break;
		case 'r':
			return print_routes();
		case 'T':
			return resource_print_tables(PROCS[0].tables), 0;
		case 't':
			resource_print_types(PROCS[0].tables);
			resource_print_rules(PROCS[0].tables);
			resource_print_rules(AUTH);
			resource_print_rules(OIDC);
			return resource_print_rules(ADMIN), 0;
		case 'V':
			return puts("mortise-api " MORTISE_VERSION) < 0;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (!p || optind != argc)
		return usage(stderr);
	log_init(p->name, LOG_LV_INFO);
	return serve(p, conf_file ? conf_file : conf_find(argc, argv));
}
