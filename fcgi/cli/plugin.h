/*
 * plugin.h - `mortise plugin ...`: an author's tools, one subcommand a file, each exporting one const
 * entry with its options, so that --help and the refusal of unknown words come for free.
 *
 * Exit status: 0 done, 1 it failed (one clear error on standard error), 2 called wrongly. Memory is the
 * command's arena.
 */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/arena.h"

#define PLUGIN_WORDS_MAX 8
#define PLUGIN_OPTIONS_MAX 16

struct plugin_option {
	const char *name;  /* "--url" */
	const char *value; /* what its value is called: "URL"; NULL = a flag */
	const char *help;
};

struct plugin_args;

struct plugin_command {
	const char *name;
	const char *usage;		     /* the words behind the name: "KEY [DIR]" */
	const char *summary;		     /* one line */
	const char *help;		     /* further lines for --help; NULL = none */
	int least, most;		     /* how many words */
	const struct plugin_option *options; /* ends with {0}; NULL = none */
	int (*run)(struct plugin_args *a);   /* exit status */
};

struct plugin_args {
	const struct plugin_command *command;
	struct arena *arena;
	struct err *err;
	int n;
	const char *word[PLUGIN_WORDS_MAX]; /* NULL behind the last */
	int n_given;
	struct {
		const char *name, *value;
	} given[PLUGIN_OPTIONS_MAX];
};

extern const struct plugin_command plugin_new, plugin_dev, plugin_check, plugin_test, plugin_pack,
	plugin_sign, plugin_keygen, plugin_upload, plugin_install, plugin_upgrade, plugin_rollback,
	plugin_uninstall, plugin_list, plugin_search, plugin_logs, plugin_compat;

/* Value of an option, "" for a flag that is there; NULL when it wasn't given. */
const char *plugin_given(const struct plugin_args *a, const char *name);
/* Prints the error and every field of it; returns 1. */
int plugin_fail(const struct plugin_args *a);
/* Prints how it is called; returns 2. */
int plugin_usage(const struct plugin_args *a);

/* --- where the tools are (plugin_home.c) ------------------------------------------------------------ */

/* Installed: PREFIX/include/mortise and PREFIX/share/mortise; in a checkout: fcgi/include,
 * plugins/template and public. Absolute paths, in the arena; NULL = not there. */
struct plugin_home {
	const char *include;
	const char *template;
	const char *ui_builder; /* build-plugin-ui.mjs */
	const char *sdk;	/* the package @mortise/sdk */
	const char *program;	/* mortise-plugin */
};
int plugin_home_find(struct arena *p, struct plugin_home *ret, struct err *e);

/* --- programs that we run (plugin_run.c) ------------------------------------------------------------ */

/* Runs argv (argv[0] is searched in PATH) in dir, at most ms milliseconds. Its output goes to out,
 * or to ours when out is NULL. Returns the exit status, or a negative code: MT_ENOENT not
 * installed, MT_ETIMEOUT. */
int plugin_run(const char *dir, const char *const *argv, long ms, struct buf *out, struct err *e);
/* A temporary folder, removed with the arena. */
const char *plugin_temp(struct arena *p, struct err *e);

/* --- from a folder to a package (plugin_build.c, plugin_zip.c) --------------------------------------- */

struct plugin_build {
	struct arena *arena;
	const char *dir;     /* the plugin's folder, absolute */
	const char *work;    /* a temporary folder */
	const char *key;     /* from the manifest */
	const char *version; /* what it shall be; plugin_build_open() takes the manifest's */
	json_t *manifest;
	bool lenient;	 /* the compiler's warnings are shown, but don't stop it */
	bool types;	 /* check the interface's types as well */
	bool reuse_ui;	 /* ui/dist is what belongs to ui/src: don't build it again */
	struct buf *out; /* what compiler and builder print; NULL = to our standard error */
	struct plugin_home home;
};

/* Reads and checks the manifest: "manifest.json:12:3: ..." */
int plugin_build_open(struct arena *p, const char *dir, struct plugin_build *ret, struct err *e);
/* The whole: compiles, builds the interface, writes the package. Deterministic: same input, same bytes. */
int plugin_build_package(struct plugin_build *b, const char *zip, struct err *e);
/* Compiles and runs the .c files of t/ against the fake host, under ASan and UBSan. *ret_n: how many
 * programs. */
int plugin_build_tests(struct plugin_build *b, int *ret_n, struct err *e);

struct plugin_file {
	const char *name; /* in the package */
	const char *path; /* on disk */
};
/* Writes the files and, as first entry, the manifest with their hashes. */
int plugin_zip(struct arena *p, const char *zip, const json_t *manifest, struct plugin_file *files,
	int n, struct err *e);

/* --- a running Mortise (plugin_remote.c, plugin_life.c) ---------------------------------------------- */

/* clang-format off */
#define PLUGIN_REMOTE_OPTIONS \
	{"--url", "URL", "where Mortise is; else $MORTISE_URL, else the demo's"}, \
	{"--accounts", "FILE", "a demo's accounts; else $MORTISE_ACCOUNTS, else var/demo-accounts.json upwards"}, \
	{"--as", "ROLE", "whose account of that file; SystemAdmin unless said"}
/* clang-format on */

struct plugin_remote {
	struct arena *arena; /* of answers; may be another from call to call */
	void *curl;
	const char *url;
	const char *email, *password; /* NULL = a token was given */
	char token[512];	      /* "" = not signed in */
	const char *tenant;	      /* code of the account's tenant; NULL = unknown */
	long status;		      /* of the last answer; 0 = there was none */
	json_t *problem;	      /* its body, when it was a refusal */
};

/* Finds the address and signs in: $MORTISE_TOKEN, else an account of the demo's file. near: a
 * folder whose parents are searched too, beside the working folder; may be NULL. */
int plugin_remote_open(
	const struct plugin_args *a, const char *near, struct plugin_remote *ret, struct err *e);
/* One request. body is taken over, NULL = none. *ret (may be NULL) is the answer, in the arena; NULL when
 * it has no body. A refusal is an error with the problem's detail and fields, its type in e->type. */
int plugin_remote_call(struct plugin_remote *r, const char *method, const char *path, json_t *body,
	json_t **ret, struct err *e);
int plugin_remote_upload(struct plugin_remote *r, const char *zip, const char *signature,
	json_t **ret, struct err *e);

/* The own tenant's installation of a plugin; *ret = NULL when there is none. */
int plugin_find(struct plugin_remote *r, const char *key, json_t **ret, struct err *e);
/* Every version of a plugin that the platform has, [] when none. */
int plugin_versions(struct plugin_remote *r, const char *key, json_t **ret, struct err *e);
/* POSTs body; when permissions require consent, shows them, prompts (or takes --yes), and sends it
 * again. agreed: consent was given before. */
int plugin_post_agreed(struct plugin_remote *r, const char *path, json_t *body, bool agreed,
	json_t **ret, struct err *e);
/* Approves an uploaded package, with all that its manifest requests. */
int plugin_approve(struct plugin_remote *r, const json_t *package, bool agreed, struct err *e);

/* A line of GET .../logs, for a terminal. */
void plugin_print_log(const json_t *line, FILE *f);

#endif
