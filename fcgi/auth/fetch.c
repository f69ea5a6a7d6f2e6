/*
 * fetch.c - checks what a browser wants an answer for: it sends Sec-Fetch-Dest, which no script can
 * set.
 *
 * An answer of the API is data. Text that a plugin's code writes must never become a page, a frame,
 * a script or a worker of our origin, whatever its head says: such requests are refused before the
 * plugin is called. The list names what is served, not what is refused, because browsers invent new
 * destinations. Clients that aren't browsers, and browsers from before 2023, send no such header
 * and run nothing for anybody else.
 */
#include "auth/ident.h"

#include <stdio.h>
#include <string.h>

#include "http/route.h"

static bool is_one_of(const char *dest, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(dest, *list))
			return true;
	return false;
}

static int refuse(struct req *r, const char *what)
{
	op_fail(&r->op, MT_EPERM,
		"A browser may not use this address as a %.20s; ask for it with fetch()", what);
	r->op.err.type = "foreign-use";
	return MT_EPERM;
}

int ident_check_fetch(struct req *r)
{
	static const char *const DATA[] = {
		"empty", "image", "audio", "video", "track", "font", "websocket", NULL};
	static const char *const PAGE[] = {"document", NULL};
	static const char *const ASSET[] = {"script", "style", NULL};
	const char *dest = req_header(r, "Sec-Fetch-Dest");
	unsigned flags = r->route->flags;

	if (req_header(r, "Service-Worker"))
		return refuse(r, "service worker");
	if (!dest || is_one_of(dest, DATA))
		return 0;
	/* A link to a file of ours is followed as a document. */
	if (!(flags & (ROUTE_FOREIGN | ROUTE_ASSET)) && is_one_of(dest, PAGE))
		return 0;
	if ((flags & ROUTE_ASSET) && is_one_of(dest, ASSET))
		return 0;
	return refuse(r, dest);
}
