/*
 * conf.h - mortise.conf: `name = value` lines, `#` starts a comment, paths absolute or relative to the
 * file's folder. An unknown name, a wrong value or a missing file is an error that names file, line
 * and what would be right. The table in conf.c is the documentation of every name and default.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct conf {
	char file[512];
	char public_url[256];	       /* http://127.0.0.1:8080 */
	char system_second_factor[16]; /* of who signs in at system_url */
	char system_url[256]; /* https://admin.example.org: an origin of its own; "" = none */
	char run_dir[256];    /* sockets and pid files; subfolder plugins/ for plugin pools */
	char store_dir
		[256]; /* package store: <sha256>/ with plugin.so; core writes, workers read */
	char asset_dir[256];  /* what nginx serves under /plugin-assets/<sha256>/ */
	char export_dir[256]; /* exports of whole companies, which nginx sends */
	char files_dir[256];  /* files of tickets, which nginx sends */
	char log_dir[256];
	char key_dir[256]; /* ticket.key, role.key, pgpass: 0600 */
	char lib_dir[256]; /* where the programs mortise-api, mortise-plugin, ... are */
	char sql_dir[256];
	char db_host[256]; /* PostgreSQL's socket folder or a host name */
	int db_port;
	bool db_port_given; /* it isn't the default */
	char db_name[64];
	char memcached[256]; /* socket path or host:port; "" = none */
	char user[64];	     /* user of api, admin and steward when the master is root; "" = stay */
	int plugin_uid_first; /* when the master is root: guests of plugin n are uid and gid first + 2n,
			       * its hosts first + 2n + 1; a trial load has the two below first */
	int api_workers;
	int admin_workers;
	int auth_workers; /* which check passwords; 0 = half of the processors, at least one */
	int auth_queue;	  /* sign-ins that wait for one of them; more get 503 */
	int auth_deadline_ms;
	int job_workers;      /* which run jobs and events of plugins */
	int job_deadline_ms;  /* of one of these, and of the worker that waits for it */
	int oidc_workers;     /* which wait for providers of OpenID Connect */
	int oidc_deadline_ms; /* of one sign-in there, all requests to the provider together */
	char oidc_allow[256]; /* "host:port ..." of providers that may be private addresses */
	int api_deadline_ms;  /* a request that runs longer is ended with its worker */
	int admin_deadline_ms;
	int plugin_workers_max; /* per pool */
	int plugin_idle_ms;
	int plugin_deadline_ms;
	int plugin_memory_mb;
	int plugin_guests_max; /* of a worker: processes of companies that use the plugin */
	char plugin_shared
		[1024]; /* keys of plugins whose guests serve all companies, separated by blanks */
	int plugin_reply_max_mb;
	int plugin_rows_max_mb;	   /* of one statement's result */
	int plugin_statements_max; /* of one request */
	char plugin_fetch_allow
		[1024]; /* "host:port ..." with addresses that plugins reach all the same */
	char webhook_allow[1024];     /* the same for webhooks of any company */
	char plugin_fetch_ca[256];    /* PEM, readable by all; "" = the system's authorities */
	char plugin_fetch_proxy[256]; /* "http://host:port"; "" = none */
	int plugin_fetch_max;	      /* calls at once: a plugin has half, a company a quarter */
	int plugin_fetch_mb;	      /* of one answer */
	int plugin_notifications_max; /* a second, of one plugin in one company */
	int plugin_events_max;	      /* the same */
	int plugin_storage_mb;	      /* values by key of one plugin in one company */
	int plugin_files_mb;	      /* files of the same */
	int plugin_statements_per_second; /* a second, of one plugin in one company */
	int plugin_mb_per_second;	  /* the same, of rows and replies */
	char plugin_sandbox[8]; /* strict, weak: without seccomp or Landlock no plugin runs */
	char plugin_debug[4];	/* on, off: guests can be traced and keep standard error */
	int held_ms; /* a request of the core is held after this long (os/share.h); 0 = never */
	int held_percent;     /* of a pool's workers that one tenant, plugin or address may hold */
	int plugin_tables_mb; /* of all companies; above it a plugin can only delete */
	int plugin_tenant_tables_mb; /* of one company in one plugin; above it, it can only delete */
	int lock_timeout_ms;   /* the api pool waits so long for a row that somebody else has */
	int search_timeout_ms; /* of a search, of an exact total */
	int csv_export_rows, csv_import_rows; /* of one request */
	int crash_limit; /* abnormal ends of a pool's workers within crash_window_s: quarantine */
	int crash_window_s;
	int session_hours;
	int login_tries; /* wrong passwords of an account from one network, then waits begin */
	int login_tries_account;  /* from all networks that are new to the account */
	int login_tries_address;  /* of all accounts from one network, in ten minutes */
	char registration[16];	  /* closed, invitation, open: who may register a company */
	int registration_limit;	  /* of a network within an hour */
	int registration_waiting; /* for approval, of all */
	int people_max; /* of a company: accounts and invitations; 0 = no limit, also of the next two */
	int storage_mb;
	int plugins_max;
	int invitation_days; /* how long the link of an invitation works */
	int reset_minutes;   /* how long a link to a new password works */
	char smtp_url[256];  /* smtp://host:587, smtps://host:465: takes mails; "" = none is sent */
	char smtp_tls[16];   /* required, none: for a server on this machine */
	char smtp_ca[256];   /* PEM file of authorities instead of the system's */
	char smtp_user[254]; /* its password is key_dir/smtp.password; "" = without */
	char smtp_from[254]; /* address of the sender */
	char mail_dir[256];  /* <language>/<kind>.txt and .html */
	int confirm_minutes; /* how old a given password may be when rights are given away */
	int roles_max;	     /* that a company makes for itself */
	int tokens_per_person;	      /* API tokens that are valid at once */
	int tokens_per_company;	      /* the same of all its people and services */
	int notifications_per_minute; /* of a company's people together, and of each of its plugins */
	int events_streams_per_user;   /* open at once */
	int events_streams_per_tenant; /* open at once; both are counted by nginx */
	int events_per_second; /* of a company, pushed one by one; above it once a second together */
	int events_percent; /* of the publisher's time that pushing a company's one by one takes */
	int events_memory_mb; /* of the events nginx; above it its worker is replaced */
	int upload_max_mb;
	int attachment_max_mb;	/* one file of a ticket */
	char trust_policy[16];	/* required, warn, off: which packages may run; registry/trust.h */
	char marketplace[1024]; /* https://…/plugins.json, file:///…/plugins.json or a folder */
	char marketplace_ca[256];    /* PEM file of further authorities; "" = the system's only */
	char marketplace_allow[256]; /* "host:port ..." that may be private or loopback addresses */
	char marketplace_approval[16]; /* automatic, manual: are its packages approved */
	int marketplace_hours;	       /* how long a fetched catalogue counts as fresh */
	int marketplace_images_mb; /* icons and screenshots of catalogues, cached in the database */
	int install_limit;	   /* installs an hour and address */
	char install_limit_exempt[256]; /* addresses that aren't counted, separated by spaces */
	int exports_mb;			/* that exports of all companies may take */
	int export_minutes;		/* that making one may take */
	int deletion_days;		/* until a company is really deleted */
	int contract_hours;		/* after a version's last tenant left, before a contract */
};

/* Reads file into *ret with defaults for what it doesn't name. */
int conf_read(struct conf *ret, const char *file, struct err *e);
#define CONF_FILE "/etc/mortise/mortise.conf"
/* -c FILE, else $MORTISE_CONF, else CONF_FILE. */
const char *conf_find(int argc, char **argv);
/* Where this program was installed: what is above its bin, sbin or libexec/mortise, if share/mortise is
 * there, else /usr/local. So an installation can be anywhere, and needs no build of its own. */
const char *conf_prefix(void);

#endif
