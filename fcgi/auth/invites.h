/*
 * invites.h - people to invite, from a CSV file: what the page and `mortise user import` share. The
 * rules about them are those of sql/: people_invite() (sql/032-teams.sql) invites one after another,
 * each as if alone.
 *
 * The first line names the columns, in any order and case, in English or German: name, email, role,
 * team, phone. The last two may be missing; a cell with several roles or teams has commas, semicolons
 * or | between them.
 */
#ifndef INVITES_H
#define INVITES_H

#include "base/op.h"
#include "db/db.h"
#include "http/route.h"

struct invites {
	int n;
	struct json_t *lines; /* what was read, with the faults of single cells */
	const char **url;     /* of each line's link */
	struct err *faults;
	struct json_t *items; /* what became of them: invite_items */
	int n_faulty;
};

/* text: NUL-terminated, changed in place. `most` lines at most. */
int invites_read(struct op *op, char *text, int most, struct invites *ret);
/* Within the caller's transaction, which is to be rolled back where this was to show what would happen,
 * or when n_faulty lines are too many. tenant NULL = the acting person's; else one by its code, as the
 * operator. */
int invites_run(struct op *op, struct invites *in, const char *tenant, bool by_mail);

/* An item of the answer. */
extern const struct field invite_items[];

#endif
