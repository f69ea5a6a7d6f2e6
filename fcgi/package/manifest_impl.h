/* manifest_impl.h - what the files that check a manifest share. */
#ifndef MANIFEST_IMPL_H
#define MANIFEST_IMPL_H

#include "package/manifest.h"

struct walk {
	struct arena *arena;
	struct err *e;
	bool stored; /* it was accepted once */
};

/* The pointer of a member. */
const char *manifest_below(struct walk *w, const char *at, const char *name);
/* "found ...; wanted: ..." */
void manifest_wrong(struct walk *w, const char *at, const json_t *v, const char *want);

/* Reports something valid in form that nothing serves; want: what would be right, or NULL. */
void manifest_unserved(struct walk *w, const char *at, const char *what, const char *want);

/* Rules between fields (manifest_whole.c). */
void manifest_check_whole(struct walk *w, const struct manifest *m);
/* One entry of "settings" as a whole (manifest_setting.c). */
void manifest_check_setting(struct walk *w, const json_t *setting, const char *at);

#endif
