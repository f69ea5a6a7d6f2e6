/*
 * export.h - an export of a tenant's rows of a plugin, available for a while after an uninstall.
 *
 * It holds all rows of the target's tenant in all tables of the plugin as a ZIP: manifest.json
 * (plugin, version, time, tables with their columns, types and numbers of rows) and a file of JSON
 * Lines per table. Rows are read as p_<key> in the tenant, in one snapshot, so the policies that
 * guard the plugin guard its export as well. Exports are rows of plugin_exports, read and deleted
 * through export_routes; exports_expire() deletes them after EXPORT_DAYS.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include "http/route.h"
#include "install/target.h"

#define EXPORT_MAX (256L << 20) /* bytes of rows, unpacked: MT_ETOOBIG */
#define EXPORT_DAYS 7
#define EXPORT_KEPT 20		/* of a tenant at a time, */
#define EXPORT_TOTAL (1L << 30) /* or so many bytes: MT_ECONFLICT until one is deleted or too old */

struct export_result {
	const char *id;
	const char *url;	/* "/api/plugins/exports/<id>" */
	const char *expires_at; /* RFC 3339 */
	long size;
};

/* Before any row is deleted; needs the target's lock and journal row. */
int export_rows(struct target *t, const char *version, struct export_result *ret);

/* GET /api/plugins/exports, GET and DELETE /api/plugins/exports/{id} */
extern const struct route_table export_routes;

#endif
