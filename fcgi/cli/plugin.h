/*
 * plugin.h - `mortise plugin ...`: an author's tools. Memory and errors are those of the command's
 * operation.
 */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <stdio.h>
#include <sys/types.h>
#include "base/buf.h"
#include "cli/cli.h"

extern const struct cli_command plugin_new, plugin_dev, plugin_test, plugin_seed, plugin_sign,
	plugin_keygen, plugin_upload, plugin_install, plugin_upgrade, plugin_rollback,
	plugin_uninstall, plugin_delete, plugin_list, plugin_search, plugin_logs, plugin_compat;

/* What `mortise check` does with one file; options -p and -c of the command count. tables: its migrations
 * run in a scratch schema of the Mortise on this machine. near: see plugin_local(); NULL = nothing. 0, or
 * 1 with the faults printed. */
int plugin_check_file(struct cli *c, const char *file, bool tables, const char *near);

/* --- where the tools are (plugin_home.c) ------------------------------------------------------------ */

/* Installed: PREFIX/include/mortise and PREFIX/share/mortise; in a checkout: fcgi/include,
 * plugins/template and public. Absolute paths, in the arena; NULL = not there. */
struct plugin_home {
	const char *include;
	const char *template;
	const char *ui_builder; /* build-plugin-ui.mjs */
	const char *ui_tests;	/* test-plugin-ui.mjs */
	const char *page_tests; /* test-plugin-page.mjs */
	const char *sdk;	/* the package @mortise/sdk */
	const char *program;	/* mortise-plugin */
};
int plugin_home_find(struct op *op, struct plugin_home *ret);
/* MT_ENOENT when there is no mortise-plugin. */
int plugin_home_program(struct op *op, const struct plugin_home *home);

/* --- programs that we run (plugin_run.c) ------------------------------------------------------------ */

/* Runs argv (argv[0] is searched in PATH) in dir, at most ms milliseconds. Its output goes to out,
 * or to ours when out is NULL. Exit status, or a negative code: MT_ENOENT not installed, MT_ETIMEOUT. */
int plugin_run(struct op *op, const char *dir, const char *const *argv, long ms, struct buf *out);

/* Starts it and returns at once; its output goes to the descriptor `out`. group: in one of its own, so that
 * it can be ended with its children. -1 with errno. */
pid_t plugin_spawn(const char *dir, const char *const *argv, int out, bool group);

/* --- from a folder to a package (plugin_build.c, plugin_zip.c) --------------------------------------- */

struct plugin_build {
	struct op *op;
	const char *dir;     /* the plugin's folder, absolute */
	const char *work;    /* a temporary folder */
	const char *key;     /* from the manifest */
	const char *version; /* of the package; plugin_build_open() takes the manifest's */
	json_t *manifest;
	bool lenient;	    /* the compiler's warnings are shown, but don't stop it */
	bool types;	    /* check the interface's types and weight as well */
	const char *budget; /* of its weight, kB; NULL = the builder's. With types */
	bool map;	    /* with what leads back to the sources: -g, a source map */
	bool keep_so;	    /* leave the library where debuggers find it: plugin_dev_library() */
	bool debug;	    /* compile for a debugger */
	bool reuse_ui;	    /* ui/dist is what belongs to ui/src: don't build it again */
	struct buf *out;    /* what compiler and builder print; NULL = to our standard error */
	struct plugin_home home;
};

/* Reads the manifest: "manifest.json:12:3: ..." */
int plugin_build_open(struct op *op, const char *dir, struct plugin_build *ret);
/* The whole: compiles, builds the interface, writes the package. Deterministic: same input, same bytes. */
int plugin_build_package(struct plugin_build *b, const char *zip);
/* Compiles and runs these .c files of t/ against the fake host, under ASan and UBSan. */
int plugin_build_tests(struct plugin_build *b, const char *const *source, int n);
/* "folder/x.c" of all names with this ending, in order; -1 when there is no such folder. */
int plugin_build_list(
	struct plugin_build *b, const char *folder, const char *ending, const char **ret, int max);

/* DIR/.mortise/plugin.so, whose folder is made. */
const char *plugin_dev_library(struct arena *p, const char *dir);

struct plugin_file {
	const char *name; /* in the package */
	const char *path; /* on disk */
};
/* Writes the files and, as first entry, the manifest with their hashes. */
int plugin_zip(
	struct op *op, const char *zip, const json_t *manifest, struct plugin_file *files, int n);

/* --- a running Mortise (plugin_remote.c, plugin_life.c) ---------------------------------------------- */

/* clang-format off */
#define PLUGIN_REMOTE_OPTIONS \
	{"--url", "URL", "address of Mortise; else $MORTISE_URL, else the demo's"}, \
	{"--accounts", "FILE", "a demo's accounts; else $MORTISE_ACCOUNTS, else var/demo-accounts.json upwards"}, \
	{"--as", "ROLE", "role of the account in that file (SystemAdmin)"}
/* clang-format on */

/* A Mortise on this machine, for what needs its database: -c CONF, $MORTISE_CONF, or a demo's, found as
 * its accounts are (near: see plugin_remote_open). Its configuration becomes the process's, and op->db is
 * connected as mortise_admin. False: there is none, and why. */
bool plugin_local(struct cli *c, struct op *op, const char *near, const char **ret_why);
bool plugin_is_local(const char *url);

struct plugin_remote {
	struct op *op; /* of answers and errors; may be another from call to call */
	void *curl;
	const char *url;
	const char *email, *password; /* NULL = a token was given */
	char token[512];	      /* "" = not signed in */
	const char *accounts;	      /* the demo's file; NULL = a token was given */
	const char *tenant;	      /* code of the account's tenant; NULL = unknown */
	long status;		      /* of the last answer; 0 = there was none */
	json_t *problem;	      /* its body, when it was a refusal */
};

/* Finds the address and signs in: $MORTISE_TOKEN, else an account of the demo's file. near: a folder to
 * search upwards from, beside the working folder; may be NULL. */
int plugin_remote_open(struct cli *c, const char *near, struct plugin_remote *ret);
/* One request. body is taken over, NULL = none. *ret (may be NULL) is the answer, in the arena; NULL when
 * it has no body. A refusal is an error with the problem's detail and fields, its type in err.type. */
int plugin_remote_call(
	struct plugin_remote *r, const char *method, const char *path, json_t *body, json_t **ret);
int plugin_remote_upload(
	struct plugin_remote *r, const char *zip, const char *signature, json_t **ret);

/* The own tenant's installation of a plugin; *ret = NULL when there is none. */
int plugin_find(struct plugin_remote *r, const char *key, json_t **ret);
/* Its id; MT_ENOENT when there is none. */
int plugin_find_id(struct plugin_remote *r, const char *key, const char **ret_id);
/* Every version of a plugin that the platform has, [] when none. */
int plugin_versions(struct plugin_remote *r, const char *key, json_t **ret);
/* POSTs body; when permissions require consent, shows them, prompts (or takes --yes), and sends it
 * again. agreed: consent was given before. */
int plugin_post_agreed(
	struct plugin_remote *r, const char *path, json_t *body, bool agreed, json_t **ret);
/* Approves an uploaded package, with all permissions of its manifest. */
int plugin_approve(struct plugin_remote *r, const json_t *package, bool agreed);

/* A line of GET .../logs, for a terminal. */
void plugin_print_log(const json_t *line, FILE *f);

#endif
